//! What a list of sessions and a search in them say, as it is printed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ModelName, SessionId};

/// One session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// Which.
    pub id: SessionId,
    /// The title it was given, or else the beginning of the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was opened.
    pub started: Timestamp,
    /// When something was last written into its log.
    pub last: Timestamp,
    /// Messages in the log, those that were taken back or summarised among them.
    pub messages: u64,
    /// The model that was chosen last; none is the answerer that quotes memory, or no choice at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// The size of the log.
    pub bytes: u64,
}

/// A message that holds all the words of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionHit {
    /// The session.
    pub session: SessionId,
    /// Its title, as in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The number of the record of the message.
    pub record: u64,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub role: Speaker,
    /// One line around the first of the words.
    pub snippet: String,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person, or the heartbeat speaking for them.
    User,
    /// The model.
    Assistant,
}
