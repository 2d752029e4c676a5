//! `cargo xtask compat DIR`: the real binary over the OpenClaw workspaces in DIR, which lie beside the project.
//!
//! Everything runs over copies. Each assertion of the workspace format is one line: it holds, it differs on purpose, or
//! it fails. What a model is sent is read from the requests that a scripted server gets.

mod golden;
mod links;
mod obeying;
mod person;
mod prompts;
mod report;
mod server;
mod sizes;
mod skills;
mod transcripts;
mod tree;
mod untouched;

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::report::Report;
use crate::binary;

/// The words of `compat`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder with `en-small`, `de-jahr` and `golden`.
    folder: PathBuf,
    /// A binary that is built already; without it the release binary is built.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Runs every assertion.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(cfg!(unix), "`compat` needs links, pipes and modes as Unix has them");
    let binary = match &arguments.binary {
        Some(binary) => binary.canonicalize().context("cannot find the binary")?,
        None => binary::build()?,
    };
    let folder = arguments.folder.canonicalize().context("cannot find the folder")?;
    for part in ["en-small", "de-jahr", "golden"] {
        ensure!(folder.join(part).is_dir(), "{} holds no `{part}`", folder.display());
    }
    let mut report = Report::default();
    untouched::check(&mut report, &binary, &folder)?;
    transcripts::check(&mut report, &binary, &folder)?;
    prompts::check(&mut report, &binary, &folder)?;
    sizes::check(&mut report, &binary)?;
    links::check(&mut report, &binary)?;
    golden::check(&mut report, &binary, &folder)?;
    skills::check(&mut report, &binary, &folder)?;
    obeying::check(&mut report, &binary)?;
    report.end()
}
