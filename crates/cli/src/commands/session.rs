//! `localgpt session`: list, show, find, copy and put away what was said.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use localgpt_assistant::Archive;
use localgpt_protocol::SessionRecord;
use serde_json::json;

use super::chat;
use crate::{
    args::{ChatArgs, OneSession, SessionArgs, SessionCommand},
    context::Context,
    render::{self, ThinkingShown},
    report::Failure,
    terminal::{Format, Terminal},
};

/// Runs one command on sessions.
pub(crate) fn run(context: &mut Context, command: &SessionCommand) -> anyhow::Result<()> {
    if let SessionCommand::Resume(OneSession { session }) = command {
        let session = SessionArgs { continue_last: false, resume: Some(session.clone()) };
        let words = ChatArgs { session, ..ChatArgs::default() };
        return chat::run(context, &words, ThinkingShown::Folded);
    }
    let (config, clock) = context.start()?;
    let archive = Archive::open(&config, &clock)?;
    match command {
        SessionCommand::List { limit } => list(&mut context.terminal, &archive, *limit),
        SessionCommand::Show(OneSession { session }) => show(context, &archive, session),
        SessionCommand::Search { words, limit } => {
            let hits = archive.search(&words.join(" "), *limit)?;
            let terminal = &mut context.terminal;
            match terminal.format() {
                Format::Json | Format::JsonLines => terminal.json(&hits),
                Format::Text if hits.is_empty() => Ok(terminal.note("nothing found")?),
                Format::Text => {
                    let zone = clock.zoned().time_zone().clone();
                    Ok(render::session_hits(terminal.out(), &hits, &zone)?)
                }
            }
        }
        // Handled above, where nothing had to be opened.
        SessionCommand::Resume(_) => Ok(()),
        SessionCommand::Branch { session, at } => {
            let id = archive.branch(&archive.find(session)?, *at)?;
            done(context, &json!({ "session": id }), &format!("{id}"))
        }
        SessionCommand::Rename { session, title } => {
            let id = archive.find(session)?;
            archive.rename(&id, &title.join(" "))?;
            done(context, &json!({ "session": id }), &format!("{id}"))
        }
        SessionCommand::Export { session, file } => {
            let page = archive.export(&archive.find(session)?)?;
            export(context, &page, file)
        }
        SessionCommand::Delete(OneSession { session }) => {
            let id = archive.find(session)?;
            let path = archive.delete(&id)?;
            let path = path.display().to_string();
            context.terminal.note("put away; move the file back to have it again:")?;
            done(context, &json!({ "session": id, "path": path }), &path)
        }
        SessionCommand::Import { path } => import(context, &archive, path),
    }
}

/// Prints the sessions.
pub(crate) fn list(terminal: &mut Terminal, archive: &Archive, limit: usize) -> anyhow::Result<()> {
    let mut sessions = archive.list()?;
    let left = sessions.len().saturating_sub(limit);
    sessions.truncate(limit);
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&sessions),
        Format::Text if sessions.is_empty() => {
            Ok(terminal.note("no session yet; `localgpt chat` begins one")?)
        }
        Format::Text => {
            let width = terminal.width();
            render::sessions(terminal.out(), &sessions, width)?;
            match left {
                0 => Ok(()),
                _ => Ok(terminal.note(&format!("{left} more; --limit shows them"))?),
            }
        }
    }
}

fn show(context: &mut Context, archive: &Archive, session: &str) -> anyhow::Result<()> {
    let id = archive.find(session)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => {
            for (number, record) in archive.records(&id)? {
                if record != SessionRecord::Unknown {
                    terminal.json_line(&json!({ "number": number, "record": record }))?;
                }
            }
            Ok(())
        }
        Format::Text => {
            let page = archive.export(&id)?;
            Ok(write!(terminal.out(), "{}", localgpt_guard::visible(&page))?)
        }
    }
}

fn export(context: &mut Context, page: &str, file: &Path) -> anyhow::Result<()> {
    if file == Path::new("-") {
        return Ok(write!(context.terminal.out(), "{}", localgpt_guard::visible(page))?);
    }
    save(file, page)?;
    Ok(context.terminal.note(&format!("wrote {}", file.display()))?)
}

/// Writes a file that must not exist yet.
pub(crate) fn save(file: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // What was said is for its owner alone.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut opened = options.open(file)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    };
    write().map_err(|error: io::Error| {
        let failure = Failure::user(format!("cannot write {}", file.display()));
        let hint = match error.kind() {
            io::ErrorKind::AlreadyExists => "name a file that does not exist yet",
            _ => "name a file in a folder that you may write to",
        };
        failure.because(error).with_hint(hint).into()
    })
}

fn import(context: &mut Context, archive: &Archive, path: &Path) -> anyhow::Result<()> {
    let (taken, problems) = archive.import(path)?;
    let terminal = &mut context.terminal;
    for problem in &problems {
        terminal.note(problem)?;
    }
    for one in &taken {
        for warning in &one.warnings {
            terminal.note(&format!("{}: {warning}", one.from.display()))?;
        }
    }
    match terminal.format() {
        Format::Json | Format::JsonLines => {
            let rows: Vec<_> = taken
                .iter()
                .map(|one| json!({ "session": one.id, "from": one.from.display().to_string(), "messages": one.messages, "warnings": one.warnings }))
                .collect();
            terminal.json(&rows)
        }
        Format::Text => {
            for one in &taken {
                let messages = one.messages;
                writeln!(
                    terminal.out(),
                    "{}  {messages} messages  {}",
                    one.id,
                    one.from.display()
                )?;
            }
            Ok(())
        }
    }
}

fn done(context: &mut Context, document: &serde_json::Value, text: &str) -> anyhow::Result<()> {
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(document),
        Format::Text => Ok(writeln!(terminal.out(), "{}", localgpt_guard::one_line(text))?),
    }
}
