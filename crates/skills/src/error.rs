//! What can go wrong.

use std::{io, path::PathBuf};

/// What could not be done with skills. A skill that cannot be read is no error but a problem in the list.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No skill has this name.
    #[error("there is no skill `{0}`")]
    NoSkill(String),
    /// Everything in it was accepted before.
    #[error("there is nothing to accept: `{0}` is as it was accepted")]
    NothingToAccept(String),
    /// It is not what was accepted any more.
    #[error("the skill `{0}` was changed since it was accepted")]
    Changed(String),
    /// It cannot be read, or not be accepted as it is.
    #[error("cannot use the skill `{name}`: {reason}")]
    Unacceptable {
        /// The skill.
        name: String,
        /// Why, in our own words.
        reason: String,
    },
    /// What was accepted cannot be written down.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoSkill(_) => "`localgpt skills list` lists them",
            Self::NothingToAccept(_) => "`localgpt skills check` says why a skill is not used",
            Self::Changed(_) => "`localgpt skills accept NAME` shows what is different, and asks",
            Self::Unacceptable { .. } => "mend it, and `localgpt skills check` looks again",
            Self::Write { .. } => "check the permissions of its folder and the free space",
        }
    }
}
