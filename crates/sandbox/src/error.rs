//! What can go wrong with a child.

use std::{io, path::PathBuf, time::Duration};

/// Why a child did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such program.
    #[error("there is no program `{name}`")]
    NotFound {
        /// What was looked for.
        name: String,
    },
    /// It could not be started.
    #[error("cannot start {}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no sandbox on this machine, so nothing is run in one.
    #[error("cannot run programs: there is no sandbox here: {missing}")]
    NoSandbox {
        /// What is missing.
        missing: String,
    },
    /// The walls could not be put up around it, so it was not run.
    #[error("cannot run {} in the sandbox: {reason}", program.display())]
    Refused {
        /// The program.
        program: PathBuf,
        /// What could not be done.
        reason: String,
    },
    /// Something is to be protected in a folder that may be changed, which needs namespaces.
    #[error("cannot protect {}: it lies in a folder that programs may change, and there are no namespaces here", path.display())]
    Unprotected {
        /// What was to be protected.
        path: PathBuf,
    },
    /// A path that it was to be confined to cannot be followed.
    #[error("cannot find {}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What it wrote could not be read.
    #[error("cannot read what {} writes", program.display())]
    Read {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It wrote more than it may, and was ended.
    #[error("{} wrote more than {limit} bytes", program.display())]
    TooMuch {
        /// The program.
        program: PathBuf,
        /// The most bytes it may write.
        limit: usize,
    },
    /// It took longer than it may, and was ended.
    #[error("{} took longer than {} seconds", program.display(), limit.as_secs_f32())]
    TooSlow {
        /// The program.
        program: PathBuf,
        /// The longest it may take.
        limit: Duration,
    },
}
