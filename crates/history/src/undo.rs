//! Taking changes back, doing them again, and putting single files back.
//!
//! Invariant: after a crash at any moment the next process to open the history finishes what the journal says, or
//! finds nothing begun; a file that the user changed meanwhile is left as they made it.

use std::{collections::BTreeSet, io, path::PathBuf};

use crate::{
    durable,
    entry::{Author, Change, Deed, Entry, Scope},
    error::{Error, Result},
    history::{History, Now},
    id::{CommitId, ObjectId},
    index::{IndexEntry, Stamp},
    journal::Journal,
    merge::{is_binary, merge},
    object::Kind,
    place::Standing,
    plan::{Clash, Decision, Plan, Step, decide, reversed},
    tree::{self, Difference, Version},
    walk::as_path,
};

/// Which changes are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The program's newest changes that are not taken back yet, so many.
    Last(usize),
    /// The change of one commit.
    Commit(CommitId),
}

/// What was done to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The commit that records it; none where nothing had to be put back.
    pub commit: Option<CommitId>,
    /// The commits that were taken back or done again.
    pub of: Vec<CommitId>,
    /// The files that were written or removed.
    pub files: Vec<PathBuf>,
    /// Files that somebody changed at the same moment, and that were therefore left alone.
    pub left: Vec<PathBuf>,
}

impl History {
    /// Takes changes back, in a commit of its own. What the user changed since stays: changes in other places of the
    /// same file are kept, and where the same lines were changed nothing at all is touched.
    pub fn undo(&mut self, target: Target, session: &Change) -> Result<Applied> {
        let _lock = self.lock()?;
        let (now, _) = self.outside()?;
        let commits = match target {
            Target::Last(count) => self.undoable(count)?,
            Target::Commit(commit) => vec![self.known(commit).map(|_| commit)?],
        };
        if commits.is_empty() {
            self.settle(&now.snapshot)?;
            return Err(Error::NothingToUndo);
        }
        let mut changes = Vec::new();
        for &commit in &commits {
            changes.extend(self.changes_of(commit)?.into_iter().map(reversed));
        }
        let deed = Deed::Undo(commits.clone());
        self.make(&now, changes, session, (deed, commits))
    }

    /// Does again what the newest undo took back that was not done again yet.
    pub fn redo(&mut self, session: &Change) -> Result<Applied> {
        let _lock = self.lock()?;
        let (now, _) = self.outside()?;
        let Some(undo) = redoable(&self.list(usize::MAX, None)?) else {
            self.settle(&now.snapshot)?;
            return Err(Error::NothingToRedo);
        };
        let changes = self.changes_of(undo)?.into_iter().map(reversed).collect();
        self.make(&now, changes, session, (Deed::Redo(undo), vec![undo]))
    }

    /// Puts files and what is in folders back as they were at a commit.
    pub fn restore(
        &mut self,
        paths: &[PathBuf],
        commit: CommitId,
        session: &Change,
    ) -> Result<Applied> {
        let _lock = self.lock()?;
        let (now, _) = self.outside()?;
        let tree = self.known(commit)?.tree;
        let is_meant =
            |it: &Difference| paths.iter().any(|path| as_path(&it.path).starts_with(path));
        let changes = tree::differences(&self.store, now.tree, Some(tree))?;
        let changes = changes.into_iter().filter(is_meant).collect();
        self.make(&now, changes, session, (Deed::Change, Vec::new()))
    }

    /// The program's newest changes that are in force.
    pub fn undoable(&self, count: usize) -> Result<Vec<CommitId>> {
        let mut commits = Vec::new();
        for commit in in_force(&self.list(usize::MAX, None)?) {
            if commits.len() >= count {
                break;
            }
            // What was forgotten may leave a commit that changes nothing.
            if !self.changes_of(commit)?.is_empty() {
                commits.push(commit);
            }
        }
        Ok(commits)
    }

    /// Makes changes to the workspace, one after another, or none of them.
    fn make(
        &mut self,
        now: &Now,
        changes: Vec<Difference>,
        session: &Change,
        (deed, of): (Deed, Vec<CommitId>),
    ) -> Result<Applied> {
        let steps = self.planned(now, changes)?;
        let entries = with_steps(&now.snapshot.entries, &steps);
        // An undo that finds its work done already is still one: the next must not come to the same change again.
        if steps.is_empty() && of.is_empty() {
            self.settle(&now.snapshot)?;
            return Ok(Applied { commit: None, of, files: Vec::new(), left: Vec::new() });
        }
        let change = Change { scope: Scope::All, ..session.clone() };
        let commit = self.write_commit(now.head.id, &entries, &change, &deed)?;
        self.reach("commit");
        let files = steps.iter().map(|step| as_path(&step.path).to_owned()).collect();
        let journal = Journal::Apply { from: now.head.id, to: commit, steps };
        journal.store(&self.journal_path())?;
        self.reach("journal");
        let left = self.finish(&journal)?;
        self.look().and_then(|now| self.settle(&now.snapshot))?;
        self.tidy()?;
        Ok(Applied { commit: Some(CommitId(commit)), of, files, left })
    }

