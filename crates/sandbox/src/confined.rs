//! Our side of a confined child on Linux: the helper is started, told what to do, and believed when it says that the
//! walls stand.

use std::{
    fs::File,
    io::{self, IoSlice, PipeReader, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{
        AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
        SocketType, sendmsg, socketpair,
    },
};

use crate::{
    Child, Confinement, Error, Limits, Row, Status,
    launch::{Input, Launch, Runs, Streams},
    order::{Layer, Layers, Order, What},
    paths::{links_inside, real, real_above, real_one},
    roles, starter,
};

/// The longest that walls take to be put up.
const PATIENCE: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };
/// The longest report.
const LONGEST: u64 = 64 << 10;

impl Launch {
    /// Starts the helper, and returns when what is confined has begun to run.
    pub(crate) fn start_confined(
        self,
        confinement: &Confinement,
        status: &Status,
        input: &Input,
    ) -> Result<Child, Error> {
        let Some(mut layers) = status.layers() else {
            return Err(Error::NoSandbox { missing: status.missing() });
        };
        for layer in &self.without {
            layers = layers.without(*layer);
        }
        let order = self.order(confinement, layers, status.row())?;
        self.start_helper(&order, input)
    }

    fn start_helper(self, order: &Order, input: &Input) -> Result<Child, Error> {
        let shown = self.runs.shown();
        let failed = |source| Error::Start { program: shown.clone(), source };
        let flags = SocketFlags::CLOEXEC;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)
            .map_err(|error| failed(error.into()))?;
        let (mut report, their_report) = io::pipe().map_err(failed)?;
        let (their_input, our_input) = input_of_child(input).map_err(failed)?;
        let (command, streams) = self.helper(order.layers, theirs).map_err(failed)?;
        let child = starter::start_helper(command).map_err(failed)?;
        let mut child = Child::new(child, shown.clone(), streams).map_err(failed)?;
        child.is_kept_by(ours.try_clone().map_err(failed)?, our_input);
        send(&ours, &order.encode(), &[their_input.as_fd(), their_report.as_fd()])
            .map_err(failed)?;
        drop((their_report, their_input));
        match read_report(&mut report).map_err(failed)?.as_slice() {
            b"R" => Ok(child),
            said => Err(Error::Refused { program: shown.clone(), reason: reason(said) }),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "one of the places that children start from")]
    fn helper(&self, layers: Layers, socket: OwnedFd) -> io::Result<(Command, Streams)> {
        let mut command = Command::new(roles::own_program());
        command.arg(roles::HELPER).arg(self.runs.shown()).args(&self.args);
        if layers.has(Layer::Environment) {
            command.env_clear();
        }
        let streams = self.streams(&mut command)?;
        command.stdin(Stdio::from(socket)).process_group(0);
        Ok((command, streams))
    }

    fn order(&self, asked: &Confinement, layers: Layers, row: Row) -> Result<Order, Error> {
        let what = match &self.runs {
            Runs::Program(program) => What::Program(program.path().to_owned()),
            Runs::Role(role) => What::Role(role.clone()),
        };
        let mut confinement = Confinement {
            writable: real(&asked.writable)?,
            readable: real(&asked.readable)?,
            protected: asked.protected.iter().map(|path| real_above(path)).collect(),
            limits: asked.limits,
        };
        let Confinement { writable, protected, .. } = &mut confinement;
        let is_inside = |path: &PathBuf| writable.iter().any(|root| path.starts_with(root));
        // What is not inside cannot be changed anyway.
        protected.retain(is_inside);
        if let (Row::NoNamespaces, Some(path)) = (row, protected.first()) {
            return Err(Error::Unprotected { path: path.clone() });
        }
        let targets = links_inside(protected, writable)?;
        protected.extend(targets);
        protected.sort();
        protected.dedup();
        let folder = real_one(&self.folder)?;
        let environment = self.environment.clone();
        Ok(Order { layers, what, folder, environment, confinement })
    }
}

/// The end of the child's input that is its own, and ours.
fn input_of_child(input: &Input) -> io::Result<(OwnedFd, Option<ChildStdin>)> {
    match input {
        Input::Nothing => Ok((File::open("/dev/null")?.into(), None)),
        Input::Pipe => {
            let (theirs, ours) = io::pipe()?;
            Ok((theirs.into(), Some(OwnedFd::from(ours).into())))
        }
    }
}

/// Tries to make namespaces and a view as every child gets them; an error says why not.
pub(crate) fn try_namespaces() -> Result<String, String> {
    let nothing = Confinement {
        writable: Vec::new(),
        protected: Vec::new(),
        readable: Vec::new(),
        limits: Limits::default(),
    };
    let layers =
        Layers::all().without(Layer::Landlock).without(Layer::Seccomp).without(Layer::Attributes);
    let (what, folder) = (What::Nothing, PathBuf::from("/"));
    let order = Order { layers, what, folder, environment: Vec::new(), confinement: nothing };
    let launch = Launch::own(Runs::Role(String::new()), Path::new("/"));
    let started = launch.start_helper(&order, &Input::Nothing);
    let ended = started.map_err(|error| match error {
        Error::Refused { reason, .. } => reason,
        error => error.to_string(),
    })?;
    match ended.wait().map_err(|error| error.to_string())?.status.success() {
        true => Ok("user, mount, network, process".to_owned()),
        false => Err("a process in them did not end well".to_owned()),
    }
}

/// Sends the order, and with its first byte the descriptors.
fn send(socket: &OwnedFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
    let sent = sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
    let mut stream = File::from(socket.try_clone()?);
    stream.write_all(bytes.get(sent..).unwrap_or_default())
}

/// Reads until the helper has let go of its end, which it does by becoming the program.
fn read_report(report: &mut PipeReader) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let mut polled = [PollFd::new(report, PollFlags::IN)];
        match poll(&mut polled, Some(&PATIENCE)) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the walls were not put up in time",
                ));
            }
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match report.read(&mut piece)? {
            0 => return Ok(said),
            read if said.len() as u64 <= LONGEST => {
                said.extend(piece.get(..read).unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// What the helper had to say, in words.
fn reason(said: &[u8]) -> String {
    let said = said.strip_prefix(b"R").unwrap_or(said);
    match said.split_first() {
        Some((b'E', words)) => format!("cannot {}", String::from_utf8_lossy(words)),
        _ => "the program does not answer when it is run again: `enter_if_asked` is not called in its `main`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_answer_is_named_as_the_reason() {
        assert!(reason(b"").contains("enter_if_asked"));
        assert_eq!(reason(b"REstart: no"), "cannot start: no");
        assert_eq!(reason(b"Emount: no"), "cannot mount: no");
    }
}
