//! What can go wrong, sorted by who can mend it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Who can mend an error; the terminal turns it into an exit status, the server into a status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The person can: a missing file, a wrong setting.
    User,
    /// The command was used wrongly.
    Usage,
    /// It is our fault.
    Us,
}

/// What the assistant could not do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace folder is not there.
    #[error("there is no workspace at {}", .0.display())]
    NoWorkspace(PathBuf),
    /// The workspace cannot be opened.
    #[error("cannot open the workspace {}", path.display())]
    Workspace {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Starter files would turn a folder of notes into a workspace in which they are not searched.
    #[error("cannot write starter files into {}: its notes would no longer be searched", .0.display())]
    HidesNotes(PathBuf),
    /// The variable that should hold the key of a server is not set.
    #[error("cannot use the embedding server: {0} is not set")]
    NoKey(String),
    /// The key would have to be asked of a command.
    #[error("cannot use the embedding server: this version runs no command to get its key")]
    KeyFromCommand,
    /// The embedding server is described wrongly.
    #[error("cannot use the embedding server")]
    Server(#[from] localgpt_providers::Error),
    /// A model in this process was chosen that cannot be used.
    #[error("cannot use the embedding model `{model}`")]
    Onnx {
        /// The model.
        model: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What waits for a server could not be started.
    #[error("cannot wait for the embedding server")]
    Runtime(#[source] io::Error),
    /// Memory could not do it.
    #[error(transparent)]
    Memory(#[from] localgpt_memory::Error),
}

impl Error {
    pub(crate) fn workspace(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoWorkspace(path.to_owned()),
            _ => Self::Workspace { path: path.to_owned(), source },
        }
    }

    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        use localgpt_memory::Error as Memory;
        match self {
            Self::NoWorkspace(_)
            | Self::Workspace { .. }
            | Self::HidesNotes(_)
            | Self::NoKey(_)
            | Self::KeyFromCommand
            | Self::Server(_)
            | Self::Onnx { .. } => Blame::User,
            Self::Memory(
                Memory::NotMemory(_) | Memory::Citation(..) | Memory::Empty | Memory::NotText,
            ) => Blame::Usage,
            Self::Memory(
                Memory::IndexFolder { .. }
                | Memory::Write { .. }
                | Memory::Read { .. }
                | Memory::Restless,
            ) => Blame::User,
            Self::Runtime(_) | Self::Memory(Memory::Index(_) | Memory::Dimensions { .. }) => {
                Blame::Us
            }
        }
    }

    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<String> {
        use localgpt_memory::Error as Memory;
        let hint = match self {
            Self::NoWorkspace(_) => {
                "run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`"
            }
            Self::Workspace { .. } => {
                "check that it is a folder you may read, or name another with `--workspace DIR`"
            }
            Self::HidesNotes(_) => {
                "ask it as it is, with `--workspace DIR`; or move the notes into a folder `knowledge` inside it first"
            }
            Self::NoKey(name) => {
                return Some(format!(
                    "set {name}, or say with `embedding.openai.api_key` where the key is; \
                     `localgpt config set embedding.kind builtin` needs none"
                ));
            }
            Self::KeyFromCommand => {
                "put the key into a variable and write `api_key = { env = \"NAME\" }` under [embedding.openai]"
            }
            Self::Server(_) => {
                "correct `base_url` in the configuration; `localgpt config edit` opens it"
            }
            Self::Onnx { .. } => {
                "`localgpt config set embedding.kind builtin` needs no model; see docs/guide/configuration.md"
            }
            Self::Runtime(_) => "`localgpt config set embedding.kind builtin` needs no server",
            Self::Memory(Memory::Dimensions { .. }) => "run `localgpt memory reindex`",
            Self::Memory(Memory::Write { .. }) => {
                "check the folder's permissions and the free space; nothing was changed"
            }
            Self::Memory(Memory::IndexFolder { .. }) => {
                "set LOCALGPT_CACHE_DIR to a folder you may write to"
            }
            Self::Memory(Memory::Index(_)) => {
                "run `localgpt memory reindex`; if that fails too, check the free space of the cache folder"
            }
            Self::Memory(Memory::Read { .. }) => {
                "run `localgpt doctor` to see every file that is left out"
            }
            Self::Memory(Memory::NotMemory(_)) => {
                "memory is MEMORY.md, memory/**/*.md, knowledge/**/*.md and `memory.extra_paths`"
            }
            Self::Memory(Memory::Citation(..)) => "write PATH, PATH#L5 or PATH#L5-L9",
            Self::Memory(Memory::Restless) => {
                "try again when whatever writes to the workspace is done"
            }
            Self::Memory(Memory::NotText) => "remove the NUL bytes; a note is text",
            Self::Memory(Memory::Empty) => "write what to remember: `localgpt memory add \"…\"`",
        };
        Some(hint.to_owned())
    }
}
