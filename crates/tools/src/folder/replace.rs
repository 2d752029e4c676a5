//! Changing files of the workspace: a file is the old one or the new one, and after `Ok` it is on disk.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::Write as _,
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use localgpt_protocol::ToolError;
use rustix::{
    fs::{
        AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, fchmod, fchown, fstat, fsync, mkdirat,
        openat, renameat, statat, unlinkat,
    },
    io::{Errno, Result},
};

use super::{Current, Spot, beneath, version};

/// Names of files that are being written; memory passes over them, and clears up what a killed writer left.
const PREFIX: &str = ".localgpt-";
const SUFFIX: &str = ".tmp";

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Spot {
    /// Puts `bytes` there, with the folders above it. Refuses if the file is not the one that was looked at.
    pub(crate) fn replace(
        &self,
        bytes: &[u8],
        before: Option<&Current>,
    ) -> std::result::Result<(), ToolError> {
        let (base, inside) = self.inside()?;
        let name = inside.file_name().unwrap_or_default();
        let trouble = |error| self.trouble("write", error);
        let base = beneath::folder(base).map_err(trouble)?;
        let folder =
            make_folders(&base, inside.parent().unwrap_or(Path::new(""))).map_err(trouble)?;
        let old = self.file_at(&folder, name)?;
        let (temporary, file) = create_beside(&folder).map_err(trouble)?;
        let result = fill(file, bytes, old.as_ref()).map_err(trouble).and_then(|()| {
            // What stands there now must be what the change was made from.
            match self.file_at(&folder, name)?.as_ref().map(version)
                == before.map(|file| file.version)
            {
                true => renameat(&folder, &temporary, &folder, name).map_err(trouble),
                false => {
                    Err(ToolError::Forbidden(format!("`{}` has changed meanwhile", self.shown())))
                }
            }
        });
        if result.is_err() {
            // The first error is the one to tell.
            unlinkat(&folder, &temporary, AtFlags::empty()).unwrap_or_default();
        }
        result?;
        fsync(&folder).map_err(trouble)
    }

    /// Takes a file or an empty folder away; a link itself, not what it leads to.
    pub(crate) fn remove(&self) -> std::result::Result<(), ToolError> {
        let (base, inside) = self.inside()?;
        let name = inside.file_name().unwrap_or_default();
        let trouble = |error| self.trouble("delete", error);
        let base = beneath::folder(base).map_err(trouble)?;
        let above = inside.parent().unwrap_or(Path::new(""));
        let folder =
            beneath::open(&base, above, OFlags::RDONLY | OFlags::DIRECTORY).map_err(trouble)?;
        let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(trouble)?;
        let flags = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => AtFlags::REMOVEDIR,
            _ => AtFlags::empty(),
        };
        unlinkat(&folder, name, flags).map_err(trouble)?;
        fsync(&folder).map_err(trouble)
    }

    /// The file with this name, if there is one that may be written.
    fn file_at(
        &self,
        folder: &OwnedFd,
        name: &OsStr,
    ) -> std::result::Result<Option<Stat>, ToolError> {
        let stat = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.trouble("write", error)),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                self.check_single(&stat)?;
                Ok(Some(stat))
            }
            FileType::Symlink => Err(self.trouble("write", Errno::LOOP)),
            FileType::Directory => Err(self.trouble("write", Errno::ISDIR)),
            _ => Err(self.trouble("write", Errno::NXIO)),
        }
    }
}

/// Opens the folder `inside`, and creates what of it is missing, each made durable in the one that holds it.
fn make_folders(base: &OwnedFd, inside: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    match beneath::open(base, inside, flags) {
        Err(Errno::NOENT) => {}
        result => return result,
    }
    let mut here = beneath::open(base, Path::new(""), flags)?;
    for name in inside {
        here = match beneath::open(&here, Path::new(name), flags) {
            Err(Errno::NOENT) => {
                match mkdirat(&here, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error),
                }
                fsync(&here)?;
                beneath::open(&here, Path::new(name), flags)?
            }
            result => result?,
        };
    }
    Ok(here)
}

fn create_beside(folder: &OwnedFd) -> Result<(OsString, OwnedFd)> {
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = OsString::from(format!("{PREFIX}{}-{number}{SUFFIX}", process::id()));
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(folder.as_fd(), &name, flags, Mode::RUSR | Mode::WUSR) {
            Err(Errno::EXIST) => {}
            result => return result.map(|file| (name, file)),
        }
    }
}

/// Writes the new file. A fresh one is readable by its owner alone; else owner and permissions stay.
fn fill(file: OwnedFd, bytes: &[u8], old: Option<&Stat>) -> Result<()> {
    let mut file = File::from(file);
    file.write_all(bytes).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    if let Some(old) = old {
        let new = fstat(&file)?;
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) {
            // Only an administrator may give files away; anybody else becomes the owner, as with any editor.
            let (owner, group) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
            fchown(&file, Some(owner), Some(group)).unwrap_or_default();
        }
        fchmod(&file, Mode::from_raw_mode(old.st_mode & 0o777))?;
    }
    fsync(&file)
}
