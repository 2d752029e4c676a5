//! Making the index agree with the files.
//!
//! Stat, then hash: a file whose size, times and inode are as they were is not opened; one that was
//! touched is hashed; only one with another text is indexed again.

use std::sync::{
    Mutex, PoisonError,
    mpsc::{SyncSender, sync_channel},
};

use jiff::Timestamp;
use localgpt_embedding::RowSet;
use localgpt_protocol::{SkipReason, Skipped, SyncProgress};
use rusqlite::{Connection, params};

use crate::{
    Error, Workspace,
    folder::Stamp,
    index::Open,
    prepare::{Prepared, Preparer, hash},
    table::{Slot, TableWriter},
    vectors::VectorWriter,
    workspace::{Listing, NotePath},
};

/// Files whose last change is younger than this when they are read can change again without their
/// times showing it: FAT counts in two seconds.
const UNSETTLED: i64 = 2_100_000_000;
/// Bytes of text after which what was done is committed.
const BATCH: u64 = 16 << 20;
/// What stands for the hash of a file that is no text.
const BINARY: [u8; 16] = [0; 16];

/// Files handed from the reader to the writer at once.
const PARCEL: usize = 64;

/// What a synchronisation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// Whether the index was changed.
    pub changed: bool,
    /// Files that were left out.
    pub skipped: Vec<Skipped>,
}

/// What has to be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Files to read: by place in the listing, with what is known of them.
    read: Vec<(usize, Option<Known>)>,
    /// Files that are gone.
    gone: Vec<Known>,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.read.is_empty() && self.gone.is_empty()
    }
}

/// What the index knows of a file.
#[derive(Debug, Clone)]
struct Known {
    id: i64,
    stamp: Stamp,
    settled: bool,
}

/// Compares the files with what the index knows.
pub(crate) fn plan(connection: &Connection, listing: &Listing) -> Result<Plan, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, path, size, modified, changed, inode, settled FROM files ORDER BY path",
    )?;
    let mut rows = statement.query([])?;
    let mut plan = Plan::default();
    let mut at = 0;
    while let Some(row) = rows.next()? {
        let stamp = Stamp {
            size: row.get::<_, i64>(2)? as u64,
            modified: row.get(3)?,
            changed: row.get(4)?,
            inode: row.get::<_, i64>(5)? as u64,
        };
        let known = Known { id: row.get(0)?, stamp, settled: row.get(6)? };
        let path = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        while let Some((found, _)) = listing.files.get(at)
            && found.0.as_slice() < path
        {
            plan.read.push((at, None));
            at += 1;
        }
        match listing.files.get(at) {
            Some((found, stamp)) if found.0 == path => {
                if *stamp != known.stamp || !known.settled {
                    plan.read.push((at, Some(known)));
                }
                at += 1;
            }
            _ => plan.gone.push(known),
        }
    }
    plan.read.extend((at..listing.files.len()).map(|at| (at, None)));
    Ok(plan)
}

/// What was left out: by the listing, and because it turned out to be no text.
pub(crate) fn skipped(connection: &Connection, listing: Listing) -> Result<Vec<Skipped>, Error> {
    let mut skipped = listing.skipped;
    let mut statement = connection.prepare_cached("SELECT path FROM files WHERE is_binary = 1")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        skipped.push(Skipped { path: NotePath(row.get(0)?).shown(), reason: SkipReason::Binary });
    }
    skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(skipped)
}

/// A file that was read.
struct Done {
    at: usize,
    known: Option<Known>,
    outcome: Outcome,
}

enum Outcome {
    /// It has text.
    Text { stamp: Stamp, prepared: Box<Prepared>, bytes: u64 },
    /// It has the text that is indexed already.
    Same { stamp: Stamp },
    /// It is no text.
    Binary { stamp: Stamp },
    /// It is left out.
    Refused(SkipReason),
}

