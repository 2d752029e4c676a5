//! What forgetting a text takes away, for a person.

use serde::{Deserialize, Serialize};

use crate::SessionId;

/// What would go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ForgetPlan {
    /// Lines of the files of the workspace.
    pub lines: Vec<MeantLine>,
    /// Records of sessions whose words are replaced.
    pub sessions: Vec<MeantRecords>,
    /// Files of the program itself that lose it: logs, caches, what was typed before.
    pub files: Vec<String>,
    /// Whether there is a history, which is written anew without it.
    pub history: bool,
    /// What stays, because it is not ours to change.
    pub left: Vec<LeftFile>,
}

/// A line that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeantLine {
    /// The file, from the workspace.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

/// The records of a session that say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeantRecords {
    /// The session.
    pub session: SessionId,
    /// How many.
    pub records: u64,
}

/// A file in which it still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftFile {
    /// Which.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ForgetReport {
    /// Lines of the files of the workspace.
    pub lines: usize,
    /// The files that lost them.
    pub files: Vec<String>,
    /// The sessions in which words were replaced.
    pub sessions: Vec<MeantRecords>,
    /// Files of the program itself that lost it.
    pub own_files: Vec<String>,
    /// Commits of the history that have another name now; none if there is no history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commits: Option<usize>,
    /// Files that were read afterwards, byte by byte.
    pub scanned: u64,
    /// Those in which it still stands, and what could not be done.
    pub left: Vec<LeftFile>,
}

impl ForgetPlan {
    /// Whether no file says it that could lose it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.sessions.is_empty() && self.files.is_empty()
    }
}
