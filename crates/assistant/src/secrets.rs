//! Keys, looked up where the configuration says they are, at the moment they are needed.

use std::{path::Path, thread, time::Duration};

use localgpt_config::{Environment, SecretRef};
use localgpt_providers::ApiKey;
use localgpt_sandbox::{Launch, Program};
use tokio::sync::oneshot;

use crate::{Error, desk::in_words};

/// The longest that a command may take: a person may have to touch a key, or answer an agent that asks in a window
/// of its own. The command has no terminal.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest key.
const LONGEST: usize = 64 << 10;

/// The key that `reference` leads to, looked up beside everything else that goes on.
pub(crate) async fn key_of(
    reference: &SecretRef,
    environment: &Environment,
) -> Result<ApiKey, Error> {
    match reference {
        SecretRef::Env(name) => variable(name, environment),
        SecretRef::Command(words) => {
            let (words, environment) = (words.clone(), environment.clone());
            let (answer, answered) = oneshot::channel();
            // A thread of its own, so that whoever stops waiting does not wait for it in the end.
            let work = move || {
                if answer.send(command(&words, &environment)).is_err() {
                    tracing::debug!("nobody waits for the key any more");
                }
            };
            thread::Builder::new().name("key".to_owned()).spawn(work).map_err(Error::Thread)?;
            answered.await.map_err(|_dropped| Error::MemoryGone)?
        }
    }
}

/// The key that `reference` leads to. Blocks for as long as a command takes.
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
    let (name, arguments) = match words.split_first() {
        Some((name, arguments)) => (name.as_str(), arguments),
        None => ("", [].as_slice()),
    };
    let failed = |reason: String| Error::KeyCommand { program: name.to_owned(), reason };
    let path = environment.get("PATH").unwrap_or_default();
    let program = Program::find(name, path.as_ref()).map_err(|error| failed(in_words(&error)))?;
    let output = Launch::new(program, Path::new("/"))
        .args(arguments)
        .environment(environment.variables())
        .run_for_output(LONGEST, PATIENCE)
        .map_err(|error| failed(in_words(&error)))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.lines().next().map(str::trim) {
        Some(key) if !key.is_empty() => Ok(ApiKey::new(key.to_owned())),
        Some(_) | None => Err(failed("it printed nothing".to_owned())),
    }
}