/// What `apply` needs from the one who calls it.
pub(crate) struct Caller<'a> {
    /// The time at which the synchronisation began.
    pub now: Timestamp,
    /// Is called before the index is changed, if it has to be.
    pub before_change: &'a mut dyn FnMut() -> Result<(), Error>,
    /// Hears how far it has come.
    pub progress: &'a mut dyn FnMut(SyncProgress),
}

/// Carries out what has to be done, a batch of files a transaction.
pub(crate) fn apply(
    open: &Open,
    workspace: &Workspace,
    mut listing: Listing,
    caller: Caller<'_>,
) -> Result<Synced, Error> {
    let plan = plan(&open.connection, &listing)?;
    let hashes = hashes(&open.connection, &plan)?;
    let Caller { now, before_change, progress } = caller;
    let mut writer = Writer::new(open, before_change)?;
    let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
    let mut done =
        SyncProgress { files_done: 0, files_total: plan.read.len(), chunks: 0, bytes: 0 };
    let mut refused = Vec::new();
    for known in &plan.gone {
        writer.remove(known.id)?;
    }
    let files = &listing.files;
    let parcels = Mutex::new(parcels(plan.read, hashes));
    std::thread::scope(|scope| -> Result<(), Error> {
        // Preparing takes longer than writing, so every core prepares and one also writes.
        let (sender, receiver) = sync_channel::<Vec<Done>>(4);
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let (sender, parcels) = (sender.clone(), &parcels);
            scope.spawn(move || prepare(workspace, files, parcels, &sender));
        }
        drop(sender);
        for Done { at, known, outcome } in receiver.into_iter().flatten() {
            done.files_done += 1;
            let Some((path, _)) = files.get(at) else { continue };
            let id = known.as_ref().map(|known| known.id);
            match outcome {
                Outcome::Same { stamp } => {
                    if let Some(known) = known {
                        writer.touch(&known, Times::of(stamp, now))?;
                    }
                }
                Outcome::Text { stamp, prepared, bytes } => {
                    done.chunks += prepared.chunks.len();
                    done.bytes += bytes;
                    writer.replace(id, path, Times::of(stamp, now), &prepared)?;
                    writer.commit_if_large(bytes)?;
                }
                Outcome::Binary { stamp } => writer.binary(id, path, Times::of(stamp, now))?,
                Outcome::Refused(reason) => {
                    if let Some(id) = id {
                        writer.remove(id)?;
                    }
                    refused.push(Skipped { path: path.shown(), reason });
                }
            }
            progress(done);
        }
        Ok(())
    })?;
    writer.commit()?;
    listing.skipped.append(&mut refused);
    Ok(Synced { changed: writer.changed, skipped: skipped(&open.connection, listing)? })
}

/// A file to read: by place in the listing, with what is known of it and of its text.
type Task = (usize, Option<Known>, Option<Vec<u8>>);

/// The work, last parcel first.
fn parcels(read: Vec<(usize, Option<Known>)>, hashes: Vec<Option<Vec<u8>>>) -> Vec<Vec<Task>> {
    let mut tasks = read.into_iter().zip(hashes).map(|((at, known), hash)| (at, known, hash));
    let mut parcels = Vec::new();
    loop {
        let parcel: Vec<Task> = tasks.by_ref().take(PARCEL).collect();
        if parcel.is_empty() {
            parcels.reverse();
            return parcels;
        }
        parcels.push(parcel);
    }
}

/// Reads and prepares parcels until there are none left.
fn prepare(
    workspace: &Workspace,
    files: &[(NotePath, Stamp)],
    parcels: &Mutex<Vec<Vec<Task>>>,
    sender: &SyncSender<Vec<Done>>,
) {
    let mut preparer = Preparer::default();
    loop {
        // In a `while let` the lock would be held while the parcel is prepared.
        let parcel = parcels.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(parcel) = parcel else { return };
        let mut done = Vec::with_capacity(parcel.len());
        for (at, known, hash) in parcel {
            let Some((path, listed)) = files.get(at) else { continue };
            let outcome = read(workspace, path, listed, hash.as_deref(), &mut preparer);
            done.push(Done { at, known, outcome });
        }
        if sender.send(done).is_err() {
            // The writer failed and says why.
            return;
        }
    }
}

