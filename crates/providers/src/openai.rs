//! Servers that speak the protocols of OpenAI: models that answer, and models that make vectors.

mod chat;
mod listing;
mod responses;
mod wire;

pub use chat::ChatModel;
pub use listing::models;
pub use responses::ResponsesModel;

use localgpt_protocol::{BoxFuture, Embedder, Embedding, ProviderError};

use crate::{
    ApiKey, Error, Timeouts,
    http::{Endpoint, base_url},
    vectors::{BATCH, Dimensions},
};

/// Which server and model to ask.
#[derive(Debug, Clone)]
pub struct OpenAiOptions {
    /// The address up to `/embeddings`.
    pub base_url: String,
    /// The name of the model.
    pub model: String,
    /// The key, if the server wants one.
    pub api_key: Option<ApiKey>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// A model on such a server.
#[derive(Debug)]
pub struct OpenAiEmbedder {
    endpoint: Endpoint,
    base_url: String,
    model: String,
    space: String,
    dimensions: Dimensions,
}

impl OpenAiEmbedder {
    /// Uses a server; nothing is sent yet.
    pub fn new(options: OpenAiOptions) -> Result<Self, Error> {
        let OpenAiOptions { base_url: written, model, api_key, timeouts } = options;
        let base_url = base_url(&written)?;
        let endpoint = Endpoint::new(&base_url, "/embeddings", api_key, timeouts)?;
        Ok(Self::of(endpoint, base_url, model))
    }

    /// The model of this same server that `space` belongs to; none if it is another server's.
    pub fn of_space(&self, space: &str) -> Option<Self> {
        let model = space.strip_prefix("openai:")?.strip_suffix(&format!("@{}", self.base_url))?;
        Some(Self::of(self.endpoint.clone(), self.base_url.clone(), model.to_owned()))
    }

    fn of(endpoint: Endpoint, base_url: String, model: String) -> Self {
        let space = format!("openai:{model}@{base_url}");
        Self { endpoint, base_url, model, space, dimensions: Dimensions::default() }
    }
}

impl Embedder for OpenAiEmbedder {
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
