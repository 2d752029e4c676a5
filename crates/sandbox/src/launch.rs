//! What a child is started with.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Child, Error, Program, starter};

/// A child that was not started yet: all that it will get from us.
#[derive(Clone)]
pub struct Launch {
    program: Program,
    folder: PathBuf,
    args: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

/// Whether a child can be written to.
pub(crate) enum Input {
    Pipe,
    Nothing,
}

impl Launch {
    /// Starts from a program that is to work in `folder`, without arguments and without environment.
    pub fn new(program: Program, folder: &Path) -> Self {
        Self { program, folder: folder.to_owned(), args: Vec::new(), environment: Vec::new() }
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

    /// Starts it with pipes to its three streams.
    pub fn start(self) -> Result<Child, Error> {
        self.start_with(&Input::Pipe)
    }

    pub(crate) fn start_with(self, input: &Input) -> Result<Child, Error> {
        let path = self.program.path().to_owned();
        let failed = |source| Error::Start { program: path.clone(), source };
        let child = starter::start(self.command(input)).map_err(failed)?;
        Child::new(child, path.clone()).map_err(failed)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that children start from")]
    fn command(self, input: &Input) -> Command {
        let mut command = Command::new(self.program.path());
        command
            .args(self.args)
            .env_clear()
            .envs(self.environment)
            .current_dir(self.folder)
            .stdin(match input {
                Input::Pipe => Stdio::piped(),
                Input::Nothing => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        command
    }
}

impl fmt::Debug for Launch {
    /// Leaves out arguments and environment: they may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("program", &self.program)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
