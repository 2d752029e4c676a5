//! What was changed in the workspace, for a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SessionId;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Its name: the first letters of the commit.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who: `person`, `assistant` or `outside`.
    pub author: String,
    /// In which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// What was done, in one line.
    pub summary: String,
    /// The changes that it takes back or does again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file, from the workspace.
    pub path: String,
    /// `added`, `deleted` or `changed`.
    pub kind: String,
    /// A unified diff; none if it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// What taking back, or doing again, did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverted {
    /// The commit that records it; none where the files were as they should be already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The changes that were taken back or done again.
    pub of: Vec<String>,
    /// The files that were written or removed.
    pub files: Vec<String>,
    /// Files that somebody changed at the same moment, and that were left alone.
    pub left: Vec<String>,
}
