//! What the sandbox costs: a program that does nothing, confined and not, as the binary itself starts them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{
    Bench,
    table::{Amount, Row},
    timing::median,
};
use crate::{binary::User, process::output};

/// What `sandbox test --json` says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Tested {
    sandbox: String,
    confined_ms: f64,
    free_ms: f64,
}

/// Measures what is added to a child by putting walls around it.
pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    eprintln!("starting programs in the sandbox");
    let user = User::create(&bench.binary)?;
    let nowhere = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (mut confined, mut free) = (Vec::new(), Vec::new());
    let mut kind = String::new();
    for _ in 0..3 * bench.repeats {
        let printed = output(user.command(nowhere.path()).args(["sandbox", "test", "--json"]))?;
        let tested: Tested = serde_json::from_str(&printed).context("cannot read the test")?;
        confined.push(Duration::from_secs_f64(tested.confined_ms / 1e3));
        free.push(Duration::from_secs_f64(tested.free_ms / 1e3));
        kind = tested.sandbox;
    }
    let (confined, free) = (median(&confined), median(&free));
    Ok(vec![
        Row::shown(format!("`true` in the sandbox ({kind})"), Amount::Time(confined))
            .beside("the same child without", Amount::Time(free)),
        Row::shown("the same, more than without", Amount::Time(confined.saturating_sub(free)))
            .at_most(Amount::Time(Duration::from_millis(15))),
    ])
}
