//! What a language model offers, wherever it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    AssistantPart, BoxFuture, Message, ModelName, ProviderError, SessionId, ToolCallId, ToolSpec,
};

/// A model that answers requests.
pub trait Provider: Send + Sync {
    /// What the model can do.
    fn capabilities(&self) -> &Capabilities;

    /// Answers `request`, showing each piece as it arrives.
    ///
    /// The reply is whole or it is an error: a stream that ends before its end is [`ProviderError::CutOff`].
    /// Dropping the future closes the connection. Nothing is tried again after the first delta.
    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>>;
}

/// What a model can do. Plain data, so that a new ability is a field and not a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// The model.
    pub model: ModelName,
    /// Tokens it can read and write in one request.
    pub context_window: u32,
    /// How the window is known.
    pub window_source: WindowSource,
    /// The most tokens of one answer.
    pub max_output: u32,
    /// How it calls tools.
    pub tools: ToolSupport,
    /// Whether it reads pictures.
    pub images: bool,
    /// What it costs, where that is known.
    pub price: Option<Price>,
}

/// How the size of a window is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowSource {
    /// The server said so.
    Server,
    /// It stands in the configuration.
    Configuration,
    /// It stands in our table of models.
    Table,
    /// Nobody said; it is the least that such models have.
    Assumed,
}

/// How a model calls tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolSupport {
    /// Through the protocol of its server.
    Native,
    /// By writing JSON, because its server offers nothing else. A provider whose server always reads calls itself goes
    /// on with its own protocol.
    Written,
}

/// What a model costs, in millionths of a US dollar for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Tokens read.
    pub input: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Tokens written.
    pub output: u64,
}

/// Everything a model needs to know to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whose turn it is: a provider that keeps one process for a session finds it by this.
    pub session: SessionId,
    /// What stands before the transcript.
    pub instructions: Instructions,
    /// The transcript, oldest first: it begins with a user message, and every call has its result.
    pub messages: Vec<Message>,
    /// The tools that may be called.
    pub tools: Vec<ToolSpec>,
    /// How they are called.
    pub calling: ToolSupport,
    /// The most tokens to answer with.
    pub max_tokens: u32,
}

/// What a model reads before the transcript: first what stays the same, so that a provider can keep it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instructions {
    /// The same in every request of a session.
    pub stable: String,
    /// What changes from turn to turn; may be empty.
    pub changing: String,
}

/// A piece of an answer, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// More text.
    Text(String),
    /// More reasoning.
    Thinking(String),
    /// Nothing yet: the request is sent once more after a pause.
    Retrying {
        /// Why.
        reason: String,
        /// How long the pause is.
        pause: Duration,
    },
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What was said, in order.
    pub parts: Vec<AssistantPart>,
    /// Calls whose arguments could not be read, and what was wrong with them. Their input is `{}`, and they
    /// must not run.
    pub faults: Vec<(ToolCallId, String)>,
    /// Why it ended.
    pub stop: StopReason,
    /// What it took.
    pub usage: Usage,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model was done, or wants its tools run.
    End,
    /// It ran out of tokens: what it said is incomplete.
    MaxTokens,
    /// It would not answer.
    Refusal,
}

/// What an answer took, by the provider's own figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read, those of the cache among them.
    pub input: u64,
    /// Of those, read from the cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Of those, written to the cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Tokens written, reasoning among them.
    pub output: u64,
    /// What it cost in millionths of a US dollar, where the provider or its price says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microdollars: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Usage {
    /// Adds what another answer took.
    pub fn add(&mut self, more: Self) {
        self.input = self.input.saturating_add(more.input);
        self.cache_read = self.cache_read.saturating_add(more.cache_read);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
        self.output = self.output.saturating_add(more.output);
        if let Some(cost) = more.microdollars {
            self.microdollars = Some(self.microdollars.unwrap_or_default().saturating_add(cost));
        }
    }

    /// The same with what it cost by `price`, unless the provider said it.
    #[must_use]
    pub fn priced(mut self, price: Option<Price>) -> Self {
        if let (None, Some(price)) = (self.microdollars, price) {
            let plain = self.input.saturating_sub(self.cache_read).saturating_sub(self.cache_write);
            let cost = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
            let total = cost(plain, price.input)
                + cost(self.cache_read, price.cache_read)
                + cost(self.cache_write, price.cache_write)
                + cost(self.output, price.output);
            // Rounded up, so that no answer that costs something is free.
            self.microdollars = u64::try_from(total.div_ceil(1_000_000)).ok();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_cost_their_own_price_and_no_cost_is_rounded_away() {
        let price = Some(Price {
            input: 3_000_000,
            cache_read: 300_000,
            cache_write: 3_750_000,
            output: 15_000_000,
        });
        let usage = Usage { input: 1_000, cache_read: 800, output: 10, ..Usage::default() };
        assert_eq!(usage.priced(price).microdollars, Some(600 + 240 + 150));
        let one = Usage { cache_read: 1, input: 1, ..Usage::default() };
        assert_eq!(one.priced(price).microdollars, Some(1));
        let told = Usage { microdollars: Some(7), ..usage };
        assert_eq!(told.priced(price).microdollars, Some(7));
    }
}
