//! Whether the model that was chosen can answer.

use std::time::Duration;

use localgpt_config::{Config, Environment, SecretRef};
use localgpt_protocol::{Check, Clock, ModelName};
use localgpt_providers::catalog;
use tokio::time::timeout;

use super::{ok, problem};
use crate::{Answerer, Error, connect::Reach, desk::in_words};

/// How long the doctor waits for a model.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reaches the model as far as that costs nothing: no question is asked.
pub(super) fn model(config: &Config, environment: &Environment, clock: &Clock) -> Check {
    let name = "model";
    let chosen = match Answerer::chosen(&config.model) {
        Ok(chosen) => chosen,
        Err(error) => return failed(name, &error),
    };
    let Some(model) = chosen.model() else {
        return ok(name, "none is chosen; memory answers by quoting itself".to_owned());
    };
    let reach = Reach::new(config, environment, clock);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(name, &Error::Runtime(error)),
    };
    let key = key(config, model);
    match runtime.block_on(async { timeout(PATIENCE, reach.model(model)).await }) {
        Ok(Ok(provider)) => {
            let window = provider.capabilities().context_window;
            ok(name, format!("{model}, with a window of {window} tokens{key}"))
        }
        Ok(Err(error)) => failed(name, &error),
        Err(_elapsed) => {
            let seconds = PATIENCE.as_secs();
            let hint = "`localgpt models` lists what answers now";
            problem(name, format!("{model} did not answer in {seconds} seconds"), hint)
        }
    }
}

fn failed(name: &str, error: &Error) -> Check {
    let hint = error.hint();
    problem(name, in_words(error), hint.as_deref().unwrap_or("see `localgpt models`"))
}

/// Where the key is looked for; nothing if none is wanted.
fn key(config: &Config, model: &ModelName) -> String {
    let providers = &config.providers;
    let own = providers.servers.iter().find(|server| server.name == model.provider());
    let reference = match (own, model.provider()) {
        (Some(server), _) => server.api_key.as_ref(),
        (None, "anthropic") => Some(&providers.anthropic.api_key),
        (None, "openai") => Some(&providers.openai.api_key),
        (None, other) => {
            let variable = catalog::vendor(other).and_then(|vendor| vendor.key_variable);
            return variable.map(|name| format!("; its key is in {name}")).unwrap_or_default();
        }
    };
    match reference {
        Some(SecretRef::Env(name)) => format!("; its key is in {name}"),
        Some(SecretRef::Command(words)) => {
            format!("; its key comes from `{}`", words.first().map_or("", String::as_str))
        }
        None => String::new(),
    }
}
