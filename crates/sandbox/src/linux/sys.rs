//! The system calls for which there is no safe function: each does one thing.
#![expect(unsafe_code, reason = "the system is asked for what no library offers safely")]

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd, RawFd},
};

use rustix::process::Pid;

/// On which side of a fork we are.
pub(crate) enum Fork {
    Parent(Pid),
    Child,
}

/// Every namespace that a child gets of its own.
pub(crate) const NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Forks, the child in new namespaces as `flags` say. Only for a process with one thread.
pub(crate) fn fork(flags: libc::c_int) -> io::Result<Fork> {
    let none: libc::c_ulong = 0;
    // SAFETY: without CLONE_VM the child is a copy of this process, which has one thread, so no lock can be held by
    // a thread that the child lacks. No pointer is passed.
    let number =
        unsafe { libc::syscall(libc::SYS_clone, flags | libc::SIGCHLD, none, none, none, none) };
    match i32::try_from(number) {
        Ok(0) => Ok(Fork::Child),
        Ok(number) if number > 0 => {
            Pid::from_raw(number).map(Fork::Parent).ok_or_else(|| io::Error::other("no number"))
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// Closes every descriptor from 3 on that is not one of `kept`.
pub(crate) fn close_all_but(kept: &[RawFd]) -> io::Result<()> {
    let mut kept: Vec<u32> = kept.iter().filter_map(|&fd| u32::try_from(fd).ok()).collect();
    kept.sort_unstable();
    let mut first = 3;
    for last in kept.into_iter().chain([u32::MAX]) {
        if first < last {
            let end = if last == u32::MAX { last } else { last - 1 };
            // SAFETY: called before this process has opened anything of its own beside what is kept, so nothing
            // here believes that it owns what is closed.
            if unsafe { libc::syscall(libc::SYS_close_range, first, end, 0) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        first = first.max(last.saturating_add(1));
    }
    Ok(())
}

/// Sets attributes of the mount that `mount` is, and of those below it.
pub(crate) fn set_mount(mount: BorrowedFd<'_>, set: u64, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a C string, the structure is of the size that is named, and the kernel writes to neither.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The version of Landlock that the kernel has; 0 if none.
pub(crate) fn landlock_version() -> i32 {
    const VERSION: libc::c_ulong = 1;
    let nothing: *const libc::c_void = std::ptr::null();
    // SAFETY: with this flag the call only asks, and takes a null pointer of length 0.
    let version = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0 as libc::size_t, VERSION)
    };
    i32::try_from(version).unwrap_or(0).max(0)
}

/// Whether the kernel filters system calls.
pub(crate) fn has_seccomp() -> bool {
    const ACTION_IS_THERE: libc::c_ulong = 2;
    let errno = libc::SECCOMP_RET_ERRNO;
    let none: libc::c_ulong = 0;
    // SAFETY: the call only asks, and reads the number that the pointer leads to.
    unsafe { libc::syscall(libc::SYS_seccomp, ACTION_IS_THERE, none, &raw const errno) == 0 }
}
