//! The helper: our own program, run again to put the walls up.
//!
//! It is three processes. The *keeper* stays outside, holds what must be undone in the end, and ends the tree when
//! we say so or die. The *first* is the first process of its namespace, within the walls; when it ends, the kernel
//! ends the whole namespace. The *child* becomes what was to run. Without namespaces the first is the child.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, PipeReader, Read, Write},
    mem::{ManuallyDrop, MaybeUninit},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::{fs::DirBuilderExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg},
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group,
        pidfd_open, set_child_subreaper, set_parent_process_death_signal, setsid, wait, waitpid,
    },
    thread::set_no_new_privs,
};

use super::{
    calls::{self, Beside},
    limits::{self, Counted},
    reserve::{self, Reserved},
    rules,
    sys::{self, Fork},
    view,
};
use crate::{
    EXIT_REFUSED, Role,
    order::{Layer, Order, What},
};

/// The longest order.
const LONGEST: u64 = 64 << 20;
/// How long orphans wait to be buried.
const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// Where programs are looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// What was to be done when it failed, and why it did.
type Failed = (&'static str, io::Error);

trait Step<T> {
    fn step(self, name: &'static str) -> Result<T, Failed>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, name: &'static str) -> Result<T, Failed> {
        self.map_err(|error| (name, error.into()))
    }
}

/// What the helper was given.
struct Given {
    order: Order,
    /// Closed at the other end when we are to end, or when who started us is gone.
    control: OwnedFd,
    /// Where it is told that all is ready, or what went wrong. Closed when a program takes over.
    report: File,
}

/// Does what the socket at standard input orders, and returns how it ended.
pub(crate) fn answer(roles: &[Role<'_>]) -> ExitCode {
    let given = match receive() {
        Ok(given) => given,
        Err(error) => {
            // Nobody else is there to be told.
            writeln!(io::stderr(), "error: cannot read what to confine: {error}")
                .unwrap_or_default();
            return ExitCode::from(EXIT_REFUSED);
        }
    };
    let Given { order, control, report } = given;
    let mut report = Some(report);
    match keep(order, control, &mut report, roles) {
        Ok(code) => code,
        Err(failed) => {
            if let Some(report) = &mut report {
                tell(report, &failed);
            }
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

fn tell(report: &mut File, (step, error): &Failed) {
    // Whoever asked may be gone.
    report.write_all(format!("E{step}: {error}").as_bytes()).unwrap_or_default();
}

/// Reads the order and the descriptors that come with it, and puts the child's input in its place.
fn receive() -> io::Result<Given> {
    let control = rustix::stdio::stdin().try_clone_to_owned()?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut length = [0; 8];
    let buffer = io::IoSliceMut::new(&mut length);
    let read = recvmsg(&control, &mut [buffer], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?.bytes;
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(sent) = message {
            descriptors.extend(sent);
        }
    }
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "this is no order");
    let (Some(report), Some(input), None) =
        (descriptors.pop(), descriptors.pop(), descriptors.pop())
    else {
        return Err(broken());
    };
    let mut stream = File::from(control);
    stream.read_exact(length.get_mut(read..).unwrap_or_default())?;
    let length = u64::from_le_bytes(length);
    let mut body = Vec::new();
    if length > LONGEST || (&stream).take(length).read_to_end(&mut body)? as u64 != length {
        return Err(broken());
    }
    rustix::stdio::dup2_stdin(&input)?;
    drop(input);
    let order = Order::decode(&body)?;
    if order.layers.has(Layer::Descriptors) {
        // Nothing else is open here that anybody owns.
        sys::close_all_but(&[stream.as_raw_fd(), report.as_raw_fd()])?;
    }
    Ok(Given { order, control: stream.into(), report: report.into() })
}

/// The keeper. Whoever takes the report has to let go of it: it ends when nobody holds it any more.
fn keep(
    mut order: Order,
    control: OwnedFd,
    report: &mut Option<File>,
    roles: &[Role<'_>],
) -> Result<ExitCode, Failed> {
    let layers = order.layers;
    set_no_new_privs(true).step("give up gaining rights")?;
    let has_view = layers.has(Layer::Namespaces);
    let mut held: Vec<Reserved> = Vec::new();
    if has_view {
        for path in &mut order.confinement.protected {
            *path = reserve::reserve(path, &mut held).step("protect what is not there")?;
        }
        order.confinement.protected.dedup();
    } else {
        set_child_subreaper(Pid::from_raw(1)).step("take in orphans")?;
    }
    let temporary = match (&order.what, has_view) {
        (What::Program(_), false) => Some(Temporary::make().step("make a temporary folder")?),
        _ => None,
    };
    if let Some(temporary) = &temporary {
        order.confinement.writable.push(temporary.0.clone());
    }
    let (alive, keeper) = io::pipe().step("make a pipe")?;
    let us = Us::now();
    // The keeper's to give back, and not the fork's.
    let kept = ManuallyDrop::new((held, temporary));
    let flags = if has_view { sys::NAMESPACES } else { 0 };
    let started = match sys::fork(flags) {
        Ok(Fork::Child) => {
            drop((keeper, control));
            let home = kept.1.as_ref().map_or(Path::new(view::TEMPORARY), |folder| &folder.0);
            let report = report.take().ok_or_else(no_report)?;
            return Ok(first(&order, report, (&alive, &us), (home, roles)));
        }
        Ok(Fork::Parent(first)) => Ok(first),
        Err(error) => Err(("make namespaces", error)),
    };
    drop(alive);
    let ended = started.and_then(|first| {
        drop(report.take());
        let_go_of_streams(&open_null().step("open /dev/null")?).step("let go of the streams")?;
        watch(first, &control, has_view).step("watch the child")
    });
    drop(ManuallyDrop::into_inner(kept));
    drop(keeper);
    ended
}

fn no_report() -> Failed {
    ("report", io::Error::other("nobody is there"))
}

/// Waits for the first to end, and ends it when there is nobody to say so any more.
fn watch(first: Pid, control: &OwnedFd, has_view: bool) -> io::Result<ExitCode> {
    let ended = pidfd_open(first, PidfdFlags::empty())?;
    loop {
        let mut both = [PollFd::new(&ended, PollFlags::IN), PollFd::new(control, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [ended, control] = both.map(|polled| !polled.revents().is_empty());
        if ended || control {
            break;
        }
    }
    // While it is not reaped its number is its own.
    kill(first, has_view);
    let status = waitpid(Some(first), WaitOptions::empty())?;
    // Those that are left are children of this process now, and end at once.
    while wait(WaitOptions::empty()).is_ok() {}
    Ok(status.map_or(ExitCode::from(EXIT_REFUSED), |(_, status)| code_of(status)))
}

fn kill(first: Pid, has_view: bool) {
    // It may have ended by itself, and its group with it.
    match has_view {
        true => kill_process(first, Signal::KILL).unwrap_or_default(),
        false => kill_process_group(first, Signal::KILL).unwrap_or_default(),
    }
}

/// The status as shells tell it: a signal is 128 and its number.
fn code_of(status: WaitStatus) -> ExitCode {
    let code = match status.terminating_signal() {
        Some(signal) => 128 + signal,
        None => status.exit_status().unwrap_or_default(),
    };
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

/// The first process within the walls.
fn first(
    order: &Order,
    mut report: File,
    (alive, us): (&PipeReader, &Us),
    (home, roles): (&Path, &[Role<'_>]),
) -> ExitCode {
    match confine(order, alive, us, home) {
        Err(failed) => tell(&mut report, &failed),
        Ok(within) => {
            if !order.layers.has(Layer::Namespaces) {
                return become_it(order, report, home, roles);
            }
            match sys::fork(0) {
                Err(error) => tell(&mut report, &("fork", error)),
                Ok(Fork::Child) => return become_it(order, report, home, roles),
                Ok(Fork::Parent(child)) => {
                    drop(report);
                    return bury(child, &within).unwrap_or(ExitCode::from(EXIT_REFUSED));
                }
            }
        }
    }
    ExitCode::from(EXIT_REFUSED)
}

/// What the first process keeps open.
struct Within {
    null: OwnedFd,
    mounts: Option<File>,
}

/// Puts the walls up around this process, the outermost first.
fn confine(order: &Order, alive: &PipeReader, us: &Us, home: &Path) -> Result<Within, Failed> {
    let Order { layers, confinement, .. } = order;
    let with_system = !matches!(order.what, What::Role(_));
    setsid().step("lead a session")?;
    set_parent_process_death_signal(Some(Signal::KILL)).step("end with the keeper")?;
    let mut is_gone = [PollFd::new(alive, PollFlags::empty())];
    poll(&mut is_gone, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).step("look for the keeper")?;
    if is_gone.iter().any(|polled| polled.revents().contains(PollFlags::HUP)) {
        return Err(("look for the keeper", io::Error::other("it is gone")));
    }
    let null = open_null().step("open /dev/null")?;
    let mut mounts = None;
    let has_view = layers.has(Layer::Namespaces);
    if has_view {
        us.map().step("map the user")?;
        view::enter(confinement, with_system).step("change the root")?;
        mounts = File::open("/proc/self/mountinfo").ok();
    }
    if layers.has(Layer::Limits) {
        let counted = if has_view { Counted::Ours } else { Counted::OfTheUser };
        limits::set(&confinement.limits, counted).step("set limits")?;
    }
    let folder = if with_system { order.folder.as_path() } else { Path::new("/") };
    std::env::set_current_dir(folder).step("go to the folder to work in")?;
    if layers.has(Layer::Capabilities) {
        limits::drop_capabilities().step("drop capabilities")?;
    }
    if layers.has(Layer::Landlock) {
        rules::restrict(confinement, with_system.then_some(home)).step("restrict files")?;
    }
    if layers.has(Layer::Seccomp) {
        let keeps_signals = has_view || sys::landlock_version() >= rules::SIGNALS_VERSION;
        let has_namespaces = !layers.has(Layer::Attributes);
        calls::forbid(Beside { has_namespaces, keeps_signals }).step("filter system calls")?;
    }
    Ok(Within { null, mounts })
}

/// Who we are outside.
struct Us {
    user: u32,
    group: u32,
}

impl Us {
    fn now() -> Self {
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        Self { user: user.as_raw(), group: group.as_raw() }
    }

    /// In the new namespace we are who we were, and nobody else is anybody.
    fn map(&self) -> io::Result<()> {
        // A single write each, as the kernel wants it.
        let write = |name: &str, text: &str| {
            let path = Path::new("/proc/self").join(name);
            fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
        };
        let Self { user, group } = self;
        write("setgroups", "deny")?;
        write("uid_map", &format!("{user} {user} 1"))?;
        write("gid_map", &format!("{group} {group} 1"))
    }
}

/// Waits for the child and for every orphan. Ends when the child does, and the kernel ends the rest.
fn bury(child: Pid, within: &Within) -> io::Result<ExitCode> {
    let_go_of_streams(&within.null)?;
    let ended = pidfd_open(child, PidfdFlags::empty())?;
    loop {
        let mut polled = vec![PollFd::new(&ended, PollFlags::IN)];
        polled.extend(within.mounts.as_ref().map(|mounts| PollFd::new(mounts, PollFlags::PRI)));
        match poll(&mut polled, Some(&MOMENT)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // Somebody outside replaced what is protected here: the mount that protected it is gone.
        if polled.get(1).is_some_and(|mounts| !mounts.revents().is_empty()) {
            return Ok(ExitCode::from(EXIT_REFUSED));
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == child => return Ok(code_of(status)),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }
}

/// The child: becomes the program, or does what the role does. Returns only then, or when it could not.
fn become_it(order: &Order, mut report: File, home: &Path, roles: &[Role<'_>]) -> ExitCode {
    let role = match &order.what {
        What::Program(_) | What::Nothing => None,
        What::Role(name) => roles.iter().find(|(role, _)| role == name),
    };
    if let (What::Role(_), None) = (&order.what, role) {
        tell(&mut report, &("find the role", io::Error::other("there is none of this name")));
        return ExitCode::from(EXIT_REFUSED);
    }
    if report.write_all(b"R").is_err() {
        return ExitCode::from(EXIT_REFUSED);
    }
    if let Some((_, work)) = role {
        drop(report);
        return work();
    }
    let What::Program(path) = &order.what else { return ExitCode::SUCCESS };
    let error = program(path, order, home).exec();
    tell(&mut report, &("start the program", error));
    ExitCode::from(EXIT_REFUSED)
}

#[expect(clippy::disallowed_methods, reason = "it takes the place of this process")]
fn program(path: &Path, order: &Order, home: &Path) -> Command {
    let mut command = Command::new(path);
    command.args(crate::role_arguments());
    if order.layers.has(Layer::Environment) {
        command.env_clear();
    }
    command.envs([("PATH", PATH), ("LANG", "C.UTF-8"), ("TERM", "dumb")]);
    command.env("HOME", home).env("TMPDIR", home).envs(order.environment.iter().cloned());
    command
}

fn open_null() -> io::Result<OwnedFd> {
    Ok(rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, rustix::fs::Mode::empty())?)
}

/// The child alone holds its streams, so that they end with it.
fn let_go_of_streams(null: &OwnedFd) -> io::Result<()> {
    rustix::stdio::dup2_stdin(null.as_fd())?;
    rustix::stdio::dup2_stdout(null.as_fd())?;
    Ok(rustix::stdio::dup2_stderr(null.as_fd())?)
}

/// A temporary folder of the child's own, where it cannot have a whole view of its own.
struct Temporary(PathBuf);

impl Temporary {
    fn make() -> io::Result<Self> {
        let mut random = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let name = format!("localgpt-{:032x}", u128::from_le_bytes(random));
        let path = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left is the system's to clear away.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}
