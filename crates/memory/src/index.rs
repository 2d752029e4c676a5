//! The index file: opening it, bringing it up to date, building it again when it is damaged.

use std::{
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use localgpt_protocol::SyncProgress;
use rusqlite::{Connection, OpenFlags};

use crate::{
    Error, Workspace, extension,
    seal::{Found, IndexFile, IndexFolder, WriteLock},
    sync::{self, Synced},
    table::Table,
};

/// Bytes of terms that FTS5 sorts at once while it indexes.
const SORTED_AT_ONCE: i64 = 16 << 20;
/// How often damage is mended before it is reported.
const MENDS: usize = 3;

/// The search index of one workspace.
pub struct MemoryIndex {
    folder: IndexFolder,
    place: PathBuf,
    open: Option<Open>,
    /// A file that turned out to be damaged and is not used again.
    damaged: Option<IndexFile>,
}

/// An index file that is in use.
pub(crate) struct Open {
    pub(crate) connection: Connection,
    pub(crate) file: IndexFile,
    /// Whether it is the index, and not one that is being built from nothing.
    is_finished: bool,
    /// The columns, with the data version they were read at.
    table: Option<(i64, Table)>,
}

impl MemoryIndex {
    /// Uses the index in `folder`, which is created if needed; the file itself is opened on first use.
    pub fn new(folder: &Path) -> Result<Self, Error> {
        extension::register();
        let place = folder.to_owned();
        match IndexFolder::open(folder) {
            Ok(folder) => Ok(Self { folder, place, open: None, damaged: None }),
            Err(source) => Err(Error::IndexFolder { path: place, source }),
        }
    }

    /// Makes the index agree with the files, reading only those that changed.
    pub fn sync(
        &mut self,
        workspace: &Workspace,
        now: Timestamp,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Synced, Error> {
        for _ in 0..MENDS {
            match self.try_sync(workspace, now, progress) {
                Err(error) if error.is_damage() => self.distrust(&error),
                result => return result,
            }
        }
        self.try_sync(workspace, now, progress)
    }

    /// Builds the index from nothing.
    pub fn rebuild(
        &mut self,
        workspace: &Workspace,
        now: Timestamp,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Synced, Error> {
        let lock = self.lock()?;
        self.create(&lock)?;
        self.update(&lock, workspace, now, progress)
    }

    /// Does not use the file that is open again: it is damaged, as `error` shows.
    pub(crate) fn distrust(&mut self, error: &Error) {
        tracing::warn!(error = %error, "the index is damaged and is built again");
        if let Some(open) = self.open.take() {
            self.damaged = Some(open.file);
        }
    }

    fn try_sync(
        &mut self,
        workspace: &Workspace,
        now: Timestamp,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Synced, Error> {
        let sealed = self.folder.glance();
        if let Some(file) = sealed.filter(|file| self.damaged.as_ref() != Some(file)) {
            self.use_file(file)?;
            let listing = workspace.list()?;
            let open = self.opened()?;
            let plan = sync::plan(&open.connection, &listing)?;
            if plan.is_empty() {
                return Ok(Synced {
                    changed: false,
                    skipped: sync::skipped(&open.connection, listing)?,
                });
            }
        }
        let lock = self.lock()?;
        match self.folder.examine(&lock).map_err(|error| self.failed(error))? {
            Found::Sealed(file) | Found::Unsealed(file) if self.damaged.as_ref() == Some(&file) => {
                self.create(&lock)?;
            }
            Found::Sealed(file) => self.use_file(file)?,
            Found::Unsealed(file) => {
                self.use_file(file)?;
                self.opened()?.check()?;
            }
            Found::Useless => self.create(&lock)?,
        }
        self.update(&lock, workspace, now, progress)
    }

    fn lock(&self) -> Result<WriteLock, Error> {
        self.folder.lock().map_err(|error| self.failed(error))
    }

    /// Opens an index file, if it is not the one that is open.
    fn use_file(&mut self, file: IndexFile) -> Result<(), Error> {
        if self.open.as_ref().is_some_and(|open| open.file == file) {
            return Ok(());
        }
        self.open = None;
        match Open::built(file.clone()) {
            Ok(open) => {
                self.open = Some(open);
                Ok(())
            }
            Err(error) => {
                self.damaged = error.is_damage().then_some(file);
                Err(error)
            }
        }
    }

    /// Starts an empty index file in the place of all others.
    fn create(&mut self, lock: &WriteLock) -> Result<(), Error> {
        self.open = None;
        let file = self.folder.fresh(lock).map_err(|error| self.failed(error))?;
        let mut open = Open::file(file)?;
        open.is_finished = false;
        // No journal: nobody else opens it, and what is interrupted is thrown away. Pages of the size
        // that suits our blobs. Terms are sorted in portions that make few segments.
        open.connection.execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
        )?;
        open.connection.execute_batch(include_str!("schema.sql"))?;
        open.connection
            .execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?1)", [SORTED_AT_ONCE])?;
        open.connection.execute(
            "INSERT INTO facts VALUES ('space', ?1), ('next_chunk', 0)",
            [localgpt_embedding::SPACE],
        )?;
        self.open = Some(open);
        Ok(())
    }

    /// Carries out what has to be done, with the seal broken from the first change to the last.
    fn update(
        &mut self,
        lock: &WriteLock,
        workspace: &Workspace,
        now: Timestamp,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Synced, Error> {
        let listing = workspace.list()?;
        // If it fails, its transaction goes with the connection.
        let mut open = self.open.take().ok_or(Error::Index(rusqlite::Error::InvalidQuery))?;
        let mut before_change = || self.folder.break_seal(lock).map_err(|error| self.failed(error));
        let caller = sync::Caller { now, before_change: &mut before_change, progress };
        let synced = match sync::apply(&open, workspace, listing, caller) {
            Ok(synced) => synced,
            Err(error) => {
                self.damaged = error.is_damage().then_some(open.file);
                return Err(error);
            }
        };
        if synced.changed {
            open.table = None;
        }
        if !open.is_finished {
            open = self.finish(lock, open)?;
        }
        self.open = Some(open);
        self.seal()?;
        Ok(synced)
    }

    /// Lets `change` write to the index that is in use, in one transaction, beside what the files say.
    pub(crate) fn write(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let lock = self.lock()?;
        let file = self.opened()?.file.clone();
        match self.folder.examine(&lock).map_err(|error| self.failed(error))? {
            Found::Sealed(found) | Found::Unsealed(found) if found == file => {}
            // Another process has built the index again; the next synchronisation opens it.
            Found::Sealed(_) | Found::Unsealed(_) | Found::Useless => return Err(Error::Restless),
        }
        self.folder.break_seal(&lock).map_err(|error| self.failed(error))?;
        let connection = &self.opened()?.connection;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        if let Err(error) = change(connection) {
            // SQLite ends the transaction itself where it finds damage.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
        connection.execute_batch("COMMIT")?;
        self.seal()
    }

    /// Seals the file in use, if nothing is in its log any more.
    fn seal(&mut self) -> Result<(), Error> {
        let Some(open) = &self.open else { return Ok(()) };
        // A reader that still needs the log keeps it; then the file stays unsealed, and the next
        // process finds the lock free and looks.
        if self.folder.glance().as_ref() == Some(&open.file) || !open.move_log()? {
            return Ok(());
        }
        match self.folder.close(&open.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::warn!("the index was deleted while it was written");
                Ok(())
            }
            result => result.map_err(|error| self.failed(error)),
        }
    }

    /// Makes a file that was built from nothing the index.
    fn finish(&self, lock: &WriteLock, open: Open) -> Result<Open, Error> {
        open.connection.execute_batch("PRAGMA journal_mode = WAL")?;
        let Open { connection, file, .. } = open;
        connection.close().map_err(|(_connection, error)| Error::Index(error))?;
        Open::built(self.folder.finish(lock, &file).map_err(|error| self.failed(error))?)
    }

    /// The index file in use; none before the first [`Self::sync`].
    pub fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.file.path.as_path())
    }

    pub(crate) fn opened(&mut self) -> Result<&mut Open, Error> {
        self.open.as_mut().ok_or(Error::Index(rusqlite::Error::InvalidQuery))
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::IndexFolder { path: self.place.clone(), source }
    }
}

impl Open {
    fn file(file: IndexFile) -> Result<Self, Error> {
        // Without CREATE: a file that was deleted a moment ago must not come back empty.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&file.path, flags)?;
        // NORMAL: after a power cut the index may be old, never torn, and old is what `sync` mends.
        connection.execute_batch(
            "PRAGMA busy_timeout = 30000; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;
             PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;",
        )?;
        Ok(Self { connection, file, is_finished: true, table: None })
    }

    /// Opens a file that has an index in it, with vectors of the space that is used now.
    fn built(file: IndexFile) -> Result<Self, Error> {
        let open = Self::file(file)?;
        match open.fact::<String>("space")?.as_deref() {
            Some(localgpt_embedding::SPACE) => Ok(open),
            _ => Err(Error::Index(rusqlite::Error::InvalidQuery)),
        }
    }

    /// Whether SQLite finds its own structures whole.
    fn check(&self) -> Result<(), Error> {
        let verdict: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(Error::Index(rusqlite::Error::InvalidQuery)) }
    }

    /// Moves the write-ahead log into the file; false if a reader still needs it.
    fn move_log(&self) -> Result<bool, Error> {
        let busy: i64 =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Lets `read` see one state of the index, whatever others write meanwhile.
    pub(crate) fn snapshot<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.connection.execute_batch("BEGIN")?;
        let result = read(self);
        // SQLite ends the transaction itself where it finds damage.
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        result
    }

    /// The columns of all chunks, read again if another process changed them.
    pub(crate) fn table(&mut self) -> Result<(&Connection, &Table), Error> {
        let version: i64 =
            self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let table = match self.table.take() {
            Some((read_at, table)) if read_at == version => table,
            _ => Table::load(&self.connection)?,
        };
        let (_, table) = self.table.insert((version, table));
        Ok((&self.connection, table))
    }

    /// A value of `facts`.
    pub(crate) fn fact<T: rusqlite::types::FromSql>(&self, name: &str) -> Result<Option<T>, Error> {
        use rusqlite::OptionalExtension as _;
        let mut statement =
            self.connection.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }
}
