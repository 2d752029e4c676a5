//! What can go wrong with who runs a model, sorted by what the caller can do about it.

use std::{error::Error, time::Duration};

/// Why a provider did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The key is missing or wrong, or may not do this: a person has to act.
    #[error("the server does not accept the key: {message}")]
    Key {
        /// What it said, cut short.
        message: String,
    },
    /// Too much was asked in too short a time: the same works later.
    #[error("the server wants fewer requests: {message}")]
    RateLimited {
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
        /// What it said, cut short.
        message: String,
    },
    /// The text is longer than the model can take: a shorter one works.
    #[error("the text is too long for the model: {message}")]
    TooLong {
        /// What it said, cut short.
        message: String,
    },
    /// The same will never work: an unknown model, a wrong address.
    #[error("the server refuses: {message}")]
    Refused {
        /// What it said, cut short.
        message: String,
    },
    /// The server is there and failed by itself: the same may work later.
    #[error("the server failed: {message}")]
    Failed {
        /// What it said, cut short.
        message: String,
    },
    /// The server was not reached, did not answer in time, or closed the connection.
    #[error("cannot reach the server")]
    Unreachable {
        /// What the network said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The answer is not what was agreed on, and nothing of it is used.
    #[error("cannot use the server's answer: {message}")]
    Protocol {
        /// What is wrong with it.
        message: String,
    },
}
