//! `cargo xtask eval`: how well memory finds what was asked for, by the binary's own words.

mod corpora;
mod retrieval;
mod score;
mod search;
mod table;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::binary;

/// What to evaluate.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder with the sets `locomo` and `xquad`, as its README describes them.
    #[arg(required_unless_present = "german")]
    folder: Option<PathBuf>,
    /// The folder with the workspaces `de-jahr` and `en-small` and their questions.
    #[arg(long, value_name = "DIR")]
    german: Option<PathBuf>,
    /// Which signals the search may use; `all` measures each by itself beside both together.
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    mode: Mode,
    /// Keep what the binary printed in this folder, for another scorer.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print the measurements as JSON.
    #[arg(long)]
    json: bool,
}

/// Which signals the search may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Hybrid,
    Words,
    Vectors,
    All,
}

impl Mode {
    fn signals(self) -> Vec<search::Signals> {
        use search::Signals;
        match self {
            Self::Hybrid => vec![Signals::Hybrid],
            Self::Words => vec![Signals::Words],
            Self::Vectors => vec![Signals::Vectors],
            Self::All => vec![Signals::Hybrid, Signals::Words, Signals::Vectors],
        }
    }
}

/// Builds the binary, evaluates it, and prints the table.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for folder in [&arguments.folder, &arguments.german].into_iter().flatten() {
        ensure!(folder.is_dir(), "cannot evaluate: {} is no folder", folder.display());
    }
    let binary = binary::build()?;
    let mut columns = Vec::new();
    let mut misses = Vec::new();
    for signals in arguments.mode.signals() {
        let search = search::Search { binary: &binary, signals, keep: arguments.keep.as_deref() };
        let mut measures = Vec::new();
        if let Some(folder) = &arguments.folder {
            measures.extend(retrieval::measure(&search, folder)?);
        }
        if let Some(folder) = &arguments.german {
            let found = corpora::measure(&search, folder)?;
            measures.extend(found.measures);
            misses.extend(found.misses.into_iter().map(|miss| format!("{signals}: {miss}")));
        }
        columns.push(table::Column { signals, measures });
    }
    if arguments.json {
        println!("{}", table::json(&columns, &misses)?);
    } else {
        print!("{}", table::markdown(&columns));
        for miss in misses {
            println!("- {miss}");
        }
    }
    Ok(())
}