/// The hash of every planned file that is known.
fn hashes(connection: &Connection, plan: &Plan) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let mut statement = connection.prepare_cached("SELECT hash FROM files WHERE id = ?1")?;
    let mut hashes = Vec::with_capacity(plan.read.len());
    for (_, known) in &plan.read {
        hashes.push(match known {
            Some(known) => Some(statement.query_row([known.id], |row| row.get(0))?),
            None => None,
        });
    }
    Ok(hashes)
}

fn read(
    workspace: &Workspace,
    path: &NotePath,
    listed: &Stamp,
    known: Option<&[u8]>,
    preparer: &mut Preparer,
) -> Outcome {
    match workspace.read(path) {
        Ok((text, stamp)) if known.is_some_and(|known| known == hash(&text)) => {
            Outcome::Same { stamp }
        }
        Ok((text, stamp)) => {
            let prepared = Box::new(preparer.prepare(&path.shown(), &text));
            Outcome::Text { stamp, prepared, bytes: text.len() as u64 }
        }
        Err(SkipReason::Binary) if known.is_some_and(|known| known == BINARY) => {
            Outcome::Same { stamp: *listed }
        }
        Err(SkipReason::Binary) => Outcome::Binary { stamp: *listed },
        Err(reason) => Outcome::Refused(reason),
    }
}

/// The times of a file as they are stored.
#[derive(Clone, Copy)]
struct Times {
    stamp: Stamp,
    /// Whether they prove that it has not changed since.
    settled: bool,
}

impl Times {
    fn of(stamp: Stamp, now: i64) -> Self {
        let settled = stamp.changed.max(stamp.modified).saturating_add(UNSETTLED) < now;
        Self { stamp, settled }
    }
}

struct Writer<'a> {
    connection: &'a Connection,
    before_change: &'a mut dyn FnMut() -> Result<(), Error>,
    table: TableWriter,
    vectors: VectorWriter,
    rows: RowSet,
    next_chunk: i64,
    /// Whether a transaction is open.
    begun: bool,
    changed: bool,
    /// Bytes of text since the last commit.
    uncommitted: u64,
}

