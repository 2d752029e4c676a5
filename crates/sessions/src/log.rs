//! Writing a log: a record is on disk before its number is known.
//!
//! Invariant: between two calls the file holds whole lines only, and `bytes` is its length, unless `broken`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    slice,
    time::Duration,
};

use localgpt_protocol::{SESSION_VERSION, SessionId, SessionRecord};
use tracing::warn;

use crate::{
    error::{Error, Result},
    line::Parts,
    replay::{self, Session},
};

/// A session that is open for writing. Nobody else can open it until this is dropped, or its process has died.
#[derive(Debug)]
pub struct SessionLog {
    id: SessionId,
    path: PathBuf,
    /// Locked, and only ever written at its end.
    file: File,
    bytes: u64,
    records: u64,
    broken: bool,
}

/// A last line that was never finished, because the program or the machine stopped while it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// How many bytes of it there were.
    pub bytes: u64,
    /// Where they were put aside when they were cut off; none if the log was only read, or if there was nothing in
    /// them: blanks, or the zeros that some file systems leave.
    pub kept: Option<PathBuf>,
}

impl SessionLog {
    /// Which session it is of.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The number that the next record gets.
    pub fn next(&self) -> u64 {
        self.records
    }

    /// Writes a record, and returns its number when it is on disk.
    pub fn append(&mut self, record: &SessionRecord) -> Result<u64> {
        self.append_all(slice::from_ref(record))
    }

    /// Writes records in one go, and returns the number of the first when all of them are on disk.
    ///
    /// After an error none of them is in the log.
    pub fn append_all(&mut self, records: &[SessionRecord]) -> Result<u64> {
        if self.broken {
            return Err(Error::Broken { path: self.path.clone() });
        }
        let lines = lines_of(records)?;
        let number = self.records;
        if lines.is_empty() {
            return Ok(number);
        }
        let there = self.file.metadata().map_err(|source| self.not_written(source))?.len();
        if there != self.bytes {
            return Err(Error::Changed { path: self.path.clone() });
        }
        if let Err(source) = write_through(&self.file, &lines) {
            self.take_back();
            return Err(self.not_written(source));
        }
        self.bytes += lines.len() as u64;
        self.records += records.len() as u64;
        Ok(number)
    }

    /// Opens the log at `path` for writing, and reads it.
    pub(crate) fn open(id: &SessionId, path: &Path) -> Result<(Self, Session)> {
        let read = |source| Error::Read { path: path.to_owned(), source };
        let file = match OpenOptions::new().read(true).append(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound(id.to_string()));
            }
            // What can be read and not be opened to write is a matter of writing.
            Err(source) if File::open(path).is_ok() => {
                return Err(Error::Write { path: path.to_owned(), source });
            }
            Err(error) => return Err(read(error)),
        };
        lock(id, path, &file)?;
        if !is_at(&file, path).map_err(read)? {
            // It was deleted between the two calls.
            return Err(Error::NotFound(id.to_string()));
        }
        let mut bytes = Vec::new();
        (&file).read_to_end(&mut bytes).map_err(read)?;
        let (mut session, torn) = read_session(id, path, &bytes)?;
        if session.version() > SESSION_VERSION {
            return Err(Error::TooNew { path: path.to_owned(), version: session.version() });
        }
        let parts = Parts::of(&bytes);
        let mut log = Self {
            id: id.clone(),
            path: path.to_owned(),
            file,
            bytes: bytes.len() as u64,
            records: session.records,
            broken: false,
        };
        session.torn = match torn {
            Some(_) => Some(log.cut_off(parts.tail)?),
            None if parts.tail.is_empty() => None,
            None => {
                log.finish_line()?;
                None
            }
        };
        Ok((log, session))
    }

    /// Takes over a file that was just written, locked, and put at `path`.
    pub(crate) fn begin(
        id: &SessionId,
        path: PathBuf,
        file: File,
        session: &Session,
    ) -> Result<Self> {
        let bytes = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(source) => return Err(Error::Read { path, source }),
        };
        Ok(Self { id: id.clone(), path, file, bytes, records: session.records, broken: false })
    }

    /// Puts a torn line aside, then cuts it off.
    fn cut_off(&mut self, tail: &[u8]) -> Result<Torn> {
        let is_nothing = tail.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace());
        let kept = if is_nothing { None } else { Some(self.put_aside(tail)?) };
        let bytes = tail.len() as u64;
        let whole = self.bytes.saturating_sub(bytes);
        let cut = self.file.set_len(whole).and_then(|()| self.file.sync_data());
        cut.map_err(|source| self.not_written(source))?;
        self.bytes = whole;
        warn!(session = %self.id, bytes, "cut off an unfinished line");
        Ok(Torn { bytes, kept })
    }

    fn put_aside(&self, tail: &[u8]) -> Result<PathBuf> {
        let path = self.path.with_extension("torn");
        let append = || {
            let mut options = OpenOptions::new();
            let file = options.create(true).append(true).mode(0o600).open(&path)?;
            let mut line = tail.to_vec();
            line.push(b'\n');
            write_through(&file, &line)
        };
        match append() {
            Ok(()) => Ok(path),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    fn finish_line(&mut self) -> Result<()> {
        if let Err(source) = write_through(&self.file, b"\n") {
            self.take_back();
            return Err(self.not_written(source));
        }
        self.bytes += 1;
        Ok(())
    }

    /// Removes what a failed write left.
    fn take_back(&mut self) {
        let cut = self.file.set_len(self.bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = cut {
            self.broken = true;
            warn!(session = %self.id, error = %error, "cannot remove an unfinished line");
        }
    }

    fn not_written(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

/// Folds the bytes of a log, and says what is torn in it.
pub(crate) fn read_session(
    id: &SessionId,
    path: &Path,
    bytes: &[u8],
) -> Result<(Session, Option<Torn>)> {
    let parts = Parts::of(bytes);
    let is_torn = !parts.tail.is_empty() && !parts.tail_is_whole();
    let readable = if is_torn { parts.whole } else { bytes };
    let session = replay::replay(id, readable);
    let session = session.ok_or_else(|| Error::Empty { path: path.to_owned() })?;
    let torn = is_torn.then_some(Torn { bytes: parts.tail.len() as u64, kept: None });
    Ok((session, torn))
}

/// Turns records into lines.
pub(crate) fn lines_of(records: &[SessionRecord]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for record in records {
        if matches!(record, SessionRecord::Unknown) {
            return Err(Error::UnknownRecord);
        }
        serde_json::to_writer(&mut lines, record).map_err(Error::Record)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// How often a lock is asked for, and the pause before the next time.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Locks a log for as long as `file` is open.
///
/// A program that starts another one hands on its locks for a moment, even those it has given back since: what is
/// taken is asked for again, for a tenth of a second.
pub(crate) fn lock(id: &SessionId, path: &Path, file: &File) -> Result<()> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(std::fs::TryLockError::Error(source)) => {
                return Err(Error::Read { path: path.to_owned(), source });
            }
        }
    }
    Err(Error::InUse(id.clone()))
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok(there.dev() == ours.dev() && there.ino() == ours.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_through(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
}
