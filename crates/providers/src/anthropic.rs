//! Models behind the Messages protocol of Anthropic.

mod stream;
mod wire;

use localgpt_protocol::{BoxFuture, Capabilities, Delta, Provider, ProviderError, Reply, Request};

use crate::{
    Error, ListedModel, ServerOptions,
    exchange::exchange,
    http::{Endpoint, base_url},
    json, server,
};

/// The version of the protocol that is spoken.
const VERSION: &str = "2023-06-01";

/// A model on such a server.
#[derive(Debug)]
pub struct AnthropicModel {
    endpoint: Endpoint,
    capabilities: Capabilities,
}

impl AnthropicModel {
    /// Uses the model that `capabilities` names; nothing is sent yet.
    pub fn new(server: &ServerOptions, capabilities: Capabilities) -> Result<Self, Error> {
        Ok(Self { endpoint: endpoint(server, "/v1/messages")?, capabilities })
    }
}

impl Provider for AnthropicModel {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let body = |seals| wire::body(&self.capabilities, request, seals);
            let begin = || stream::Reading::new(&self.capabilities, request);
            exchange(&self.endpoint, body, begin, show).await
        })
    }
}

/// The models that the server has.
pub async fn models(server: &ServerOptions) -> Result<Vec<ListedModel>, ProviderError> {
    let refused = |error: Error| ProviderError::Refused { message: error.to_string() };
    let endpoint = endpoint(server, "/v1/models?limit=1000").map_err(refused)?;
    Ok(server::listed(&json::parse(&endpoint.get().await?)?))
}

fn endpoint(server: &ServerOptions, path: &str) -> Result<Endpoint, Error> {
    let base_url = base_url(&server.base_url)?;
    // Written with the version at its end, as the addresses of other vendors are.
    let base_url = base_url.strip_suffix("/v1").unwrap_or(&base_url);
    let endpoint = Endpoint::new(base_url, path, server.api_key.clone(), server.timeouts)?;
    Ok(endpoint.with_key_in("x-api-key")?.with_header("anthropic-version", VERSION))
}
