//! A folder whose files are read without ever leaving it.
//!
//! Invariant: nothing is opened through a symbolic link below the folder, and nothing is read that is
//! not a regular file with one name, checked on the opened file itself.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::fd::OwnedFd,
    path::Path,
};

use localgpt_protocol::SkipReason;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};

/// How often a file is read again because it was changed meanwhile.
const READS: usize = 5;

/// What tells a file that was changed from one that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Last change of the content, in nanoseconds since 1970.
    pub modified: i64,
    /// Last change of content or attributes, in nanoseconds since 1970; no program can set it back.
    pub changed: i64,
    /// The file behind the name.
    pub inode: u64,
}

impl Stamp {
    fn of(stat: &Stat) -> Self {
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: nanoseconds(stat.st_mtime as _, stat.st_mtime_nsec as _),
            changed: nanoseconds(stat.st_ctime as _, stat.st_ctime_nsec as _),
            inode: stat.st_ino as _,
        }
    }
}

/// An opened folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

/// An entry of a folder.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A folder.
    Folder,
    /// A file that may be read.
    File(Stamp),
    /// Something that is not read.
    Refused(SkipReason),
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

impl Folder {
    /// Opens a folder by its path; the path itself is the user's and may hold links.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(openat(CWD, path, FOLDER, Mode::empty())?))
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
    pub(crate) fn entry(&self, name: &[u8], limit: u64) -> io::Result<Entry> {
        let stat = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Entry::Folder,
            FileType::Symlink => Entry::Refused(SkipReason::Link),
            _ => match refusal(&stat, limit) {
                Some(reason) => Entry::Refused(reason),
                None => Entry::File(Stamp::of(&stat)),
            },
        })
    }

    /// Reads a file of this folder, with the stamp it had before and after it was read.
    pub(crate) fn read(&self, name: &[u8], limit: u64) -> Result<(Vec<u8>, Stamp), SkipReason> {
        let mut file = self.file(name)?;
        let mut stat = looked(&file)?;
        for _ in 0..READS {
            if let Some(reason) = refusal(&stat, limit) {
                return Err(reason);
            }
            let stamp = Stamp::of(&stat);
            let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0) + 1);
            // A file that grows while it is read does not grow past the limit.
            let read = (&mut file).take(limit).read_to_end(&mut bytes);
            read.and_then(|_| file.rewind()).map_err(|error| unreadable(&error))?;
            stat = looked(&file)?;
            if Stamp::of(&stat) == stamp {
                return Ok((bytes, stamp));
            }
        }
        Err(SkipReason::Unreadable { message: "it is being changed all the time".to_owned() })
    }

    /// Reads the end of a file of this folder, at most `most` bytes, with the number of bytes before it.
    pub(crate) fn read_end(&self, name: &[u8], most: u64) -> Result<(Vec<u8>, u64), SkipReason> {
        let mut file = self.file(name)?;
        let stat = looked(&file)?;
        if let Some(reason) = refusal(&stat, u64::MAX) {
            return Err(reason);
        }
        let before = Stamp::of(&stat).size.saturating_sub(most);
        let mut bytes = Vec::new();
        let read = file
            .seek(SeekFrom::Start(before))
            .and_then(|_| (&mut file).take(most).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(&error))?;
        Ok((bytes, before))
    }

    /// Opens a file of this folder; what it is must be checked on it.
    fn file(&self, name: &[u8]) -> Result<File, SkipReason> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        match openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => Ok(File::from(file)),
            Err(rustix::io::Errno::LOOP) => Err(SkipReason::Link),
            Err(error) => Err(unreadable(&error.into())),
        }
    }
}

fn looked(file: &File) -> Result<Stat, SkipReason> {
    fstat(file).map_err(|error| unreadable(&error.into()))
}

fn refusal(stat: &Stat, limit: u64) -> Option<SkipReason> {
    let bytes = u64::try_from(stat.st_size).unwrap_or(0);
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        Some(SkipReason::NotAFile)
    } else if stat.st_nlink > 1 {
        Some(SkipReason::HardLink)
    } else if bytes > limit {
        Some(SkipReason::TooLarge { bytes, limit })
    } else {
        None
    }
}

/// A failure to read, in the system's words.
pub(crate) fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable { message: error.to_string() }
}
