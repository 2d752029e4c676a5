//! The words of `session`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be done with sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List the sessions, newest first.
    #[command(after_help = "\
With --json: [{\"id\",\"title\",\"started\",\"last\",\"model\",\"bytes\"}].")]
    List {
        /// The most to list.
        #[arg(short, long, default_value_t = 20, value_name = "N")]
        limit: usize,
    },
    /// Print a session as Markdown; with --json its records, one a line.
    Show(OneSession),
    /// Find what was said, in every session.
    #[command(after_help = "\
Examples:
  localgpt session search heat pump       both words in one message
  localgpt session search --json wartung

With --json: [{\"session\",\"title\",\"record\",\"at\",\"role\",\"snippet\"}].")]
    Search {
        /// The words; all of them stand in what is found.
        #[arg(required = true, value_name = "WORD")]
        words: Vec<String>,
        /// The most to show.
        #[arg(short, long, default_value_t = 20, value_name = "N")]
        limit: usize,
    },
    /// Go on with a session; the same as `chat --resume`.
    Resume(OneSession),
    /// Copy a session, to go on in another way from some point.
    Branch {
        /// The session: its name, or the beginning of it.
        session: String,
        /// The last record to copy (`session show --json` numbers them); all without it.
        #[arg(long, value_name = "RECORD")]
        at: Option<u64>,
    },
    /// Give a session a title.
    Rename {
        /// The session: its name, or the beginning of it.
        session: String,
        /// The title.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
    /// Write a session to a file as Markdown.
    Export {
        /// The session: its name, or the beginning of it.
        session: String,
        /// The file; it must not exist yet. `-` is stdout.
        file: PathBuf,
    },
    /// Put a session away; it is moved into a folder, not destroyed.
    Delete(OneSession),
    /// Read transcripts of OpenClaw as sessions; nothing of theirs is changed.
    #[command(after_help = "\
Example:
  localgpt session import ~/.openclaw/agents/main/sessions")]
    Import {
        /// A transcript, or the folder with them.
        path: PathBuf,
    },
}

/// A session, named.
#[derive(Debug, Args)]
pub(crate) struct OneSession {
    /// Its name, or the beginning of it, or its title.
    pub(crate) session: String,
}
