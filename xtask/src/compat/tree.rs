//! Copies of folders, and whether anything in them changed.

use std::{
    collections::BTreeMap,
    fs::{self, File, FileTimes, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};

/// Everything about a file or folder that must not change.
#[derive(Debug, PartialEq, Eq)]
struct State {
    mode: u32,
    modified: (i64, i64),
    bytes: Vec<u8>,
}

/// A folder at some time.
#[derive(Debug)]
pub(crate) struct Picture(BTreeMap<PathBuf, State>);

impl Picture {
    /// Looks at everything in a folder.
    pub(crate) fn take(root: &Path) -> Result<Self> {
        let mut states = BTreeMap::new();
        for path in paths(root)? {
            let metadata = fs::symlink_metadata(&path)?;
            let bytes = if metadata.is_file() { fs::read(&path)? } else { Vec::new() };
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            states.insert(path, State { mode: metadata.mode(), modified, bytes });
        }
        Ok(Self(states))
    }

    /// What is not the same in a later picture.
    pub(crate) fn changes(&self, later: &Self) -> Vec<String> {
        let all = self.0.keys().chain(later.0.keys().filter(|path| !self.0.contains_key(*path)));
        all.filter(|path| self.0.get(*path) != later.0.get(*path))
            .map(|path| format!("changed: {}", path.display()))
            .collect()
    }
}

/// Copies a folder, so that it can be written to.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for path in paths(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if path.is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(&path, &target).with_context(|| format!("cannot copy {}", path.display()))?;
            fs::set_permissions(&target, Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

/// Writes a file and the folders above it.
pub(crate) fn write(root: &Path, name: &str, text: impl AsRef<[u8]>) -> Result<()> {
    let path = root.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Watches which files are opened and read, by their times of access.
#[derive(Debug)]
pub(crate) struct Watch {
    files: Vec<PathBuf>,
}

impl Watch {
    /// Watches files; none if this file system does not keep the time of access.
    pub(crate) fn begin(files: &[PathBuf], probe: &Path) -> Result<Option<Self>> {
        fs::write(probe, "x")?;
        set(probe)?;
        fs::read(probe)?;
        let is_kept = accessed(probe)?;
        fs::remove_file(probe)?;
        for file in files {
            set(file)?;
        }
        Ok(is_kept.then(|| Self { files: files.to_vec() }))
    }

    /// The files that were read since.
    pub(crate) fn read(&self) -> Result<Vec<&Path>> {
        let mut read = Vec::new();
        for file in &self.files {
            if accessed(file)? {
                read.push(file.as_path());
            }
        }
        Ok(read)
    }
}

/// Long ago: before the time of change, so that reading sets it anew.
const LONG_AGO: Duration = Duration::from_secs(1);

fn set(file: &Path) -> Result<()> {
    let times = FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH + LONG_AGO);
    Ok(File::options().append(true).open(file)?.set_times(times)?)
}

fn accessed(file: &Path) -> Result<bool> {
    Ok(fs::metadata(file)?.accessed()? != SystemTime::UNIX_EPOCH + LONG_AGO)
}

/// A folder and everything in it; links are not followed.
fn paths(root: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = vec![root.to_owned()];
    let mut at = 0;
    while let Some(path) = paths.get(at).cloned() {
        at += 1;
        if fs::symlink_metadata(&path)?.is_dir() {
            for entry in fs::read_dir(&path)? {
                paths.push(entry?.path());
            }
        }
    }
    Ok(paths)
}
