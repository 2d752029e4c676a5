//! What memory says about itself.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// A file that was left out of the index, and why. Reported once, never an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Relative to the workspace; bytes that are no text are shown as escapes.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file is not in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SkipReason {
    /// A symbolic link; only what lies in the folder itself is read.
    Link,
    /// A file with a second name somewhere, so its bytes may belong to something outside.
    HardLink,
    /// A pipe, socket, device, or folder named like a note.
    NotAFile,
    /// Larger than the limit.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Holds NUL bytes: no text.
    Binary,
    /// Could not be read.
    Unreadable {
        /// What the system said.
        message: String,
    },
}

/// How far a synchronisation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncProgress {
    /// Files read and indexed so far.
    pub files_done: usize,
    /// Files to read.
    pub files_total: usize,
    /// Chunks indexed so far.
    pub chunks: usize,
    /// Bytes of Markdown indexed so far.
    pub bytes: u64,
}

/// How far work has come that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Files are read and indexed.
    Indexing(SyncProgress),
    /// A model makes vectors.
    Embedding {
        /// Chunks that have one now.
        done: usize,
        /// Chunks that need one.
        total: usize,
    },
    /// A model is fetched.
    Fetching {
        /// Bytes that are here.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
}

/// What a rebuild of the index did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReindexReport {
    /// Files in the index.
    pub files: usize,
    /// Chunks in the index.
    pub chunks: usize,
    /// Bytes of Markdown read.
    pub bytes: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// Why not every chunk has a vector of the configured model; the built-in ones are always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// Files left out.
    pub skipped: Vec<Skipped>,
}

/// What is in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryStats {
    /// The workspace folder.
    pub workspace: String,
    /// The index file. It can be deleted at any time.
    pub index: String,
    /// Size of the index on disk in bytes.
    pub index_bytes: u64,
    /// Files in the index.
    pub files: usize,
    /// Chunks in the index.
    pub chunks: usize,
    /// Bytes of Markdown in the indexed files.
    pub bytes: u64,
    /// The vector space the index's vectors belong to.
    pub vector_space: String,
    /// The spaces of models, beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub model_spaces: Vec<ModelSpace>,
    /// The day of the oldest dated note.
    pub oldest: Option<Date>,
    /// The day of the newest dated note.
    pub newest: Option<Date>,
    /// Files left out.
    pub skipped: Vec<Skipped>,
}

/// A space in which chunks have vectors of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSpace {
    /// Its name: the model and where it runs.
    pub name: String,
    /// The chunks that have no vector in it yet.
    pub pending: usize,
}

/// A note that was changed lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentNote {
    /// Relative to the workspace.
    pub path: String,
    /// When the file was last changed.
    pub modified: Timestamp,
    /// Its first line that is no heading, shortened to 120 characters; empty for an empty file.
    pub preview: String,
}

/// Lines of a note, as they are in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Relative to the workspace.
    pub path: String,
    /// The lines, byte for byte. Empty when the file does not exist.
    pub text: String,
    /// The first line of `text` in the file; 0 when there is none.
    pub start_line: u32,
    /// The last line of `text` in the file; 0 when there is none.
    pub end_line: u32,
    /// Lines in the whole file.
    pub total_lines: u32,
}

/// What was added to memory. When this exists, it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The file it was added to, relative to the workspace.
    pub path: String,
    /// The first line of the addition.
    pub start_line: u32,
    /// The last line of the addition.
    pub end_line: u32,
}

/// What would answer a question, over which workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The workspace folder.
    pub workspace: String,
    /// Which answerer speaks; `quote` is the built-in one, which is no language model.
    pub answerer: String,
}

/// What `init` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitReport {
    /// The workspace folder.
    pub workspace: String,
    /// Starter files that were written, relative to it.
    pub written: Vec<String>,
    /// Starter files that were there before and were left alone.
    pub kept: Vec<String>,
    /// A question that a fresh workspace answers.
    pub question: String,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a thing that was looked at is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Works, but a person should know.
    Warning,
    /// Does not work.
    Problem,
}

/// Where the lines of a note come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteOrigins {
    /// The note, from the workspace.
    pub path: String,
    /// All of its lines.
    pub lines: usize,
    /// Those that were not written through the program.
    pub unknown: usize,
    /// Those that the program wrote with text of others in view.
    pub untrusted: usize,
}
