//! What memory could not do.

use std::{io, path::PathBuf};

use localgpt_protocol::{ParseCitationError, SkipReason};

/// What memory could not do, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder of the program's own could not be used.
    #[error("cannot use the index folder {}", path.display())]
    IndexFolder {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The index failed, and building it again did not help.
    #[error("the search index failed")]
    Index(#[from] rusqlite::Error),
    /// A note could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The note.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A note could not be read.
    #[error("cannot read {path}: {}", describe(reason))]
    Read {
        /// The note as it was asked for.
        path: String,
        /// Why.
        reason: SkipReason,
    },
    /// A path leads out of memory.
    #[error("`{0}` is not a file of memory")]
    NotMemory(String),
    /// Lines were asked for in another way than `#L5` or `#L5-L9`.
    #[error("cannot read `{0}`")]
    Citation(String, #[source] ParseCitationError),
    /// A model gives vectors of another length than it gave before under the same name.
    #[error("a vector has {given} numbers, those of the notes have {stored}")]
    Dimensions {
        /// The numbers of a stored vector.
        stored: usize,
        /// The numbers of this one.
        given: usize,
    },
    /// The files were changed again each time they had been read.
    #[error("the notes are being changed faster than they can be read")]
    Restless,
    /// A NUL byte would make the whole note look like no text.
    #[error("the text to remember holds a NUL byte")]
    NotText,
    /// There is nothing to remember.
    #[error("the text to remember is empty")]
    Empty,
}

impl Error {
    /// Whether the index file itself is at fault, or gone, so that building it again helps.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Self::Index(rusqlite::Error::SqliteFailure(failure, _)) => !matches!(
                failure.code,
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::OutOfMemory
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
            ),
            Self::Index(_) => true,
            Self::IndexFolder { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// A reason to leave a file out, for a person.
pub fn describe(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Link => "it is a symbolic link".to_owned(),
        SkipReason::HardLink => "it has a second name elsewhere (hard link)".to_owned(),
        SkipReason::NotAFile => "it is not a regular file".to_owned(),
        SkipReason::TooLarge { bytes, limit } => {
            format!("it has {bytes} bytes, the limit is {limit}")
        }
        SkipReason::Binary => "it holds NUL bytes and is no text".to_owned(),
        SkipReason::Unreadable { message } => message.clone(),
    }
}
