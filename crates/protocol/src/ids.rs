//! Identifiers. Each is its own type, so one cannot be passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes an identifier as it came.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id!(
    /// One session, kept in one log file that is named after it.
    SessionId
);
id!(
    /// One request of the model to run a tool; pairs a [`crate::ToolCall`] with its result.
    ToolCallId
);
id!(
    /// The name under which the model knows a tool.
    ToolName
);

/// A model and who runs it: `ollama/qwen3:8b`, `openrouter/meta-llama/llama-4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName {
    provider: String,
    model: String,
}

/// The text was no `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseModelNameError;

impl ModelName {
    /// The model `model` at `provider`, if neither is empty or holds a blank or a control character, and `provider`
    /// holds no slash.
    pub fn new(provider: &str, model: &str) -> Result<Self, ParseModelNameError> {
        // Servers name their models, and a name is printed.
        let is_odd = |character: char| character.is_whitespace() || character.is_control();
        let is_fine = |text: &str| !text.is_empty() && !text.contains(is_odd);
        match is_fine(provider) && !provider.contains('/') && is_fine(model) {
            true => Ok(Self { provider: provider.to_owned(), model: model.to_owned() }),
            false => Err(ParseModelNameError),
        }
    }

    /// Who runs it, as the configuration names them.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Its name there; it may hold slashes and colons.
    pub fn model(&self) -> &str {
        &self.model
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.provider, self.model))
    }
}

impl FromStr for ModelName {
    type Err = ParseModelNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (provider, model) = text.split_once('/').ok_or(ParseModelNameError)?;
        Self::new(provider, model)
    }
}

impl TryFrom<String> for ModelName {
    type Error = ParseModelNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for ParseModelNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a model like `ollama/qwen3:8b`: the provider, a slash, its model")
    }
}

impl std::error::Error for ParseModelNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_reads_back_as_it_was_printed() {
        for text in ["ollama/qwen3:8b", "openrouter/meta-llama/llama-4", "llama.cpp//m.gguf"] {
            assert_eq!(text.parse::<ModelName>().unwrap().to_string(), text);
        }
        for text in ["", "/", "ollama/", "/m", "qwen3", "a/b c", "a/\u{1b}[2Jb"] {
            assert_eq!(text.parse::<ModelName>(), Err(ParseModelNameError), "{text}");
        }
    }
}
