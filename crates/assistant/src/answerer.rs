//! Who answers: a model by its name, or the answerer that quotes memory.

use localgpt_config::ModelConfig;
use localgpt_protocol::ModelName;
use localgpt_providers::quote;

use crate::Error;

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answerer {
    /// Quotes from memory; no language model.
    Quote,
    /// A model.
    Model(ModelName),
}

impl Answerer {
    /// The one that the configuration chooses.
    pub fn chosen(config: &ModelConfig) -> Result<Self, Error> {
        match &config.choice {
            None => Ok(Self::Quote),
            Some(name) => Self::named(name, config),
        }
    }

    /// The one with this name: `quote`, an alias, or `provider/model`.
    pub fn named(name: &str, config: &ModelConfig) -> Result<Self, Error> {
        let name = name.trim();
        if name == quote::NAME {
            return Ok(Self::Quote);
        }
        let meant = config.aliases.get(name).map_or(name, String::as_str);
        match meant.parse() {
            Ok(model) => Ok(Self::Model(model)),
            Err(_not_a_model) => Err(Error::NotAModel(name.to_owned())),
        }
    }

    /// The models that may answer in its place, in order.
    pub(crate) fn fallback(config: &ModelConfig) -> Result<Vec<ModelName>, Error> {
        let mut models = Vec::new();
        for name in &config.fallback {
            match Self::named(name, config)? {
                Self::Model(model) => models.push(model),
                // Quotes take over nothing by themselves: the person would take them for the model's words.
                Self::Quote => return Err(Error::NotAModel(name.clone())),
            }
        }
        Ok(models)
    }

    /// The model; none if memory is quoted.
    pub fn model(&self) -> Option<&ModelName> {
        match self {
            Self::Quote => None,
            Self::Model(model) => Some(model),
        }
    }
}

impl std::fmt::Display for Answerer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quote => f.pad(quote::NAME),
            Self::Model(model) => model.fmt(f),
        }
    }
}
