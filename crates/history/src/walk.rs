//! Which files of the workspace belong into its history.

use std::{
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};
use rustix::fs::{AtFlags, Dir, FileType, Mode as Permissions, fstat, openat, statat};

use crate::{
    index::Stamp,
    object::Mode,
    place::{FOLDER, Root, is_leftover, mode_of, read_in},
};

/// A file that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) stamp: Stamp,
    pub(crate) size: u64,
}

/// Something in the workspace whose changes are not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// Where it is, from the workspace.
    pub path: PathBuf,
    /// Why its changes are not recorded.
    pub reason: Reason,
}

/// Why changes of something are not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is larger than what is kept.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// It is a repository of its own.
    Repository,
    /// It cannot be read.
    Unreadable {
        /// Why, in the system's words.
        message: String,
    },
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) files: Vec<Found>,
    pub(crate) uncovered: Vec<Uncovered>,
}

/// The longest list of ignored names that is read.
const MOST_IGNORED: u64 = 1 << 20;
/// Folders deeper than this are not entered.
const DEEPEST: usize = 200;

/// Lists the files of the workspace in the order of their paths. `own` is the folder of the repository.
pub(crate) fn walk(root: &Root, own: &Path, exclude: &[u8]) -> io::Result<Walked> {
    let own = rustix::fs::stat(own).ok().map(|stat| (stat.st_dev, stat.st_ino));
    let mut walker = Walker { own, ignored: Vec::new(), walked: Walked::default() };
    walker.ignored.extend(ignored(exclude).map(|list| (0, list)));
    walker.folder(&root.folder()?, &mut Vec::new(), 0)?;
    let mut walked = walker.walked;
    walked.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(walked)
}

struct Walker {
    own: Option<(u64, u64)>,
    /// Lists of ignored names, with the length of the path that they are relative to; inner ones last.
    ignored: Vec<(usize, Gitignore)>,
    walked: Walked,
}

impl Walker {
    fn folder(&mut self, folder: &OwnedFd, path: &mut Vec<u8>, depth: usize) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name.eq_ignore_ascii_case(b".git") {
                if depth > 0 {
                    self.refuse(path.strip_suffix(b"/").unwrap_or(path), Reason::Repository);
                    return Ok(());
                }
            } else if !matches!(name, b"." | b"..") && !is_leftover(name) {
                names.push((name.to_vec(), entry.file_type()));
            }
        }
        let lists = self.ignored.len();
        if names.iter().any(|(name, _)| name == b".gitignore") {
            let list = read_in(folder, b".gitignore", MOST_IGNORED).ok();
            let list = list.and_then(|(bytes, ..)| ignored(&bytes));
            self.ignored.extend(list.map(|list| (path.len(), list)));
        }
        let length = path.len();
        for (name, kind) in names {
            path.extend_from_slice(&name);
            self.entry(folder, &name, kind, (path, depth));
            path.truncate(length);
        }
        self.ignored.truncate(lists);
        Ok(())
    }

    fn entry(
        &mut self,
        folder: &OwnedFd,
        name: &[u8],
        kind: FileType,
        (path, depth): (&mut Vec<u8>, usize),
    ) {
        let stat = match kind {
            FileType::Directory => None,
            FileType::RegularFile | FileType::Unknown => {
                match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => Some(stat),
                    // It has gone meanwhile.
                    Err(rustix::io::Errno::NOENT) => return,
                    Err(error) => return self.unreadable(path, &error.into()),
                }
            }
            _ => return,
        };
        let kind = stat.map_or(kind, |stat| FileType::from_raw_mode(stat.st_mode));
        let is_folder = kind == FileType::Directory;
        if self.is_ignored(path, is_folder) {
            return;
        }
        match stat.filter(|_| kind == FileType::RegularFile) {
            Some(stat) if is_held_place(&stat) => {}
            Some(stat) => self.walked.files.push(Found {
                path: path.clone(),
                mode: mode_of(&stat),
                stamp: Stamp::of(&stat),
                size: u64::try_from(stat.st_size).unwrap_or(0),
            }),
            None if is_folder => {
                let entered = self.enter(folder, name, path, depth);
                if let Err(error) = entered {
                    self.unreadable(path, &error);
                }
            }
            None => {}
        }
    }

    fn enter(
        &mut self,
        folder: &OwnedFd,
        name: &[u8],
        path: &mut Vec<u8>,
        depth: usize,
    ) -> io::Result<()> {
        let inner = openat(folder, name, FOLDER, Permissions::empty())?;
        let stat = fstat(&inner)?;
        if self.own == Some((stat.st_dev, stat.st_ino)) {
            return Ok(());
        }
        if depth >= DEEPEST {
            return Err(io::Error::other("it lies too deep"));
        }
        path.push(b'/');
        let result = self.folder(&inner, path, depth + 1);
        path.pop();
        result
    }

    fn is_ignored(&self, path: &[u8], is_folder: bool) -> bool {
        for (start, list) in self.ignored.iter().rev() {
            let path = path.get(*start..).unwrap_or_default();
            match list.matched(as_path(path), is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }

    fn unreadable(&mut self, path: &[u8], error: &io::Error) {
        self.refuse(path, Reason::Unreadable { message: error.to_string() });
    }

    fn refuse(&mut self, path: &[u8], reason: Reason) {
        self.walked.uncovered.push(Uncovered { path: as_path(path).to_owned(), reason });
    }
}

/// Bytes as the path that they are.
pub(crate) fn as_path(bytes: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

fn ignored(list: &[u8]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    for line in list.split(|&byte| byte == b'\n') {
        // A line that is no pattern is passed over, as git does.
        if let Ok(line) = str::from_utf8(line) {
            builder.add_line(None, line).map_or_else(drop, drop);
        }
    }
    builder.build().ok().filter(|list| !list.is_empty())
}
/// Whether a file only holds the place of one that must not come into being while a program runs: empty and sticky, as
/// the sandbox makes them and nobody else.
fn is_held_place(stat: &rustix::fs::Stat) -> bool {
    stat.st_size == 0 && stat.st_mode & 0o1000 != 0
}