    /// Plans the steps; an error lists all files that are in the way.
    fn planned(&self, now: &Now, changes: Vec<Difference>) -> Result<Vec<Step>> {
        let entries = &now.snapshot.entries;
        let current = |path: &[u8]| {
            let place = entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok();
            let entry = place.and_then(|place| entries.get(place));
            entry.map(|entry| Version { mode: entry.mode, id: entry.id })
        };
        let mut plan = Plan::default();
        for Difference { path, old, new } in changes {
            let now = plan.planned(&path, current);
            match decide(now, old, new) {
                Decision::Becomes(version) => plan.set(path, version),
                Decision::Merge { now, base, target, mode } => {
                    match self.merged(now, base, target)? {
                        Ok(id) => plan.set(path, Some(Version { mode, id })),
                        Err(clash) => plan.clash(&path, clash),
                    }
                }
                Decision::Clash(clash) => plan.clash(&path, clash),
            }
        }
        let steps = plan.steps(current);
        let gone: BTreeSet<&[u8]> =
            steps.iter().filter(|it| it.after.is_none()).map(|it| it.path.as_slice()).collect();
        for step in &steps {
            if let Some(clash) = self.obstacle(step, &gone, entries)? {
                plan.clash(&step.path, clash);
            }
        }
        match plan.conflicts.is_empty() {
            true => Ok(steps),
            false => {
                self.settle(&now.snapshot)?;
                Err(Error::Conflict(plan.conflicts))
            }
        }
    }

    fn merged(
        &self,
        now: Version,
        base: Version,
        target: Version,
    ) -> Result<Result<ObjectId, Clash>> {
        let read = |version: Version| self.store.blob(version.id);
        let (now, base, target) = (read(now)?, read(base)?, read(target)?);
        if let Some(merged) = merge(&base, &now, &target) {
            let mut batch = self.store.batch();
            let id = batch.put(Kind::Blob, &merged)?;
            batch.finish()?;
            return Ok(Ok(id));
        }
        let is_text = ![now, base, target].iter().any(|bytes| is_binary(bytes));
        Ok(Err(if is_text { Clash::SameLines } else { Clash::NotText }))
    }

    /// What stands in the way of a step on the disk.
    fn obstacle(
        &self,
        step: &Step,
        gone: &BTreeSet<&[u8]>,
        entries: &[IndexEntry],
    ) -> Result<Option<Clash>> {
        let path = as_path(&step.path);
        let standing = self.root.look(&step.path).map_err(Error::read(path))?;
        let goes = |path: &[u8]| gone.contains(path);
        Ok(match (step.before, standing) {
            (Some(_), Standing::File(..)) => match self.holds(step.before, &step.path)? {
                true => None,
                false => Some(Clash::NotRecorded),
            },
            (Some(_), Standing::Nothing) => Some(Clash::NotRecorded),
            (None, Standing::Nothing) => None,
            (None, Standing::File(..)) => Some(Clash::NotRecorded),
            (None, Standing::Folder) => {
                // All that it holds goes: then it goes as well.
                let inside = [&step.path, &b"/"[..]].concat();
                let mut kept = entries.iter().filter(|entry| entry.path.starts_with(&inside));
                (!kept.all(|entry| goes(&entry.path))).then_some(Clash::InTheWay)
            }
            (None, Standing::Other) => {
                // A file above it goes, and makes room for a folder.
                let mut above = memchr::memchr_iter(b'/', &step.path);
                let makes_room =
                    above.any(|slash| goes(step.path.get(..slash).unwrap_or_default()));
                (!makes_room).then_some(Clash::InTheWay)
            }
            (_, Standing::Link | Standing::Folder | Standing::Other) => Some(Clash::InTheWay),
        })
    }

    /// Whether a path holds exactly this.
    fn holds(&self, version: Option<Version>, path: &[u8]) -> Result<bool> {
        match self.root.read(path, u64::MAX - 1) {
            Ok((bytes, _, mode)) => {
                Ok(version == Some(Version { mode, id: ObjectId::of(Kind::Blob, &bytes) }))
            }
            Err(error) if is_in_the_way(&error) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(version.is_none()),
            Err(error) => Err(Error::read(as_path(path))(error)),
        }
    }

