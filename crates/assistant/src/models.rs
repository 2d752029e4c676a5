//! Which models there are now, and which of them a person could begin with.

use futures_util::future::join_all;
use localgpt_config::{Config, Environment, SecretRef};
use localgpt_protocol::{
    Clock, ModelList, ModelName, ModelRow, Progress, ProviderError, SilentProvider, ToolSupport,
};
use localgpt_providers::{
    ListedModel,
    catalog::{self, VENDORS},
    claude_cli::Login,
    ollama,
};

use crate::{
    Answerer, Error,
    connect::{Reach, quick},
    desk::in_words,
};

/// What `claude` calls its models by; it knows full names as well.
const CLAUDE_MODELS: [&str; 3] = ["sonnet", "opus", "haiku"];

/// Words in the names of models that vendors list and that answer nobody: they make vectors, pictures and sounds.
const NO_ANSWERERS: [&str; 7] =
    ["embed", "whisper", "tts", "dall-e", "moderation", "transcribe", "-image"];

/// What a provider has, or why it has nothing. `None` if it is neither set up nor there.
type Found = Option<Result<Vec<ListedModel>, String>>;

/// Lists the models that can be reached now.
///
/// Only what is there is asked: programs on this machine, servers that the configuration names or that answer at
/// their usual address here, and vendors whose key is set.
pub async fn available(
    config: &Config,
    environment: &Environment,
    clock: &Clock,
) -> Result<ModelList, Error> {
    let reach = &Reach::new(config, environment, clock);
    let chosen = Answerer::chosen(&reach.config.model)?;
    let own = reach.config.providers.servers.iter().map(|server| server.name.as_str());
    let known = VENDORS.iter().map(|vendor| vendor.name);
    let mut names: Vec<&str> = own.collect();
    names.extend(known.filter(|name| !names.contains(name)).collect::<Vec<_>>());
    let asked = names.iter().map(|name| async move { (*name, place(reach, name).await) });
    let (claude, local, others) = tokio::join!(claude(reach), local(reach), join_all(asked));
    let mut list = ModelList::default();
    for (provider, found) in [("claude-cli", claude), ("ollama", local)].into_iter().chain(others) {
        match found {
            None => {}
            Some(Err(reason)) => {
                list.silent.push(SilentProvider { provider: provider.to_owned(), reason });
            }
            Some(Ok(models)) => list
                .models
                .extend(models.iter().filter_map(|model| row(provider, model, chosen.model()))),
        }
    }
    Ok(list)
}

fn row(provider: &str, model: &ListedModel, chosen: Option<&ModelName>) -> Option<ModelRow> {
    let name = ModelName::new(provider, &model.name).ok()?;
    let known = catalog::known(provider, &model.name);
    Some(ModelRow {
        window: model.context_window.or_else(|| known.map(|known| known.context_window)),
        tools: model.tools,
        price: model.price.or_else(|| known.and_then(|known| known.price)),
        chosen: chosen == Some(&name),
        name,
    })
}

async fn place(reach: &Reach, name: &str) -> Found {
    let place = match reach.place(name).await {
        Ok(place) => place?,
        // A vendor whose key is not set is none that a person has.
        Err(Error::NoKey(_)) => return None,
        Err(error) => return Some(Err(in_words(&error))),
    };
    let is_configured = reach.config.providers.servers.iter().any(|server| server.name == name);
    let is_local = catalog::vendor(name).is_some_and(|vendor| vendor.is_local);
    match catalog::models(place.protocol, place.quirks, &quick(&place.server)).await {
        Ok(mut models) => {
            let answers = |name: &str| !NO_ANSWERERS.iter().any(|word| name.contains(word));
            models.retain(|model| answers(&model.name));
            Some(Ok(models))
        }
        // Nothing answers at a usual address of this machine: nobody runs such a server.
        Err(_) if is_local && !is_configured => None,
        Err(error) => Some(Err(in_words(&error))),
    }
}

