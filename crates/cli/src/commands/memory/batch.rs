//! `localgpt memory search --batch`: a query a line in, its results a line out.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use localgpt_protocol::{BatchAnswer, BatchQuery};

use super::search;
use crate::{args::SearchArgs, context::Context, report::Failure};

/// Answers the lines of `file` one by one; the first bad line ends it.
pub(crate) fn run(context: &mut Context, words: &SearchArgs, file: &Path) -> anyhow::Result<()> {
    let (name, reader): (_, Box<dyn BufRead>) = match file.to_str() {
        Some("-") => ("stdin".to_owned(), Box::new(io::stdin().lock())),
        Some(_) | None => {
            let name = file.display().to_string();
            let opened = File::open(file)
                .map_err(|error| Failure::user(format!("cannot read {name}")).because(error))?;
            (name, Box::new(BufReader::new(opened)))
        }
    };
    let mut opened = context.open()?;
    let mut said = String::new();
    for (index, line) in reader.lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| {
            Failure::user(format!("cannot read {name}:{number}")).because(error)
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let BatchQuery { id, text } = serde_json::from_str(&line).map_err(|error| {
            Failure::user(format!("cannot read {name}:{number}"))
                .because(error)
                .with_hint(r#"a line is like {"id": "q1", "text": "heat pump filter"}"#)
        })?;
        let query = search::query(words, text);
        let recall = opened.assistant.search_again(&query)?;
        if let Some(reason) = recall.degraded.filter(|reason| *reason != said) {
            context.terminal.note(&search::degraded(&reason))?;
            said = reason;
        }
        context.terminal.json_line(&BatchAnswer { id, results: recall.hits })?;
        context.terminal.skipped(&recall.skipped)?;
    }
    Ok(())
}
