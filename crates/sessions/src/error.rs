//! What sessions could not do.

use std::{io, path::PathBuf};

use localgpt_protocol::SessionId;

/// A result with our error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sessions could not do, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder could not be written. What was to be written is not saved; what was saved before still is.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier write failed and what it left could not be removed, so nothing more may be written.
    #[error("cannot write {} any more, because an earlier write failed half-way", path.display())]
    Broken {
        /// The log.
        path: PathBuf,
    },
    /// Somebody else wrote into the log while it was open.
    #[error("{} was changed by another program while it was open", path.display())]
    Changed {
        /// The log.
        path: PathBuf,
    },
    /// A record cannot be written as a line.
    #[error("cannot put a record into words")]
    Record(#[source] serde_json::Error),
    /// The placeholder for records that this version does not know is none that can be written.
    #[error("a record of no known type cannot be written")]
    UnknownRecord,
    /// The text cannot name a session.
    #[error("`{0}` cannot be the name of a session")]
    BadId(String),
    /// There is no such session.
    #[error("there is no session `{0}`")]
    NotFound(String),
    /// The text fits several sessions.
    #[error("`{wanted}` fits several sessions: {}", joined(ids))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// What it fits.
        ids: Vec<SessionId>,
    },
    /// Somebody else has the session open.
    #[error("session `{0}` is in use")]
    InUse(SessionId),
    /// A session of this name exists.
    #[error("session `{0}` exists already")]
    AlreadyThere(SessionId),
    /// No line of the log can be read.
    #[error("{} holds no record that can be read", path.display())]
    Empty {
        /// The log.
        path: PathBuf,
    },
    /// The log was begun by a later version of the program, which may mean things that we would break.
    #[error("{} has format {version}, this program writes format {}", path.display(), localgpt_protocol::SESSION_VERSION)]
    TooNew {
        /// The log.
        path: PathBuf,
        /// Its format.
        version: u32,
    },
    /// The session has no such record.
    #[error("session `{id}` has no record {record}")]
    NoRecord {
        /// The session.
        id: SessionId,
        /// The number that was asked for.
        record: u64,
    },
    /// The words to search for are too much.
    #[error("cannot search for that")]
    Query(#[source] Box<regex::Error>),
    /// A file is not what another program writes.
    #[error("{} is no transcript of OpenClaw: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Error {
    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free some space on the disk, then say it again"
            }
            Self::Write { source, .. }
                if matches!(
                    source.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                "check the permissions of the file and its folder"
            }
            Self::Broken { .. } | Self::Changed { .. } => "open the session again",
            Self::BadId(_) => {
                "a name has letters, digits, `.`, `_` and `-`, and begins with a letter or digit"
            }
            Self::Ambiguous { .. } => "write more of its name",
            Self::InUse(_) => {
                "it is open in another window or program: close it there, or begin another session"
            }
            Self::TooNew { .. } => "update the program",
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Record(_)
            | Self::UnknownRecord
            | Self::NotFound(_)
            | Self::AlreadyThere(_)
            | Self::Empty { .. }
            | Self::NoRecord { .. }
            | Self::Query(_)
            | Self::Foreign { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn joined(ids: &[SessionId]) -> String {
    const MOST: usize = 20;
    let mut names: Vec<&str> = ids.iter().take(MOST).map(SessionId::as_str).collect();
    let more;
    if ids.len() > MOST {
        more = format!("and {} more", ids.len() - MOST);
        names.push(&more);
    }
    names.join(", ")
}