async fn local(reach: &Reach) -> Found {
    let base_url = &reach.config.providers.ollama_base_url;
    if !ollama::is_there(base_url).await {
        let is_chosen = Answerer::chosen(&reach.config.model)
            .is_ok_and(|chosen| chosen.model().is_some_and(|model| model.provider() == "ollama"));
        return is_chosen.then(|| Err(format!("no server answers at {base_url}")));
    }
    let models = match ollama::models(base_url).await {
        Ok(models) => models,
        Err(error) => return Some(Err(in_words(&error))),
    };
    let asked = models.into_iter().map(|model| async move {
        let name = ModelName::new("ollama", &model.name).ok()?;
        match reach.model(&name).await {
            Ok(provider) => {
                let known = provider.capabilities();
                Some(ListedModel {
                    name: model.name,
                    context_window: Some(known.context_window),
                    tools: Some(known.tools == ToolSupport::Native),
                    images: Some(known.images),
                    ..ListedModel::default()
                })
            }
            // It makes vectors, and does not answer.
            Err(Error::Model { source: ProviderError::Unable { .. }, .. }) => None,
            Err(_) => Some(ListedModel { name: model.name, ..ListedModel::default() }),
        }
    });
    Some(Ok(join_all(asked).await.into_iter().flatten().collect()))
}

async fn claude(reach: &Reach) -> Found {
    let name = ModelName::new("claude-cli", CLAUDE_MODELS[0]).ok()?;
    let cli = match reach.claude_cli(&name) {
        Ok(cli) => cli,
        Err(ProviderError::NoProgram { .. }) => return None,
        Err(error) => return Some(Err(in_words(&error))),
    };
    // It starts a program and waits for it.
    let login = tokio::task::spawn_blocking(move || cli.login()).await;
    match login {
        Ok(Ok(Login::LoggedIn { .. })) => {
            let model = |name: &&str| ListedModel {
                name: (*name).to_owned(),
                tools: Some(true),
                ..ListedModel::default()
            };
            Some(Ok(CLAUDE_MODELS.iter().map(model).collect()))
        }
        Ok(Ok(Login::LoggedOut)) => Some(Err("it is not logged in: run `claude` once".to_owned())),
        Ok(Err(error)) => Some(Err(in_words(&error))),
        Err(error) => Some(Err(error.to_string())),
    }
}

/// Has the Ollama server fetch a model, telling `progress` how far it is. Asked again after it was stopped, it goes on.
pub async fn fetch(
    config: &Config,
    name: &str,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ModelName, Error> {
    let model = name.strip_prefix("ollama/").unwrap_or(name);
    let model =
        ModelName::new("ollama", model).map_err(|_no_name| Error::NotAModel(name.to_owned()))?;
    let mut told = |reached: ollama::PullProgress| {
        progress(Progress::Fetching { done: reached.completed, total: reached.total });
    };
    match ollama::pull(&config.providers.ollama_base_url, model.model(), &mut told).await {
        Ok(()) => Ok(model),
        Err(source) => Err(Error::Model { model, source }),
    }
}

/// A model that a person could begin with, found without asking anyone beyond this machine: Ollama, the `claude`
/// program, a key in the environment. In this order, because the first costs nothing and sends nothing away.
pub async fn proposals(
    config: &Config,
    environment: &Environment,
    clock: &Clock,
) -> Vec<ModelName> {
    let reach = &Reach::new(config, environment, clock);
    let mut found = Vec::new();
    let base_url = &reach.config.providers.ollama_base_url;
    if ollama::is_there(base_url).await
        && let Ok(models) = ollama::models(base_url).await
    {
        let is_chatty = |model: &&ollama::OllamaModel| !model.name.contains("embed");
        let first = models.iter().find(is_chatty);
        found.extend(first.and_then(|model| ModelName::new("ollama", &model.name).ok()));
    }
    if let Ok(name) = ModelName::new("claude-cli", CLAUDE_MODELS[0])
        && reach.claude_cli(&name).is_ok()
    {
        found.push(name);
    }
    for known in catalog::MODELS {
        let has_key = has_key(reach, known.vendor);
        let is_listed = found.iter().any(|name| name.provider() == known.vendor);
        if has_key && !is_listed {
            found.extend(ModelName::new(known.vendor, known.name).ok());
        }
    }
    found
}

/// Whether the key of a vendor is set. A command that would print it is not run: nobody asked for that.
fn has_key(reach: &Reach, vendor: &str) -> bool {
    let keyed = match vendor {
        "anthropic" => Some(&reach.config.providers.anthropic.api_key),
        "openai" => Some(&reach.config.providers.openai.api_key),
        _ => None,
    };
    let variable = match keyed {
        Some(SecretRef::Env(name)) => Some(name.as_str()),
        Some(SecretRef::Command(_)) => return true,
        None => catalog::vendor(vendor).and_then(|vendor| vendor.key_variable),
    };
    variable.is_some_and(|name| reach.environment.get(name).is_some())
}
