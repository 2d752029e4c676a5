//! The façade: everything an interface can ask for.

use std::{cell::RefCell, path::PathBuf, rc::Rc};

use localgpt_config::{Config, Environment};
use localgpt_guard::{Label, Origin};
use localgpt_memory::{Asked, Memory, Provenance, Workspace, WorkspaceOptions, Written};
use localgpt_protocol::{
    Added, Answer, Citation, Clock, Excerpt, MemoryStats, NoteOrigins, Progress, Query, Recall,
    RecentNote, ReindexReport, SearchMode, Skipped, Status,
};
use localgpt_providers::quote;

use crate::{
    Error, places,
    vectors::{Limits, Understood, Vectors, Work, unless_restless},
};

type Sink = Box<dyn FnMut(Progress)>;

/// A running assistant over one workspace.
pub struct Assistant {
    pub(crate) memory: Memory,
    vectors: Vectors,
    clock: Clock,
    progress: Rc<RefCell<Sink>>,
    /// Held while a note of the day is written.
    note_lock: PathBuf,
    provenance: Provenance,
}

impl Assistant {
    /// Opens the workspace that `config` names; the index is opened, or built, on first use. A key that
    /// `config` refers to is looked up in `environment` when it is needed.
    pub fn open(config: &Config, environment: &Environment, clock: Clock) -> Result<Self, Error> {
        Self::open_within(config, environment, clock, Limits::USUAL)
    }

    /// The same with other limits of time.
    pub(crate) fn open_within(
        config: &Config,
        environment: &Environment,
        clock: Clock,
        limits: Limits,
    ) -> Result<Self, Error> {
        let workspace = Workspace::open(WorkspaceOptions {
            root: config.workspace.clone(),
            extra_paths: config.memory.extra_paths.clone(),
            max_file_bytes: config.memory.max_file_bytes,
        })
        .map_err(|source| Error::workspace(&config.workspace, source))?;
        let memory = Memory::open(workspace, &places::index(config))?;
        let vectors = Vectors::new(config, environment, limits);
        let sink: Sink = Box::new(|_| {});
        let progress = Rc::new(RefCell::new(sink));
        let note_lock = places::note_lock(config);
        let provenance = Provenance::new(places::provenance(config));
        Ok(Self { memory, vectors, clock, progress, note_lock, provenance })
    }

    /// Tells `sink` how far an index that is being brought up to date has come, inside any call.
    pub fn on_progress(&mut self, sink: Box<dyn FnMut(Progress)>) {
        self.progress = Rc::new(RefCell::new(sink));
        let sink = Rc::clone(&self.progress);
        self.memory.on_progress(Box::new(move |progress| {
            (sink.borrow_mut())(Progress::Indexing(progress));
        }));
    }

    /// Answers `question` from memory. Every citation was resolved against its file before it is returned.
    pub fn ask(&mut self, question: &str) -> Result<Answer, Error> {
        let (understood, _) = self.understand(question, Moment::Now)?;
        let (now, today) = (self.clock.now(), self.clock.today());
        let passages = self.memory.passages(question, understood.meaning(), now, today)?;
        let mut answer = quote::answer(passages);
        answer.degraded = understood.degraded;
        answer.quotes.retain(|quote| self.memory.resolves(&quote.citation, &quote.text));
        if answer.quotes.is_empty() {
            answer.verdict = localgpt_protocol::Verdict::Nothing;
        }
        Ok(answer)
    }

    /// Searches memory, after bringing the index up to date.
    pub fn search(&mut self, query: &Query) -> Result<Recall, Error> {
        let (now, today) = (self.clock.now(), self.clock.today());
        if self.vectors.are_builtin() || query.mode == SearchMode::WordsOnly {
            let found = self.memory.search(query, now, today)?;
            self.forget_models()?;
            let (mode, degraded) = (query.mode, None);
            return Ok(Recall { hits: found.hits, mode, degraded, skipped: found.skipped });
        }
        let (understood, skipped) = self.understand(&query.text, Moment::Now)?;
        self.search_with(query, understood, skipped)
    }

    /// Searches memory without looking at the files again if that was done within the last two seconds:
    /// for many queries at once.
    pub fn search_again(&mut self, query: &Query) -> Result<Recall, Error> {
        let (understood, skipped) = self.understand(&query.text, Moment::Recent)?;
        self.search_with(query, understood, skipped)
    }

    fn search_with(
        &mut self,
        query: &Query,
        understood: Understood,
        skipped: Vec<Skipped>,
    ) -> Result<Recall, Error> {
        let asked = Asked { query, meaning: understood.meaning() };
        let mut found = self.memory.search_again(asked, self.clock.now(), self.clock.today())?;
        // Where the files were looked at once more, that is what holds.
        if found.skipped.is_empty() {
            found.skipped = skipped;
        }
        Ok(Recall {
            hits: found.hits,
            mode: query.mode,
            degraded: understood.degraded,
            skipped: found.skipped,
        })
    }

