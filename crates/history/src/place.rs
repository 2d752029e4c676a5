//! The files of the workspace, reached from its folder step by step.
//!
//! Invariant: nothing is read, written or removed through a symbolic link below the workspace.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode as Permissions, OFlags, Stat, fchmod, fstat, fsync, mkdirat,
        openat, renameat, statat, unlinkat,
    },
    io::Errno,
};

use crate::{index::Stamp, object::Mode};

/// How the name of a file begins that is being written, and how it ends.
const PREFIX: &[u8] = b".localgpt-";
const SUFFIX: &[u8] = b".tmp";

/// Whether a name is of a file that is being written, or was when its writer was killed.
pub(crate) fn is_leftover(name: &[u8]) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

pub(crate) const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK);

/// The workspace's folder, opened.
#[derive(Debug)]
pub(crate) struct Root(OwnedFd);

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Nothing,
    /// A file.
    File(Stamp, Mode, u64),
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Something else, or a folder above it is none.
    Other,
}

impl Standing {
    fn of(stat: &Stat) -> Self {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let size = u64::try_from(stat.st_size).unwrap_or(0);
                Self::File(Stamp::of(stat), mode_of(stat), size)
            }
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            _ => Self::Other,
        }
    }
}

/// How git tells the permissions of a file.
pub(crate) fn mode_of(stat: &Stat) -> Mode {
    if stat.st_mode & 0o100 == 0 { Mode::FILE } else { Mode::PROGRAM }
}

impl Root {
    /// Opens the workspace; the path itself is the user's and may hold links.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = FOLDER.difference(OFlags::NOFOLLOW);
        Ok(Self(openat(CWD, path, flags, Permissions::empty())?))
    }

    /// The opened folder.
    pub(crate) fn folder(&self) -> io::Result<OwnedFd> {
        self.0.try_clone()
    }

    /// Looks what stands at a path.
    pub(crate) fn look(&self, path: &[u8]) -> io::Result<Standing> {
        let (folder, name) = match self.parent(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
            Err(error) if is_in_the_way(&error) => return Ok(Standing::Other),
            Err(error) => return Err(error),
        };
        match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Standing::of(&stat)),
            Err(Errno::NOENT) => Ok(Standing::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a file, at most `limit` bytes and one more, with its stamp when it was opened.
    pub(crate) fn read(&self, path: &[u8], limit: u64) -> io::Result<(Vec<u8>, Stamp, Mode)> {
        let (folder, name) = self.parent(path)?;
        read_in(&folder, name, limit)
    }

    /// Puts a file into its place, durably. A crash leaves the old one or the new one, and perhaps a file
    /// that the next call for this path takes away.
    pub(crate) fn write(&self, path: &[u8], bytes: &[u8], mode: Mode) -> io::Result<()> {
        let mut folder = self.folder()?;
        let (parents, name) = split(path);
        for parent in parents {
            folder = match openat(&folder, parent, FOLDER, Permissions::empty()) {
                Ok(inner) => inner,
                Err(Errno::NOENT) => {
                    mkdirat(&folder, parent, Permissions::from_raw_mode(0o777))?;
                    fsync(&folder)?;
                    openat(&folder, parent, FOLDER, Permissions::empty())?
                }
                Err(error) => return Err(error.into()),
            };
        }
        let temporary = temporary_name(name);
        remove_in(&folder, &temporary)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let run = if mode.is_program() { 0o111 } else { 0 };
        let file = openat(&folder, &*temporary, flags, Permissions::from_raw_mode(0o666 | run))?;
        let mut file = File::from(file);
        if let Ok(old) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            // Who may read it stays as it was; who reads may run.
            let kept = old.st_mode & 0o666;
            let run = if mode.is_program() { 0o100 | (kept & 0o044) >> 2 } else { 0 };
            fchmod(&file, Permissions::from_raw_mode(kept | run))?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        renameat(&folder, &*temporary, &folder, name)?;
        Ok(fsync(&folder)?)
    }

    /// Removes a file if it is there, and the folders that hold nothing any more, durably.
    pub(crate) fn remove(&self, path: &[u8]) -> io::Result<()> {
        let (folder, name) = match self.parent(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            result => result?,
        };
        remove_in(&folder, &temporary_name(name))?;
        remove_in(&folder, name)?;
        fsync(&folder)?;
        let mut path = path;
        while let Some(place) = memchr::memrchr(b'/', path) {
            path = path.get(..place).unwrap_or_default();
            let (folder, name) = self.parent(path)?;
            match unlinkat(&folder, name, AtFlags::REMOVEDIR) {
                Ok(()) => fsync(&folder)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Takes away what a killed writer of this path left beside it.
    pub(crate) fn sweep(&self, path: &[u8]) -> io::Result<()> {
        match self.parent(path) {
            Ok((folder, name)) => remove_in(&folder, &temporary_name(name)),
            Err(error) if is_in_the_way(&error) || error.kind() == io::ErrorKind::NotFound => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn parent<'a>(&self, path: &'a [u8]) -> io::Result<(OwnedFd, &'a [u8])> {
        let mut folder = self.folder()?;
        let (parents, name) = split(path);
        if matches!(name, b"" | b"." | b"..") {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        for parent in parents {
            if matches!(parent, b"" | b"." | b"..") {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            folder = openat(&folder, parent, FOLDER, Permissions::empty())?;
        }
        Ok((folder, name))
    }
}

/// Reads a file of an opened folder.
pub(crate) fn read_in(
    folder: impl AsFd,
    name: &[u8],
    limit: u64,
) -> io::Result<(Vec<u8>, Stamp, Mode)> {
    let mut file = File::from(openat(folder, name, FILE, Permissions::empty())?);
    let stat = fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(stat.st_size).unwrap_or(0).min(1 << 24) + 1);
    (&mut file).take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes, Stamp::of(&stat), mode_of(&stat)))
}

/// The same for each path, so that what a crash left is found again.
fn temporary_name(name: &[u8]) -> Vec<u8> {
    // A name may be 255 bytes long, the temporary one too: only a checksum of it is taken over.
    let checksum = crate::id::ObjectId::checksum(name).to_string();
    [PREFIX, checksum.as_bytes(), SUFFIX].concat()
}

fn remove_in(folder: &OwnedFd, name: &[u8]) -> io::Result<()> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn split(path: &[u8]) -> (impl Iterator<Item = &[u8]>, &[u8]) {
    let (parents, name) = match memchr::memrchr(b'/', path) {
        Some(place) => (path.get(..place), path.get(place + 1..)),
        None => (None, Some(path)),
    };
    let parents = parents.map(|parents| parents.split(|&byte| byte == b'/'));
    (parents.into_iter().flatten(), name.unwrap_or_default())
}

/// Whether a folder above is a file, a link, or something else.
fn is_in_the_way(error: &io::Error) -> bool {
    let codes = [Errno::NOTDIR, Errno::LOOP].map(|code| Some(code.raw_os_error()));
    codes.contains(&error.raw_os_error())
}
