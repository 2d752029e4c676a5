//! The notes that hits are in, each read once and checked against what was indexed.

use jiff::civil::Date;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{Error, Workspace, chunk::Chunk, packed::unpack, workspace::NotePath};

/// A note that a hit is in.
pub(crate) struct Note {
    /// Its path, as it is cited.
    pub(crate) path: String,
    /// The day it is about.
    pub(crate) date: Option<Date>,
    /// Its text.
    pub(crate) text: String,
    /// Its chunks.
    pub(crate) chunks: Vec<Chunk>,
}

/// What becomes of a note that was changed after the index was brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// The search fails with [`Error::Restless`] and begins again.
    BeginAgain,
    /// It is left out.
    LeaveOut,
}

/// Notes by the number of their file.
pub(crate) struct Notes<'a> {
    connection: &'a Connection,
    workspace: &'a Workspace,
    changed: Changed,
    read: FxHashMap<u32, Option<Note>>,
}

impl<'a> Notes<'a> {
    /// Nothing read yet.
    pub(crate) fn new(
        connection: &'a Connection,
        workspace: &'a Workspace,
        changed: Changed,
    ) -> Self {
        Self { connection, workspace, changed, read: FxHashMap::default() }
    }

    /// A note; none if it is left out.
    pub(crate) fn get(&mut self, file: u32) -> Result<Option<&Note>, Error> {
        if let std::collections::hash_map::Entry::Vacant(entry) = self.read.entry(file) {
            let note = read(self.connection, self.workspace, file)?;
            if note.is_none() && self.changed == Changed::BeginAgain {
                return Err(Error::Restless);
            }
            entry.insert(note);
        }
        Ok(self.read.get(&file).and_then(Option::as_ref))
    }

    /// The notes that were read, by path.
    pub(crate) fn by_path(self) -> FxHashMap<String, Note> {
        self.read.into_values().flatten().map(|note| (note.path.clone(), note)).collect()
    }
}

/// A note; none if it is no longer as it was indexed.
fn read(connection: &Connection, workspace: &Workspace, file: u32) -> Result<Option<Note>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT path, hash, date, chunks FROM files WHERE id = ?1")?;
    let (path, hash, date, packed): (Vec<u8>, Vec<u8>, Option<String>, Vec<u8>) = statement
        .query_row([file], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let path = NotePath(path);
    let Ok((text, _)) = workspace.read(&path) else { return Ok(None) };
    if crate::prepare::hash(&text) != *hash {
        return Ok(None);
    }
    let chunks = unpack(&packed).ok_or(rusqlite::Error::InvalidQuery)?;
    let date = date.and_then(|date| date.parse().ok());
    Ok(Some(Note { path: path.shown(), date, text, chunks }))
}