    /// What a question means to the configured model, with the index made current.
    fn understand(
        &mut self,
        text: &str,
        moment: Moment,
    ) -> Result<(Understood, Vec<Skipped>), Error> {
        if self.vectors.are_builtin() {
            return Ok((Understood::default(), Vec::new()));
        }
        let now = self.clock.now();
        let (work, skipped) = match moment {
            Moment::Recent if self.memory.was_checked(now) => (Work::None, Vec::new()),
            Moment::Recent | Moment::Now => (Work::Slice, self.memory.sync(now)?.skipped),
        };
        Ok((self.vectors.understand(&mut self.memory, text, now, work)?, skipped))
    }

    /// Forgets what a model has embedded, if none is configured any more.
    fn forget_models(&mut self) -> Result<(), Error> {
        if self.vectors.are_builtin() && !self.memory.spaces()?.is_empty() {
            unless_restless(self.memory.keep_only(None))?;
        }
        Ok(())
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

    /// Appends `text`, of which this is known, to today's note. When this returns, it is on disk.
    pub fn add(&mut self, text: &str, label: Label) -> Result<Added, Error> {
        let today = self.clock.today();
        let root = self.memory.workspace().root();
        let added = localgpt_memory::add(root, &self.note_lock, text, today)?;
        // The heading of a fresh note is the program's.
        let heading = format!("# {today}");
        let written = |label| Written { label, at: self.clock.now(), by: "note" };
        self.provenance.record(&heading, written(Label::of(Origin::Human)))?;
        // As `add` may have set them: the text may have become an item of a list.
        let items: Vec<String> = text.lines().map(|line| format!("- {}", line.trim())).collect();
        self.provenance.record(text, written(label))?;
        self.provenance.record(&items.join("\n"), written(label))?;
        Ok(added)
    }

    /// The notes that hold lines of unknown or untrusted origin.
    pub fn origins(&mut self) -> Result<Vec<NoteOrigins>, Error> {
        let mut texts = Vec::new();
        self.memory.each(&mut |path, text| texts.push((path.to_owned(), text.to_owned())))?;
        let mut notes = Vec::new();
        for (path, text) in texts {
            let note = self.origins_of(&path, &text)?;
            if note.unknown + note.untrusted > 0 {
                notes.push(note);
            }
        }
        Ok(notes)
    }

    /// Takes the lines of these notes for the person's own from here on: what they were before.
    pub fn vouch(&mut self, paths: &[String]) -> Result<Vec<NoteOrigins>, Error> {
        let mut notes = Vec::new();
        for path in paths {
            let text = self.memory.excerpt(path)?.text;
            notes.push(self.origins_of(path, &text)?);
            let label = Label::of(Origin::Human);
            let written = Written { label, at: self.clock.now(), by: "trust" };
            self.provenance.record(&text, written)?;
        }
        Ok(notes)
    }

    fn origins_of(&mut self, path: &str, text: &str) -> Result<NoteOrigins, Error> {
        let mut note = NoteOrigins { path: path.to_owned(), lines: 0, unknown: 0, untrusted: 0 };
        for line in text.lines() {
            note.lines += 1;
            match self.provenance.of(line)?.origin {
                Origin::Unknown => note.unknown += 1,
                origin if origin.is_untrusted() => note.untrusted += 1,
                _ => {}
            }
        }
        Ok(note)
    }

    /// What is known about a text of the notes.
    pub fn label(&mut self, text: &str) -> Result<Label, Error> {
        Ok(self.provenance.of(text)?)
    }

    /// Takes back a note that [`Self::add`] wrote; false if it was changed since, and then it stays.
    pub fn take_back(&mut self, citation: &Citation, text: &str) -> Result<bool, Error> {
        let root = self.memory.workspace().root();
        Ok(localgpt_memory::take_back(root, &self.note_lock, citation, text)?)
    }

    /// Rebuilds the index from nothing, with all vectors of the configured model.
    pub fn reindex(&mut self) -> Result<ReindexReport, Error> {
        let started = self.clock.now();
        let stats = self.memory.rebuild(started)?;
        let progress = Rc::clone(&self.progress);
        let degraded = self.vectors.embed_all(&mut self.memory, &mut |progressed| {
            (progress.borrow_mut())(progressed);
        })?;
        let seconds = self.clock.now().duration_since(started).as_secs_f64();
        Ok(ReindexReport {
            files: stats.files,
            chunks: stats.chunks,
            bytes: stats.bytes,
            seconds,
            degraded,
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

/// Whether a search looks at the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// It does.
    Now,
    /// Not if that was done a moment ago.
    Recent,
}

impl std::fmt::Debug for Assistant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assistant")
            .field("workspace", &self.memory.workspace().root())
            .finish_non_exhaustive()
    }
}
