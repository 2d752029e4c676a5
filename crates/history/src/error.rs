//! What can go wrong with the history.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use crate::plan::Conflict;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The repository holds something that cannot be right.
    #[error("the history in {} is damaged: {what}", path.display())]
    Damaged {
        /// The repository.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process has been changing the history for too long.
    #[error("another process is changing the history in {}", path.display())]
    Busy {
        /// The repository.
        path: PathBuf,
    },
    /// The repository is of a kind that is not rewritten here.
    #[error("cannot rewrite the history in {}: it has {what}", path.display())]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// What it has.
        what: &'static str,
    },
    /// No commit has this name.
    #[error("the history has no commit `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// There is no change of the program left that could be taken back.
    #[error("there is nothing to take back")]
    NothingToUndo,
    /// Nothing was taken back that could be done again.
    #[error("there is nothing to do again")]
    NothingToRedo,
    /// Files were changed since in the same places; nothing was touched.
    #[error("cannot take the change back: {}", Listed(.0))]
    Conflict(Vec<Conflict>),
}

/// What the crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure to read `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// A failure to write `path`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

struct Listed<'a>(&'a [Conflict]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, conflict) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("; ")?;
            }
            conflict.fmt(f)?;
        }
        Ok(())
    }
}
