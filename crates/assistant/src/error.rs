//! What can go wrong, sorted by who can mend it.

mod provider;

use std::{
    io,
    path::{Path, PathBuf},
};

use localgpt_protocol::{ApprovalId, Citation, ModelName, ProviderError, TurnEnd};
use localgpt_providers::quote;

pub(crate) use self::provider::provider_hint;

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
    #[error("there is no key: {0} is not set")]
    NoKey(String),
    /// The command that should print a key did not.
    #[error("cannot get a key from `{program}`: {reason}")]
    KeyCommand {
        /// The first word of the command; the others may hold what nobody should read.
        program: String,
        /// What is wrong.
        reason: String,
    },
    /// A server is described wrongly.
    #[error("cannot use the server")]
    Server(#[from] localgpt_providers::Error),
    /// The text names no model.
    #[error("`{0}` is no model")]
    NotAModel(String),
    /// Nobody runs models under this name.
    #[error("there is no provider of `{0}`")]
    NoProvider(ModelName),
    /// The model cannot be used.
    #[error("cannot use {model}")]
    Model {
        /// Which.
        model: ModelName,
        /// Why.
        source: ProviderError,
    },
    /// What was asked for needs a model, and none was chosen.
    #[error("this needs a model, and memory is quoted")]
    NoModel,
    /// There is no session to go on with.
    #[error("there is no session yet")]
    NoSession,
    /// Nothing was said in the session that could be taken back, copied or summarised.
    #[error("nothing was said yet")]
    NothingSaid,
    /// Nothing was remembered in the session.
    #[error("nothing was remembered in this session that could be taken back")]
    NothingRemembered,
    /// The note says something else by now.
    #[error("the note at {0} was changed since; it stays as it is")]
    NoteChanged(Citation),
    /// The person stopped it before anything was sent.
    #[error("stopped")]
    Stopped,
    /// No summary stands for anything.
    #[error("nothing is summarised in this session")]
    NotCompacted,
    /// Older messages could not be replaced.
    #[error("cannot summarise the session: {}", in_words(.0))]
    NotCompactedNow(TurnEnd),
    /// A session could not be read or written.
    #[error(transparent)]
    Session(#[from] localgpt_sessions::Error),
    /// A skill could not be read or accepted.
    #[error(transparent)]
    Skills(#[from] localgpt_skills::Error),
    /// No random numbers are to be had.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// The configuration says that no history is kept.
    #[error("no history is kept here")]
    NoHistory,
    /// Nothing that was changed says this.
    #[error("no change wrote `{0}`")]
    NoSuchChange(String),
    /// An attached file could not be read.
    #[error(transparent)]
    Document(#[from] localgpt_documents::Error),
    /// A child could not be started.
    #[error("cannot start a part of the program")]
    Sandbox(#[from] localgpt_sandbox::Error),
    /// The history could not do it.
    #[error(transparent)]
    History(#[from] localgpt_history::Error),
    /// This is no call that could be made.
    #[error("this call cannot be made: {0}")]
    Call(String),
    /// Nobody asked this, or it was answered already.
    #[error("there is no open question {0}")]
    NoQuestion(ApprovalId),
    /// What was allowed before cannot be read or written.
    #[error("cannot use what was allowed before, in {}: {reason}", path.display())]
    Grants {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nothing was allowed under this name.
    #[error("there is no grant `{0}`")]
    NoGrant(String),
    /// The text to be forgotten stands in too many places that mean something else.
    #[error("a text to be forgotten has at least {shortest} characters")]
    FactTooShort {
        /// The fewest characters.
        shortest: usize,
    },
    /// The text to be forgotten is several lines, or no text.
    #[error("a text to be forgotten is one line without control characters")]
    FactOfLines,
    /// Another process uses what would be changed.
    #[error("nothing was forgotten: {what}")]
    ForgetBusy {
        /// Who uses what.
        what: String,
    },
    /// What is being forgotten cannot be written down, or not removed again.
    #[error("cannot use {}, which says what is being forgotten", path.display())]
    Forgetting {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The thread of memory has ended before its time.
    #[error("memory does not answer any more")]
    MemoryGone,
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
            | Self::KeyCommand { .. }
            | Self::Server(_)
            | Self::NoProvider(_)
            | Self::Model { .. }
            | Self::NoModel
            | Self::NoSession
            | Self::NothingSaid
            | Self::NothingRemembered
            | Self::NoteChanged(_)
            | Self::Stopped
            | Self::NotCompacted
            | Self::NotCompactedNow(_)
            | Self::Session(_)
            | Self::NoHistory
            | Self::NoSuchChange(_)
            | Self::History(_)
            | Self::Document(_)
            | Self::Sandbox(_)
            | Self::NoQuestion(_)
            | Self::Grants { .. }
            | Self::NoGrant(_)
            | Self::Skills(_)
            | Self::ForgetBusy { .. }
            | Self::Forgetting { .. }
            | Self::Onnx { .. } => Blame::User,
            Self::NotAModel(_) | Self::Call(_) | Self::FactTooShort { .. } | Self::FactOfLines => {
                Blame::Usage
            }
            Self::Memory(
                Memory::NotMemory(_) | Memory::Citation(..) | Memory::Empty | Memory::NotText,
            ) => Blame::Usage,
            Self::Memory(
                Memory::IndexFolder { .. }
                | Memory::Write { .. }
                | Memory::Read { .. }
                | Memory::Restless,
            ) => Blame::User,
            Self::Runtime(_)
            | Self::Random(_)
            | Self::Thread(_)
            | Self::MemoryGone
            | Self::Memory(Memory::Index(_) | Memory::Dimensions { .. }) => Blame::Us,
        }
    }

    /// What the person can do about it, if there is something.
    #[expect(clippy::too_many_lines, reason = "a hint for each error, and nothing else")]
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
                    "set {name}, or say with `api_key` in the configuration where the key is"
                ));
            }
            Self::KeyCommand { .. } => {
                "run it in a terminal: the first line that it prints is the key"
            }
            Self::NotAModel(_) => {
                return Some(format!(
                    "write provider/model, like ollama/qwen3:8b, an alias of yours, or `{}`; \
                     `localgpt models` lists what can be reached",
                    quote::NAME
                ));
            }
            Self::NoProvider(model) => {
                return Some(format!(
                    "`localgpt models` lists what can be reached; a server of your own goes into \
                     `providers.servers` with the name `{}`",
                    model.provider()
                ));
            }
            Self::Model { model, source } => return provider_hint(source, model),
            Self::NoModel => "choose one: `localgpt models` lists what can be reached",
            Self::NoSession => "begin one with `localgpt chat`",
            Self::NothingSaid | Self::NothingRemembered | Self::Stopped | Self::NotCompacted => {
                return None;
            }
            Self::NoHistory => "`localgpt config set history.place beside` keeps one from now on",
            Self::NoSuchChange(_) => "`localgpt history` lists the changes",
            Self::Document(error) => return error.hint().map(str::to_owned),
            Self::Sandbox(_) => "`localgpt sandbox status` says what is there",
            Self::Call(_) | Self::History(_) => return None,
            Self::NoteChanged(_) => "change the file by hand",
            Self::NoQuestion(_) => "a question is open for two minutes, and is answered once",
            Self::Grants { .. } => "mend the file or delete it: then nothing is allowed for later",
            Self::NoGrant(_) => "`localgpt policy list` has their names",
            Self::FactTooShort { .. } => "write more of it, as it stands in your notes",
            Self::FactOfLines => "forget one line after the other",
            Self::ForgetBusy { .. } => "close it there, or wait until it is done, then try again",
            Self::Forgetting { .. } => "check the permissions and the free space of the folder",
            Self::NotCompactedNow(end) => match end {
                TurnEnd::Failed { hint, .. } => return hint.clone(),
                _ => return None,
            },
            Self::Session(error) => return error.hint(),
            Self::Skills(error) => error.hint(),
            Self::Random(_) | Self::Thread(_) => return None,
            Self::MemoryGone => "the log says why; `localgpt paths` says where it is",
            Self::Server(_) => {
                "correct `base_url` in the configuration; `localgpt config edit` opens it"
            }
            Self::Onnx { .. } => {
                "`localgpt config set embedding.kind builtin` needs no model; see docs/guide/configuration.md"
            }
            Self::Runtime(_) => "`localgpt config set embedding.kind builtin` needs no server",
            Self::Memory(Memory::Dimensions { .. }) => "run `localgpt memory reindex`",
            Self::Memory(Memory::Write { .. }) => {
                "check the folder's permissions and the free space"
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

/// How a turn ended, behind a colon.
fn in_words(end: &TurnEnd) -> String {
    match end {
        TurnEnd::Failed { message, .. } => message.clone(),
        TurnEnd::Cancelled => "it was stopped".to_owned(),
        TurnEnd::OverBudget { what } => format!("more than {what}"),
        TurnEnd::Repeating { tool } => format!("`{tool}` was called again and again"),
        TurnEnd::OutOfTokens => "the answer was too long".to_owned(),
        TurnEnd::Refused => "the model refused".to_owned(),
        TurnEnd::Answered => "there is no room".to_owned(),
    }
}
