//! Models behind the Responses protocol. Nothing of a conversation is kept by the server.

mod stream;
mod wire;

use localgpt_protocol::{BoxFuture, Capabilities, Delta, Provider, ProviderError, Reply, Request};

use crate::{
    Error, ServerOptions,
    exchange::exchange,
    http::{Endpoint, base_url},
};

/// A model on such a server.
#[derive(Debug)]
pub struct ResponsesModel {
    endpoint: Endpoint,
    capabilities: Capabilities,
}

impl ResponsesModel {
    /// Uses the model that `capabilities` names; nothing is sent yet.
    pub fn new(server: &ServerOptions, capabilities: Capabilities) -> Result<Self, Error> {
        let base_url = base_url(&server.base_url)?;
        let key = server.api_key.clone();
        let endpoint = Endpoint::new(&base_url, "/responses", key, server.timeouts)?;
        Ok(Self { endpoint, capabilities })
    }
}

impl Provider for ResponsesModel {
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
