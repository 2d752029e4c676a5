//! What can be asked of memory, and what comes back.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Citation, Skipped};

/// A question to memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The question in the person's own words.
    pub text: String,
    /// The most hits to return.
    pub limit: usize,
    /// Only notes dated this day or later. A note without a date has no place in time and is left out.
    pub since: Option<Date>,
    /// Only notes dated this day or earlier.
    pub until: Option<Date>,
    /// Which signals rank the hits.
    pub mode: SearchMode,
}

/// A piece of a note that answers a query, with the reason it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Where it stands. Flattened: `path`, `start_line`, `end_line`.
    #[serde(flatten)]
    pub citation: Citation,
    /// The cited lines, byte for byte, without the last line break.
    pub text: String,
    /// Higher is better; comparable inside one result only.
    pub score: f32,
    /// What each signal contributed to the score.
    pub why: Why,
    /// The day the note is dated, from its file name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

/// What each signal contributed to a score.
///
/// The fields sum to the score, except for what is left of a stretch of which a better hit took a part:
/// that scores less.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// Words of the question found in the text, as a share of all of them (0 to 1), plus near synonyms.
    pub words: f32,
    /// Closeness of meaning (cosine, weighted).
    pub vectors: f32,
    /// The question's words that stand together in one sentence, or words near them (0 to 1, weighted).
    pub sentence: f32,
    /// Who speaks, where the question names them.
    pub speaker: f32,
    /// The note's day, where the question names one or asks for the latest.
    pub date: f32,
    /// The question's words that were found, as they were asked.
    pub matched: Vec<String>,
}

/// How a search was carried out. A degraded mode is a value that someone shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// Words and vectors.
    #[default]
    Hybrid,
    /// Words alone.
    WordsOnly,
    /// Vectors alone.
    VectorsOnly,
}

/// The answer of memory to one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Best first; no line of a file is delivered twice.
    pub hits: Vec<Hit>,
    /// How it was searched.
    pub mode: SearchMode,
    /// Why the vectors of the configured model do not count, or not for every chunk; where they do not,
    /// the built-in ones do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// Files that could not be read, each with its reason.
    pub skipped: Vec<Skipped>,
}

/// One line of a batch: a query with a name. Unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchQuery {
    /// Comes back with the results.
    pub id: String,
    /// The query.
    pub text: String,
}

/// The results of one line of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// The name of the query.
    pub id: String,
    /// Best first.
    pub results: Vec<Hit>,
}
