//! Keeping names free: a protected file that is not there must not be made by the child.
//!
//! Nothing can be mounted where nothing is. So the name is taken by an empty file or folder for as long as a child
//! runs, with the sticky bit, which no empty file has otherwise. Whoever uses it holds a shared lock on it; the last
//! one removes it. What a power cut leaves behind is found and removed by the next child.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

const STICKY: u32 = 0o1000;
const FILE_MODE: u32 = 0o1444;
const FOLDER_MODE: u32 = 0o1555;
/// How often a name is looked at that others take and leave at the same moment.
const TRIES: usize = 64;

/// A name that is taken. It is given back when this is dropped, unless somebody else still needs it.
#[derive(Debug)]
pub(crate) struct Reserved {
    path: PathBuf,
    opened: File,
}

/// Takes `path`, or the first folder on the way that is not there, and returns the path that is to be protected.
pub(crate) fn reserve(path: &Path, held: &mut Vec<Reserved>) -> io::Result<PathBuf> {
    let absent = path.ancestors().take_while(|path| is_free(path)).last();
    let (path, kind) = match absent {
        Some(first) if first != path => (first, Kind::Folder),
        Some(_) | None => (path, Kind::of(path)),
    };
    for _ in 0..TRIES {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match kind.make(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            },
            Err(error) => return Err(error),
            Ok(found) if !is_ours(&found, path) => return Ok(path.to_owned()),
            Ok(_) => {}
        }
        if let Some(reserved) = hold(path)? {
            held.push(reserved);
            return Ok(path.to_owned());
        }
    }
    Err(io::Error::other("others take and leave it all the time"))
}

/// Whether the name is free, or taken by one of us.
fn is_free(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(found) => is_ours(&found, path),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
}

impl Kind {
    /// What a name is likely to become: `SOUL.md` a file, `skills` and `.git` folders.
    fn of(path: &Path) -> Self {
        match path.extension().map(OsStr::is_empty) {
            Some(false) => Self::File,
            Some(true) | None => Self::Folder,
        }
    }

    fn make(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Folder => DirBuilder::new().mode(FOLDER_MODE).create(path),
            Self::File => {
                OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path).map(drop)
            }
        }
    }
}

fn is_ours(found: &Metadata, path: &Path) -> bool {
    if found.mode() & STICKY == 0 {
        return false;
    }
    match found.is_dir() {
        true => fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()),
        false => found.is_file() && found.len() == 0,
    }
}

/// Locks what is there; none if it was gone before the lock was ours.
fn hold(path: &Path) -> io::Result<Option<Reserved>> {
    let opened = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    flock(&opened, FlockOperation::LockShared)?;
    let reserved = Reserved { path: path.to_owned(), opened };
    match reserved.is_there() {
        true => Ok(Some(reserved)),
        false => Ok(None),
    }
}

impl Reserved {
    /// Whether the name still leads to what is locked.
    fn is_there(&self) -> bool {
        let both = (self.opened.metadata(), fs::symlink_metadata(&self.path));
        let (Ok(ours), Ok(found)) = both else { return false };
        (ours.dev(), ours.ino()) == (found.dev(), found.ino()) && is_ours(&found, &self.path)
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let is_last = flock(&self.opened, FlockOperation::NonBlockingLockExclusive).is_ok();
        if is_last && self.is_there() {
            let is_folder = self.opened.metadata().is_ok_and(|found| found.is_dir());
            // What cannot be removed now is removed by the next child.
            match is_folder {
                true => fs::remove_dir(&self.path).unwrap_or_default(),
                false => fs::remove_file(&self.path).unwrap_or_default(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_name_is_taken_and_given_back_by_the_last_who_held_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["SOUL.md", "skills", ".git"] {
            let path = folder.path().join(name);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            assert_eq!(reserve(&path, &mut first).unwrap(), path);
            assert_eq!(reserve(&path, &mut second).unwrap(), path);
            assert_eq!((first.len(), second.len()), (1, 1));
            drop(first);
            assert_eq!((path.exists(), path.is_file()), (true, name == "SOUL.md"));
            drop(second);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_name_below_a_folder_that_is_not_there_takes_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let skills = folder.path().join("skills");
        let mut held = Vec::new();
        let first = reserve(&skills.join("a/SKILL.md"), &mut held).unwrap();
        let second = reserve(&skills.join("b"), &mut held).unwrap();
        assert_eq!((&first, &second), (&skills, &skills));
        drop(held);
        assert!(!skills.exists());
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("SOUL.md");
        for text in ["", "be kind"] {
            fs::write(&path, text).unwrap();
            let mut held = Vec::new();
            reserve(&path, &mut held).unwrap();
            assert!(held.is_empty());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn what_became_a_real_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("SOUL.md");
        let mut held = Vec::new();
        reserve(&path, &mut held).unwrap();
        let fresh = folder.path().join("fresh");
        fs::write(&fresh, "be kind").unwrap();
        fs::rename(fresh, &path).unwrap();
        drop(held);
        assert_eq!(fs::read_to_string(&path).unwrap(), "be kind");
    }

    #[test]
    fn what_a_crash_left_behind_is_found_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("SOUL.md");
        Kind::File.make(&path).unwrap();
        let mut held = Vec::new();
        reserve(&path, &mut held).unwrap();
        assert_eq!(held.len(), 1);
        drop(held);
        assert!(!path.exists());
    }
}
