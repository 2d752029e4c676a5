//! The configuration as used: four layers, the later wins, and every path absolute.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::edit::ConfigFile;
use crate::hands::{
    HistoryConfig, PolicyMode, SkillsConfig, WebConfig, resolve_history, resolve_skills,
    resolve_web,
};
use crate::keys::{DEFAULT_TOML, keys};
use crate::models::{ModelConfig, ProvidersConfig, TurnConfig, resolve_model, resolve_providers};
use crate::paths::absolute;
use crate::schema::{EmbeddingKind, EmbeddingSchema, Schema, Text};
use crate::{Directories, Environment, Error, Language, LogLevel, SecretRef};

/// What the command line overrides; the last layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// The configuration file; reading the configuration fails where it does not exist.
    pub config_file: Option<PathBuf>,
    /// The workspace; a relative path starts at the working directory.
    pub workspace: Option<PathBuf>,
    /// How much is logged.
    pub log_level: Option<LogLevel>,
    /// The model that answers.
    pub model: Option<String>,
}

/// The configuration as used: nothing is optional that has a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The directories of this user.
    pub directories: Directories,
    /// The configuration file, whether or not it exists.
    pub file: PathBuf,
    /// The folder of Markdown; absolute, and it may not exist yet.
    pub workspace: PathBuf,
    /// Which layer chose the workspace.
    pub workspace_source: Source,
    /// The language of starter files and of the built-in answerer's own words; never `Auto`.
    pub language: Language,
    /// The IANA name of the user's time zone, not yet looked up; `None` is the system's.
    pub time_zone: Option<String>,
    /// Which model answers, and how much it may say.
    pub model: ModelConfig,
    /// Where a turn stops.
    pub turn: TurnConfig,
    /// Who runs models, and where.
    pub providers: ProvidersConfig,
    /// How much the assistant asks.
    pub policy: PolicyMode,
    /// The network, as tools may use it.
    pub web: WebConfig,
    /// The history of its changes.
    pub history: HistoryConfig,
    /// The skills.
    pub skills: SkillsConfig,
    /// What is indexed.
    pub memory: MemoryConfig,
    /// What turns text into vectors.
    pub embedding: EmbeddingConfig,
    /// What is logged, and how much of it is kept.
    pub log: LogConfig,
}

/// What is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryConfig {
    /// More files and folders, as written; relative ones start at the workspace.
    pub extra_paths: Vec<PathBuf>,
    /// A larger file is skipped.
    pub max_file_bytes: u64,
}

/// What turns text into vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddingConfig {
    /// The compiled-in word table.
    Builtin,
    /// A model in this process.
    Onnx {
        /// The name of the model.
        model: String,
    },
    /// A server that speaks the protocol of OpenAI.
    OpenAi {
        /// The address up to `/embeddings`.
        base_url: String,
        /// The name of the model.
        model: String,
        /// The key; a server on this machine may need none.
        api_key: Option<SecretRef>,
    },
    /// An Ollama server.
    Ollama {
        /// The address.
        base_url: String,
        /// The name of the model.
        model: String,
    },
}

/// What is logged, and how much of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// How much is logged.
    pub level: LogLevel,
    /// How many files, one a day, are kept.
    pub max_files: usize,
}

/// The layer that a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The compiled-in default.
    Default,
    /// The configuration file.
    File,
    /// A variable of the environment.
    Environment,
    /// A flag of the command line.
    Flag,
}

impl Source {
    /// Returns the word for it: `default`, `file`, `environment` or `flag`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// One key with the value in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key with its tables: `log.level`.
    pub name: String,
    /// A string as it is, anything else as TOML; `None` where there is neither value nor default.
    pub value: Option<String>,
    /// The layer it comes from.
    pub source: Source,
}

