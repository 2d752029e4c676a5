//! The configuration file: read, check, edit keeping comments; and the directories.
//!
//! Four layers, the later wins: the compiled-in [`DEFAULT_TOML`], the file, the environment, the
//! flags. `schema` is what was written, [`Config`] is what is used. Nothing here reads the
//! environment or prints: [`Environment`] comes in as a value.

mod environment;
mod error;
mod number;
mod paths;
mod secret;

mod keys;
mod schema;

mod durable;
mod edit;
mod splice;

mod hands;
mod models;
mod resolve;

pub use edit::ConfigFile;
pub use environment::Environment;
pub use error::Error;
pub use hands::{HistoryConfig, HistoryPlace, PolicyMode, SearchConfig, SkillsConfig, WebConfig};
pub use keys::{DEFAULT_TOML, KeyInfo, keys};
pub use models::{
    ClaudeCliConfig, CompatibleServer, KeyedServer, ModelConfig, ProvidersConfig, TurnConfig,
};
pub use paths::Directories;
pub use resolve::{
    Config, EmbeddingConfig, Flags, LogConfig, MemoryConfig, Setting, Source, config_file, settings,
};
pub use schema::{Language, LogLevel};
pub use secret::{Secret, SecretRef};
