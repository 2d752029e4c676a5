//! What an attachment becomes.

use std::fmt;

use crate::Kind;

/// What a model can be given of a file. All text in it, labels included, is text from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// Something to read.
    Text {
        /// The name of the file.
        name: String,
        /// What the file is.
        kind: Kind,
        /// The text in reading order; at least one, and never one without text.
        sections: Vec<Section>,
        /// What is missing at the end, if anything is.
        cut: Option<Cut>,
        /// What a person should know about how it was read.
        notes: Vec<Note>,
    },
    /// Something to see.
    Image {
        /// The name of the file.
        name: String,
        /// For example `image/png`; not always that of the file.
        media_type: &'static str,
        /// The image, made small enough, without what cameras write beside it.
        bytes: Vec<u8>,
        /// What a person should know about how it was read.
        notes: Vec<Note>,
    },
}

/// A piece of a document that can be cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `page 3`, or the heading that it stands under; nothing where a file is one piece.
    pub label: Option<String>,
    /// Its text; Markdown where the file had headings, lists or tables.
    pub text: String,
}

/// What is missing of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The text went on after this many bytes.
    Bytes(u64),
    /// There are more pages.
    Pages {
        /// How many were read.
        read: u32,
        /// How many there are.
        of: u32,
    },
    /// There was no time for more pages.
    Time {
        /// How many were read.
        read: u32,
        /// How many there are.
        of: u32,
    },
}

/// Something about how a file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It is something else than its name says.
    Misnamed {
        /// What the name says.
        says: &'static str,
        /// What it is.
        is: &'static str,
    },
    /// It is in an encoding of the past.
    OldEncoding(&'static str),
    /// So many characters were left out that nobody sees on the page.
    HiddenText(u32),
    /// So many characters were left out that a tracked change deletes.
    DeletedText(u32),
    /// So many pages hold no text.
    PagesWithoutText(u32),
    /// So many pages could not be read.
    BrokenPages(u32),
    /// It moves, and this is its first frame.
    FirstFrame,
    /// The image was made smaller.
    Resized {
        /// Width and height of the file.
        from: (u32, u32),
        /// Width and height now.
        to: (u32, u32),
    },
}

impl Document {
    /// The name of the file.
    pub fn name(&self) -> &str {
        match self {
            Self::Text { name, .. } | Self::Image { name, .. } => name,
        }
    }

    /// What a person should know about how it was read.
    pub fn notes(&self) -> &[Note] {
        match self {
            Self::Text { notes, .. } | Self::Image { notes, .. } => notes,
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "only the first {bytes} bytes of its text were read"),
            Self::Pages { read, of } => write!(f, "only {read} of its {of} pages were read"),
            Self::Time { read, of } => {
                write!(f, "only {read} of its {of} pages were read in the time there is")
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misnamed { says, is } => write!(f, "its name says {says}, and it is {is}"),
            Self::OldEncoding(encoding) => write!(f, "it was read as {encoding}"),
            Self::HiddenText(count) => {
                write!(f, "{count} characters were left out that cannot be seen on the page")
            }
            Self::DeletedText(count) => {
                write!(f, "{count} characters were left out that a tracked change deletes")
            }
            Self::PagesWithoutText(1) => f.write_str("1 page has no text"),
            Self::PagesWithoutText(count) => write!(f, "{count} pages have no text"),
            Self::BrokenPages(1) => f.write_str("1 page could not be read"),
            Self::BrokenPages(count) => write!(f, "{count} pages could not be read"),
            Self::FirstFrame => f.write_str("it moves, and only its first frame is seen"),
            Self::Resized { from, to } => write!(
                f,
                "it was made smaller, from {} x {} to {} x {} pixels",
                from.0, from.1, to.0, to.1
            ),
        }
    }
}
