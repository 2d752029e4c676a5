//! Which system calls a confined process may not make.
//!
//! A list of what is forbidden, not of what is allowed: whatever programs there are shall run. What the list leaves
//! open is held by the other layers.

use std::{collections::BTreeMap, io};

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

/// What else stands, since the filter makes up for what does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beside {
    /// Whether the files outside are out of sight, and processes cannot leave their namespace.
    pub(crate) has_namespaces: bool,
    /// Whether processes outside cannot be signalled.
    pub(crate) keeps_signals: bool,
}

/// Calls that nobody may make, whatever the arguments.
const FORBIDDEN: &[c_long] = &[
    // Network. A connected pair needs none of them.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Ways round this filter.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // The view of the files.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    // Namespaces.
    libc::SYS_unshare,
    libc::SYS_setns,
    // The kernel's larger or rarer parts.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_syslog,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_vhangup,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
];

#[cfg(target_arch = "x86_64")]
const FORBIDDEN_HERE: &[c_long] = &[
    libc::SYS_kexec_file_load,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS__sysctl,
];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_HERE: &[c_long] = &[libc::SYS_kexec_file_load];

/// Changes to what a file is, which Landlock does not stop. Needed where the files outside are in sight.
const CHANGES_OF_FILES: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    // Out of the group that is killed in the end.
    libc::SYS_setsid,
    libc::SYS_setpgid,
];

#[cfg(target_arch = "x86_64")]
const CHANGES_OF_FILES_HERE: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const CHANGES_OF_FILES_HERE: &[c_long] = &[];

/// Signals, where Landlock does not hold them back.
const SIGNALS: &[c_long] = &[
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal,
];

/// `TIOCSTI` and `TIOCLINUX`, whose type in `libc` hangs on the C library.
const TYPING: [u64; 2] = [0x5412, 0x541c];

/// Numbers that `libc` does not have everywhere, the same on every architecture: `open_tree_attr`; `fchmodat2`, `setxattrat`,
/// `removexattrat`, `file_setattr`.
const OPEN_TREE_ATTR: c_long = 467;
const CHANGES_BY_NUMBER: &[c_long] = &[452, 463, 466, 469];

/// Makes the filter for this machine and puts it on, for good.
pub(crate) fn forbid(beside: Beside) -> io::Result<()> {
    seccompiler::apply_filter(&program(beside)?).map_err(io::Error::other)
}

fn program(beside: Beside) -> io::Result<BpfProgram> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    let filter = SeccompFilter::new(
        rules(beside).map_err(io::Error::other)?,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        architecture,
    );
    let filter: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    let mut program = before_all();
    program.extend(filter);
    Ok(program)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn rules(beside: Beside) -> Result<Rules, seccompiler::BackendError> {
    let mut calls = vec![FORBIDDEN, FORBIDDEN_HERE, &[OPEN_TREE_ATTR]];
    if !beside.has_namespaces {
        calls.extend([CHANGES_OF_FILES, CHANGES_OF_FILES_HERE, CHANGES_BY_NUMBER]);
    }
    if !beside.keeps_signals {
        calls.push(SIGNALS);
    }
    let mut rules: Rules = calls.into_iter().flatten().map(|&call| (call, Vec::new())).collect();

    let one = |argument, operator, value| {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
        SeccompRule::new(vec![condition])
    };
    let bits = |argument, mask: libc::c_int, value: libc::c_int| {
        let unsigned = |number: libc::c_int| u64::from(number.unsigned_abs());
        one(argument, SeccompCmpOp::MaskedEq(unsigned(mask)), unsigned(value))
    };
    let namespaces = [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let namespaces = namespaces.map(|flag| bits(0, flag, flag)).into_iter();
    rules.insert(libc::SYS_clone, namespaces.collect::<Result<_, _>>()?);
    // A pair of datagram sockets could still write to any address.
    let unix = u64::from(libc::AF_UNIX.unsigned_abs());
    let pair = [
        one(0, SeccompCmpOp::Ne, unix),
        bits(1, 0xf, libc::SOCK_DGRAM),
        bits(1, 0xf, libc::SOCK_RAW),
    ];
    rules.insert(libc::SYS_socketpair, pair.into_iter().collect::<Result<_, _>>()?);
    // Typing into the terminal that we are read from.
    let typing = TYPING.map(|request| one(1, SeccompCmpOp::Eq, request));
    rules.insert(libc::SYS_ioctl, typing.into_iter().collect::<Result<_, _>>()?);
    let format = libc::S_IFMT.cast_signed();
    let devices = |argument| {
        let kinds = [libc::S_IFCHR, libc::S_IFBLK];
        kinds.into_iter().map(move |kind| bits(argument, format, kind.cast_signed()))
    };
    rules.insert(libc::SYS_mknodat, devices(2).collect::<Result<_, _>>()?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_mknod, devices(1).collect::<Result<_, _>>()?);
    Ok(rules)
}

/// What no list of numbers can say: `clone3` hides its flags from a filter, so it must seem not to exist, and a
/// call by the numbers of x32 would be none of those that are listed.
fn before_all() -> BpfProgram {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const X32: u32 = 0x4000_0000;
    let refuse = |errno: libc::c_int| libc::SECCOMP_RET_ERRNO | errno.unsigned_abs();
    let line = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let clone3 = u32::try_from(libc::SYS_clone3).unwrap_or(u32::MAX);
    vec![
        line(LOAD_WORD, 0, 0, 0),
        line(JUMP_IF_EQUAL, 0, 1, clone3),
        line(RETURN, 0, 0, refuse(libc::ENOSYS)),
        line(JUMP_IF_AT_LEAST, 0, 1, X32),
        line(RETURN, 0, 0, refuse(libc::ENOSYS)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_made_for_every_row_of_the_table() {
        let lengths: Vec<usize> = [(true, true), (false, true), (false, false)]
            .map(|(has_namespaces, keeps_signals)| {
                program(Beside { has_namespaces, keeps_signals }).unwrap().len()
            })
            .into();
        assert!(lengths.is_sorted(), "{lengths:?}");
    }
}