    /// Does what the journal says, from wherever it was left, and removes the journal. Returns the files that
    /// somebody changed meanwhile.
    pub(crate) fn finish(&mut self, journal: &Journal) -> Result<Vec<PathBuf>> {
        let left = match journal {
            Journal::Apply { from, to, steps } => {
                let head = self.refs.head()?;
                let left = match head.id == *from || head.id == Some(*to) {
                    true => self.apply(steps)?,
                    // Somebody moved the branch meanwhile: their files are not touched.
                    false => return self.close().map(|()| Vec::new()),
                };
                if head.id == *from {
                    self.refs.set_head(&head, *to)?;
                    self.reach("head");
                }
                left
            }
            Journal::Forget { pack, refs } => {
                self.forget_all_but(pack, refs)?;
                Vec::new()
            }
        };
        self.close()?;
        Ok(left)
    }

    fn close(&mut self) -> Result<()> {
        let path = self.journal_path();
        let close = || {
            durable::remove(&path)?;
            durable::sync_folder(path.parent().unwrap_or(&path))
        };
        close().map_err(Error::write(&path))?;
        self.reach("closed");
        Ok(())
    }

    fn apply(&mut self, steps: &[Step]) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        for step in steps {
            let path = as_path(&step.path);
            self.root.sweep(&step.path).map_err(Error::write(path))?;
            if self.holds(step.after, &step.path)? {
                continue;
            }
            if !self.holds(step.before, &step.path)? {
                left.push(path.to_owned());
                continue;
            }
            let done = match step.after {
                None => self.root.remove(&step.path),
                Some(version) => {
                    let bytes = self.store.blob(version.id)?;
                    self.root.write(&step.path, &bytes, version.mode)
                }
            };
            match done {
                Ok(()) => self.reach("file"),
                Err(error) if is_in_the_way(&error) => left.push(path.to_owned()),
                Err(error) => return Err(Error::write(path)(error)),
            }
        }
        Ok(left)
    }
}

/// The program's changes that are not taken back, newest first.
fn in_force(entries: &[Entry]) -> Vec<CommitId> {
    let (mut undone, mut redone) = (BTreeSet::<CommitId>::new(), BTreeSet::new());
    let mut found = Vec::new();
    for entry in entries {
        match &entry.deed {
            Deed::Redo(undo) => drop(redone.insert(*undo)),
            Deed::Undo(commits) if !redone.contains(&entry.id) => undone.extend(commits),
            Deed::Change if entry.author != Author::Outside && !undone.contains(&entry.id) => {
                found.push(entry.id);
            }
            Deed::Undo(_) | Deed::Change => {}
        }
    }
    found
}

/// The newest undo that was not done again.
fn redoable(entries: &[Entry]) -> Option<CommitId> {
    let mut redone = BTreeSet::new();
    for entry in entries {
        match &entry.deed {
            Deed::Redo(undo) => drop(redone.insert(*undo)),
            Deed::Undo(_) if !redone.contains(&entry.id) => return Some(entry.id),
            Deed::Undo(_) | Deed::Change => {}
        }
    }
    None
}

/// The files after the steps.
fn with_steps(entries: &[IndexEntry], steps: &[Step]) -> Vec<IndexEntry> {
    let named: BTreeSet<&[u8]> = steps.iter().map(|step| step.path.as_slice()).collect();
    let stays = |entry: &&IndexEntry| !named.contains(entry.path.as_slice());
    let mut entries: Vec<IndexEntry> = entries.iter().filter(stays).cloned().collect();
    entries.extend(steps.iter().filter_map(|Step { path, after, .. }| {
        let Version { mode, id } = (*after)?;
        Some(IndexEntry { path: path.clone(), mode, id, stamp: Stamp::none() })
    }));
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    entries
}

fn is_in_the_way(error: &io::Error) -> bool {
    use io::ErrorKind::{
        DirectoryNotEmpty, InvalidInput, IsADirectory, NotADirectory, PermissionDenied,
    };
    let kinds = [DirectoryNotEmpty, InvalidInput, IsADirectory, NotADirectory, PermissionDenied];
    kinds.contains(&error.kind())
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// The change that an undo, a redo or a restore is recorded as.
pub fn by_person(summary: &str) -> Change {
    Change {
        session: None,
        turn: None,
        summary: summary.to_owned(),
        author: Author::Person,
        scope: Scope::All,
    }
}
