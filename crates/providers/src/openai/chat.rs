//! Models behind Chat Completions, the protocol that most servers speak.

mod stream;
mod wire;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use localgpt_protocol::{BoxFuture, Capabilities, Delta, Provider, ProviderError, Reply, Request};

use crate::{
    Error, ServerOptions,
    catalog::Quirks,
    exchange::exchange,
    http::{Endpoint, base_url},
    refusal,
    retry::Watched,
    written::{self, Schema},
};

/// A model on such a server.
#[derive(Debug)]
pub struct ChatModel {
    endpoint: Endpoint,
    capabilities: Capabilities,
    quirks: Quirks,
    /// Whether the server was seen to refuse a schema for the answer: then the model is only told what to write.
    refuses_schemas: AtomicBool,
}

impl ChatModel {
    /// Uses the model that `capabilities` names; nothing is sent yet.
    pub fn new(
        server: &ServerOptions,
        quirks: Quirks,
        capabilities: Capabilities,
    ) -> Result<Self, Error> {
        let base_url = base_url(&server.base_url)?;
        let key = server.api_key.clone();
        let endpoint = Endpoint::new(&base_url, "/chat/completions", key, server.timeouts)?;
        Ok(Self { endpoint, capabilities, quirks, refuses_schemas: AtomicBool::new(false) })
    }

    /// Asks with `sent` and `format` for the answer to `request`.
    async fn ask(
        &self,
        request: &Request,
        (sent, format): (&Request, Option<&Schema>),
        show: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Reply, ProviderError> {
        let asked = wire::Asked { capabilities: &self.capabilities, quirks: self.quirks, format };
        let body = |seals| asked.body(sent, seals);
        let begin = || stream::Reading::new(&self.capabilities, self.quirks, request);
        exchange(&self.endpoint, body, begin, show).await
    }
}

impl Provider for ChatModel {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let (sent, format) = written::sent(request);
            let format = format.filter(|_| !self.refuses_schemas.load(Ordering::Relaxed));
            let mut watched = Watched::new(show);
            let mut show_once = |delta| watched.show(delta);
            match self.ask(request, (&sent, format.as_ref()), &mut show_once).await {
                Err(error)
                    if format.is_some()
                        && watched.is_untouched()
                        && refusal::is_about_format(&error) =>
                {
                    self.refuses_schemas.store(true, Ordering::Relaxed);
                    show(Delta::Retrying { reason: error.to_string(), pause: Duration::ZERO });
                    self.ask(request, (&sent, None), show).await
                }
                result => result,
            }
        })
    }
}
