//! What a model reads before it answers, and what did not fit.

use serde::{Deserialize, Serialize};

/// The parts of a request and their sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextReport {
    /// The tokens the model can read and write.
    pub window: u32,
    /// Of those, kept free for the answer.
    pub reserved: u32,
    /// The parts in the order in which they are sent.
    pub parts: Vec<ContextPart>,
}

/// One part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextPart {
    /// What it is: `instructions`, `tools`, `SOUL.md`, `messages`.
    pub name: String,
    /// Its estimated tokens as sent.
    pub tokens: u32,
    /// Whether it is all there.
    pub state: ContextState,
}

/// Whether a part of a request is all there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ContextState {
    /// It is.
    Whole,
    /// Some of it.
    Cut {
        /// What was sent, in UTF-16 units.
        kept: usize,
        /// What there is, in UTF-16 units.
        of: usize,
    },
    /// None of it.
    LeftOut {
        /// Why.
        reason: String,
    },
}

impl ContextReport {
    /// The estimated tokens of everything that is sent.
    pub fn tokens(&self) -> u32 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.tokens))
    }

    /// The parts that are not all there.
    pub fn incomplete(&self) -> impl Iterator<Item = &ContextPart> {
        self.parts.iter().filter(|part| part.state != ContextState::Whole)
    }
}
