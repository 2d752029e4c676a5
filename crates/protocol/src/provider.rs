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
    /// More is asked of the server than it can do now: the same works later.
    #[error("the server is overloaded: {message}")]
    Overloaded {
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
        /// What it said, cut short.
        message: String,
    },
    /// Nothing is left on the account: a person has to act.
    #[error("the account has no credit left: {message}")]
    Payment {
        /// What it said, cut short.
        message: String,
    },
    /// The server does not have the model: a person has to choose another, or fetch it.
    #[error("the server does not have the model: {message}")]
    NoModel {
        /// What it said, cut short.
        message: String,
    },
    /// The model cannot do what was asked: call tools, look at a picture.
    #[error("the model cannot do this: {message}")]
    Unable {
        /// What it said, cut short.
        message: String,
    },
    /// The model wrote something that its own server could not read, mostly a tool call. Nothing of it is used,
    /// and neither server nor network failed: the model has to be asked in another way, or again.
    #[error("the server could not read what the model wrote: {message}")]
    Garbled {
        /// What it said, cut short.
        message: String,
    },
    /// A program that runs the model is not there, or is too old.
    #[error("{message}")]
    NoProgram {
        /// Which, and where it was looked for.
        message: String,
    },
    /// The answer ended before its end. What came is not an answer.
    #[error("the answer broke off: {message}")]
    CutOff {
        /// What was missing.
        message: String,
    },
    /// Nothing came for too long.
    #[error("the server said nothing for {} seconds", after.as_secs())]
    Silent {
        /// How long.
        after: Duration,
    },
    /// The answer is not what was agreed on, and nothing of it is used.
    #[error("cannot use the server's answer: {message}")]
    Protocol {
        /// What is wrong with it.
        message: String,
    },
}

impl ProviderError {
    /// Whether the same request may work a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Failed { .. }
            | Self::Unreachable { .. }
            | Self::CutOff { .. }
            | Self::Silent { .. } => true,
            Self::Key { .. }
            | Self::Payment { .. }
            | Self::TooLong { .. }
            | Self::NoModel { .. }
            | Self::Unable { .. }
            | Self::Garbled { .. }
            | Self::NoProgram { .. }
            | Self::Refused { .. }
            | Self::Protocol { .. } => false,
        }
    }
}