impl Config {
    /// Reads the layers and makes of them what is used.
    ///
    /// Relative paths of the environment and of flags start at `working_directory`, which is
    /// absolute.
    pub fn load(
        environment: &Environment,
        working_directory: &Path,
        flags: &Flags,
    ) -> Result<Self, Error> {
        let layers = Layers { environment, working_directory, flags };
        let file = layers.read_file()?;
        let Schema {
            workspace,
            language,
            time_zone,
            model,
            turn,
            providers,
            policy,
            web,
            history,
            skills,
            memory,
            embedding,
            log,
        } = file.schema()?;
        let directories = Directories::resolve(environment)?;
        let (workspace, workspace_source) =
            layers.workspace(workspace.as_ref(), file.path(), &directories)?;
        let (level, _) = layers.log_level(log.level, Source::File)?;
        Ok(Self {
            directories,
            file: file.path().to_owned(),
            workspace,
            workspace_source,
            language: resolve_language(language, environment),
            time_zone: time_zone.map(|Text(name)| name),
            model: ModelConfig {
                choice: layers.model(model.r#use.as_ref()).0,
                ..resolve_model(model)
            },
            turn: TurnConfig {
                max_steps: u32::from(turn.max_steps.0),
                max_calls: u32::from(turn.max_calls.0),
                max_seconds: u32::from(turn.max_seconds.0),
                max_tokens: turn.max_tokens.0,
            },
            providers: resolve_providers(providers),
            policy: policy.mode,
            web: resolve_web(web),
            history: resolve_history(&history),
            skills: resolve_skills(skills),
            memory: MemoryConfig {
                extra_paths: memory
                    .extra_paths
                    .into_iter()
                    .map(|Text(path)| PathBuf::from(path))
                    .collect(),
                max_file_bytes: memory.max_file_bytes.0,
            },
            embedding: resolve_embedding(embedding),
            log: LogConfig { level, max_files: usize::from(log.max_files.0) },
        })
    }
}

/// Returns the path of the configuration file without reading it: for commands that must work
/// when the file is missing or wrong.
pub fn config_file(
    environment: &Environment,
    working_directory: &Path,
    flags: &Flags,
) -> Result<PathBuf, Error> {
    Layers { environment, working_directory, flags }.config_file()
}

/// Returns every key with the value in effect and the layer it comes from, in the order of
/// [`DEFAULT_TOML`].
pub fn settings(
    environment: &Environment,
    working_directory: &Path,
    flags: &Flags,
) -> Result<Vec<Setting>, Error> {
    let layers = Layers { environment, working_directory, flags };
    let file = layers.read_file()?;
    let Schema { workspace, model, log, .. } = file.schema()?;
    let default = ConfigFile::of(DEFAULT_TOML, Path::new("default.toml"))?;
    let mut settings = Vec::new();
    for key in keys() {
        let (value, source) = match file.get(&key.name)? {
            Some(value) => (Some(value), Source::File),
            None => (default.get(&key.name)?, Source::Default),
        };
        let (value, source) = match key.name.as_str() {
            "workspace" => {
                let directories = Directories::resolve(environment)?;
                let (path, source) =
                    layers.workspace(workspace.as_ref(), file.path(), &directories)?;
                (Some(path.display().to_string()), source)
            }
            "model.use" => layers.model(model.r#use.as_ref()),
            "log.level" => {
                let (level, source) = layers.log_level(log.level, source)?;
                (Some(level.to_string()), source)
            }
            _ => (value, source),
        };
        settings.push(Setting { name: key.name, value, source });
    }
    Ok(settings)
}

struct Layers<'l> {
    environment: &'l Environment,
    working_directory: &'l Path,
    flags: &'l Flags,
}

impl Layers<'_> {
    fn config_file(&self) -> Result<PathBuf, Error> {
        let chosen = match (&self.flags.config_file, self.environment.get("LOCALGPT_CONFIG")) {
            (Some(path), _) => path,
            (None, Some(path)) => Path::new(path),
            (None, None) => {
                return Ok(Directories::resolve(self.environment)?.config.join("config.toml"));
            }
        };
        absolute(chosen, self.working_directory, self.environment)
    }

