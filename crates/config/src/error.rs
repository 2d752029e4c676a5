//! What can go wrong with the configuration, and what the reader can do about it.

use std::io;
use std::path::PathBuf;

/// Why the configuration could not be read or changed. The file is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no home directory to put the directories in.
    #[error("cannot find the home directory: {variable} is not an absolute path")]
    NoHome {
        /// The variable that should name it.
        variable: &'static str,
    },
    /// A variable of the environment has a value that means nothing.
    #[error("cannot use {name}: {message}")]
    Variable {
        /// The name of the variable.
        name: &'static str,
        /// What is wrong with its value.
        message: String,
    },
    /// The file that the command line names does not exist.
    #[error("cannot read {}: no such file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is too large to be a configuration.
    #[error("cannot read {}: it is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: u64,
    },
    /// The file is not TOML.
    #[error("cannot read {}:{line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// The file has a key that nothing reads.
    #[error("cannot read {}:{line}: unknown key `{key}`", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its tables.
        key: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// The file has a value that its key cannot take.
    #[error("cannot read {}:{line}: `{key}`: {message}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its tables.
        key: String,
        /// What is wrong with the value.
        message: String,
    },
    /// A command names a key that does not exist.
    #[error("there is no key `{key}`")]
    NoSuchKey {
        /// The key as given.
        key: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// A command names a table where it needs a key.
    #[error("`{key}` is a table, not a key")]
    Table {
        /// The table as given.
        key: String,
        /// The keys in it.
        keys: Vec<String>,
    },
    /// A command gives a key a value that it cannot take.
    #[error("cannot set `{key}`: {message}")]
    Set {
        /// The key.
        key: String,
        /// What is wrong with the value.
        message: String,
    },
    /// The key stands where only a person can change it well.
    #[error("cannot change `{key}` in {}: it is not a line of its own", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// Someone else changed the file between reading and writing.
    #[error("cannot write {}: it has changed meanwhile", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The compiled-in default is damaged.
    #[error("cannot read the compiled-in configuration: {message}")]
    Default {
        /// What the parser said.
        message: String,
    },
}

impl Error {
    /// Returns what the reader can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoHome { .. } => "set HOME, or all of LOCALGPT_CONFIG_DIR, LOCALGPT_DATA_DIR, \
                                    LOCALGPT_STATE_DIR and LOCALGPT_CACHE_DIR"
                .to_owned(),
            Self::Variable { name, .. } => format!("correct {name}, or unset it"),
            Self::Missing { .. } => {
                "check the path, or create the file with `localgpt --config FILE config set KEY VALUE`"
                    .to_owned()
            }
            Self::Read { .. } => "check that the path is a text file that you may read".to_owned(),
            Self::TooLarge { .. } => "check that the path is the configuration file".to_owned(),
            Self::Syntax { path, .. } => {
                format!("correct the line in {}; nothing was changed", path.display())
            }
            Self::UnknownKey { nearest: Some(nearest), .. }
            | Self::NoSuchKey { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownKey { nearest: None, .. } | Self::NoSuchKey { nearest: None, .. } => {
                "`localgpt config show` lists every key".to_owned()
            }
            Self::Value { path, .. } => {
                format!("correct the line in {}, or run `localgpt config edit`", path.display())
            }
            Self::Table { keys, .. } => format!("name one of `{}`", keys.join("`, `")),
            Self::Set { .. } => "`localgpt config show` lists every key with its value".to_owned(),
            Self::Shape { .. } => "change it by hand with `localgpt config edit`".to_owned(),
            Self::Changed { .. } => "run the command again".to_owned(),
            Self::Write { .. } => "check that you may write to the folder of the file".to_owned(),
            Self::Default { .. } => "this is a fault of LocalGPT; please report it".to_owned(),
        };
        Some(hint)
    }
}
