//! The view of the files: a new, empty root in which only what may be seen is mounted.
//!
//! Everything is opened before the new root covers anything, and put in place by its descriptor. What is protected is
//! mounted on itself, so it can be neither changed, renamed nor removed; so is each folder on the way to it, or one
//! could be renamed and another take its place.

use std::{
    collections::BTreeSet,
    fs, io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::{DirBuilderExt, symlink},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, Mode},
    mount::{
        MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount,
        mount_change, move_mount, open_tree, unmount,
    },
};

use super::{folders, sys};
use crate::Confinement;

/// What a mount may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    Read,
    Change,
    /// Read only and in its place, a link as well.
    Pinned,
    /// A device: reading and writing it is not changing it.
    Device,
}

/// Something of the old root that is shown in the new one.
#[derive(Debug)]
enum Shown {
    Mount { path: PathBuf, opened: OwnedFd, is_folder: bool },
    Link { path: PathBuf, target: PathBuf },
}

/// Where temporary files are.
pub(crate) const TEMPORARY: &str = "/tmp";

/// Goes into the new root. `with_system`: programs run there, and not only a part of ourselves.
pub(crate) fn enter(confinement: &Confinement, with_system: bool) -> io::Result<()> {
    let shown = open_all(confinement, with_system)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    // Any folder will do: it is covered only until the root is changed.
    let covered = ["/usr", "/tmp", "/proc"].into_iter().find(|path| Path::new(path).is_dir());
    let covered = covered.ok_or_else(|| io::Error::other("there is no folder to mount on"))?;
    let umask = rustix::process::umask(Mode::from_raw_mode(0o022));
    let nothing_special = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", covered, "tmpfs", nothing_special, c"mode=755,size=1m")?;
    rustix::process::chdir(covered)?;
    if with_system {
        furnish(confinement)?;
    }
    for item in shown {
        item.put()?;
    }
    make_read_only(Path::new("."))?;
    rustix::process::pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    rustix::process::chdir("/")?;
    rustix::process::umask(umask);
    Ok(())
}

/// Temporary files, processes, and what programs expect to find beside devices.
fn furnish(confinement: &Confinement) -> io::Result<()> {
    let Confinement { limits, .. } = confinement;
    fs::create_dir("tmp")?;
    let options = format!("mode=700,nr_inodes=65536,size={}", limits.file_bytes);
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", "tmp", "tmpfs", flags, Some(cstring(options)?.as_c_str()))?;
    fs::create_dir("proc")?;
    mount("proc", "proc", "proc", flags | MountFlags::NOEXEC, None)?;
    // The only limit that holds for an administrator. Before 6.14 it is the whole machine's and cannot be set.
    let processes = limits.processes.max(301).to_string();
    fs::write("proc/sys/kernel/pid_max", processes).unwrap_or_default();
    make_read_only(Path::new("proc"))?;
    fs::create_dir("dev")?;
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("shm", TEMPORARY),
    ] {
        symlink(target, Path::new("dev").join(name))?;
    }
    Ok(())
}

fn cstring(text: String) -> io::Result<std::ffi::CString> {
    std::ffi::CString::new(text).map_err(io::Error::other)
}

fn make_read_only(mount: &Path) -> io::Result<()> {
    let opened = rustix::fs::open(mount, rustix::fs::OFlags::PATH, Mode::empty())?;
    sys::set_mount(opened.as_fd(), libc::MOUNT_ATTR_RDONLY, false)
}

/// Opens all that is shown, what lies above before what lies below.
fn open_all(confinement: &Confinement, with_system: bool) -> io::Result<Vec<Shown>> {
    let Confinement { writable, protected, readable, .. } = confinement;
    let mut wanted: Vec<(PathBuf, Power)> = Vec::new();
    if with_system {
        wanted.extend(folders::system().map(|path| (path, Power::Read)));
        let devices = folders::DEVICES.iter().map(PathBuf::from);
        wanted.extend(devices.filter(|path| path.exists()).map(|path| (path, Power::Device)));
    }
    wanted.extend(readable.iter().map(|path| (path.clone(), Power::Read)));
    wanted.extend(writable.iter().map(|path| (path.clone(), Power::Change)));
    wanted.extend(on_the_way(writable, protected).map(|path| (path, Power::Change)));
    wanted.sort_by_key(|(path, power)| (path.components().count(), *power));
    // Last of its length, so that it covers what else is at its place.
    let mut last: Vec<(PathBuf, Power)> =
        protected.iter().map(|path| (path.clone(), Power::Pinned)).collect();
    last.sort_by_key(|(path, _)| path.components().count());
    wanted.extend(last);
    wanted.into_iter().map(|(path, power)| open(path, power)).collect()
}

/// The folders between a writable one and what is protected in it.
fn on_the_way(
    writable: &[PathBuf],
    protected: &[PathBuf],
) -> impl Iterator<Item = PathBuf> + use<> {
    let mut between = BTreeSet::new();
    for path in protected {
        for root in writable.iter().filter(|root| path.starts_with(root)) {
            let above = path.ancestors().skip(1);
            between.extend(above.take_while(|above| above != root).map(Path::to_owned));
        }
    }
    between.into_iter()
}

fn open(path: PathBuf, power: Power) -> io::Result<Shown> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let found = fs::symlink_metadata(&path).map_err(named)?;
    if found.is_symlink() && power == Power::Read {
        let target = fs::read_link(&path).map_err(named)?;
        return Ok(Shown::Link { path, target });
    }
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE
        | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
    let opened = open_tree(CWD, &path, flags).map_err(|error| named(error.into()))?;
    let attributes = libc::MOUNT_ATTR_NOSUID
        | match power {
            Power::Read | Power::Pinned => libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV,
            Power::Change => libc::MOUNT_ATTR_NODEV,
            Power::Device => libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOEXEC,
        };
    sys::set_mount(opened.as_fd(), attributes, true).map_err(named)?;
    Ok(Shown::Mount { path, opened, is_folder: found.is_dir() })
}

impl Shown {
    /// Puts it where it was, below the working folder.
    fn put(self) -> io::Result<()> {
        let (Self::Mount { path, .. } | Self::Link { path, .. }) = &self;
        let place = path.strip_prefix("/").unwrap_or(path).to_owned();
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        if let Some(above) = place.parent() {
            make_folder(above).map_err(named)?;
        }
        match &self {
            Self::Link { target, .. } => match symlink(target, &place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                result => result.map_err(named),
            },
            Self::Mount { opened, is_folder, .. } => {
                match is_folder {
                    true => make_folder(&place),
                    false => make_file(&place),
                }
                .map_err(named)?;
                let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
                move_mount(opened.as_fd(), c"", CWD, &place, flags)
                    .map_err(|error| named(error.into()))
            }
        }
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.as_os_str().is_empty() || path.is_dir() {
        true => Ok(()),
        false => fs::DirBuilder::new().recursive(true).mode(0o755).create(path),
    }
}

fn make_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(()),
        Err(_) => fs::File::create_new(path).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_on_the_way_to_what_is_protected_are_pinned() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let (writable, protected) = (paths(&["/w", "/v"]), paths(&["/w/a/b/c", "/w/d", "/x/y"]));
        let between: Vec<_> = on_the_way(&writable, &protected).collect();
        assert_eq!(between, paths(&["/w/a", "/w/a/b"]));
    }
}
