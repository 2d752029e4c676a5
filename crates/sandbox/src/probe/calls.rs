//! Probes that only Linux has, by their system calls.
#![expect(unsafe_code, reason = "no library makes calls that are there to fail")]

use std::{ffi::CString, io, os::unix::ffi::OsStrExt, path::Path};

use libc::{c_int, c_long};

const NONE: c_long = 0;

fn checked(result: c_long) -> io::Result<c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Makes a call whose arguments are numbers.
fn call(number: c_long, [a, b, c, d]: [c_long; 4]) -> io::Result<c_long> {
    // SAFETY: the arguments are numbers, null, or lead to what the caller keeps alive for the kernel to read.
    checked(unsafe { libc::syscall(number, a, b, c, d, NONE, NONE) })
}

/// What a call with arguments that mean nothing is answered where it is not forbidden.
fn meaningless(number: c_long, arguments: [c_long; 4], errno: c_int) -> io::Result<()> {
    match call(number, arguments) {
        Err(error) if error.raw_os_error() != Some(errno) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

pub(super) fn ignore_large_files() {
    // SAFETY: ignoring a signal runs no code.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// The first bytes of a file that is open already; looking it up again would be another way.
pub(super) fn read_start(descriptor: u32) -> io::Result<[u8; 6]> {
    let mut text = [0; 6];
    let length = c_long::try_from(text.len()).unwrap_or_default();
    let place = text.as_mut_ptr() as c_long;
    // The kernel writes as much as there is room for.
    call(libc::SYS_pread64, [descriptor.into(), place, length, NONE])?;
    Ok(text)
}

pub(super) fn socket(family: c_int, kind: c_int) -> io::Result<()> {
    call(libc::SYS_socket, [family.into(), kind.into(), NONE, NONE]).map(drop)
}

pub(super) fn io_uring() -> io::Result<()> {
    meaningless(libc::SYS_io_uring_setup, [1, NONE, NONE, NONE], libc::EFAULT)
}

pub(super) fn signal(process: u32) -> io::Result<()> {
    call(libc::SYS_kill, [process.into(), NONE, NONE, NONE]).map(drop)
}

pub(super) fn trace(process: u32) -> io::Result<()> {
    const SEIZE: c_long = 0x4206;
    call(libc::SYS_ptrace, [SEIZE, process.into(), NONE, NONE]).map(drop)
}

pub(super) fn unshare() -> io::Result<()> {
    in_a_fork(|| call(libc::SYS_unshare, [libc::CLONE_NEWUSER.into(), NONE, NONE, NONE]).is_ok())
}

pub(super) fn clone() -> io::Result<()> {
    let flags = c_long::from(libc::CLONE_NEWUSER | libc::SIGCHLD);
    match call(libc::SYS_clone, [flags, NONE, NONE, NONE])? {
        // SAFETY: the fork ends here, without running anything that belongs to its parent.
        0 => unsafe { libc::_exit(0) },
        _ => Ok(()),
    }
}

pub(super) fn clone3() -> io::Result<()> {
    meaningless(libc::SYS_clone3, [NONE; 4], libc::EINVAL)
}

/// Mounts in a namespace that ends with the fork, so that the control leaves nothing behind.
pub(super) fn mount(place: &Path) -> io::Result<()> {
    let place = CString::new(place.as_os_str().as_bytes()).map_err(io::Error::other)?;
    in_a_fork(|| {
        let flags = c_long::from(libc::CLONE_NEWUSER | libc::CLONE_NEWNS);
        // Without the filter, a mount alone is what the capabilities are for.
        let is_apart = call(libc::SYS_unshare, [flags, NONE, NONE, NONE]).is_ok();
        let kind = c"tmpfs".as_ptr() as c_long;
        is_apart && call(libc::SYS_mount, [kind, place.as_ptr() as c_long, kind, NONE]).is_ok()
    })
}

pub(super) fn node(path: &Path, kind: libc::mode_t) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)?;
    let mode = c_long::from(kind | 0o600);
    let null = c_long::try_from(libc::makedev(1, 3)).unwrap_or_default();
    let path = path.as_ptr() as c_long;
    call(libc::SYS_mknodat, [libc::AT_FDCWD.into(), path, mode, null]).map(drop)
}

pub(super) fn bpf() -> io::Result<()> {
    meaningless(libc::SYS_bpf, [0, NONE, 0, NONE], libc::EINVAL)
}

pub(super) fn keys() -> io::Result<()> {
    const SESSION: c_long = -3;
    call(libc::SYS_keyctl, [NONE, SESSION, 1, NONE]).map(drop)
}

pub(super) fn perf() -> io::Result<()> {
    meaningless(libc::SYS_perf_event_open, [NONE; 4], libc::EFAULT)
}

pub(super) fn userfault() -> io::Result<()> {
    const USER_MODE_ONLY: c_long = 1;
    call(libc::SYS_userfaultfd, [USER_MODE_ONLY, NONE, NONE, NONE]).map(drop)
}

pub(super) fn clock() -> io::Result<()> {
    // An address that nobody has: only what is asked first is told.
    meaningless(libc::SYS_adjtimex, [NONE; 4], libc::EFAULT)
}

pub(super) fn type_in() -> io::Result<()> {
    let letter = c"x".as_ptr() as c_long;
    let request = c_long::try_from(libc::TIOCSTI).unwrap_or_default();
    // It is no terminal, which is said only where the call is not forbidden.
    meaningless(libc::SYS_ioctl, [NONE, request, letter, NONE], libc::ENOTTY)
}

/// Whether `attempt` succeeds in a fork, whose namespaces do not stay with us.
fn in_a_fork(attempt: impl FnOnce() -> bool) -> io::Result<()> {
    // SAFETY: this program has one thread, and the fork makes system calls only and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let status = c_int::from(!attempt());
        // SAFETY: as above.
        unsafe { libc::_exit(status) };
    }
    checked(child.into())?;
    let mut status = 0;
    // SAFETY: the kernel writes the status of our own child to a number of ours.
    checked(unsafe { libc::waitpid(child, &raw mut status, 0) }.into())?;
    match libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
        true => Ok(()),
        false => Err(io::Error::other("it is forbidden")),
    }
}
