//! What an assistant asks of its memory: the workspace and the index together.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, civil::Date};
use localgpt_protocol::{
    Citation, Embedding, Excerpt, Hit, MemoryStats, ModelSpace, Passage, Query, RecentNote,
    Skipped, SyncProgress,
};

use crate::{
    Error, MemoryIndex, Synced, Workspace,
    index::Open,
    notes::Changed,
    passage, search,
    spaces::{self, Meaning, Pending, Space},
    workspace::NotePath,
};

/// How often a search begins again because a file was changed meanwhile.
const TRIES: usize = 3;
/// Hits whose sentences are weighed for an answer.
const ANSWER_HITS: usize = 16;
/// How long the later ones of many queries trust that the files are as they were.
const MOMENT: SignedDuration = SignedDuration::from_secs(2);
/// The most characters of a note's preview.
const PREVIEW: usize = 120;

/// A workspace with its index, always current.
pub struct Memory {
    workspace: Workspace,
    index: MemoryIndex,
    progress: Box<dyn FnMut(SyncProgress)>,
    /// When the index was last found, or made, current.
    checked: Option<Timestamp>,
}

/// Whether a search first looks whether the files are as they were indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    Check,
    Recent,
}

/// What is asked of memory.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The query.
    pub query: &'a Query,
    /// What it means to a model, beside what its words mean by themselves.
    pub meaning: Option<Meaning<'a>>,
}

impl<'a> From<&'a Query> for Asked<'a> {
    fn from(query: &'a Query) -> Self {
        Self { query, meaning: None }
    }
}

/// What a search found.
#[derive(Debug)]
pub struct Searched {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Files that were left out of the index.
    pub skipped: Vec<Skipped>,
}

impl Memory {
    /// Uses `workspace` with an index in `index_folder`.
    pub fn open(workspace: Workspace, index_folder: &Path) -> Result<Self, Error> {
        let index = MemoryIndex::new(index_folder)?;
        Ok(Self { workspace, index, progress: Box::new(|_| {}), checked: None })
    }

    /// Tells `sink` how far an index that is being brought up to date has come.
    pub fn on_progress(&mut self, sink: Box<dyn FnMut(SyncProgress)>) {
        self.progress = sink;
    }

    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Makes the index current.
    pub fn sync(&mut self, now: Timestamp) -> Result<Synced, Error> {
        self.checked = None;
        let synced = self.index.sync(&self.workspace, now, &mut self.progress)?;
        self.checked = Some(now);
        Ok(synced)
    }

    /// Whether the index was found current a moment ago.
    pub fn was_checked(&self, now: Timestamp) -> bool {
        self.checked.is_some_and(|checked| checked <= now && now.duration_since(checked) < MOMENT)
    }

    /// Builds the index from nothing, and counts what it has.
    pub fn rebuild(&mut self, now: Timestamp) -> Result<MemoryStats, Error> {
        let synced = self.index.rebuild(&self.workspace, now, &mut self.progress)?;
        self.count(synced.skipped)
    }

