//! Reading the sessions of OpenClaw: the files, never anything beside them, and never writing.

mod entry;
mod index;
mod message;
mod path;

pub use index::{Found, Listing, list};
pub use message::{Outcome, RawText};

use std::{fs, path::Path};

use jiff::Timestamp;
use localgpt_protocol::{
    Message, ModelName, Origin, SessionId, SessionRecord, Summariser, ToolOutcome,
};

use self::entry::Transcript;
use crate::{
    error::{Error, Result},
    log::{self, SessionLog},
    replay::Session,
    store::{self, SessionStore},
};

/// The largest file that is read, in bytes: all of it is in memory at once.
const LARGEST: u64 = 1 << 30;

/// Fences text from outside. Fencing is not for this crate to do, so whoever imports hands it in.
pub type Quote<'a> = &'a dyn Fn(&RawText<'_>) -> ToolOutcome;

/// What a model would read of a session of OpenClaw.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The name it had there.
    pub id: Option<String>,
    /// When it was begun.
    pub started: Option<Timestamp>,
    /// The model that answered last.
    pub model: Option<ModelName>,
    /// Stands for everything before the messages.
    pub summary: Option<String>,
    /// The messages that the active branch ends with.
    pub messages: Vec<(Timestamp, Message)>,
    /// How many entries could be read, those of other branches among them.
    pub entries: usize,
    /// What could not be read, or had to be guessed.
    pub warnings: Vec<Warning>,
}

/// Something that was wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The line, counted from one; none if it is about the whole file.
    pub line: Option<usize>,
    /// What was wrong.
    pub problem: String,
}

/// Reads a transcript: the summary and what is kept of the active branch.
///
/// Only `path` is opened. Lines that cannot be read are passed over with a warning, and an entry whose parent is not
/// before it is taken to follow the one that is.
pub fn read(path: &Path, quote: Quote<'_>) -> Result<Imported> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    // Opening a pipe would wait for somebody to write into it.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Error::Foreign { path: path.to_owned(), reason: "it is no file" });
    }
    if metadata.len() > LARGEST {
        return Err(Error::Foreign { path: path.to_owned(), reason: "it is larger than 1 GiB" });
    }
    let bytes = fs::read(path).map_err(failed)?;
    let mut transcript = Transcript::read(&bytes);
    if transcript.entries.is_empty() && transcript.header.is_none() {
        let reason = "no line of it is an entry";
        return Err(Error::Foreign { path: path.to_owned(), reason });
    }
    let mut warnings = std::mem::take(&mut transcript.warnings);
    let active = path::active(&transcript.entries, &mut warnings);
    let messages = message::convert(&active.entries, quote, &mut warnings);
    warnings.sort_by_key(|warning| warning.line);
    Ok(Imported {
        id: transcript.header.as_ref().and_then(|header| header.id.clone()),
        started: transcript.header.as_ref().and_then(|header| header.at),
        model: active.model,
        summary: active.summary,
        messages,
        entries: transcript.entries.len(),
        warnings,
    })
}

impl SessionStore {
    /// Begins a session with what was imported.
    pub fn import(
        &self,
        imported: &Imported,
        id: &SessionId,
        at: Timestamp,
    ) -> Result<(SessionLog, Session)> {
        let mut records = vec![store::opened(id, at, None)];
        if let Some(model) = &imported.model {
            records.push(SessionRecord::ModelChosen { at, model: Some(model.clone()) });
        }
        if let Some(summary) = &imported.summary {
            let kept_from = records.len() as u64;
            let by = Summariser::Model;
            // Nobody kept what it was made of.
            let origin = Origin::Unknown;
            let summary = summary.clone();
            records.push(SessionRecord::Compacted { at, summary, kept_from, by, origin });
        }
        for (at, message) in &imported.messages {
            records.push(SessionRecord::Said { at: *at, message: message.clone() });
        }
        self.begin(id, &log::lines_of(&records)?)
    }
}
