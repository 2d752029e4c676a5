//! `localgpt history`, `diff`, `undo`, `redo`: what was changed, and taking it back.

use std::io::{self, Write};

use localgpt_assistant::Changes;
use localgpt_guard::{one_line, visible};
use localgpt_protocol::{Clock, FileChange, HistoryRow, Reverted};

use crate::{
    context::Context,
    render::{self, accent, alarm, dim, good},
    report::Failure,
    terminal::{Format, Terminal, Verbosity},
    wording::Wording,
};

/// Lists the newest changes.
pub(crate) fn list(context: &mut Context, limit: usize) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let changes = Changes::open(&config, &clock)?;
    let rows = changes.list(limit)?;
    if let Verbosity::Verbose(_) = context.terminal.verbosity() {
        context.terminal.note(&format!("git --git-dir {}", changes.folder().display()))?;
    }
    self::rows(&mut context.terminal, &rows, &clock, Wording::of(config.language))
}

/// Writes changes, one a line.
pub(crate) fn rows(
    terminal: &mut Terminal,
    rows: &[HistoryRow],
    clock: &Clock,
    wording: &Wording,
) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&rows),
        Format::Text if rows.is_empty() => Ok(terminal.note(wording.unchanged)?),
        Format::Text => {
            let zone = clock.zoned().time_zone().clone();
            for row in rows {
                writeln!(terminal.out(), "{}", line(row, &zone))?;
            }
            Ok(())
        }
    }
}

fn line(row: &HistoryRow, zone: &jiff::tz::TimeZone) -> String {
    let at = row.at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let of = match row.of.is_empty() {
        true => String::new(),
        false => format!(" ({})", row.of.join(", ")),
    };
    let summary = one_line(&row.summary);
    format!("{}  {}  {:<9}  {summary}{of}", accent(&row.id), dim(&at), row.author)
}

/// Shows what a change did, or what was changed since the newest one.
pub(crate) fn diff(context: &mut Context, name: Option<&str>) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let files = Changes::open(&config, &clock)?.diff(name)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&files),
        Format::Text => show(terminal, &files, Wording::of(config.language)),
    }
}

/// Writes diffs.
pub(crate) fn show(
    terminal: &mut Terminal,
    files: &[FileChange],
    wording: &Wording,
) -> anyhow::Result<()> {
    if files.is_empty() {
        return Ok(terminal.note(wording.no_difference)?);
    }
    for file in files {
        write_file(terminal.out(), file)?;
    }
    Ok(())
}

fn write_file(out: &mut dyn Write, file: &FileChange) -> io::Result<()> {
    let Some(diff) = &file.diff else {
        return writeln!(out, "{} {}", file.kind, render::bold(&one_line(&file.path)));
    };
    for line in visible(diff).lines() {
        let styled = match line.as_bytes().first() {
            _ if line.starts_with("+++") || line.starts_with("---") => render::bold(line),
            Some(b'+') => good(line),
            Some(b'-') => alarm(line),
            Some(b'@') => dim(line),
            Some(_) | None => line.to_owned(),
        };
        writeln!(out, "{styled}")?;
    }
    Ok(())
}

/// Takes changes back: so many, the one of this name, or the one that wrote these words.
pub(crate) fn undo(context: &mut Context, words: &[String]) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let wording = Wording::of(config.language);
    let mut changes = Changes::open(&config, &clock)?;
    let text = words.join(" ");
    let done = match (text.parse::<usize>(), words) {
        (_, []) => changes.undo(1)?,
        (Ok(0), _) => return Err(Failure::usage("0 changes are nothing to take back").into()),
        (Ok(count), _) if text.len() < 4 => changes.undo(count)?,
        _ => match changes.diff(Some(&text)) {
            Ok(_) => changes.undo_one(&text)?,
            Err(_) => changes.undo_words(&text)?,
        },
    };
    reverted(&mut context.terminal, &done, (wording.forgotten, wording))
}

/// Does again what was taken back last.
pub(crate) fn redo(context: &mut Context) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let done = Changes::open(&config, &clock)?.redo()?;
    let wording = Wording::of(config.language);
    reverted(&mut context.terminal, &done, (wording.redone, wording))
}

/// Says what became of which change, and of which files.
pub(crate) fn reverted(
    terminal: &mut Terminal,
    done: &Reverted,
    (what, wording): (&str, &Wording),
) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(done),
        Format::Text => {
            writeln!(terminal.out(), "{what}: {}", accent(&done.of.join(", ")))?;
            for path in &done.files {
                writeln!(terminal.out(), "  {}", one_line(path))?;
            }
            for path in &done.left {
                let path = one_line(path);
                terminal.note(&format!("{path} {}", wording.left_alone))?;
            }
            Ok(())
        }
    }
}
