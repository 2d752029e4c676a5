//! From a model's name to the model.

use std::{ffi::OsString, time::Duration};

use localgpt_config::{CompatibleServer, Config, Environment, KeyedServer};
use localgpt_protocol::{
    Capabilities, Clock, ModelName, Provider, ProviderError, ToolSupport, WindowSource,
};
use localgpt_providers::{
    ListedModel, ServerOptions, Timeouts,
    catalog::{self, KnownModel, Listing, Protocol, Quirks, Vendor},
    claude_cli::{ClaudeCli, ClaudeCliOptions, ENVIRONMENT},
    ollama::{OllamaChat, OllamaChatOptions},
};
use localgpt_sandbox::Program;

use crate::{Error, places, secrets};

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may take to list what it has.
const LISTING: Duration = Duration::from_secs(5);
/// The window of a model of which nobody says anything: the least that today's servers run.
const LEAST_WINDOW: u32 = 8_192;
/// The processes of `claude` that may wait for their session to go on.
const PROCESSES: usize = 2;

/// What is needed to reach a model.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) config: Config,
    pub(crate) environment: Environment,
    pub(crate) clock: Clock,
}

/// A server with a protocol, as the table or the configuration has it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) protocol: Protocol,
    pub(crate) quirks: Quirks,
    pub(crate) server: ServerOptions,
    /// The window that the configuration gives its models.
    context: Option<u32>,
}

impl Reach {
    /// What `config` and `environment` say.
    pub(crate) fn new(config: &Config, environment: &Environment, clock: &Clock) -> Self {
        Self { config: config.clone(), environment: environment.clone(), clock: clock.clone() }
    }

    /// The model, ready to be asked.
    pub(crate) async fn model(&self, name: &ModelName) -> Result<Box<dyn Provider>, Error> {
        let failed = |source| Error::Model { model: name.clone(), source };
        match name.provider() {
            "ollama" => {
                let options = OllamaChatOptions {
                    base_url: self.config.providers.ollama_base_url.clone(),
                    model: name.clone(),
                    context: self.config.model.context,
                    max_output: Some(self.config.model.max_output),
                    timeouts: self.timeouts(),
                };
                Ok(Box::new(OllamaChat::connect(options).await.map_err(failed)?))
            }
            "claude-cli" => {
                let cli = self.claude_cli(name).map_err(failed)?;
                Ok(Box::new(cli))
            }
            provider => {
                let Some(place) = self.place(provider).await? else {
                    return Err(Error::NoProvider(name.clone()));
                };
                let capabilities = self.capabilities(name, &place).await;
                Ok(catalog::open(place.protocol, place.quirks, &place.server, capabilities)?)
            }
        }
    }

    /// The server that models of `provider` run on; none if nobody has heard of it.
    pub(crate) async fn place(&self, provider: &str) -> Result<Option<Place>, Error> {
        let own = self.config.providers.servers.iter().find(|server| server.name == provider);
        if let Some(server) = own {
            return Ok(Some(self.own(server).await?));
        }
        let Some(vendor) = catalog::vendor(provider) else { return Ok(None) };
        let keyed = match vendor.name {
            "anthropic" => Some(&self.config.providers.anthropic),
            "openai" => Some(&self.config.providers.openai),
            _ => None,
        };
        Ok(Some(self.vendor(vendor, keyed).await?))
    }

    async fn own(&self, server: &CompatibleServer) -> Result<Place, Error> {
        let api_key = match &server.api_key {
            Some(reference) => Some(secrets::key_of(reference, &self.environment).await?),
            None => None,
        };
        Ok(Place {
            protocol: Protocol::Chat,
            // A well-known server keeps its ways when it has an entry of its own.
            quirks: catalog::vendor(&server.name).map_or(Quirks::NONE, |vendor| vendor.quirks),
            server: self.server(&server.base_url, api_key),
            context: server.context,
        })
    }

    async fn vendor(&self, vendor: &Vendor, keyed: Option<&KeyedServer>) -> Result<Place, Error> {
        let (base_url, api_key) = match (keyed, vendor.key_variable) {
            (Some(keyed), _) => {
                let key = secrets::key_of(&keyed.api_key, &self.environment).await?;
                (keyed.base_url.as_str(), Some(key))
            }
            (None, Some(variable)) => {
                (vendor.base_url, Some(secrets::variable(variable, &self.environment)?))
            }
            (None, None) => (vendor.base_url, None),
        };
        Ok(Place {
            protocol: vendor.protocol,
            quirks: vendor.quirks,
            server: self.server(base_url, api_key),
            context: None,
        })
    }

