//! What files looked like when they were hashed, so that listing skills does not read again what is as it was.
//!
//! Invariant: this decides at most which skills are listed. What a model reads is hashed anew when it is read.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};

const STAMPS: &str = "stamps.json";
const VERSION: u64 = 1;
/// A file that was changed less than this before its stamp was written can have changed again without a trace, because
/// disks tell the time no finer.
const TICK_SECONDS: i64 = 2;

/// What a file looks like from outside. Whoever changes it cannot keep the time of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) inode: u64,
    pub(crate) bytes: u64,
    pub(crate) modified: (i64, i64),
    pub(crate) changed: (i64, i64),
}

/// A file as it looked, and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Stamped {
    #[serde(flatten)]
    pub(crate) stamp: Stamp,
    pub(crate) digest: String,
}

/// The files of one skill by their path in its folder.
pub(crate) type Files = BTreeMap<String, Stamped>;

/// The stamps of one workspace.
#[derive(Debug)]
pub(crate) struct Stamps {
    folder: PathBuf,
    skills: BTreeMap<String, Files>,
}

#[derive(Deserialize)]
struct Book {
    version: u64,
    skills: BTreeMap<String, Files>,
}

impl Stamps {
    /// Reads the stamps in this folder, as far as they can be trusted.
    pub(crate) fn read(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), skills: trusted(folder).unwrap_or_default() }
    }

    /// The files of one skill.
    pub(crate) fn of(&self, key: &str) -> Option<&Files> {
        self.skills.get(key)
    }

    /// Keeps what was seen this time, if it is something else.
    pub(crate) fn keep(&self, seen: BTreeMap<String, Files>) {
        let seen: BTreeMap<String, Files> =
            seen.into_iter().filter(|(_, files)| !files.is_empty()).collect();
        if seen == self.skills {
            return;
        }
        // Without it the next look takes longer, and that is all.
        replace(&self.folder, &document(&seen)).unwrap_or_default();
    }
}

/// What cannot be read is nothing.
fn trusted(folder: &Path) -> Option<BTreeMap<String, Files>> {
    let path = folder.join(STAMPS);
    let written = fs::metadata(&path).ok()?.mtime();
    let book: Book = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    if book.version != VERSION {
        return None;
    }
    let mut skills = book.skills;
    for files in skills.values_mut() {
        files.retain(|_, file| {
            let latest = file.stamp.changed.0.max(file.stamp.modified.0);
            latest.saturating_add(TICK_SECONDS) < written
        });
    }
    skills.retain(|_, files| !files.is_empty());
    Some(skills)
}

fn document(skills: &BTreeMap<String, Files>) -> Value {
    let file = |file: &Stamped| {
        let Stamp { inode, bytes, modified, changed } = file.stamp;
        json!({
            "inode": inode,
            "bytes": bytes,
            "modified": [modified.0, modified.1],
            "changed": [changed.0, changed.1],
            "digest": file.digest,
        })
    };
    let skill = |files: &Files| -> Value {
        files.iter().map(|(path, stamped)| (path.clone(), file(stamped))).collect()
    };
    let skills: Value = skills.iter().map(|(key, files)| (key.clone(), skill(files))).collect();
    json!({ "version": VERSION, "skills": skills })
}

/// The old file or the new one; it may be lost with the power.
fn replace(folder: &Path, document: &Value) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".localgpt-").tempfile_in(folder)?;
    file.write_all(document.to_string().as_bytes())?;
    file.persist(folder.join(STAMPS)).map(drop).map_err(|error| error.error)
}
