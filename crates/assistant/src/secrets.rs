//! Keys, looked up where the configuration says they are, at the moment they are needed.

use std::{path::Path, time::Duration};

use localgpt_config::{Environment, SecretRef};
use localgpt_providers::ApiKey;
use localgpt_sandbox::{Launch, Program};

use crate::{Error, desk::in_words};

/// The longest that a command may take: a person may have to touch a key or type a password.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest key.
const LONGEST: usize = 64 << 10;

/// The key that `reference` leads to.
pub(crate) fn key(reference: &SecretRef, environment: &Environment) -> Result<ApiKey, Error> {
    match reference {
        SecretRef::Env(name) => variable(name, environment),
        SecretRef::Command(words) => command(words, environment),
    }
}

/// The key in a variable.
pub(crate) fn variable(name: &str, environment: &Environment) -> Result<ApiKey, Error> {
    match environment.get(name).map(str::trim) {
        Some(key) if !key.is_empty() => Ok(ApiKey::new(key.to_owned())),
        Some(_) | None => Err(Error::NoKey(name.to_owned())),
    }
}

/// The first line that a command prints. It is the person's own, so it gets their environment.
fn command(words: &[String], environment: &Environment) -> Result<ApiKey, Error> {
    let failed = |reason: String| Error::KeyCommand { command: words.join(" "), reason };
    let (name, arguments) = words.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
    let path = environment.get("PATH").unwrap_or_default();
    let program = Program::find(name, path.as_ref()).map_err(|error| failed(in_words(&error)))?;
    let output = Launch::new(program, Path::new("/"))
        .args(arguments)
        .environment(environment.variables())
        .run_for_output(LONGEST, PATIENCE)
        .map_err(|error| failed(in_words(&error)))?;
    if !output.status.success() {
        let words = output.last_words.lines().next_back().unwrap_or_default().to_owned();
        return Err(failed(format!("{} {words}", output.status).trim().to_owned()));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.lines().next().map(str::trim) {
        Some(key) if !key.is_empty() => Ok(ApiKey::new(key.to_owned())),
        Some(_) | None => Err(failed("it printed nothing".to_owned())),
    }
}
