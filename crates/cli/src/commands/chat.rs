//! `localgpt chat`: one question after the other, in a line editor or from a pipe.

mod line_editor;
mod slash;

use std::io::{self, BufRead as _, IsTerminal as _};

use localgpt_protocol::{Query, SearchMode};

use self::{
    line_editor::{LineEditor, Typed},
    slash::{MemoryWord, Slash},
};
use super::{
    ask::{self, Speaker},
    memory,
};
use crate::{
    context::{Context, Opened},
    render::{self, Detail},
    report::{self, Failure},
    terminal::{Format, Terminal, Verbosity},
    wording::Wording,
};

/// The hits that `/search` shows.
const SEARCH_LIMIT: usize = 8;
/// The notes that `/memory recent` lists.
const RECENT_LIMIT: usize = 10;

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    End,
}

/// Reads questions until the person, or the pipe, has no more.
pub(crate) fn run(context: &mut Context) -> anyhow::Result<()> {
    let mut opened = context.open()?;
    let terminal = &mut context.terminal;
    terminal.use_lines();
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => converse(terminal, &mut opened),
        false => answer_lines(terminal, &mut opened),
    }
}

/// Answers what is typed; an error ends one answer and not the conversation.
fn converse(terminal: &mut Terminal, opened: &mut Opened) -> anyhow::Result<()> {
    let wording = opened.wording;
    let status = opened.assistant.status();
    let speaker = wording.answerer(&status.answerer);
    terminal.note(&format!("{speaker}\n{}: {}", wording.workspace, status.workspace))?;
    terminal.note(wording.chat_keys)?;
    // The status line is part of the prompt, so it can be switched off like any other note.
    let status_line =
        if terminal.verbosity() == Verbosity::Quiet { String::new() } else { speaker };
    let state = &opened.config.directories.state;
    let mut editor = LineEditor::open(state, status_line, terminal.color())?;
    loop {
        let line = match editor.read()? {
            Typed::Line(line) => line,
            Typed::Nothing => continue,
            Typed::End => return Ok(()),
        };
        match reply(terminal, opened, &line) {
            Ok(Next::Line) => {}
            Ok(Next::End) => return Ok(()),
            Err(error) => report::mention(terminal, &error)?,
        }
        writeln!(terminal.err())?;
    }
}

/// Answers every line of stdin; a line that cannot be answered fails the command at the end.
fn answer_lines(terminal: &mut Terminal, opened: &mut Opened) -> anyhow::Result<()> {
    terminal.note(&opened.wording.answerer(&opened.assistant.status().answerer))?;
    let mut replies = 0;
    let mut failures = 0;
    for line in io::stdin().lock().lines() {
        let line =
            line.map_err(|error| Failure::user("cannot read a line from stdin").because(error))?;
        match Slash::parse(&line) {
            Some(Ok(Slash::Quit)) => break,
            None if line.trim().is_empty() => continue,
            None | Some(Ok(_) | Err(_)) => {}
        }
        if replies > 0 && terminal.format() == Format::Text {
            writeln!(terminal.out())?;
        }
        match reply(terminal, opened, &line) {
            Ok(Next::Line) => replies += 1,
            Ok(Next::End) => break,
            Err(error) if report::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                failures += 1;
                report::mention(terminal, &error)?;
            }
        }
    }
    match failures {
        0 => Ok(()),
        1 => Err(Failure::user("1 line could not be answered").into()),
        _ => Err(Failure::user(format!("{failures} lines could not be answered")).into()),
    }
}

fn reply(terminal: &mut Terminal, opened: &mut Opened, line: &str) -> anyhow::Result<Next> {
    match Slash::parse(line) {
        None if line.trim().is_empty() => {}
        None => {
            let question = line.trim();
            let answer = opened.assistant.ask(question)?;
            ask::show(terminal, opened, question, &answer, Speaker::Known)?;
        }
        Some(Ok(Slash::Search(text))) => {
            let mode = SearchMode::default();
            let query = Query { text, limit: SEARCH_LIMIT, since: None, until: None, mode };
            memory::search(terminal, opened, &query, Detail::Brief)?;
        }
        Some(Ok(Slash::Memory(MemoryWord::Stats))) => memory::stats(terminal, opened)?,
        Some(Ok(Slash::Memory(MemoryWord::Recent))) => {
            memory::recent(terminal, opened, RECENT_LIMIT)?;
        }
        Some(Ok(Slash::Memory(MemoryWord::Get(reference)))) => {
            memory::excerpt(terminal, opened, &reference)?;
        }
        Some(Ok(Slash::Status)) => status(terminal, opened)?,
        Some(Ok(Slash::Help)) => writeln!(terminal.err(), "{}", slash::help())?,
        Some(Ok(Slash::Quit)) => return Ok(Next::End),
        Some(Err(failure)) => return Err(failure.into()),
    }
    Ok(Next::Line)
}

fn status(terminal: &mut Terminal, opened: &Opened) -> anyhow::Result<()> {
    let status = opened.assistant.status();
    let wording: &Wording = opened.wording;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&status),
        Format::Text => {
            let speaker = wording.answerer(&status.answerer);
            let rows = [("answers", speaker), (wording.workspace, status.workspace)];
            Ok(render::pairs(terminal.out(), &rows)?)
        }
    }
}
