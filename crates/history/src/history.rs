//! The history of one workspace.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use localgpt_protocol::Clock;
use tracing::warn;

use crate::{
    diff::{self, DiffKind, FileDiff},
    durable,
    entry::{self, Author, Change, Deed, Entry, Scope},
    error::{Error, Result},
    id::{CommitId, ObjectId},
    index::{Index, IndexEntry, Stamp},
    journal::Journal,
    lock::Lock,
    object::{Commit, Kind},
    place::Root,
    refs::{Head, Refs},
    repack,
    repository::{Consent, OURS, Place, find_or_make},
    snapshot::{self, Put, Snapshot},
    store::{Batch, ObjectStore},
    tree::{self, Difference, Version},
    walk::{Uncovered, walk},
};

/// Where a history is, and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder whose changes are recorded.
    pub workspace: PathBuf,
    /// Where the repository lies if it may not lie in the workspace.
    pub beside: PathBuf,
    /// Whether the person wants it in the workspace.
    pub consent: Consent,
    /// Larger files are not recorded, in bytes.
    pub largest_file: u64,
}

impl Options {
    /// What [`largest_file`](Self::largest_file) is unless somebody says otherwise: 16 MiB.
    pub const LARGEST_FILE: u64 = 16 << 20;
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The commit; none if nothing had changed.
    pub commit: Option<CommitId>,
    /// What is in the workspace and not recorded.
    pub uncovered: Vec<Uncovered>,
}

/// The history of a workspace: its repository, opened.
pub struct History {
    pub(crate) options: Options,
    place: Place,
    pub(crate) folder: PathBuf,
    pub(crate) root: Root,
    pub(crate) store: ObjectStore,
    pub(crate) refs: Refs,
    clock: Clock,
    /// The tree that the index was found to hold, and which index that was.
    settled: Option<(ObjectId, Stamp)>,
    checkpoint: Box<dyn FnMut(&str) + Send>,
}

/// The state that a change is made to.
pub(crate) struct Now {
    pub(crate) head: Head,
    /// The tree of the newest commit.
    pub(crate) tree: Option<ObjectId>,
    pub(crate) snapshot: Snapshot,
}

/// So many objects in files of their own, by one of 256 samples, are packed.
const MOST_LOOSE_SAMPLED: usize = 6;
const MOST_PACKS: usize = 40;

impl History {
    /// Opens the history of a workspace and finishes what a crash interrupted. Where there is none, an empty one is
    /// made: in the workspace if that was consented to and nobody keeps a repository there or above it, else beside it.
    pub fn open(options: Options, clock: Clock) -> Result<Self> {
        Self::open_watched(options, clock, |_| {})
    }

