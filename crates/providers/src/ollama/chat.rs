//! Answers of a model on an Ollama server, by its own protocol: the one that takes a window.
//!
//! Invariant: no answer is given on a prompt that the server cut. It is told not to (`truncate`, `shift`), what
//! certainly does not fit is not sent, and what it says it has read is compared with the least it can have been.

mod answer;
mod wire;

use localgpt_protocol::{
    BoxFuture, Capabilities, Delta, Message, ModelName, Provider, ProviderError, Reply, Request,
    ToolSupport, UserPart, WindowSource,
};

use super::{endpoint, show::Shown, show::show};
use crate::{
    Timeouts,
    http::{Endpoint, Kind},
    lines::Lines,
    retry::{Tries, Watched},
    written,
};
use answer::Answer;

/// The window where nobody chose one. The memory for it comes on top of the model's: for one of 8 billion
/// parameters (32 layers, 8 heads of 128 numbers for keys and values, two bytes each) 128 KiB a token, so 1 GiB.
/// Twice as much is where machines with 16 GiB begin to swap; half of it is filled by instructions, tools and
/// notes alone.
const WINDOW: u32 = 8_192;
/// The share of the window that an answer may take, where nobody chose.
const SHARE_OF_ANSWER: u32 = 4;

/// Which server and model to ask, and how.
#[derive(Debug, Clone)]
pub struct OllamaChatOptions {
    /// The address.
    pub base_url: String,
    /// The model, under the name that the server knows behind the slash.
    pub model: ModelName,
    /// The window, if someone chose one. It costs memory of the server.
    pub context: Option<u32>,
    /// The most tokens of an answer, if someone chose.
    pub max_output: Option<u32>,
    /// How long it may take. The server may load the model before its first byte.
    pub timeouts: Timeouts,
}

/// A model on an Ollama server that answers.
#[derive(Debug)]
pub struct OllamaChat {
    endpoint: Endpoint,
    capabilities: Capabilities,
    /// Whether it reasons where it is told to.
    thinks: bool,
    /// Whether its count of the prompt includes what it had in its cache. Servers that list the abilities of a
    /// model do; the oldest leave the count out or count the new part alone.
    counts_all: bool,
}

impl OllamaChat {
    /// Asks the server what the model is and can do.
    pub async fn connect(options: OllamaChatOptions) -> Result<Self, ProviderError> {
        let OllamaChatOptions { base_url, model, context, max_output, timeouts } = options;
        let shown = show(&endpoint(&base_url, "/api/show", timeouts)?, model.model()).await?;
        if shown.can("completion") == Some(false) {
            let message = format!("{} does not answer, it makes vectors", model.model());
            return Err(ProviderError::Unable { message });
        }
        let (context_window, window_source) = window(&shown, context);
        let tools = match shown.can("tools") {
            Some(false) => ToolSupport::Written,
            // A server that does not say refuses tools if it has to.
            Some(true) | None => ToolSupport::Native,
        };
        let capabilities = Capabilities {
            model,
            context_window,
            window_source,
            max_output: max_output
                .unwrap_or(context_window / SHARE_OF_ANSWER)
                .clamp(1, context_window),
            tools,
            images: shown.sees(),
            price: None,
        };
        let thinks = shown.can("thinking").unwrap_or(false);
        let counts_all = shown.abilities.is_some();
        let endpoint = endpoint(&base_url, "/api/chat", timeouts)?;
        Ok(Self { endpoint, capabilities, thinks, counts_all })
    }

    async fn once(
        &self,
        request: &Request,
        show: &mut Watched<'_>,
    ) -> Result<Reply, ProviderError> {
        let (sent, format) = written::sent(request);
        let least = self.fits(&sent)?;
        let body = wire::Chat {
            model: self.capabilities.model.model(),
            window: self.capabilities.context_window,
            thinks: self.thinks,
            sees: self.capabilities.images,
        }
        .body(&sent, format)?;
        let mut answer = Answer::new(request);
        let mut body = self.endpoint.stream(body, Kind::JsonLines).await?;
        let mut lines = Lines::default();
        while let Some(bytes) = body.next().await? {
            lines.push(&bytes)?;
            while let Some(line) = lines.next() {
                answer.line(&line, show).map_err(|error| self.endpoint.without_key(error))?;
            }
        }
        if let Some(line) = lines.rest() {
            answer.line(&line, show).map_err(|error| self.endpoint.without_key(error))?;
        }
        let reply = answer.finish(show)?;
        self.was_read(least, reply.usage.input)?;
        Ok(reply)
    }

    /// The fewest tokens of a request, if it can fit.
    fn fits(&self, request: &Request) -> Result<u64, ProviderError> {
        if !self.capabilities.images
            && let Some(Message::User(parts)) = request.messages.last()
            && parts.iter().any(|part| matches!(part, UserPart::Image(_)))
        {
            let message = format!("{} reads no pictures", self.capabilities.model.model());
            return Err(ProviderError::Unable { message });
        }
        let least = wire::least(request);
        let window = self.capabilities.context_window;
        if least > u64::from(window) {
            let message = format!("it is {least} tokens or more, and the window has {window}");
            return Err(ProviderError::TooLong { message });
        }
        Ok(least)
    }

    /// Checks that the server has read what it was sent: `counted` tokens by its own figures. A tenth is left for
    /// templates that trim what they are given.
    fn was_read(&self, least: u64, counted: u64) -> Result<(), ProviderError> {
        if !self.counts_all || counted == 0 || counted >= least - least / 10 {
            return Ok(());
        }
        let message = format!(
            "the server cut it in silence: it read {counted} tokens of {least} or more; the answer is not used"
        );
        Err(ProviderError::TooLong { message })
    }
}

impl Provider for OllamaChat {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let mut tries = Tries::default();
            loop {
                let mut watched = Watched::new(show);
                match self.once(request, &mut watched).await {
                    Err(error) if watched.is_untouched() => tries.wait(error, show).await?,
                    result => return result,
                }
            }
        })
    }
}

/// The window that is asked for: the person's, the Modelfile's or ours, never more than the model was trained for.
fn window(shown: &Shown, context: Option<u32>) -> (u32, WindowSource) {
    let (wanted, source) = match (context, shown.num_ctx) {
        (Some(tokens), _) => (tokens, WindowSource::Configuration),
        (None, Some(tokens)) => (tokens, WindowSource::Server),
        (None, None) => (WINDOW, WindowSource::Assumed),
    };
    match shown.context_length {
        Some(length) if length <= wanted => (length, WindowSource::Server),
        Some(_) | None => (wanted.max(1), source),
    }
}
