//! The folder of logs: which sessions there are, opening, renaming and deleting them.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, ZonedDateTime};
use localgpt_protocol::{SESSION_VERSION, SessionId, SessionRecord};

use crate::{
    error::{Error, Result},
    log::{self, SessionLog},
    replay::Session,
};

pub(crate) const EXTENSION: &str = "jsonl";
const LONGEST_ID: usize = 128;

/// A folder of sessions, readable by its owner alone.
#[derive(Debug, Clone)]
pub struct SessionStore {
    folder: PathBuf,
}

impl SessionStore {
    /// Opens a folder, and creates it if it is not there.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        match create_private(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(source) => Err(Error::Write { path: folder, source }),
        }
    }

    /// Returns a name that no session has: the time and a bit of chance, as in `2026-11-24-1530-7f3a`.
    pub fn new_id(&self, now: &ZonedDateTime, random: u32) -> SessionId {
        let time = now.strftime("%Y-%m-%d-%H%M");
        let mut chance = random;
        loop {
            let id = SessionId::new(format!("{time}-{:04x}", chance & 0xffff));
            let is_taken = self.path(&id).is_ok_and(|path| path.exists());
            chance = chance.wrapping_add(1);
            if !is_taken || chance == random.wrapping_add(0x1_0000) {
                return id;
            }
        }
    }

    /// Begins a session. When this returns, its file is on disk.
    pub fn create(&self, id: &SessionId, at: Timestamp) -> Result<(SessionLog, Session)> {
        self.begin(id, &log::lines_of(&[opened(id, at, None)])?)
    }

    /// Opens a session to go on with it. An unfinished last line is cut off and put aside: [`Session::torn`].
    pub fn resume(&self, id: &SessionId) -> Result<(SessionLog, Session)> {
        SessionLog::open(id, &self.path(id)?)
    }

    /// Reads a session, whether or not somebody has it open.
    pub fn read(&self, id: &SessionId) -> Result<Session> {
        let path = self.path(id)?;
        let bytes = self.bytes(id)?;
        let (mut session, torn) = log::read_session(id, &path, &bytes)?;
        session.torn = torn;
        Ok(session)
    }

    /// Gives a session another title. An empty one gives it back the one that it had by itself.
    pub fn rename(&self, id: &SessionId, title: &str, at: Timestamp) -> Result<()> {
        let (mut log, _) = self.resume(id)?;
        log.append(&SessionRecord::Titled { at, title: title.to_owned() })?;
        Ok(())
    }

    /// Moves a session into the folder `deleted`, and returns where its log is now. Nothing is lost.
    pub fn delete(&self, id: &SessionId) -> Result<PathBuf> {
        let path = self.path(id)?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound(id.to_string()));
            }
            Err(source) => return Err(Error::Read { path, source }),
        };
        log::lock(id, &path, &file)?;
        let deleted = self.folder.join("deleted");
        let target = free_name(&deleted, id);
        let write = |source| Error::Write { path: deleted.clone(), source };
        create_private(&deleted).map_err(write)?;
        fs::rename(&path, &target).map_err(write)?;
        let torn = path.with_extension("torn");
        if torn.exists() {
            fs::rename(&torn, target.with_extension("torn")).map_err(write)?;
        }
        sync_folder(&deleted).and_then(|()| sync_folder(&self.folder)).map_err(write)?;
        Ok(target)
    }

    /// Where the logs lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all sessions, in no order.
    pub(crate) fn ids(&self) -> Result<Vec<SessionId>> {
        let read = |source| Error::Read { path: self.folder.clone(), source };
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let Some(name) = name
                && path.extension().is_some_and(|extension| extension == EXTENSION)
                && is_id(name)
                && path.is_file()
            {
                ids.push(SessionId::new(name));
            }
        }
        Ok(ids)
    }

    /// The bytes of a log.
    pub(crate) fn bytes(&self, id: &SessionId) -> Result<Vec<u8>> {
        let path = self.path(id)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::NotFound(id.to_string()))
            }
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Where the log of a session is, or would be. Only a checked name becomes a path.
    pub(crate) fn path(&self, id: &SessionId) -> Result<PathBuf> {
        match is_id(id.as_str()) {
            true => Ok(self.folder.join(format!("{id}.{EXTENSION}"))),
            false => Err(Error::BadId(id.to_string())),
        }
    }

    /// Writes the first lines of a session. The file is there with all of them, or not at all.
    pub(crate) fn begin(&self, id: &SessionId, lines: &[u8]) -> Result<(SessionLog, Session)> {
        let path = self.path(id)?;
        let (session, _) = log::read_session(id, &path, lines)?;
        let write = |source| Error::Write { path: path.clone(), source };
        let mut temporary = tempfile::Builder::new()
            .prefix(".new-")
            .suffix(".tmp")
            .append(true)
            .tempfile_in(&self.folder)
            .map_err(write)?;
        temporary.write_all(lines).map_err(write)?;
        temporary.as_file().sync_all().map_err(write)?;
        log::lock(id, &path, temporary.as_file())?;
        let file = match temporary.persist_noclobber(&path) {
            Ok(file) => file,
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::AlreadyThere(id.clone()));
            }
            Err(failed) => return Err(write(failed.error)),
        };
        sync_folder(&self.folder).map_err(write)?;
        Ok((SessionLog::begin(id, path, file, &session)?, session))
    }
}

/// The record that opens a log.
pub(crate) fn opened(id: &SessionId, at: Timestamp, branch_of: Option<SessionId>) -> SessionRecord {
    SessionRecord::Opened { version: SESSION_VERSION, id: id.clone(), at, branch_of }
}

/// Whether a text from anywhere can be the name of a file, and nothing else.
pub(crate) fn is_id(text: &str) -> bool {
    let is_inner = |letter: u8| letter.is_ascii_alphanumeric() || b"._-".contains(&letter);
    text.len() <= LONGEST_ID
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(is_inner)
}

fn free_name(folder: &Path, id: &SessionId) -> PathBuf {
    let mut path = folder.join(format!("{id}.{EXTENSION}"));
    let mut count = 1;
    while path.exists() {
        count += 1;
        path = folder.join(format!("{id}.{count}.{EXTENSION}"));
    }
    path
}

/// Creates a folder and those above it for their owner alone, each made durable in the one that holds it.
fn create_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    create_private(parent)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_folder(parent),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_becomes_a_path() {
        for name in ["a", "2026-11-24-1530-7f3a", "A.b_c-9", &"x".repeat(128)] {
            assert!(is_id(name), "{name}");
        }
        for name in ["", ".", "..", "../a", "a/b", ".a", "-a", "ä", "a b", "a\0", &"x".repeat(129)]
        {
            assert!(!is_id(name), "{name}");
        }
    }
}