    /// Searches, after making the index current.
    pub fn search<'a>(
        &mut self,
        asked: impl Into<Asked<'a>>,
        now: Timestamp,
        today: Date,
    ) -> Result<Searched, Error> {
        let (found, skipped) = self.find(asked.into(), now, today, Freshness::Check)?;
        Ok(Searched { hits: found.hits, skipped })
    }

    /// Searches like [`Self::search`], but does not look at the files again if that was done a moment ago:
    /// for the later ones of many queries at once.
    pub fn search_again<'a>(
        &mut self,
        asked: impl Into<Asked<'a>>,
        now: Timestamp,
        today: Date,
    ) -> Result<Searched, Error> {
        let (found, skipped) = self.find(asked.into(), now, today, Freshness::Recent)?;
        Ok(Searched { hits: found.hits, skipped })
    }

    /// The sentences that may answer a question, with every citation resolved against the file again.
    pub fn passages(
        &mut self,
        question: &str,
        meaning: Option<Meaning<'_>>,
        now: Timestamp,
        today: Date,
    ) -> Result<Vec<Passage>, Error> {
        let query = Query {
            text: question.to_owned(),
            limit: ANSWER_HITS,
            since: None,
            until: None,
            mode: localgpt_protocol::SearchMode::Hybrid,
        };
        let asked = Asked { query: &query, meaning };
        let (found, _) = self.find(asked, now, today, Freshness::Check)?;
        Ok(passage::passages(&found))
    }

    /// Every space in which chunks have vectors, beside the built-in one.
    pub fn spaces(&mut self) -> Result<Vec<Space>, Error> {
        self.read(|_, open| spaces::spaces(&open.connection))
    }

    /// How many chunks have no vector in `space`.
    pub fn pending_count(&mut self, space: &str) -> Result<usize, Error> {
        self.read(|_, open| spaces::pending_count(&open.connection, space))
    }

    /// At most so many chunks that have no vector in `space`, those of the newest notes first.
    pub fn pending(&mut self, space: &str, most: usize) -> Result<Vec<Pending>, Error> {
        self.read(|workspace, open| {
            open.snapshot(|open| spaces::pending(open, workspace, space, most))
        })
    }

    /// Reads from the index as it is; what turns out to be damaged is built again at the next search.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&Workspace, &mut Open) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = read(&self.workspace, self.index.opened()?);
        if let Err(error) = &result
            && error.is_damage()
        {
            self.index.distrust(error);
        }
        result
    }

    /// Stores the vectors of chunks in `space`; a chunk that was changed meanwhile stays without.
    pub fn store(
        &mut self,
        space: &str,
        chunks: &[Pending],
        embeddings: &[Embedding],
    ) -> Result<(), Error> {
        self.index.write(|connection| spaces::store(connection, space, chunks, embeddings))
    }

    /// Forgets the vectors of every space but one; the built-in ones stay.
    pub fn keep_only(&mut self, space: Option<&str>) -> Result<(), Error> {
        self.index.write(|connection| spaces::keep_only(connection, space))
    }

    /// Forgets the vectors of `space`.
    pub fn forget(&mut self, space: &str) -> Result<(), Error> {
        self.index.write(|connection| spaces::forget(connection, space))
    }

    /// Whether `text` still stands where `citation` says.
    pub fn resolves(&self, citation: &Citation, text: &str) -> bool {
        let path = NotePath(citation.path.clone().into_bytes());
        let read = self.workspace.read(&path).ok().or_else(|| {
            // A name that is no text is shown with escapes.
            let path = self.workspace.find(&self.workspace.list().ok()?, &citation.path)?;
            self.workspace.read(&path).ok()
        });
        read.is_some_and(|(file, _)| passage::stands(citation, text, &file))
    }

    fn find(
        &mut self,
        asked: Asked<'_>,
        now: Timestamp,
        today: Date,
        freshness: Freshness,
    ) -> Result<(search::Found, Vec<Skipped>), Error> {
        for attempt in 1..=TRIES {
            let is_current =
                attempt == 1 && freshness == Freshness::Recent && self.was_checked(now);
            let skipped = if is_current { Vec::new() } else { self.sync(now)?.skipped };
            let changed = if attempt < TRIES { Changed::BeginAgain } else { Changed::LeaveOut };
            let workspace = &self.workspace;
            let result = self
                .index
                .opened()?
                .snapshot(|open| search::search(open, workspace, &asked, (today, changed)));
            match result {
                Ok(found) => return Ok((found, skipped)),
                Err(Error::Restless) => {}
                Err(error) if error.is_damage() && attempt < TRIES => self.index.distrust(&error),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Restless)
    }

    /// Reads a note or lines of it: `PATH`, `PATH#L5` or `PATH#L5-L9`. A note that does not exist is
    /// empty; what is no note is refused.
    pub fn excerpt(&self, reference: &str) -> Result<Excerpt, Error> {
        let listing = self.workspace.list()?;
        let (wanted, lines) = match reference.rfind("#L") {
            // A note may be called `a#L5.md`.
            Some(path_length) if self.workspace.find(&listing, reference).is_none() => {
                let citation: Citation = reference
                    .parse()
                    .map_err(|error| Error::Citation(reference.to_owned(), error))?;
                (
                    reference.get(..path_length).unwrap_or_default(),
                    Some((citation.start_line, citation.end_line)),
                )
            }
            _ => (reference, None),
        };
        let Some(path) = self.workspace.find(&listing, wanted) else {
            return self.absent(&listing.skipped, wanted);
        };
        let unreadable = |reason| Error::Read { path: wanted.to_owned(), reason };
        let (text, _) = self.workspace.read(&path).map_err(unreadable)?;
        let total_lines = text.lines().count() as u32;
        let (first, last) = lines.unwrap_or((1, total_lines.max(1)));
        let last = last.min(total_lines);
        let start = line_start(&text, first).unwrap_or(text.len());
        let end = line_start(&text, last + 1).unwrap_or(text.len());
        let cited = text.get(start..end.max(start)).unwrap_or_default();
        let is_empty = cited.is_empty();
        Ok(Excerpt {
            path: path.shown(),
            text: cited.to_owned(),
            start_line: if is_empty { 0 } else { first },
            end_line: if is_empty { 0 } else { last },
            total_lines,
        })
    }

    /// A note that is not there: empty if it could be one, else refused.
    fn absent(&self, skipped: &[Skipped], wanted: &str) -> Result<Excerpt, Error> {
        if let Some(found) = skipped.iter().find(|skipped| skipped.path == wanted) {
            return Err(Error::Read { path: wanted.to_owned(), reason: found.reason.clone() });
        }
        if !self.workspace.may_hold(wanted) {
            return Err(Error::NotMemory(wanted.to_owned()));
        }
        Ok(Excerpt {
            path: wanted.to_owned(),
            text: String::new(),
            start_line: 0,
            end_line: 0,
            total_lines: 0,
        })
    }

    /// What is in memory.
    pub fn stats(&mut self, now: Timestamp) -> Result<MemoryStats, Error> {
        let skipped = self.sync(now)?.skipped;
        self.count(skipped)
    }

    fn count(&mut self, skipped: Vec<Skipped>) -> Result<MemoryStats, Error> {
        let workspace = self.workspace.root().display().to_string();
        let open = self.index.opened()?;
        let (files, chunks, bytes, oldest, newest) = open.connection.query_row(
            "SELECT count(*), coalesce(sum(chunk_count), 0), coalesce(sum(size), 0), min(date), max(date)
             FROM files WHERE is_binary = 0",
            [],
            |row| {
                let date = |at| row.get::<_, Option<String>>(at);
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, date(3)?, date(4)?))
            },
        )?;
        let date = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let index_bytes = std::fs::metadata(&open.file.path).map_or(0, |metadata| metadata.len());
        Ok(MemoryStats {
            workspace,
            index: open.file.path.display().to_string(),
            index_bytes,
            files: usize::try_from(files).unwrap_or(0),
            chunks: usize::try_from(chunks).unwrap_or(0),
            bytes: u64::try_from(bytes).unwrap_or(0),
            vector_space: open.fact("space")?.unwrap_or_default(),
            model_spaces: spaces::spaces(&open.connection)?
                .into_iter()
                .map(|Space { name, pending, .. }| ModelSpace { name, pending })
                .collect(),
            oldest: date(oldest),
            newest: date(newest),
            skipped,
        })
    }

    /// Shows the path and the text of every note.
    pub fn each(&self, show: &mut dyn FnMut(&str, &str)) -> Result<(), Error> {
        for (path, _) in self.workspace.list()?.files {
            // One that cannot be read is left out of the index as well, and is named there.
            if let Ok((text, _)) = self.workspace.read(&path) {
                show(&path.shown(), &text);
            }
        }
        Ok(())
    }

    /// The notes that were changed last, newest first.
    pub fn recent(&self, limit: usize) -> Result<Vec<RecentNote>, Error> {
        let mut files = self.workspace.list()?.files;
        files.sort_by(|a, b| b.1.modified.cmp(&a.1.modified).then(a.0.cmp(&b.0)));
        files.truncate(limit);
        Ok(files
            .into_iter()
            .filter_map(|(path, stamp)| self.recent_note(&path, stamp.modified))
            .collect())
    }

    fn recent_note(&self, path: &NotePath, modified: i64) -> Option<RecentNote> {
        let (text, _) = self.workspace.read(path).ok()?;
        let line =
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        Some(RecentNote {
            path: path.shown(),
            modified: Timestamp::from_nanosecond(modified.into()).ok()?,
            preview: line.unwrap_or_default().chars().take(PREVIEW).collect(),
        })
    }

    /// The index file, once it was used.
    pub fn index_path(&self) -> Option<PathBuf> {
        self.index.path().map(Path::to_owned)
    }
}

/// Where a line starts, counted from 1.
fn line_start(text: &str, line: u32) -> Option<usize> {
    match line {
        0 | 1 => Some(0),
        _ => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line as usize - 2).map(|at| at + 1),
    }
}
