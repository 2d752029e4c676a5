//! `cargo xtask drill-kills`: the test that kills a conversation, with many more kills than a run of all tests has.

use anyhow::Result;
use clap::Args;

use crate::process::{self, cargo};

/// The words of `drill-kills`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How often.
    #[arg(long, default_value_t = 500)]
    times: u32,
}

/// Runs `crates/cli/tests/kills.rs` over the debug binary.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let times = arguments.times.to_string();
    let test = ["test", "--locked", "--package", "localgpt", "--test", "kills", "--"];
    process::run(cargo(test).arg(times))
}
