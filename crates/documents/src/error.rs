//! Why an attachment could not be read, in the words that a person gets.

use std::{fmt, io};

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system would not give the file.
    #[error("cannot read `{name}`")]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there, and nothing can be made of it.
    #[error("cannot read `{name}`: {why}")]
    Unreadable {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: Why,
    },
    /// The child that reads files could not be started or spoken to.
    #[error("cannot start the reader of `{name}`")]
    Reader {
        /// The file.
        name: String,
        /// What went wrong with the child.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What the person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable { why, .. } => why.hint(),
            Self::Read { .. } | Self::Reader { .. } => None,
        }
    }
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A folder, a device, a pipe.
    NotAFile,
    /// Nothing is in it.
    Empty,
    /// It has more bytes than this.
    TooLarge(u64),
    /// It is something that we do not read; the words say what.
    Unsupported(&'static str),
    /// An Office document of the years before 2007, or whatever else lies in that container.
    OldOffice,
    /// It asks for a password.
    Encrypted,
    /// Its pages are pictures.
    NoText,
    /// It is not what it says it is, or broken.
    Damaged,
    /// It unpacks to far more than it is.
    Bomb,
    /// The image has more pixels than we decode.
    TooManyPixels,
    /// Reading it took too long.
    TooSlow,
    /// Reading it took too much memory.
    TooMuchMemory,
    /// What reads it died of it.
    Crashed,
}

impl Why {
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Unsupported(_) => {
                Some("text, Markdown, code, PDF, docx, odt, PNG, JPEG, WebP and GIF can be read")
            }
            Self::OldOffice => Some("save it as docx, odt or PDF"),
            Self::Encrypted => Some("save a copy without the password, and attach that"),
            Self::NoText => {
                Some("attach the pages as images, or run text recognition over it first")
            }
            Self::Damaged | Self::Crashed => Some("open it in its own program and save it again"),
            Self::TooLarge(_) | Self::TooSlow | Self::TooMuchMemory => {
                Some("attach only the part that matters")
            }
            Self::TooManyPixels => Some("make the image smaller"),
            Self::NotAFile | Self::Empty | Self::Bomb => None,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::Empty => f.write_str("it is empty"),
            Self::TooLarge(limit) => write!(f, "it is larger than {} MB", limit / 1_000_000),
            Self::Unsupported(what) => write!(f, "it is {what}"),
            Self::OldOffice => f.write_str("it is an Office document of an old format"),
            Self::Encrypted => f.write_str("it is protected with a password"),
            Self::NoText => f.write_str("it has no text, its pages are probably scanned"),
            Self::Damaged => f.write_str("it is damaged"),
            Self::Bomb => f.write_str("it unpacks to far more than any real document"),
            Self::TooManyPixels => f.write_str("the image has too many pixels"),
            Self::TooSlow => f.write_str("reading it takes too long"),
            Self::TooMuchMemory => f.write_str("reading it takes too much memory"),
            Self::Crashed => f.write_str("its reader crashed on it"),
        }
    }
}
