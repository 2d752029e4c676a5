//! A folder that is read without leaving it.
//!
//! Invariant: nothing below an opened folder is opened through a symbolic link, and what is read is a regular file,
//! checked on the opened file itself.

use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::OwnedFd,
    path::{Component, Path},
};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat,
};

use crate::stamps::Stamp;

/// An opened folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

/// What stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File,
    Link,
    /// A pipe, a device: something that is not read.
    Other,
}

/// Names that one file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    One,
    Any,
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

impl Folder {
    /// Opens a folder that `path` leads to, which has no link in it below `root`.
    pub(crate) fn below(root: &Path, path: &Path) -> io::Result<Self> {
        let mut folder = Self(openat(CWD, root, FOLDER, Mode::empty())?);
        let rest = path.strip_prefix(root).map_err(|error| io::Error::other(error.to_string()))?;
        for component in rest.components() {
            let Component::Normal(name) = component else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            folder = folder.folder(name.as_encoded_bytes())?;
        }
        Ok(folder)
    }

    /// Opens a folder in this one.
    pub(crate) fn folder(&self, name: &[u8]) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// The names in this folder, in byte order.
    pub(crate) fn names(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(name.to_vec());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Looks at an entry without opening it: a pipe would wait for a writer.
    pub(crate) fn kind(&self, name: &[u8]) -> io::Result<Kind> {
        Ok(self.look(name)?.0)
    }

    /// Looks at an entry without opening it, and remembers how it looked.
    pub(crate) fn look(&self, name: &[u8]) -> io::Result<(Kind, Stamp)> {
        let stat = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok((kind(&stat), stamp(&stat)))
    }

    /// Where a link leads, as it is written.
    pub(crate) fn link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(readlinkat(&self.0, name, Vec::new())?.into_bytes())
    }

    /// Reads a file of this folder, or says why not.
    pub(crate) fn read(&self, name: &[u8], limit: u64, names: Names) -> Result<Vec<u8>, String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = openat(&self.0, name, flags, Mode::empty())
            .map_err(|error| in_words(&io::Error::from(error)))?;
        let file = File::from(file);
        let stat = fstat(&file).map_err(|error| in_words(&io::Error::from(error)))?;
        if kind(&stat) != Kind::File {
            return Err("it is not a regular file".to_owned());
        }
        if names == Names::One && stat.st_nlink > 1 {
            return Err("it is a second name of another file".to_owned());
        }
        // Room for all of it, as far as it says how long it is, saves a dozen small readings.
        let room = u64::try_from(stat.st_size).unwrap_or(0).min(limit).saturating_add(1);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
        // One byte more tells a file that is too large, even if it grows meanwhile.
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| in_words(&error))?;
        match u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
            true => Ok(bytes),
            false => Err(format!("it has more than {limit} bytes")),
        }
    }
}

/// A failure to read, in the system's words.
pub(crate) fn in_words(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

#[expect(clippy::useless_conversion, reason = "the widths are those of the system")]
fn stamp(stat: &Stat) -> Stamp {
    let whole = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX);
    Stamp {
        inode: u64::try_from(stat.st_ino).unwrap_or(0),
        bytes: u64::try_from(stat.st_size).unwrap_or(0),
        modified: (whole(stat.st_mtime), i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
        changed: (whole(stat.st_ctime), i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
    }
}

fn kind(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Folder,
        FileType::RegularFile => Kind::File,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}
