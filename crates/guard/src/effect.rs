//! What a tool call would do to the world, said before it does it.

use std::{fmt, path::PathBuf};

use sha2::{Digest as _, Sha256};

/// What stands for exactly these bytes: their SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first half, to be used as a key.
    pub fn short(&self) -> u128 {
        self.0.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Where a file is, after every link on the way was followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the workspace: the path from there, with `/` between names.
    Inside(String),
    /// Anywhere else.
    Outside(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inside(path) => f.write_str(path),
            Self::Outside(path) => write!(f, "{}", path.display()),
        }
    }
}

/// One thing that a call would do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Reads what the assistant may read anyway.
    Look,
    /// Adds a note that keeps its origin.
    Remember,
    /// Gets a page: its address goes out.
    Fetch {
        /// The address as the model wrote it.
        url: String,
    },
    /// Asks a search engine: the words go out.
    Search {
        /// The words.
        query: String,
    },
    /// Puts bytes into a file, new or not.
    Write {
        /// Which file.
        place: Place,
        /// Stands for what is in the file afterwards, all of it.
        digest: Digest,
    },
    /// Takes a file or a folder away.
    Delete {
        /// Which.
        place: Place,
    },
    /// Runs a program in the sandbox, without network.
    Run {
        /// The whole command.
        command: String,
    },
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Look => f.write_str("read"),
            Self::Remember => f.write_str("remember a note"),
            Self::Fetch { url } => write!(f, "fetch {url}"),
            Self::Search { query } => write!(f, "search the web for `{query}`"),
            Self::Write { place, digest } => {
                let digest = digest.to_string();
                write!(f, "write {place} (sha256 {})", digest.get(..12).unwrap_or_default())
            }
            Self::Delete { place } => write!(f, "delete {place}"),
            Self::Run { command } => write!(f, "run `{command}`"),
        }
    }
}

/// What a call would do, and what a person should see of it before a yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// All of it.
    pub effects: Vec<Effect>,
    /// The change as a unified diff, the command, the address. It is text of the model's.
    pub preview: Option<String>,
}

impl Intent {
    /// One effect and nothing to see.
    pub fn only(effect: Effect) -> Self {
        Self { effects: vec![effect], preview: None }
    }

    /// The same with something to see.
    pub fn showing(self, preview: impl Into<String>) -> Self {
        Self { preview: Some(preview.into()), ..self }
    }
}
