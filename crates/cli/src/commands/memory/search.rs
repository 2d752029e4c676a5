//! `localgpt memory search`: one query.

use localgpt_guard::one_line;
use localgpt_protocol::Query;

use crate::{
    args::SearchArgs,
    context::{Context, Opened, text_or_stdin},
    render::{self, Detail},
    terminal::{Format, Terminal},
};

/// Searches for the words of the command line.
pub(crate) fn run(context: &mut Context, words: &SearchArgs) -> anyhow::Result<()> {
    let detail = if words.explain { Detail::Explained } else { Detail::Brief };
    let text = match words.query.as_slice() {
        [word] if word == "-" => text_or_stdin(&words.query, "query")?,
        _ => words.query.join(" "),
    };
    let mut opened = context.open()?;
    let query = query(words, text);
    search(&mut context.terminal, &mut opened, &query, detail)
}

/// The query for `text` with the limits of the command line.
pub(crate) fn query(words: &SearchArgs, text: String) -> Query {
    Query {
        text,
        limit: usize::from(words.limit),
        since: words.since,
        until: words.until,
        mode: words.mode.into(),
    }
}

/// Searches and prints what was found.
pub(crate) fn search(
    terminal: &mut Terminal,
    opened: &mut Opened,
    query: &Query,
    detail: Detail,
) -> anyhow::Result<()> {
    let recall = opened.assistant.search(query)?;
    match terminal.format() {
        Format::Json | Format::JsonLines => return terminal.json(&recall),
        Format::Text => {}
    }
    if let Some(reason) = &recall.degraded {
        terminal.note(&degraded(reason))?;
    }
    match recall.hits.is_empty() {
        true => terminal.note("nothing found")?,
        false => {
            let width = terminal.width();
            render::hits(terminal.out(), &recall.hits, detail, width)?;
        }
    }
    Ok(terminal.skipped(&recall.skipped)?)
}

/// What to say when the vectors of the configured model do not count, or not for every chunk.
pub(crate) fn degraded(reason: &str) -> String {
    format!("note: {}", one_line(reason))
}
