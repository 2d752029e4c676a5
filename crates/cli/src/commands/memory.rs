//! `localgpt memory`: search, read, add.

mod batch;
mod search;

pub(crate) use search::{degraded, search};

use std::io;

use localgpt_guard::{Label, Origin, visible};
use localgpt_protocol::{Citation, Excerpt};

use crate::{
    args::MemoryCommand,
    context::{Context, Opened, text_or_stdin},
    render,
    report::Failure,
    terminal::{Format, Terminal},
};

/// Runs one command on memory.
pub(crate) fn run(context: &mut Context, command: &MemoryCommand) -> anyhow::Result<()> {
    match command {
        MemoryCommand::Search(words) => match &words.batch {
            Some(file) => batch::run(context, words, file),
            None => search::run(context, words),
        },
        MemoryCommand::Get { reference } => get(context, reference),
        MemoryCommand::Stats => {
            let mut opened = context.open()?;
            stats(&mut context.terminal, &mut opened)
        }
        MemoryCommand::Recent { limit } => {
            let mut opened = context.open()?;
            recent(&mut context.terminal, &mut opened, usize::from(*limit))
        }
        MemoryCommand::Add { text } => add(context, text),
        MemoryCommand::Trust { paths, all } => trust(context, paths, *all),
        MemoryCommand::Reindex => reindex(context),
    }
}

/// Prints what is in memory.
pub(crate) fn stats(terminal: &mut Terminal, opened: &mut Opened) -> anyhow::Result<()> {
    let stats = opened.assistant.stats()?;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&stats),
        Format::Text => {
            render::stats(terminal.out(), &stats)?;
            Ok(terminal.skipped(&stats.skipped)?)
        }
    }
}

/// Prints the notes changed last.
pub(crate) fn recent(
    terminal: &mut Terminal,
    opened: &mut Opened,
    limit: usize,
) -> anyhow::Result<()> {
    let notes = opened.assistant.recent(limit)?;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&notes),
        Format::Text => {
            let width = terminal.width();
            let now = opened.clock.zoned();
            Ok(render::recent(terminal.out(), &notes, now.time_zone(), width)?)
        }
    }
}

/// Prints lines of a note.
pub(crate) fn excerpt(
    terminal: &mut Terminal,
    opened: &mut Opened,
    reference: &str,
) -> anyhow::Result<()> {
    let excerpt = opened.assistant.excerpt(reference)?;
    if excerpt.start_line == 0 {
        let failure = Failure::user(format!("there is nothing at `{reference}`"));
        return Err(failure
            .with_hint("paths are relative to the workspace; `localgpt memory recent` lists some")
            .into());
    }
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&excerpt),
        Format::Text => Ok(lines(terminal, &excerpt)?),
    }
}

fn lines(terminal: &mut Terminal, excerpt: &Excerpt) -> io::Result<()> {
    let Excerpt { path, text, start_line, end_line, total_lines } = excerpt;
    let citation = Citation { path: path.clone(), start_line: *start_line, end_line: *end_line };
    terminal.note(&format!("{citation} of {total_lines}"))?;
    let text = visible(text);
    let out = terminal.out();
    match text.ends_with('\n') {
        true => write!(out, "{text}"),
        false => writeln!(out, "{text}"),
    }
}

fn get(context: &mut Context, reference: &str) -> anyhow::Result<()> {
    let mut opened = context.open()?;
    excerpt(&mut context.terminal, &mut opened, reference)
}

fn add(context: &mut Context, text: &[String]) -> anyhow::Result<()> {
    // What comes from a pipe was written by whoever wrote into it.
    let is_typed = text.iter().any(|word| word != "-");
    let origin = if is_typed { Origin::Human } else { Origin::Unknown };
    let text = text_or_stdin(text, "text")?;
    let mut opened = context.open()?;
    let added = opened.assistant.add(text.trim_end(), Label::of(origin))?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&added),
        Format::Text => {
            let citation = Citation {
                path: added.path,
                start_line: added.start_line,
                end_line: added.end_line,
            };
            let citation = render::accent(&visible(&citation.to_string()));
            Ok(writeln!(context.terminal.out(), "added {citation}")?)
        }
    }
}

/// Vouches for notes, or lists those that hold lines of others.
fn trust(context: &mut Context, paths: &[String], all: bool) -> anyhow::Result<()> {
    let mut opened = context.open()?;
    let assistant = &mut opened.assistant;
    let notes = match (paths, all) {
        ([], false) => assistant.origins()?,
        ([], true) => {
            let paths: Vec<String> =
                assistant.origins()?.into_iter().map(|note| note.path).collect();
            assistant.vouch(&paths)?
        }
        (paths, _) => assistant.vouch(paths)?,
    };
    let is_list = paths.is_empty() && !all;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&notes),
        Format::Text => Ok(render::origins(context.terminal.out(), &notes, is_list)?),
    }
}

fn reindex(context: &mut Context) -> anyhow::Result<()> {
    let mut opened = context.open()?;
    let report = opened.assistant.reindex()?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&report),
        Format::Text => {
            render::reindexed(context.terminal.out(), &report)?;
            if let Some(reason) = &report.degraded {
                context.terminal.note(&degraded(reason))?;
            }
            Ok(context.terminal.skipped(&report.skipped)?)
        }
    }
}
