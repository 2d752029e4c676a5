//! The words of `localgpt memory`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use localgpt_protocol::SearchMode;

/// Search, read and add to your notes.
#[derive(Debug, Subcommand)]
pub(crate) enum MemoryCommand {
    /// Find the pieces of your notes that fit best.
    #[command(after_help = "\
Examples:
  localgpt memory search heat pump filter
  localgpt memory search 'what changed' --since 2026-03-01 --until 2026-03-31
  localgpt memory search filter --explain                   what each signal contributed
  localgpt memory search --batch questions.jsonl            {\"id\",\"text\"} in, {\"id\",\"results\"} out

The index is brought up to date first, every time. With --json:
{\"hits\":[{\"path\",\"start_line\",\"end_line\",\"text\",\"score\",\"why\",\"date\"}],\"mode\",\"skipped\"}.")]
    Search(SearchArgs),
    /// Print a note, or some lines of it.
    #[command(after_help = "\
Examples:
  localgpt memory get MEMORY.md
  localgpt memory get memory/2026-03-05.md#L5-L9

With --json: {\"path\",\"text\",\"start_line\",\"end_line\",\"total_lines\"}.")]
    Get {
        /// A citation: the file inside the workspace, and lines if wanted.
        #[arg(value_name = "PATH[#L5-L9]")]
        reference: String,
    },
    /// Count what is in memory.
    #[command(after_help = "\
With --json: {\"workspace\",\"index\",\"index_bytes\",\"files\",\"chunks\",\"bytes\",\"vector_space\",
\"oldest\",\"newest\",\"skipped\"}.")]
    Stats,
    /// List the notes changed last, newest first.
    #[command(after_help = "With --json: [{\"path\",\"modified\",\"preview\"}].")]
    Recent {
        /// The most notes to list.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
        limit: u16,
    },
    /// Append to today's note.
    #[command(after_help = "\
Examples:
  localgpt memory add Changed the filter of the heat pump.
  git log -1 --format=%s | localgpt memory add

When it returns, the text is on disk. With --json: {\"path\",\"start_line\",\"end_line\"}.")]
    Add {
        /// The text; `-`, or none when stdin is a pipe, reads it from stdin.
        text: Vec<String>,
    },
    /// Vouch for notes: the assistant takes their lines for yours.
    #[command(after_help = "\
What was not written through this program has no known author: while such a line is in view, the assistant asks before
it deletes or sends anything. Without a path this lists the notes that hold such lines; it changes nothing.

Examples:
  localgpt memory trust                        which notes hold lines of unknown or untrusted origin
  localgpt memory trust MEMORY.md
  localgpt memory trust --all

With --json: [{\"path\",\"lines\",\"unknown\",\"untrusted\"}].")]
    Trust {
        /// Notes, by their path in the workspace.
        #[arg(value_name = "PATH")]
        paths: Vec<String>,
        /// All notes.
        #[arg(long, conflicts_with = "paths")]
        all: bool,
    },
    /// Rebuild the index from nothing; never needed, always safe.
    #[command(
        after_help = "With --json: {\"files\",\"chunks\",\"bytes\",\"seconds\",\"skipped\"}."
    )]
    Reindex,
}

/// The words of `memory search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to look for, in your own words.
    #[arg(required_unless_present = "batch")]
    pub(crate) query: Vec<String>,
    /// The most hits to return.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) limit: u16,
    /// Only notes dated this day or later, like 2026-03-05.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) since: Option<Date>,
    /// Only notes dated this day or earlier.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) until: Option<Date>,
    /// Show what each signal contributed to the score.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Which signals rank the hits.
    #[arg(long, value_name = "MODE", default_value = "hybrid")]
    pub(crate) mode: Mode,
    /// Answer every line `{"id","text"}` of a file (`-` is stdin) with a line `{"id","results"}`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "explain"])]
    pub(crate) batch: Option<PathBuf>,
}

/// Which signals rank the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Words and vectors.
    Hybrid,
    /// Words alone.
    Words,
    /// Vectors alone.
    Vectors,
}

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Words => Self::WordsOnly,
            Mode::Vectors => Self::VectorsOnly,
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_error: jiff::Error| "not a date like 2026-03-05".to_owned())
}
