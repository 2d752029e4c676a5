//! What was changed in the workspace through the program, and taking it back.

use localgpt_config::Config;
use localgpt_history::{
    Applied, Author, Change, CommitId, Deed, DiffKind, DiffText, Entry, FileDiff, History, Scope,
    Target,
};
use localgpt_protocol::{Clock, FileChange, HistoryRow, Reverted};

use crate::{Error, witness::options};

/// How many changes are looked through for words.
const SEARCHED: usize = 10_000;
/// The letters of a commit's name that are shown.
const SHORT: usize = 10;

/// The history of one workspace.
pub struct Changes {
    history: History,
}

impl Changes {
    /// Opens the history of the workspace that `config` names, and finishes what a crash interrupted.
    pub fn open(config: &Config, clock: &Clock) -> Result<Self, Error> {
        if !config.workspace.is_dir() {
            return Err(Error::NoWorkspace(config.workspace.clone()));
        }
        let options = options(config).ok_or(Error::NoHistory)?;
        Ok(Self { history: History::open(options, clock.clone())? })
    }

    /// The folder of the repository: `git --git-dir`.
    pub fn folder(&self) -> &std::path::Path {
        self.history.folder()
    }

    /// The newest changes, at most `limit`.
    pub fn list(&self, limit: usize) -> Result<Vec<HistoryRow>, Error> {
        Ok(self.history.list(limit, None)?.iter().map(row).collect())
    }

    /// The newest change of the program that is in force; none if there is none.
    pub fn newest_undoable(&self) -> Result<Option<HistoryRow>, Error> {
        let Some(id) = self.history.undoable(1)?.first().copied() else { return Ok(None) };
        let entries = self.history.list(SEARCHED, None)?;
        Ok(entries.iter().find(|entry| entry.id == id).map(row))
    }

    /// What one change did, or what differs from the newest one.
    pub fn diff(&self, name: Option<&str>) -> Result<Vec<FileChange>, Error> {
        let files = match name {
            Some(name) => self.history.diff_of(self.history.find(name)?)?,
            None => self.history.diff_working()?,
        };
        Ok(files.into_iter().map(file).collect())
    }

    /// Takes the newest `count` changes of the program back.
    pub fn undo(&mut self, count: usize) -> Result<Reverted, Error> {
        let done = self.history.undo(Target::Last(count), &by_person("Undo"))?;
        Ok(reverted(done))
    }

    /// Takes one change back.
    pub fn undo_one(&mut self, name: &str) -> Result<Reverted, Error> {
        let commit = self.history.find(name)?;
        Ok(reverted(self.history.undo(Target::Commit(commit), &by_person("Undo"))?))
    }

    /// Takes back the newest change that wrote a line with these words in it.
    pub fn undo_words(&mut self, words: &str) -> Result<Reverted, Error> {
        for entry in self.history.list(SEARCHED, None)? {
            let files = self.history.diff_of(entry.id)?;
            let wrote = files.iter().any(|file| match &file.text {
                DiffText::Unified(diff) => {
                    diff.lines().any(|line| line.starts_with('+') && line.contains(words))
                }
                DiffText::Binary | DiffText::Permissions => false,
            });
            if wrote && entry.deed == Deed::Change && entry.author != Author::Outside {
                let target = Target::Commit(entry.id);
                return Ok(reverted(self.history.undo(target, &by_person("Undo"))?));
            }
        }
        Err(Error::NoSuchChange(words.to_owned()))
    }

    /// Does again what was taken back last.
    pub fn redo(&mut self) -> Result<Reverted, Error> {
        Ok(reverted(self.history.redo(&by_person("Redo"))?))
    }
}

fn by_person(what: &str) -> Change {
    Change {
        session: None,
        turn: None,
        summary: what.to_owned(),
        author: Author::Person,
        scope: Scope::All,
    }
}

fn short(id: &CommitId) -> String {
    let mut name = id.to_string();
    name.truncate(SHORT);
    name
}

fn row(entry: &Entry) -> HistoryRow {
    let author = match entry.author {
        Author::Person => "person",
        Author::Assistant => "assistant",
        Author::Outside => "outside",
    };
    let of = match &entry.deed {
        Deed::Change => Vec::new(),
        Deed::Undo(of) => of.iter().map(short).collect(),
        Deed::Redo(of) => vec![short(of)],
    };
    HistoryRow {
        id: short(&entry.id),
        at: entry.at,
        author: author.to_owned(),
        session: entry.session.clone(),
        summary: entry.summary.clone(),
        of,
    }
}

fn file(diff: FileDiff) -> FileChange {
    let kind = match diff.kind {
        DiffKind::Added => "added",
        DiffKind::Deleted => "deleted",
        DiffKind::Changed => "changed",
    };
    let text = match diff.text {
        DiffText::Unified(text) => Some(text),
        DiffText::Binary | DiffText::Permissions => None,
    };
    FileChange { path: diff.path.display().to_string(), kind: kind.to_owned(), diff: text }
}

fn reverted(applied: Applied) -> Reverted {
    let names = |paths: Vec<std::path::PathBuf>| {
        paths.into_iter().map(|path| path.display().to_string()).collect()
    };
    Reverted {
        commit: applied.commit.as_ref().map(short),
        of: applied.of.iter().map(short).collect(),
        files: names(applied.files),
        left: names(applied.left),
    }
}
