//! An Ollama server: answers, vectors, and the models it has.

mod chat;
mod count;
mod pull;
mod show;
mod tags;
mod wire;

use localgpt_protocol::{BoxFuture, Embedder, Embedding, ProviderError};

use crate::{
    Error, Timeouts,
    http::{Endpoint, base_url},
    vectors::{BATCH, Dimensions},
};

pub use chat::{OllamaChat, OllamaChatOptions};
pub use pull::{PullProgress, pull};
pub use tags::{OllamaModel, is_there, models};

/// Which server and model to ask.
#[derive(Debug, Clone)]
pub struct OllamaOptions {
    /// The address.
    pub base_url: String,
    /// The name of the model.
    pub model: String,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// A model on such a server that makes vectors.
#[derive(Debug)]
pub struct OllamaEmbedder {
    endpoint: Endpoint,
    base_url: String,
    model: String,
    space: String,
    dimensions: Dimensions,
}

impl OllamaEmbedder {
    /// Uses a server; nothing is sent yet.
    pub fn new(options: OllamaOptions) -> Result<Self, Error> {
        let OllamaOptions { base_url: written, model, timeouts } = options;
        let base_url = base_url(&written)?;
        let endpoint = Endpoint::new(&base_url, "/api/embed", None, timeouts)?;
        Ok(Self::of(endpoint, base_url, model))
    }

    /// The model of this same server that `space` belongs to; none if it is another server's.
    pub fn of_space(&self, space: &str) -> Option<Self> {
        let model = space.strip_prefix("ollama:")?.strip_suffix(&format!("@{}", self.base_url))?;
        Some(Self::of(self.endpoint.clone(), self.base_url.clone(), model.to_owned()))
    }

    fn of(endpoint: Endpoint, base_url: String, model: String) -> Self {
        let space = format!("ollama:{model}@{base_url}");
        Self { endpoint, base_url, model, space, dimensions: Dimensions::default() }
    }
}

impl Embedder for OllamaEmbedder {
    fn space(&self) -> &str {
        &self.space
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ProviderError>> {
        Box::pin(async move {
            let mut embeddings = Vec::with_capacity(texts.len());
            for batch in texts.chunks(BATCH) {
                let answer = self.endpoint.post(wire::request(&self.model, batch)?).await?;
                let vectors = wire::vectors(&answer)?;
                embeddings.extend(self.dimensions.check(vectors, batch.len())?);
            }
            Ok(embeddings)
        })
    }
}

/// An address of a server, in the terms of someone who asks it.
fn endpoint(base_url: &str, path: &str, timeouts: Timeouts) -> Result<Endpoint, ProviderError> {
    let refused = |error: Error| ProviderError::Refused { message: error.to_string() };
    let base_url = self::base_url(base_url).map_err(refused)?;
    Endpoint::new(&base_url, path, None, timeouts).map_err(refused)
}
