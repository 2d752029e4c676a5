//! The models in the configuration, as used.

use std::collections::BTreeMap;

use crate::SecretRef;
use crate::schema::{KeyedSchema, ModelSchema, ProvidersSchema, Text};

/// Which model answers, and how much it may say. Names are as written: `provider/model`, or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// The model; none is the answerer that quotes memory.
    pub choice: Option<String>,
    /// Who may answer when that one cannot, in order.
    pub fallback: Vec<String>,
    /// Short names, and the models they stand for.
    pub aliases: BTreeMap<String, String>,
    /// The window in tokens, where nobody else knows it; asked for where it can be chosen.
    pub context: Option<u32>,
    /// The most tokens of one answer.
    pub max_output: u32,
    /// How many seconds a server may say nothing.
    pub max_silence: u32,
    /// The most tokens of notes beside a message; 0 for none.
    pub recall_tokens: u32,
}

/// Where a turn stops, whatever the model wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnConfig {
    /// Calls of the model.
    pub max_steps: u32,
    /// Calls of tools.
    pub max_calls: u32,
    /// Seconds.
    pub max_seconds: u32,
    /// Tokens read and written.
    pub max_tokens: u32,
}

/// Who runs models, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidersConfig {
    /// Anthropic.
    pub anthropic: KeyedServer,
    /// OpenAI.
    pub openai: KeyedServer,
    /// The address of an Ollama server.
    pub ollama_base_url: String,
    /// The Claude program.
    pub claude_cli: ClaudeCliConfig,
    /// Servers that speak the protocol of OpenAI.
    pub servers: Vec<CompatibleServer>,
}

/// A server that wants a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedServer {
    /// The address.
    pub base_url: String,
    /// Where the key is.
    pub api_key: SecretRef,
}

/// The Claude program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaudeCliConfig {
    /// Its name or path.
    pub program: String,
    /// Whether it may be used when nobody is there.
    pub unattended: bool,
}

/// A server that speaks the protocol of OpenAI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompatibleServer {
    /// What stands before the slash of its models' names.
    pub name: String,
    /// The address.
    pub base_url: String,
    /// Where the key is; a server on this machine may want none.
    pub api_key: Option<SecretRef>,
    /// The window of its models in tokens, where it does not say so.
    pub context: Option<u32>,
}

pub(crate) fn resolve_model(written: ModelSchema) -> ModelConfig {
    let ModelSchema { r#use, fallback, aliases, context, max_output, max_silence, recall_tokens } =
        written;
    ModelConfig {
        choice: r#use.map(|Text(name)| name.trim().to_owned()),
        fallback: fallback.into_iter().map(|Text(name)| name.trim().to_owned()).collect(),
        aliases: aliases
            .into_iter()
            .map(|(name, Text(model))| (name, model.trim().to_owned()))
            .collect(),
        context: context.map(|tokens| tokens.0),
        max_output: max_output.0,
        max_silence: u32::from(max_silence.0),
        recall_tokens,
    }
}

pub(crate) fn resolve_providers(written: ProvidersSchema) -> ProvidersConfig {
    let ProvidersSchema { anthropic, openai, ollama, claude_cli, servers } = written;
    ProvidersConfig {
        anthropic: keyed(anthropic),
        openai: keyed(openai),
        ollama_base_url: ollama.base_url.0,
        claude_cli: ClaudeCliConfig {
            program: claude_cli.program.0,
            unattended: claude_cli.unattended,
        },
        servers: servers
            .into_iter()
            .map(|server| CompatibleServer {
                name: server.name.0,
                base_url: server.base_url.0,
                api_key: server.api_key,
                context: server.context.map(|tokens| tokens.0),
            })
            .collect(),
    }
}

fn keyed(written: KeyedSchema) -> KeyedServer {
    KeyedServer { base_url: written.base_url.0, api_key: written.api_key }
}