    fn server(&self, base_url: &str, api_key: Option<localgpt_providers::ApiKey>) -> ServerOptions {
        ServerOptions { base_url: base_url.to_owned(), api_key, timeouts: self.timeouts() }
    }

    fn timeouts(&self) -> Timeouts {
        let answer = Duration::from_secs(u64::from(self.config.model.max_silence));
        Timeouts { connect: CONNECT, answer }
    }

    /// What a model can do: by the configuration, our table, or what its server says of it.
    async fn capabilities(&self, name: &ModelName, place: &Place) -> Capabilities {
        let known = catalog::known(name.provider(), name.model());
        let chosen = place.context.or(self.config.model.context);
        let listed = match (chosen, known) {
            // Nobody has to be asked.
            (Some(_), _) | (None, Some(_)) => None,
            (None, None) => self.listed(name, place).await,
        };
        let told = listed.as_ref().and_then(|model| model.context_window);
        let (context_window, window_source) = match (chosen, known, told) {
            (Some(tokens), _, _) => (tokens, WindowSource::Configuration),
            (None, Some(KnownModel { context_window, .. }), _) => {
                (*context_window, WindowSource::Table)
            }
            (None, None, Some(tokens)) => (tokens, WindowSource::Server),
            (None, None, None) => (LEAST_WINDOW, WindowSource::Assumed),
        };
        let most = known
            .map(|model| model.max_output)
            .or_else(|| listed.as_ref().and_then(|model| model.max_output))
            .unwrap_or(u32::MAX);
        Capabilities {
            model: name.clone(),
            context_window,
            window_source,
            max_output: self.config.model.max_output.min(most),
            tools: match listed.as_ref().and_then(|model| model.tools) {
                Some(false) => ToolSupport::Written,
                Some(true) | None => ToolSupport::Native,
            },
            images: known.is_some_and(|model| model.images)
                || listed.as_ref().and_then(|model| model.images).unwrap_or(false),
            price: known
                .and_then(|model| model.price)
                .or_else(|| listed.as_ref().and_then(|model| model.price)),
        }
    }

    /// What the server says of the model. One that says nothing is used all the same.
    async fn listed(&self, name: &ModelName, place: &Place) -> Option<ListedModel> {
        let server = quick(&place.server);
        match catalog::models(place.protocol, place.quirks, &server).await {
            Ok(models) => the_one(models, name.model(), place.quirks.listing),
            Err(error) => {
                tracing::debug!(error = %error, "the server does not list its models");
                None
            }
        }
    }

    /// The `claude` program as a model.
    pub(crate) fn claude_cli(&self, name: &ModelName) -> Result<ClaudeCli, ProviderError> {
        let program = &self.config.providers.claude_cli.program;
        let path = self.environment.get("PATH").unwrap_or_default();
        let program = Program::find(program, path.as_ref())
            .map_err(|error| ProviderError::NoProgram { message: error.to_string() })?;
        let environment = ENVIRONMENT.iter().filter_map(|name| {
            Some((OsString::from(name), OsString::from(self.environment.get(name)?)))
        });
        ClaudeCli::new(ClaudeCliOptions {
            model: name.clone(),
            program: program.path().to_owned(),
            environment: environment.collect(),
            folder: places::claude(&self.config),
            context_window: self.config.model.context,
            silence: self.timeouts().answer,
            processes: PROCESSES,
            clock: self.clock.clone(),
        })
    }
}

/// The model of this name. llama.cpp has a single one and answers to any name with it.
fn the_one(models: Vec<ListedModel>, name: &str, listing: Listing) -> Option<ListedModel> {
    let only = models.len() == 1 && listing == Listing::LlamaCpp;
    models.into_iter().find(|model| only || model.name == name)
}

/// The same server with less patience: for questions that a person waits for without having asked them.
pub(crate) fn quick(server: &ServerOptions) -> ServerOptions {
    let timeouts = Timeouts { connect: Duration::from_secs(2), answer: LISTING };
    ServerOptions { timeouts, ..server.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_one_model_has_it_under_any_name() {
        let models = |names: &[&str]| {
            let named =
                |name: &&str| ListedModel { name: (*name).to_owned(), ..Default::default() };
            names.iter().map(named).collect::<Vec<_>>()
        };
        let found = |names, listing| the_one(models(names), "b", listing).map(|model| model.name);
        assert_eq!(found(&["a"], Listing::LlamaCpp), Some("a".to_owned()));
        assert_eq!(found(&["a"], Listing::Plain), None);
        assert_eq!(found(&["a", "b"], Listing::LlamaCpp), Some("b".to_owned()));
        assert_eq!(found(&["a", "c"], Listing::LlamaCpp), None);
    }
}
