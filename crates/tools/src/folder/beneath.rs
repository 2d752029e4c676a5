//! Opening what lies beneath a folder without following a link on the way.

use std::{
    ffi::OsStr,
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags, open as open_at_root, openat},
    io::{Errno, Result},
};

/// Opens the folder that the way starts from; its path has no link in it.
pub(crate) fn folder(path: &Path) -> Result<OwnedFd> {
    open_at_root(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Opens `inside`, a way without `..` that starts in `base`. A link anywhere in it is [`Errno::LOOP`].
pub(crate) fn open(base: &OwnedFd, inside: &Path, flags: OFlags) -> Result<OwnedFd> {
    let inside = match inside.as_os_str().is_empty() {
        true => Path::new("."),
        false => inside,
    };
    match at_once(base, inside, flags) {
        // An older kernel, a filter that does not know the call, or a rename at the same moment.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => step_by_step(base, inside, flags),
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn at_once(base: &OwnedFd, inside: &Path, flags: OFlags) -> Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};

    let rules = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(base, inside, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty(), rules)
}

#[cfg(not(target_os = "linux"))]
fn at_once(_: &OwnedFd, _: &Path, _: OFlags) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

fn step_by_step(base: &OwnedFd, inside: &Path, flags: OFlags) -> Result<OwnedFd> {
    let mut names: Vec<&OsStr> = inside.iter().collect();
    let last = names.pop().unwrap_or(OsStr::new("."));
    let fixed = OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut here: Option<OwnedFd> = None;
    for name in names {
        let from = here.as_ref().unwrap_or(base).as_fd();
        here = Some(step(
            openat(from, name, fixed | OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()),
            from,
            name,
        )?);
    }
    let from = here.as_ref().unwrap_or(base).as_fd();
    step(openat(from, last, fixed | flags, Mode::empty()), from, last)
}

/// A link where a folder was wanted is "no folder" to the system.
fn step(
    opened: Result<OwnedFd>,
    from: std::os::fd::BorrowedFd<'_>,
    name: &OsStr,
) -> Result<OwnedFd> {
    use rustix::fs::{AtFlags, FileType, statat};

    match opened {
        Err(Errno::NOTDIR) => match statat(from, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
                Err(Errno::LOOP)
            }
            _ => Err(Errno::NOTDIR),
        },
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn no_way_of_opening_follows_a_link() {
        let home = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(home.path()).unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/c"), "c").unwrap();
        symlink(root.join("a"), root.join("d")).unwrap();
        symlink("c", root.join("a/b/e")).unwrap();
        let base = folder(&root).unwrap();
        let cases = [
            ("a/b/c", None),
            ("d/b/c", Some(Errno::LOOP)),
            ("a/b/e", Some(Errno::LOOP)),
            ("a/b/f", Some(Errno::NOENT)),
            ("a/b/c/g", Some(Errno::NOTDIR)),
        ];
        for (path, expected) in cases {
            let path = Path::new(path);
            assert_eq!(open(&base, path, OFlags::RDONLY).err(), expected, "{path:?}");
            assert_eq!(step_by_step(&base, path, OFlags::RDONLY).err(), expected, "{path:?}");
        }
        assert!(open(&base, Path::new(""), OFlags::RDONLY).is_ok());
    }
}
