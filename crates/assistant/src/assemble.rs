//! From the configuration to the model that embeds.

use std::path::Path;

use localgpt_config::{EmbeddingConfig, Environment};
use localgpt_protocol::Embedder;
use localgpt_providers::{
    Timeouts,
    ollama::{OllamaEmbedder, OllamaOptions},
    openai::{OpenAiEmbedder, OpenAiOptions},
};

use crate::{Error, onnx, secrets};

/// What embeds beside the built-in table.
pub(crate) enum Model {
    /// A model in this process.
    Onnx(Box<dyn Embedder>),
    /// A server that speaks the protocol of OpenAI.
    OpenAi(Box<OpenAiEmbedder>),
    /// An Ollama server.
    Ollama(Box<OllamaEmbedder>),
}

/// Builds what embeds; none if the built-in table is enough.
pub(crate) fn model(
    config: &EmbeddingConfig,
    environment: &Environment,
    models_folder: &Path,
    timeouts: Timeouts,
) -> Result<Option<Model>, Error> {
    Ok(match config.clone() {
        EmbeddingConfig::Builtin => None,
        EmbeddingConfig::Onnx { model } => {
            let runtime = environment.get("ORT_DYLIB_PATH").map(Path::new);
            Some(Model::Onnx(onnx::open(&model, models_folder, runtime)?))
        }
        EmbeddingConfig::OpenAi { base_url, model, api_key } => {
            let api_key =
                api_key.map(|reference| secrets::key(&reference, environment)).transpose()?;
            let options = OpenAiOptions { base_url, model, api_key, timeouts };
            Some(Model::OpenAi(Box::new(OpenAiEmbedder::new(options)?)))
        }
        EmbeddingConfig::Ollama { base_url, model } => {
            let options = OllamaOptions { base_url, model, timeouts };
            Some(Model::Ollama(Box::new(OllamaEmbedder::new(options)?)))
        }
    })
}

impl Model {
    /// What embeds.
    pub(crate) fn embedder(&self) -> &dyn Embedder {
        match self {
            Self::Onnx(embedder) => embedder.as_ref(),
            Self::OpenAi(embedder) => embedder.as_ref(),
            Self::Ollama(embedder) => embedder.as_ref(),
        }
    }

    /// What embedded into `space`, if that is another model of the same server. A server that is no longer
    /// configured is not asked again: a person may have had a reason.
    pub(crate) fn of_space(&self, space: &str) -> Option<Box<dyn Embedder>> {
        match self {
            Self::Onnx(_) => None,
            Self::OpenAi(embedder) => Some(Box::new(embedder.of_space(space)?)),
            Self::Ollama(embedder) => Some(Box::new(embedder.of_space(space)?)),
        }
    }
}
