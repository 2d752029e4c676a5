//! What a person has allowed for more than once.

use serde::{Deserialize, Serialize};

use crate::{Effect, Place, outbound::host};

/// A yes that is remembered. Each is as narrow as what was asked, except for an address, where it is the host: whoever
/// owns it already got one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "allow", rename_all = "kebab-case")]
pub enum Grant {
    /// Pages of one host.
    Fetch {
        /// In lower case, with the port if it is not the usual one.
        host: String,
    },
    /// Searches of the web.
    Search,
    /// One command, to the byte.
    Run {
        /// The whole command.
        command: String,
    },
    /// Changes to one file.
    Write {
        /// From the workspace.
        path: String,
    },
    /// The deletion of one file.
    Delete {
        /// From the workspace.
        path: String,
    },
}

impl Grant {
    /// The grant that covers an effect; none where there can be none.
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Look | Effect::Remember => None,
            Effect::Fetch { url } => Some(Self::Fetch { host: host(url).ok()? }),
            Effect::Search { .. } => Some(Self::Search),
            Effect::Run { command } => Some(Self::Run { command: command.clone() }),
            Effect::Write { place: Place::Inside(path), .. } => {
                Some(Self::Write { path: path.clone() })
            }
            Effect::Delete { place: Place::Inside(path) } => {
                Some(Self::Delete { path: path.clone() })
            }
            Effect::Write { place: Place::Outside(_), .. }
            | Effect::Delete { place: Place::Outside(_) } => None,
        }
    }

    /// Whether it allows an effect.
    pub fn covers(&self, effect: &Effect) -> bool {
        Self::of(effect).as_ref() == Some(self)
    }
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fetch { host } => write!(f, "fetch pages of {host}"),
            Self::Search => f.write_str("search the web"),
            Self::Run { command } => write!(f, "run `{}`", crate::one_line(command)),
            Self::Write { path } => write!(f, "write {path}"),
            Self::Delete { path } => write!(f, "delete {path}"),
        }
    }
}