    fn read_file(&self) -> Result<ConfigFile, Error> {
        let path = self.config_file()?;
        // A person who names a file means one that is there.
        if self.flags.config_file.is_some() && path.try_exists().is_ok_and(|exists| !exists) {
            return Err(Error::Missing { path });
        }
        let file = ConfigFile::read(&path)?;
        file.check()?;
        Ok(file)
    }

    fn workspace(
        &self,
        written: Option<&Text>,
        file: &Path,
        directories: &Directories,
    ) -> Result<(PathBuf, Source), Error> {
        let from_environment = self.environment.get("LOCALGPT_WORKSPACE").map(Path::new);
        let folder = file.parent().unwrap_or(file);
        let (chosen, base, source) = match (&self.flags.workspace, from_environment, written) {
            (Some(path), _, _) => (path.as_path(), self.working_directory, Source::Flag),
            (None, Some(path), _) => (path, self.working_directory, Source::Environment),
            (None, None, Some(Text(path))) => (Path::new(path), folder, Source::File),
            (None, None, None) => {
                return Ok((directories.data.join("workspace"), Source::Default));
            }
        };
        Ok((absolute(chosen, base, self.environment)?, source))
    }

    fn model(&self, written: Option<&Text>) -> (Option<String>, Source) {
        let from_environment = self.environment.get("LOCALGPT_MODEL");
        let trimmed = |name: &str| Some(name.trim().to_owned());
        match (&self.flags.model, from_environment, written) {
            (Some(name), _, _) => (trimmed(name), Source::Flag),
            (None, Some(name), _) => (trimmed(name), Source::Environment),
            (None, None, Some(Text(name))) => (trimmed(name), Source::File),
            (None, None, None) => (None, Source::Default),
        }
    }

    fn log_level(&self, below: LogLevel, source: Source) -> Result<(LogLevel, Source), Error> {
        match (self.flags.log_level, self.environment.get("LOCALGPT_LOG")) {
            (Some(level), _) => Ok((level, Source::Flag)),
            (None, Some(text)) => match text.parse() {
                Ok(level) => Ok((level, Source::Environment)),
                Err(message) => Err(Error::Variable { name: "LOCALGPT_LOG", message }),
            },
            (None, None) => Ok((below, source)),
        }
    }
}

fn resolve_language(written: Language, environment: &Environment) -> Language {
    match written {
        Language::German | Language::English => written,
        Language::Auto => {
            // The first that is set decides, as in setlocale(3).
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| environment.get(name))
                .unwrap_or_default();
            match locale.split(['_', '-', '.', '@']).next() {
                Some("de") => Language::German,
                Some(_) | None => Language::English,
            }
        }
    }
}

fn resolve_embedding(written: EmbeddingSchema) -> EmbeddingConfig {
    let EmbeddingSchema { kind, onnx, openai, ollama } = written;
    match kind {
        EmbeddingKind::Builtin => EmbeddingConfig::Builtin,
        EmbeddingKind::Onnx => EmbeddingConfig::Onnx { model: onnx.model.0 },
        EmbeddingKind::OpenAi => EmbeddingConfig::OpenAi {
            base_url: openai.base_url.0,
            model: openai.model.0,
            api_key: openai.api_key,
        },
        EmbeddingKind::Ollama => {
            EmbeddingConfig::Ollama { base_url: ollama.base_url.0, model: ollama.model.0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_first_locale_that_is_set() {
        let cases: [(&[(&str, &str)], Language); 8] = [
            (&[], Language::English),
            (&[("LANG", "de_DE.UTF-8")], Language::German),
            (&[("LANG", "de")], Language::German),
            (&[("LANG", "den_US")], Language::English),
            (&[("LANG", "de_DE.UTF-8"), ("LC_MESSAGES", "en_US.UTF-8")], Language::English),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "de_AT")], Language::German),
            (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "")], Language::German),
            (&[("LANG", "C.UTF-8")], Language::English),
        ];
        for (variables, expected) in cases {
            let environment = Environment::new(
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            );
            assert_eq!(resolve_language(Language::Auto, &environment), expected, "{variables:?}");
        }
    }
}