    /// Like [`open`](Self::open); `told` learns of every step of a change when it is durable, by a name. For progress,
    /// and for tests that kill.
    pub fn open_watched(
        options: Options,
        clock: Clock,
        told: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self> {
        let root = Root::open(&options.workspace).map_err(Error::read(&options.workspace))?;
        let (place, folder) = find_or_make(&options.workspace, &options.beside, options.consent)?;
        let ours = folder.join(OURS);
        durable::create_folder(&ours).map_err(Error::write(&ours))?;
        let store = ObjectStore::open(folder.join("objects"))?;
        let refs = Refs::new(folder.clone());
        let checkpoint = Box::new(told);
        let settled = None;
        let mut history =
            Self { options, place, folder, root, store, refs, clock, settled, checkpoint };
        if history.journal_path().exists() {
            // What cannot be finished now is tried again before the next change.
            if let Err(error) = history.lock() {
                warn!(%error, "an interrupted change of the history is not finished");
            }
        }
        Ok(history)
    }

    /// Where the history lies.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The folder of the repository: git's `--git-dir`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Records what somebody else changed since the last commit, so that what comes next is the program's alone.
    pub fn record_outside(&mut self) -> Result<Recorded> {
        let _lock = self.lock()?;
        let (now, recorded) = self.outside()?;
        self.settle(&now.snapshot)?;
        self.settled = now.tree.zip(self.index_stamp());
        Ok(recorded)
    }

    /// Records a change that was made through the program. Files that its scope does not name were changed by somebody
    /// else, and get a commit of their own before it.
    pub fn record(&mut self, change: &Change) -> Result<Recorded> {
        let _lock = self.lock()?;
        let mut now = self.look()?;
        if self.is_settled(&now) {
            return Ok(Recorded { commit: None, uncovered: now.snapshot.uncovered });
        }
        if let Scope::Only(paths) = &change.scope
            && !is_recorded(&now)?
        {
            let paths: Vec<&[u8]> =
                paths.iter().map(|path| path.as_os_str().as_encoded_bytes()).collect();
            let old = now.tree.map_or(Ok(Vec::new()), |tree| tree::list(&self.store, tree))?;
            let others = mixed(&old, &now.snapshot.entries, &paths);
            self.commit(&mut now, &others, &outside(), &Deed::Change)?;
        }
        let entries = now.snapshot.entries.clone();
        let commit = self.commit(&mut now, &entries, change, &Deed::Change)?;
        self.settle(&now.snapshot)?;
        self.settled = now.tree.zip(self.index_stamp());
        self.tidy()?;
        Ok(Recorded { commit, uncovered: now.snapshot.uncovered })
    }

    /// Lists commits, newest first: at most `limit`, from before `before` if it is given.
    pub fn list(&self, limit: usize, before: Option<CommitId>) -> Result<Vec<Entry>> {
        let mut next = match before {
            Some(before) => self.known(before)?.parents.first().copied(),
            None => self.refs.head()?.id,
        };
        let mut entries = Vec::new();
        while let Some(id) = next.filter(|_| entries.len() < limit) {
            let commit = self.store.commit(id)?;
            entries.push(entry::entry(id, &commit));
            next = commit.parents.first().copied();
        }
        Ok(entries)
    }

    /// Finds the commit whose name begins like this; four letters at least, and only one.
    pub fn find(&self, name: &str) -> Result<CommitId> {
        let unknown = || Error::Unknown { name: name.to_owned() };
        if name.len() < 4 {
            return Err(unknown());
        }
        let entries = self.list(usize::MAX, None)?;
        let mut found = entries.iter().filter(|entry| entry.id.to_string().starts_with(name));
        match (found.next(), found.next()) {
            (Some(entry), None) => Ok(entry.id),
            _ => Err(unknown()),
        }
    }

    /// Tells how `new` differs from `old`.
    pub fn diff(&self, old: CommitId, new: CommitId) -> Result<Vec<FileDiff>> {
        let (old, new) = (self.known(old)?.tree, self.known(new)?.tree);
        self.told(&tree::differences(&self.store, Some(old), Some(new))?)
    }

    /// Tells what a commit changed.
    pub fn diff_of(&self, commit: CommitId) -> Result<Vec<FileDiff>> {
        self.told(&self.changes_of(commit)?)
    }

    /// Tells how the workspace differs from the newest commit. Nothing is recorded.
    pub fn diff_working(&self) -> Result<Vec<FileDiff>> {
        let head = self.refs.head()?;
        let tree = head.id.map(|id| self.store.commit(id).map(|commit| commit.tree)).transpose()?;
        let old = tree.map_or(Ok(Vec::new()), |tree| tree::list(&self.store, tree))?;
        let differences = self.unrecorded(&old)?;
        let limit = self.options.largest_file;
        let mut diffs = Vec::new();
        for difference in &differences {
            let read = &mut |version: Version| {
                if Some(version) == difference.old {
                    return diff::content(&self.store, version);
                }
                let path = crate::walk::as_path(&difference.path);
                let file = self.root.read(&difference.path, limit).map_err(Error::read(path))?;
                Ok(file.0)
            };
            diffs.push(diff::file_diff(difference, read)?);
        }
        Ok(diffs)
    }

    /// Lists the files of the workspace that are not as they were at a commit.
    pub fn changed_since(&self, commit: CommitId) -> Result<Vec<(PathBuf, DiffKind)>> {
        let old = tree::list(&self.store, self.known(commit)?.tree)?;
        let differences = self.unrecorded(&old)?;
        let told = |it: &Difference| (crate::walk::as_path(&it.path).to_owned(), diff::kind(it));
        Ok(differences.iter().map(told).collect())
    }

    /// Waits until no other process changes the history, and finishes what one has begun and not finished.
    pub(crate) fn lock(&mut self) -> Result<Lock> {
        let lock = Lock::take(&self.folder.join(OURS).join("lock"))?;
        if let Some(journal) = Journal::load(&self.journal_path())? {
            self.finish(&journal)?;
        }
        Ok(lock)
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.join(OURS).join("journal")
    }

    pub(crate) fn index_path(&self) -> PathBuf {
        self.folder.join("index")
    }

    /// Tells that a step is done.
    pub(crate) fn reach(&mut self, step: &str) {
        (self.checkpoint)(step);
    }

    /// Reads a commit that somebody named.
    pub(crate) fn known(&self, commit: CommitId) -> Result<Commit> {
        match self.store.contains(commit.0) {
            true => self.store.commit(commit.0),
            false => Err(Error::Unknown { name: commit.to_string() }),
        }
    }

    /// What a commit changed.
    pub(crate) fn changes_of(&self, commit: CommitId) -> Result<Vec<Difference>> {
        let commit = self.known(commit)?;
        let parent = commit.parents.first().map(|&parent| self.store.commit(parent)).transpose()?;
        tree::differences(&self.store, parent.map(|parent| parent.tree), Some(commit.tree))
    }

    fn told(&self, differences: &[Difference]) -> Result<Vec<FileDiff>> {
        let read = &mut |version| diff::content(&self.store, version);
        differences.iter().map(|difference| diff::file_diff(difference, read)).collect()
    }

    /// Looks at the workspace; the content of its files is stored.
    pub(crate) fn look(&self) -> Result<Now> {
        let head = self.refs.head()?;
        let tree = head.id.map(|id| self.store.commit(id).map(|commit| commit.tree)).transpose()?;
        let previous = match Index::load(&self.index_path()) {
            Some(index) => index,
            None => Index::of(tree.map_or(Ok(Vec::new()), |it| tree::list(&self.store, it))?),
        };
        let mut batch = self.store.batch();
        let snapshot = self.snapshot(&previous, &mut |bytes| batch.put(Kind::Blob, bytes))?;
        batch.finish()?;
        Ok(Now { head, tree, snapshot })
    }

    fn snapshot(&self, previous: &Index, put: &mut Put<'_>) -> Result<Snapshot> {
        let exclude = fs::read(self.folder.join("info/exclude")).unwrap_or_default();
        let walked = walk(&self.root, &self.folder, &exclude);
        let walked = walked.map_err(Error::read(&self.options.workspace))?;
        snapshot::take(&self.root, walked, previous, self.options.largest_file, put)
    }

    /// What the workspace differs in from files that are recorded; nothing is stored.
    fn unrecorded(&self, old: &[IndexEntry]) -> Result<Vec<Difference>> {
        let previous = Index::load(&self.index_path()).unwrap_or_else(|| Index::of(old.to_vec()));
        let name = &mut |bytes: &[u8]| Ok(ObjectId::of(Kind::Blob, bytes));
        let snapshot = self.snapshot(&previous, name)?;
        Ok(between(old, &snapshot.entries))
    }

    /// Records what somebody else changed.
    pub(crate) fn outside(&mut self) -> Result<(Now, Recorded)> {
        let mut now = self.look()?;
        let uncovered = now.snapshot.uncovered.clone();
        if self.is_settled(&now) {
            return Ok((now, Recorded { commit: None, uncovered }));
        }
        let entries = now.snapshot.entries.clone();
        let commit = self.commit(&mut now, &entries, &outside(), &Deed::Change)?;
        Ok((now, Recorded { commit, uncovered }))
    }

    /// Whether the index, and so the workspace, is known to hold the newest commit.
    fn is_settled(&self, now: &Now) -> bool {
        let known = now.tree.zip(self.index_stamp());
        !now.snapshot.is_news && known.is_some() && known == self.settled
    }

    fn index_stamp(&self) -> Option<Stamp> {
        rustix::fs::stat(self.index_path()).ok().map(|stat| Stamp::of(&stat))
    }

    /// Makes a commit of files, unless the newest one holds the same.
    fn commit(
        &mut self,
        now: &mut Now,
        entries: &[IndexEntry],
        change: &Change,
        deed: &Deed,
    ) -> Result<Option<CommitId>> {
        let name = tree::name(entries)?;
        if Some(name) == now.tree || (now.tree.is_none() && entries.is_empty()) {
            return Ok(None);
        }
        let commit = self.write_commit(now.head.id, entries, change, deed)?;
        self.reach("commit");
        self.refs.set_head(&now.head, commit)?;
        self.reach("head");
        now.head.id = Some(commit);
        now.tree = Some(name);
        Ok(Some(CommitId(commit)))
    }

    /// Stores a commit that no name stands for yet.
    pub(crate) fn write_commit(
        &self,
        parent: Option<ObjectId>,
        entries: &[IndexEntry],
        change: &Change,
        deed: &Deed,
    ) -> Result<ObjectId> {
        let mut batch: Batch<'_> = self.store.batch();
        let tree = tree::build(entries, &mut |tree| batch.put(Kind::Tree, tree))?;
        let seconds = self.clock.now().as_second();
        let line = |role: &str, who: Author| {
            format!("{role} {} {seconds} +0000", who.signature()).into_bytes()
        };
        let lines = vec![line("author", change.author), line("committer", Author::Assistant)];
        let message = entry::message(change, deed);
        let commit = Commit { tree, parents: parent.into_iter().collect(), lines, message };
        let commit = batch.put(Kind::Commit, &commit.to_bytes())?;
        batch.finish()?;
        Ok(commit)
    }

    /// Keeps the stamps of files for the next look.
    pub(crate) fn settle(&self, snapshot: &Snapshot) -> Result<()> {
        if !snapshot.is_news {
            return Ok(());
        }
        let path = self.index_path();
        Index::store(&path, &snapshot.entries).map_err(Error::write(&path))
    }

    /// Packs objects when there are many of them.
    pub(crate) fn tidy(&self) -> Result<()> {
        let is_loose = self.store.loose_under(0x17)?.len() > MOST_LOOSE_SAMPLED;
        if !is_loose {
            return Ok(());
        }
        let Some(head) = self.refs.head()?.id else { return Ok(()) };
        match self.store.pack_count() > MOST_PACKS {
            true => repack::all(&self.store, head),
            false => repack::loose(&self.store, head),
        }
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn is_recorded(now: &Now) -> Result<bool> {
    Ok(Some(tree::name(&now.snapshot.entries)?) == now.tree)
}

/// The change that somebody else made.
fn outside() -> Change {
    Change {
        session: None,
        turn: None,
        summary: "Keep what was changed outside".to_owned(),
        author: Author::Outside,
        scope: Scope::All,
    }
}

/// The new state of all files but `paths`, which stay as they were.
fn mixed(old: &[IndexEntry], new: &[IndexEntry], paths: &[&[u8]]) -> Vec<IndexEntry> {
    let named = |entry: &&IndexEntry| paths.contains(&entry.path.as_slice());
    let kept = old.iter().filter(named);
    let mut entries: Vec<IndexEntry> =
        new.iter().filter(|entry| !named(entry)).chain(kept).cloned().collect();
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    // A file that became a folder cannot stay beside what is in it.
    let paths: std::collections::BTreeSet<Vec<u8>> =
        entries.iter().map(|entry| entry.path.clone()).collect();
    let is_below = |path: &[u8]| {
        memchr::memchr_iter(b'/', path)
            .any(|slash| paths.contains(path.get(..slash).unwrap_or_default()))
    };
    entries.retain(|entry| !is_below(&entry.path));
    entries
}

/// How two lists of files differ, each in the order of its paths.
pub(crate) fn between(old: &[IndexEntry], new: &[IndexEntry]) -> Vec<Difference> {
    let version = |entry: &IndexEntry| Version { mode: entry.mode, id: entry.id };
    let mut differences = Vec::new();
    let mut old = old.iter().peekable();
    for entry in new {
        while let Some(gone) = old.next_if(|old| old.path < entry.path) {
            let (path, old) = (gone.path.clone(), Some(version(gone)));
            differences.push(Difference { path, old, new: None });
        }
        let was = old.next_if(|old| old.path == entry.path).map(version);
        let is = Some(version(entry));
        if was != is {
            differences.push(Difference { path: entry.path.clone(), old: was, new: is });
        }
    }
    for gone in old {
        let (path, old) = (gone.path.clone(), Some(version(gone)));
        differences.push(Difference { path, old, new: None });
    }
    differences
}
