//! The façade: everything an interface can ask for.

use std::path::PathBuf;

use localgpt_config::Config;
use localgpt_memory::{Memory, Workspace, WorkspaceOptions};
use localgpt_protocol::{
    Added, Answer, Clock, Excerpt, MemoryStats, Query, Recall, RecentNote, ReindexReport, Status,
    SyncProgress,
};
use localgpt_providers::quote;

use crate::{Error, places};

/// A running assistant over one workspace.
pub struct Assistant {
    memory: Memory,
    clock: Clock,
    /// Held while a note of the day is written.
    note_lock: PathBuf,
}

impl Assistant {
    /// Opens the workspace that `config` names; the index is opened, or built, on first use.
    pub fn open(config: &Config, clock: Clock) -> Result<Self, Error> {
        let workspace = Workspace::open(WorkspaceOptions {
            root: config.workspace.clone(),
            extra_paths: config.memory.extra_paths.clone(),
            max_file_bytes: config.memory.max_file_bytes,
        })
        .map_err(|source| Error::workspace(&config.workspace, source))?;
        let memory = Memory::open(workspace, &places::index(config))?;
        Ok(Self { memory, clock, note_lock: places::note_lock(config) })
    }

    /// Tells `sink` how far an index that is being brought up to date has come, inside any call.
    pub fn on_progress(&mut self, sink: Box<dyn FnMut(SyncProgress)>) {
        self.memory.on_progress(sink);
    }

    /// Answers `question` from memory. Every citation was resolved against its file before it is returned.
    pub fn ask(&mut self, question: &str) -> Result<Answer, Error> {
        let passages = self.memory.passages(question, self.clock.now(), self.clock.today())?;
        let mut answer = quote::answer(passages);
        answer.quotes.retain(|quote| self.memory.resolves(&quote.citation, &quote.text));
        if answer.quotes.is_empty() {
            answer.verdict = localgpt_protocol::Verdict::Nothing;
        }
        Ok(answer)
    }

    /// Searches memory, after bringing the index up to date.
    pub fn search(&mut self, query: &Query) -> Result<Recall, Error> {
        let found = self.memory.search(query, self.clock.now(), self.clock.today())?;
        Ok(Recall { hits: found.hits, mode: query.mode, skipped: found.skipped })
    }

    /// Searches memory without looking at the files again if that was done within the last two seconds:
    /// for many queries at once.
    pub fn search_again(&mut self, query: &Query) -> Result<Recall, Error> {
        let found = self.memory.search_again(query, self.clock.now(), self.clock.today())?;
        Ok(Recall { hits: found.hits, mode: query.mode, skipped: found.skipped })
    }

    /// Reads lines of a note: `PATH` or `PATH#L5-L9`.
    pub fn excerpt(&mut self, reference: &str) -> Result<Excerpt, Error> {
        Ok(self.memory.excerpt(reference)?)
    }

    /// What is in memory.
    pub fn stats(&mut self) -> Result<MemoryStats, Error> {
        Ok(self.memory.stats(self.clock.now())?)
    }

    /// The notes changed last, newest first.
    pub fn recent(&mut self, limit: usize) -> Result<Vec<RecentNote>, Error> {
        Ok(self.memory.recent(limit)?)
    }

    /// Appends `text` to today's note. When this returns, it is on disk.
    pub fn add(&mut self, text: &str) -> Result<Added, Error> {
        let root = self.memory.workspace().root();
        Ok(localgpt_memory::add(root, &self.note_lock, text, self.clock.today())?)
    }

    /// Rebuilds the index from nothing.
    pub fn reindex(&mut self) -> Result<ReindexReport, Error> {
        let started = self.clock.now();
        self.memory.rebuild(started)?;
        let seconds = self.clock.now().duration_since(started).as_secs_f64();
        let stats = self.memory.stats(self.clock.now())?;
        Ok(ReindexReport {
            files: stats.files,
            chunks: stats.chunks,
            bytes: stats.bytes,
            seconds,
            skipped: stats.skipped,
        })
    }

    /// What would answer, over which workspace.
    pub fn status(&self) -> Status {
        Status {
            workspace: self.memory.workspace().root().display().to_string(),
            answerer: quote::NAME.to_owned(),
        }
    }
}

impl std::fmt::Debug for Assistant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assistant")
            .field("workspace", &self.memory.workspace().root())
            .finish_non_exhaustive()
    }
}
