//! A temporary workspace with an index beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use localgpt_memory::{Memory, Workspace, WorkspaceOptions};
use localgpt_protocol::{Clock, Hit, Query, SearchMode, SkipReason};
use tempfile::TempDir;

/// The largest file that is read here.
pub(crate) const LIMIT: u64 = 16 << 20;

/// A workspace and an index folder that nobody else has.
pub(crate) struct Place {
    folder: TempDir,
    extra_paths: Vec<PathBuf>,
}

impl Place {
    /// An assistant's workspace with an empty `MEMORY.md`.
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), extra_paths: Vec::new() };
        place.write("MEMORY.md", "");
        place
    }

    /// A workspace with `count` notes: the third is about `word03`, all are about `everything`.
    pub(crate) fn with_notes(count: usize) -> Self {
        let place = Self::new();
        for number in 0..count {
            let text = format!("# Note {number}\n\nEverything about word{number:02} and pumps.\n");
            place.write(&format!("memory/note-{number:02}.md"), &text);
        }
        place
    }

    /// The same with more files and folders of notes.
    pub(crate) fn and_extra(mut self, paths: &[&str]) -> Self {
        self.extra_paths = paths.iter().map(PathBuf::from).collect();
        self
    }

    /// The temporary folder, which holds nothing of the workspace itself.
    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// The workspace.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    /// The folder of the index.
    pub(crate) fn index(&self) -> PathBuf {
        self.folder.path().join("cache/index")
    }

    /// The lock that `add` takes.
    pub(crate) fn lock(&self) -> PathBuf {
        self.folder.path().join("state/note.lock")
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The workspace's memory with its index.
    pub(crate) fn memory(&self) -> Memory {
        self.memory_in(&self.index())
    }

    /// The workspace's memory with an index that is built from nothing.
    pub(crate) fn fresh_memory(&self) -> Memory {
        let index = tempfile::tempdir_in(self.outside()).unwrap().keep();
        self.memory_in(&index)
    }

    fn memory_in(&self, index: &Path) -> Memory {
        let workspace = Workspace::open(WorkspaceOptions {
            root: self.root(),
            extra_paths: self.extra_paths.clone(),
            max_file_bytes: LIMIT,
        });
        Memory::open(workspace.unwrap(), index).unwrap()
    }
}

/// The machine's clock: freshness depends on how old a change is.
pub(crate) fn clock() -> Clock {
    Clock::system(TimeZone::UTC)
}

/// What a search for `text` finds.
pub(crate) fn hits(memory: &mut Memory, text: &str) -> Vec<Hit> {
    let query = Query {
        text: text.to_owned(),
        limit: 30,
        since: None,
        until: None,
        mode: SearchMode::Hybrid,
    };
    memory.search(&query, clock().now(), clock().today()).unwrap().hits
}

/// The paths of the files that hold `word`, as a search finds them.
pub(crate) fn holders(memory: &mut Memory, word: &str) -> Vec<String> {
    let mut paths: Vec<String> = hits(memory, word)
        .into_iter()
        .filter(|hit| hit.text.contains(word))
        .map(|hit| hit.citation.path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// What is left out, each as `path: reason`.
pub(crate) fn skipped(memory: &mut Memory) -> Vec<String> {
    let skipped = memory.sync(clock().now()).unwrap().skipped;
    skipped
        .into_iter()
        .map(|skipped| {
            let reason = match &skipped.reason {
                SkipReason::Unreadable { message } => message.clone(),
                reason => localgpt_memory::describe(reason),
            };
            format!("{}: {reason}", skipped.path)
        })
        .collect()
}

/// Numbers that are the same in each run.
pub(crate) struct Random(u64);

impl Random {
    /// Starts at `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

/// Runs `work` in a thread that has no power over the files of others, even if the test is root's.
/// Everything in `place` belongs to that thread's user.
#[cfg(target_os = "linux")]
pub(crate) fn as_a_mere_user<T: Send>(place: &Place, work: impl FnOnce() -> T + Send) -> T {
    use std::os::unix::fs::{MetadataExt as _, lchown};
    const NOBODY: u32 = 65_534;
    let is_root = fs::metadata(place.outside()).unwrap().uid() == 0;
    if is_root {
        let mut open = vec![place.outside().to_owned()];
        while let Some(path) = open.pop() {
            lchown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            if path.is_dir() && !path.is_symlink() {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
    }
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            if is_root {
                let nobody = rustix::thread::Uid::from_raw(NOBODY);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            work()
        });
        worker.join().unwrap()
    })
}
