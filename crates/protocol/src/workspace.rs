//! The files of a workspace that a model reads first, as they were found.

use localgpt_guard::Label;

/// What lies in a workspace for a model to read first. A plain folder of notes has none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextFiles {
    /// The files in the order of [`ContextName::ALL`]. `BOOTSTRAP.md` is not among them once the workspace is set up.
    pub files: Vec<ContextFile>,
    /// Notes of today and yesterday, newest day first.
    pub notes: Vec<DayNote>,
}

/// A file that a model reads first, or why it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextFile {
    /// Which.
    pub name: ContextName,
    /// What is in it.
    pub found: Found,
}

/// A note of a day, or why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayNote {
    /// Relative to the workspace.
    pub path: String,
    /// The bytes before the text that were not read.
    pub unread: u64,
    /// What is known about the text.
    pub label: Label,
    /// What is in it.
    pub found: Found,
}

/// The files of a workspace that a model reads first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextName {
    /// How to work here.
    Agents,
    /// Who the assistant is.
    Soul,
    /// Its name and its looks.
    Identity,
    /// Who the person is.
    User,
    /// What to know about local tools.
    Tools,
    /// What to do once, when everything is new.
    Bootstrap,
    /// What is known for long.
    Memory,
    /// What to look after without being asked.
    Heartbeat,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Text, as it is in the file; it is not blank.
    Text(String),
    /// Nothing but white space.
    Blank,
    /// There is no such file.
    Missing {
        /// A name that differs in upper and lower case alone; it does not count.
        lookalike: Option<String>,
    },
    /// The system would not read it.
    Unreadable {
        /// What it said.
        reason: String,
    },
    /// It is not read in part either.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// We would not read it: a link, a second name, no regular file, no text.
    Refused {
        /// Why.
        reason: String,
    },
}

impl ContextName {
    /// All, in the order in which a model reads them.
    pub const ALL: [Self; 8] = [
        Self::Agents,
        Self::Soul,
        Self::Identity,
        Self::User,
        Self::Tools,
        Self::Bootstrap,
        Self::Memory,
        Self::Heartbeat,
    ];

    /// The name in the workspace folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agents => "AGENTS.md",
            Self::Soul => "SOUL.md",
            Self::Identity => "IDENTITY.md",
            Self::User => "USER.md",
            Self::Tools => "TOOLS.md",
            Self::Bootstrap => "BOOTSTRAP.md",
            Self::Memory => "MEMORY.md",
            Self::Heartbeat => "HEARTBEAT.md",
        }
    }
}

impl ContextFiles {
    /// What was found under a name; none where nobody looked.
    pub fn found(&self, name: ContextName) -> Option<&Found> {
        self.files.iter().find(|file| file.name == name).map(|file| &file.found)
    }

    /// The text of a file that has one.
    pub fn text(&self, name: ContextName) -> Option<&str> {
        self.found(name)?.text()
    }
}

impl Found {
    /// The text, where there is some.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Blank
            | Self::Missing { .. }
            | Self::Unreadable { .. }
            | Self::TooLarge { .. }
            | Self::Refused { .. } => None,
        }
    }
}