impl<'a> Writer<'a> {
    fn new(
        open: &'a Open,
        before_change: &'a mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let rows = match open.fact::<Vec<u8>>("rows")? {
            Some(bytes) => RowSet::from_bytes(&bytes).ok_or(rusqlite::Error::InvalidQuery)?,
            None => RowSet::default(),
        };
        Ok(Self {
            connection: &open.connection,
            before_change,
            table: TableWriter::default(),
            vectors: VectorWriter::default(),
            rows,
            next_chunk: open.fact("next_chunk")?.ok_or(rusqlite::Error::InvalidQuery)?,
            begun: false,
            changed: false,
            uncommitted: 0,
        })
    }

    /// Begins a transaction, if none is open: what is as it was is not written.
    fn begin(&mut self) -> Result<(), Error> {
        if !self.changed {
            (self.before_change)()?;
            self.changed = true;
        }
        if !self.begun {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.begun = true;
        }
        Ok(())
    }

    fn commit_if_large(&mut self, bytes: u64) -> Result<(), Error> {
        self.uncommitted += bytes;
        if self.uncommitted >= BATCH { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), Error> {
        if !self.begun {
            return Ok(());
        }
        // The vectors first: those of a block that is dropped go with it.
        self.vectors.flush(self.connection)?;
        self.table.flush(self.connection)?;
        self.connection.execute(
            "INSERT OR REPLACE INTO facts VALUES ('rows', ?1), ('next_chunk', ?2)",
            params![self.rows.as_bytes(), self.next_chunk],
        )?;
        self.connection.execute_batch("COMMIT")?;
        self.begun = false;
        self.uncommitted = 0;
        Ok(())
    }

    /// Keeps the times of a file that has the text it had.
    fn touch(&mut self, known: &Known, times: Times) -> Result<(), Error> {
        if (known.stamp, known.settled) == (times.stamp, times.settled) {
            return Ok(());
        }
        self.begin()?;
        let mut statement = self.connection.prepare_cached(
            "UPDATE files SET size = ?2, modified = ?3, changed = ?4, inode = ?5, settled = ?6 WHERE id = ?1",
        )?;
        let Stamp { size, modified, changed, inode } = times.stamp;
        statement.execute(params![
            known.id,
            size as i64,
            modified,
            changed,
            inode as i64,
            times.settled
        ])?;
        Ok(())
    }

    /// Removes a file and its chunks.
    fn remove(&mut self, id: i64) -> Result<(), Error> {
        self.begin()?;
        let (first, count): (i64, i64) = self
            .connection
            .prepare_cached("SELECT first_chunk, chunk_count FROM files WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for chunk in first..first + count {
            self.table.set(self.connection, chunk, Slot::default(), Default::default())?;
            self.connection
                .prepare_cached("DELETE FROM words WHERE rowid = ?1")?
                .execute([chunk])?;
        }
        self.connection.prepare_cached("DELETE FROM files WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    fn binary(&mut self, known: Option<i64>, path: &NotePath, times: Times) -> Result<(), Error> {
        let nothing = Prepared {
            hash: BINARY,
            date: None,
            chunks: Vec::new(),
            terms: String::new(),
            vectors: Vec::new(),
            packed: Vec::new(),
            rows: Vec::new(),
        };
        let id = self.replace(known, path, times, &nothing)?;
        self.connection
            .prepare_cached("UPDATE files SET is_binary = 1 WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Puts a file's text in the place of what was known of it.
    fn replace(
        &mut self,
        known: Option<i64>,
        path: &NotePath,
        times: Times,
        prepared: &Prepared,
    ) -> Result<i64, Error> {
        self.begin()?;
        if let Some(id) = known {
            self.remove(id)?;
        }
        let first = self.next_chunk;
        let count = prepared.chunks.len() as i64;
        let date = prepared.date.map(|date| date.to_string());
        let Times { stamp: Stamp { size, modified, changed, inode }, settled } = times;
        self.connection
            .prepare_cached(
                "INSERT INTO files (path, size, modified, changed, inode, settled, hash, date, is_binary,
                 first_chunk, chunk_count, chunks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11)",
            )?
            .execute(params![
                path.0, size as i64, modified, changed, inode as i64, settled, prepared.hash, date, first, count,
                prepared.packed,
            ])?;
        let id = self.connection.last_insert_rowid();
        let file = u32::try_from(id).map_err(|_full| rusqlite::Error::InvalidQuery)?;
        let mut words =
            self.connection.prepare_cached("INSERT INTO words (rowid, terms) VALUES (?1, ?2)")?;
        for ((chunk, vector), number) in prepared.chunks.iter().zip(&prepared.vectors).zip(first..)
        {
            let terms = prepared.terms.get(chunk.terms.clone()).unwrap_or_default();
            words.execute((number, terms))?;
            self.vectors.push(self.connection, number, &vector.bytes)?;
            let (before, after) = chunk.window;
            let slot = Slot {
                file,
                words: chunk.words,
                section: chunk.section,
                kind: chunk.kind as u8 | (chunk.standing as u8) << 4,
                window: before << 4 | after,
            };
            self.table.set(self.connection, number, slot, vector.code)?;
        }
        for row in &prepared.rows {
            self.rows.insert(*row);
        }
        self.next_chunk += count;
        Ok(id)
    }
}
