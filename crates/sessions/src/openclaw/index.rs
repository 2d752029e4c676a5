//! Which sessions an agent of OpenClaw has.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Component, Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::Value;

use super::{LARGEST, Warning};
use crate::{
    error::{Error, Result},
    store::is_id,
};

/// The sessions of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Those that go on, the latest first.
    pub live: Vec<Found>,
    /// The transcripts of sessions that were reset or deleted.
    pub archived: Vec<PathBuf>,
    /// What could not be read or was refused.
    pub warnings: Vec<Warning>,
}

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub id: String,
    /// Where it is used, as in `agent:main:main`; none for a file that the index does not name.
    pub key: Option<String>,
    /// The transcript.
    pub path: PathBuf,
    /// When it was used last, as the index says.
    pub updated: Option<Timestamp>,
    /// What it is called.
    pub label: Option<String>,
}

/// Lists the sessions in a folder `sessions`: those of its `sessions.json`, and the files that it does not name.
///
/// A file outside the folder is refused, whatever leads to it.
pub fn list(folder: &Path) -> Result<Listing> {
    let read = |source| Error::Read { path: folder.to_owned(), source };
    let mut listing = Listing::default();
    let inside = Inside(fs::canonicalize(folder).map_err(read)?);
    let mut named = BTreeSet::new();
    for (key, entry) in index(folder, &inside, &mut listing.warnings)? {
        match found(folder, &inside, &key, &entry) {
            Ok(found) => {
                named.insert(found.path.clone());
                listing.live.push(found);
            }
            Err(problem) => listing.warn(format!("session `{key}`: {problem}")),
        }
    }
    for entry in fs::read_dir(folder).map_err(read)? {
        listing.take_file(&entry.map_err(read)?.path(), &inside, &named);
    }
    listing.live.sort_by(|a, b| (b.updated, &b.id).cmp(&(a.updated, &a.id)));
    listing.archived.sort();
    Ok(listing)
}

impl Listing {
    fn take_file(&mut self, path: &Path, inside: &Inside, named: &BTreeSet<PathBuf>) {
        let Some(name) = path.file_name().and_then(OsStr::to_str) else { return };
        if !path.is_file() || named.contains(path) {
            return;
        }
        let is_archive = name.contains(".jsonl.reset.") || name.contains(".jsonl.deleted.");
        let id = name.strip_suffix(".jsonl");
        if !is_archive && id.is_none() {
            return;
        }
        if !inside.holds(path) {
            self.warn(format!("file `{name}` leads out of the folder"));
        } else if is_archive {
            self.archived.push(path.to_owned());
        } else if let Some(id) = id
            && is_id(id)
        {
            let (id, path) = (id.to_owned(), path.to_owned());
            self.live.push(Found { id, key: None, path, updated: None, label: None });
        }
    }

    fn warn(&mut self, problem: String) {
        self.warnings.push(Warning { line: None, problem });
    }
}

/// The folder, with no link in its path.
struct Inside(PathBuf);

impl Inside {
    /// Whether a file is in the folder once all links are followed.
    fn holds(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| path.starts_with(&self.0))
    }
}

fn index(
    folder: &Path,
    inside: &Inside,
    warnings: &mut Vec<Warning>,
) -> Result<serde_json::Map<String, Value>> {
    let path = folder.join("sessions.json");
    // Looked at before it is opened: reading a pipe would wait, and a device would never end.
    let problem = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(serde_json::Map::new()),
        Err(source) => return Err(Error::Read { path, source }),
        Ok(metadata) if !metadata.is_file() || metadata.len() > LARGEST => {
            Some("sessions.json is no file, or too large")
        }
        Ok(_) if !inside.holds(&path) => Some("sessions.json leads out of the folder"),
        Ok(_) => None,
    };
    if let Some(problem) = problem {
        warnings.push(Warning { line: None, problem: problem.to_owned() });
        return Ok(serde_json::Map::new());
    }
    let bytes = fs::read(&path).map_err(|source| Error::Read { path, source })?;
    match serde_json::from_slice(&bytes) {
        Ok(index) => Ok(index),
        Err(error) => {
            let problem = format!("sessions.json cannot be read: {error}");
            warnings.push(Warning { line: Some(error.line()), problem });
            Ok(serde_json::Map::new())
        }
    }
}

fn found(folder: &Path, inside: &Inside, key: &str, entry: &Value) -> Result<Found, &'static str> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let id = text("sessionId").filter(|id| is_id(id)).ok_or("its id is no name of a session")?;
    let path = match text("sessionFile").map(Path::new) {
        None => folder.join(format!("{id}.jsonl")),
        Some(file) if file.components().any(|part| part == Component::ParentDir) => {
            return Err("its file is named by a path that goes up");
        }
        // The whole path of where the folder was before it was copied here.
        Some(file) if file.is_absolute() && !inside.holds(file) => {
            folder.join(file.file_name().ok_or("its file has no name")?)
        }
        Some(file) => folder.join(file),
    };
    if !path.is_file() {
        return Err("its file is not there");
    }
    if !inside.holds(&path) {
        return Err("its file is outside of the folder");
    }
    let updated = entry.get("updatedAt").and_then(Value::as_i64);
    Ok(Found {
        id: id.to_owned(),
        key: Some(key.to_owned()),
        path,
        updated: updated.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()),
        label: text("label").or(text("displayName")).map(str::to_owned),
    })
}
