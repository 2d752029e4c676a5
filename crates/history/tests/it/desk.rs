//! A workspace with its history, in a temporary folder.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::civil::date;
use localgpt_history::{
    Author, Change, CommitId, Consent, History, Options, Recorded, Scope, by_person,
};
use localgpt_protocol::{Clock, SessionId};
use tempfile::TempDir;

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) history: History,
}

/// The bytes of every file, and whether it may be run.
pub(crate) type Files = BTreeMap<PathBuf, (Vec<u8>, bool)>;

impl Desk {
    /// A workspace with `notes.md`, recorded beside it.
    pub(crate) fn new() -> Self {
        Self::with(Consent::NotGiven)
    }

    pub(crate) fn with(consent: Consent) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("workspace")).unwrap();
        fs::write(folder.path().join("workspace/notes.md"), "one\ntwo\nthree\n").unwrap();
        let mut history = open(folder.path(), consent);
        history.record_outside().unwrap();
        Self { folder, history }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("workspace").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Records what is there as a change of the assistant.
    pub(crate) fn record(&mut self, summary: &str) -> Option<CommitId> {
        self.recorded(summary).commit
    }

    pub(crate) fn recorded(&mut self, summary: &str) -> Recorded {
        self.history.record(&change(summary)).unwrap()
    }

    /// Writes a file as the assistant does.
    pub(crate) fn assistant_writes(&mut self, name: &str, text: impl AsRef<[u8]>) -> CommitId {
        self.history.record_outside().unwrap();
        self.write(name, text);
        self.record(&format!("Write {name}")).unwrap()
    }

    pub(crate) fn undo(&mut self, count: usize) -> localgpt_history::Result<Vec<PathBuf>> {
        let target = localgpt_history::Target::Last(count);
        self.history.undo(target, &by_person("Take back")).map(|applied| applied.files)
    }

    pub(crate) fn files(&self) -> Files {
        files(&self.path(""))
    }

    pub(crate) fn summaries(&self) -> Vec<String> {
        let entries = self.history.list(usize::MAX, None).unwrap();
        entries.into_iter().map(|entry| entry.summary).collect()
    }

    /// What git says; `None` where it is not installed.
    pub(crate) fn git(&self, words: &[&str]) -> Option<String> {
        git(self.history.folder(), &self.path(""), words)
    }

    /// Git finds nothing wrong, and the workspace is as the newest commit says.
    pub(crate) fn check_with_git(&self) {
        self.git(&["fsck", "--strict", "--full", "--no-dangling"]);
        if let Some(status) = self.git(&["status", "--porcelain"]) {
            assert_eq!(status, "");
        }
    }
}

pub(crate) fn change(summary: &str) -> Change {
    Change {
        session: Some(SessionId::new("2026-01-02-abc")),
        turn: Some(3),
        summary: summary.to_owned(),
        author: Author::Assistant,
        scope: Scope::All,
    }
}

pub(crate) fn open(folder: &Path, consent: Consent) -> History {
    open_watched(folder, consent, |_| {})
}

pub(crate) fn open_watched(
    folder: &Path,
    consent: Consent,
    told: impl FnMut(&str) + Send + 'static,
) -> History {
    let options = Options {
        workspace: folder.join("workspace"),
        beside: folder.join("data/history"),
        consent,
        largest_file: 1 << 20,
    };
    let now = date(2026, 1, 2).at(3, 4, 5, 0).in_tz("UTC").unwrap();
    History::open_watched(options, Clock::fixed(&now), told).unwrap()
}

pub(crate) fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(entry.path());
            } else if kind.is_file() {
                let mode = entry.metadata().unwrap().permissions().mode();
                let bytes = fs::read(entry.path()).unwrap();
                let path = entry.path().strip_prefix(folder).unwrap().to_owned();
                files.insert(path, (bytes, mode & 0o100 != 0));
            }
        }
    }
    files
}

pub(crate) fn git(folder: &Path, workspace: &Path, words: &[&str]) -> Option<String> {
    let option = |name: &str, path: &Path| {
        let mut option = OsString::from(name);
        option.push(path);
        option
    };
    let output = Command::new("git")
        .args([option("--git-dir=", folder), option("--work-tree=", workspace)])
        .args(words)
        .current_dir(workspace)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: git does not start, so it does not check the repository: {error}");
            return None;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {text}{errors}");
    Some(text)
}
