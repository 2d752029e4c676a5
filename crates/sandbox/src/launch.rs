//! What a child is started with.

use std::{
    ffi::{OsStr, OsString},
    fmt, io,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::{ChildStdout, Command, Stdio},
};

use crate::{
    AcceptNoSandbox, Child, Confinement, Error, Program, Status, order::Layer, roles, starter,
    status,
};

/// What programs find in their environment where a person accepted that they run without a sandbox.
const BARE: [(&str, &str); 3] =
    [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("TERM", "dumb")];

/// A child that was not started yet: all that it will get from us.
#[derive(Clone)]
pub struct Launch {
    pub(crate) runs: Runs,
    pub(crate) folder: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    walls: Walls,
    /// The walls that a test leaves out.
    pub(crate) without: Vec<Layer>,
    errors: Errors,
}

/// What a child runs.
#[derive(Debug, Clone)]
pub(crate) enum Runs {
    Program(Program),
    /// Our own program, in this role.
    Role(String),
}

#[derive(Debug, Clone)]
enum Walls {
    None,
    Confined(Confinement, Status),
}

/// Where a child's errors go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errors {
    LastWords,
    Output,
}

/// Whether a child can be written to.
pub(crate) enum Input {
    Pipe,
    Nothing,
}

/// The ends of a child's streams that are ours beside those that [`std::process::Child`] has.
pub(crate) struct Streams {
    pub(crate) merged: Option<ChildStdout>,
}

impl Runs {
    /// What stands for it in a message.
    pub(crate) fn shown(&self) -> PathBuf {
        match self {
            Self::Program(program) => program.path().to_owned(),
            Self::Role(role) => PathBuf::from(role),
        }
    }
}

impl Launch {
    /// Starts from a program that is to work in `folder`, without arguments and without environment.
    pub fn new(program: Program, folder: &Path) -> Self {
        Self::own(Runs::Program(program), folder)
    }

    /// Starts from our own program in a role that its `main` gave to [`enter_if_asked`](crate::enter_if_asked).
    ///
    /// Confined it becomes the role without starting any program, so it needs no file at all: with a
    /// [`Confinement`] without paths it can open none.
    pub fn own_role(role: &str, folder: &Path) -> Result<Self, Error> {
        match roles::own_program() {
            path if path.as_os_str().is_empty() => Err(Error::NotFound { name: role.to_owned() }),
            _ => Ok(Self::own(Runs::Role(role.to_owned()), folder)),
        }
    }

    pub(crate) fn own(runs: Runs, folder: &Path) -> Self {
        Self {
            runs,
            folder: folder.to_owned(),
            args: Vec::new(),
            environment: Vec::new(),
            walls: Walls::None,
            without: Vec::new(),
            errors: Errors::LastWords,
        }
    }

    /// Adds arguments. No shell reads them.
    #[must_use]
    pub fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds to the environment. Nothing of ours is in it.
    #[must_use]
    pub fn environment<N: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let owned = |(name, value): (N, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.environment.extend(variables.into_iter().map(owned));
        self
    }

    /// Puts walls around it. Where there can be none it does not start.
    ///
    /// Its environment gets what programs cannot do without: `PATH`, `LANG`, `TERM`, and `HOME` and `TMPDIR`, a folder
    /// of its own that is gone afterwards.
    #[must_use]
    pub fn confined(self, confinement: Confinement) -> Self {
        self.confined_as(confinement, status())
    }

    /// Puts walls around it where there can be any. A person accepted that where there are none, it runs with all that
    /// they may do themselves.
    #[must_use]
    pub fn confined_or_accepted(
        self,
        confinement: Confinement,
        _accepted: AcceptNoSandbox,
    ) -> Self {
        match status().is_on() {
            true => self.confined(confinement),
            false => {
                let temporary = std::env::temp_dir();
                let home = [("HOME", &temporary), ("TMPDIR", &temporary)];
                let own = self.environment.clone();
                let bare = Self { environment: Vec::new(), ..self };
                bare.environment(BARE).environment(home).environment(own)
            }
        }
    }

    /// Puts those walls around it that `status` says can stand, for trying out a machine that has less than this one.
    #[must_use]
    pub fn confined_as(mut self, confinement: Confinement, status: &Status) -> Self {
        self.walls = Walls::Confined(confinement, status.clone());
        self
    }

    /// Leaves one wall out, so that a test can show what falls with it. There is no such thing in a release.
    #[cfg(debug_assertions)]
    #[doc(hidden)]
    #[must_use]
    pub fn without(mut self, layer: Layer) -> Self {
        self.without.push(layer);
        self
    }

    /// Sends what it writes to its error stream to its output as well, each where it was written.
    #[must_use]
    pub fn merged(mut self) -> Self {
        self.errors = Errors::Output;
        self
    }

    /// Starts it with pipes to its streams.
    pub fn start(self) -> Result<Child, Error> {
        self.start_with(&Input::Pipe)
    }

    /// Starts it with nothing to read.
    pub fn start_without_input(self) -> Result<Child, Error> {
        self.start_with(&Input::Nothing)
    }

    pub(crate) fn start_with(mut self, input: &Input) -> Result<Child, Error> {
        match std::mem::replace(&mut self.walls, Walls::None) {
            Walls::None => self.start_free(input),
            Walls::Confined(confinement, status) => {
                self.start_confined(&confinement, &status, input)
            }
        }
    }

    fn start_free(self, input: &Input) -> Result<Child, Error> {
        let path = self.runs.shown();
        let failed = |source| Error::Start { program: path.clone(), source };
        let (command, streams) = self.command(input).map_err(failed)?;
        let child = starter::start(command).map_err(failed)?;
        Child::new(child, path.clone(), streams).map_err(failed)
    }

    #[expect(clippy::disallowed_methods, reason = "one of the places that children start from")]
    fn command(self, input: &Input) -> io::Result<(Command, Streams)> {
        let mut command = match &self.runs {
            Runs::Program(program) => Command::new(program.path()),
            Runs::Role(role) => {
                let mut command = Command::new(roles::own_program());
                command.arg(roles::ROLE).arg(role);
                command
            }
        };
        let streams = self.streams(&mut command)?;
        command
            .args(self.args)
            .env_clear()
            .envs(self.environment)
            .current_dir(self.folder)
            .stdin(match input {
                Input::Pipe => Stdio::piped(),
                Input::Nothing => Stdio::null(),
            })
            .process_group(0);
        Ok((command, streams))
    }

    /// Gives `command` its output and its error stream.
    pub(crate) fn streams(&self, command: &mut Command) -> io::Result<Streams> {
        match self.errors {
            Errors::LastWords => {
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                Ok(Streams { merged: None })
            }
            Errors::Output => {
                let (ours, theirs) = io::pipe()?;
                command.stdout(theirs.try_clone()?).stderr(theirs);
                Ok(Streams { merged: Some(OwnedFd::from(ours).into()) })
            }
        }
    }

    /// Nothing is confined on a system that we know no walls of: its status is off.
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    fn start_confined(
        self,
        _confinement: &Confinement,
        status: &Status,
        _input: &Input,
    ) -> Result<Child, Error> {
        Err(Error::NoSandbox { missing: status.missing() })
    }
}

impl fmt::Debug for Launch {
    /// Leaves out arguments and environment: they may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("runs", &self.runs)
            .field("folder", &self.folder)
            .field("walls", &self.walls)
            .finish_non_exhaustive()
    }
}
