//! An answer: quotes from memory, or a model's.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Citation, ModelName, SessionId, TurnEnd, Usage};

/// A sentence, list item or line of a note, weighed against a question.
///
/// Found by memory; whether it is good enough to be shown is the answerer's decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Where it stands.
    pub citation: Citation,
    /// The passage byte for byte.
    pub text: String,
    /// The headings above it, outermost first, joined by ` › `; empty if there are none.
    pub heading: String,
    /// The day of the note, from its file name.
    pub date: Option<Date>,
    /// The share of the question's words found in it, each weighed by its rarity: 0 to 1.
    pub coverage: f32,
    /// The same share, counting also the lines around it and the heading: 0 to 1, at least `coverage`.
    pub context_coverage: f32,
    /// The cosine between the question's vector and the passage's: -1 to 1.
    pub similarity: f32,
    /// The score of the hit it was cut from.
    pub score: f32,
    /// The question's words that were found in it, as they were asked.
    pub matched: Vec<String>,
    /// The question's words that carry meaning, as they were asked.
    pub asked: Vec<String>,
    /// Whether it says that it replaces something that was so before.
    pub replaces: bool,
}

/// An answer made of quotes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which answerer spoke; `quote` is the built-in one, which is no language model.
    pub answerer: String,
    /// Whether memory answers the question.
    pub verdict: Verdict,
    /// What memory says, in the order in which it should be read. Empty when the verdict is `nothing`.
    pub quotes: Vec<Quote>,
    /// Why the vectors of the configured model did not count, or not for every chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
}

/// Whether memory answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The quotes answer it.
    Answered,
    /// The evidence is too weak to be shown.
    Nothing,
}

/// Words of a note, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Where they stand. Flattened: `path`, `start_line`, `end_line`.
    #[serde(flatten)]
    pub citation: Citation,
    /// The words.
    pub text: String,
    /// The headings above them, joined by ` › `.
    pub heading: String,
    /// The day of the note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// How well they answer: 0 to 1.
    pub strength: f32,
}

/// An answer of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// The model that answered.
    pub answerer: ModelName,
    /// The session it is in.
    pub session: SessionId,
    /// What the model wrote.
    pub text: String,
    /// Where the notes stand that were put beside the question.
    pub recalled: Vec<Citation>,
    /// The notes that were written.
    pub remembered: Vec<Remembered>,
    /// How the turn ended.
    pub end: TurnEnd,
    /// What it took, work behind the scenes included.
    pub usage: Usage,
}

/// A note that was written to memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Where it stands. Flattened: `path`, `start_line`, `end_line`.
    #[serde(flatten)]
    pub citation: Citation,
    /// The lines.
    pub text: String,
}
