//! What the commands of a conversation do.

use std::path::Path;

use localgpt_assistant::{Answerer, Archive, Changes, Conversation, Which, available};
use localgpt_guard::{one_line, visible};
use localgpt_protocol::{Citation, ContextReport, ContextState, Query, SearchMode, Status};

use super::{
    Chat, Next, copy, draft,
    grammar::{self, MemoryWord, SessionWord, Slash},
};
use crate::{
    commands::{history, memory, session, turn::stoppable},
    context::Opened,
    render::{self, Detail},
    report::Failure,
    terminal::Format,
};

/// The hits that `/search` shows.
const SEARCH_LIMIT: usize = 8;
/// The notes that `/memory recent` lists, and the sessions that `/session list` does.
const RECENT_LIMIT: usize = 10;
const SESSIONS_LIMIT: usize = 20;

impl Chat<'_> {
    pub(super) fn obey(&mut self, slash: Slash) -> anyhow::Result<Next> {
        match slash {
            Slash::Search(text) => {
                let mode = SearchMode::default();
                let query = Query { text, limit: SEARCH_LIMIT, since: None, until: None, mode };
                memory::search(self.terminal, &mut self.opened, &query, Detail::Brief)?;
            }
            Slash::Memory(MemoryWord::Stats) => memory::stats(self.terminal, &mut self.opened)?,
            Slash::Memory(MemoryWord::Recent) => {
                memory::recent(self.terminal, &mut self.opened, RECENT_LIMIT)?;
            }
            Slash::Memory(MemoryWord::Get(reference)) => {
                memory::excerpt(self.terminal, &mut self.opened, &reference)?;
            }
            Slash::Help => {
                let help = grammar::help(self.opened.config.language);
                writeln!(self.terminal.err(), "{help}")?;
            }
            Slash::Quit => return Ok(Next::End),
            Slash::Status => self.status()?,
            Slash::Model(name) => self.model(name.as_deref())?,
            Slash::Models => self.models()?,
            Slash::Session(word) => self.session(word)?,
            Slash::Resume(name) => self.open(&Which::Named(name))?,
            Slash::Clear => self.open(&Which::Fresh)?,
            Slash::Rename(title) => {
                self.conversation.rename(&title)?;
                let title = self.conversation.title().unwrap_or_default();
                self.terminal.note(&format!("{}: {title}", self.opened.wording.titled))?;
            }
            Slash::Branch => {
                let id = self.conversation.branch()?;
                self.terminal.note(&format!("{}: {id}", self.opened.wording.branched))?;
            }
            Slash::Context => self.context()?,
            Slash::Usage => self.usage()?,
            Slash::Retry => {
                self.be_ready()?;
                let text = self.conversation.rewind()?;
                self.say_again(text)?;
            }
            Slash::Edit => return self.edit(),
            Slash::Compact => self.compact()?,
            Slash::UndoCompact => {
                self.conversation.undo_compaction()?;
                self.terminal.note(self.opened.wording.expanded)?;
            }
            Slash::Undo => self.undo()?,
            Slash::Redo => self.redo()?,
            Slash::History => self.history()?,
            Slash::Diff(name) => self.diff(name.as_deref())?,
            Slash::Attach(path) => self.attach(&path)?,
            Slash::Remember(text) => {
                let (citation, text) = self.runtime.block_on(self.conversation.remember(text))?;
                self.note_line(self.opened.wording.turn.remembered, &text, &citation)?;
            }
            Slash::Copy => {
                let text = self.conversation.last_answer().unwrap_or_default();
                copy::copy(self.terminal, &text)?;
            }
            Slash::Save(file) => {
                let id = self.conversation.session().ok_or_else(nothing_said)?;
                let archive = Archive::open(&self.opened.config, &self.opened.clock)?;
                session::save(&file, &archive.export(id)?)?;
                self.terminal.note(&format!(
                    "{} {}",
                    self.opened.wording.written,
                    file.display()
                ))?;
            }
        }
        Ok(Next::Line)
    }

    fn usage(&mut self) -> anyhow::Result<()> {
        let usage = self.conversation.usage();
        match self.terminal.format() {
            Format::Json | Format::JsonLines => self.terminal.json(&usage),
            Format::Text => Ok(writeln!(self.terminal.out(), "{}", render::figures(&usage))?),
        }
    }

    fn status(&mut self) -> anyhow::Result<()> {
        let answerer = self.conversation.answerer().to_string();
        let status = Status { answerer, ..self.opened.assistant.status() };
        match self.terminal.format() {
            Format::Json | Format::JsonLines => self.terminal.json(&status),
            Format::Text => {
                let wording = self.opened.wording;
                let mut rows = vec![
                    ("answers", wording.answerer(&status.answerer)),
                    (wording.workspace, status.workspace),
                ];
                if let Some(session) = self.conversation.session() {
                    let title = self.conversation.title().unwrap_or_default();
                    rows.push(("session", format!("{session} · {title}")));
                }
                Ok(render::pairs(self.terminal.out(), &rows)?)
            }
        }
    }

    fn model(&mut self, name: Option<&str>) -> anyhow::Result<()> {
        if let Some(name) = name {
            let answerer = Answerer::named(name, &self.opened.config.model)?;
            self.conversation.choose(answerer)?;
        }
        Ok(self.terminal.note(&self.speaker())?)
    }

    fn models(&mut self) -> anyhow::Result<()> {
        let config = &self.opened.config;
        let list = stoppable(
            &self.runtime,
            None,
            available(config, self.environment, &self.opened.clock),
        )??;
        self.names.know(list.models.iter().map(|row| &row.name));
        match self.terminal.format() {
            Format::Json | Format::JsonLines => self.terminal.json(&list),
            Format::Text => {
                render::models(self.terminal.out(), &list)?;
                match list.models.is_empty() {
                    true => Ok(self.terminal.note(self.opened.wording.no_model_is_there)?),
                    false => Ok(()),
                }
            }
        }
    }

    fn session(&mut self, word: SessionWord) -> anyhow::Result<()> {
        match word {
            SessionWord::Current => self.status(),
            SessionWord::List => {
                let archive = Archive::open(&self.opened.config, &self.opened.clock)?;
                session::list(self.terminal, &archive, SESSIONS_LIMIT)
            }
            SessionWord::New => self.open(&Which::Fresh),
            SessionWord::Open(name) => self.open(&Which::Named(name)),
        }
    }

    /// Leaves this session and opens another; whoever answers here answers there.
    fn open(&mut self, which: &Which) -> anyhow::Result<()> {
        let answerer = match which {
            Which::Fresh => Some(self.conversation.answerer().clone()),
            Which::Last | Which::Named(_) => None,
        };
        let Self { opened, environment, .. } = self;
        let (conversation, opening) =
            Conversation::open(&opened.config, environment, &opened.clock, which, answerer)?;
        self.conversation = conversation;
        self.terminal.note(&self.speaker())?;
        self.welcome(&opening)
    }

    fn context(&mut self) -> anyhow::Result<()> {
        let switch = self.conversation.switch();
        let report = stoppable(&self.runtime, Some(&switch), self.conversation.context())??;
        match self.terminal.format() {
            Format::Json | Format::JsonLines => self.terminal.json(&report),
            Format::Text => Ok(parts(self.terminal.out(), &report)?),
        }
    }

    fn edit(&mut self) -> anyhow::Result<Next> {
        let text = self.conversation.last_message().ok_or_else(nothing_said)?;
        let folder = self.opened.config.directories.state.clone();
        match draft::compose(&self.editor, &folder, &text)? {
            None => Ok(Next::Line),
            Some(text) => {
                self.be_ready()?;
                self.conversation.rewind()?;
                self.say_again(text)?;
                Ok(Next::Line)
            }
        }
    }

    /// What was said is taken back only when it can be said again.
    fn be_ready(&mut self) -> anyhow::Result<()> {
        match self.conversation.answerer() {
            Answerer::Quote => Ok(()),
            Answerer::Model(_) => {
                let switch = self.conversation.switch();
                let mut silent = |_| {};
                let ready = self.conversation.ready(&mut silent);
                Ok(stoppable(&self.runtime, Some(&switch), ready)??)
            }
        }
    }

    /// Takes back what was done last: a note of this session, or a change of the workspace.
    fn undo(&mut self) -> anyhow::Result<()> {
        let wording = self.opened.wording;
        // Where no history is kept there are still the notes.
        let changes = self.changes().ok();
        let newest = match &changes {
            Some(changes) => changes.newest_undoable()?,
            None => None,
        };
        let is_note = newest.as_ref().is_none_or(|row| row.summary.starts_with("remember"));
        if is_note {
            match self.runtime.block_on(self.conversation.forget()) {
                Ok((citation, text)) => {
                    return self.note_line(wording.forgotten, &text, &citation);
                }
                Err(error) if changes.is_none() => return Err(error.into()),
                Err(_) => {}
            }
        }
        let done = self.changes()?.undo(1)?;
        history::reverted(self.terminal, &done, (wording.forgotten, wording))
    }

    fn redo(&mut self) -> anyhow::Result<()> {
        let done = self.changes()?.redo()?;
        let wording = self.opened.wording;
        history::reverted(self.terminal, &done, (wording.redone, wording))
    }

    fn history(&mut self) -> anyhow::Result<()> {
        let rows = self.changes()?.list(RECENT_LIMIT)?;
        let Opened { clock, wording, .. } = &self.opened;
        history::rows(self.terminal, &rows, clock, wording)
    }

    fn diff(&mut self, name: Option<&str>) -> anyhow::Result<()> {
        let files = self.changes()?.diff(name)?;
        history::show(self.terminal, &files, self.opened.wording)
    }

    fn changes(&self) -> anyhow::Result<Changes> {
        Ok(Changes::open(&self.opened.config, &self.opened.clock)?)
    }

    /// Puts a file beside the next message, and says what became of it.
    pub(super) fn attach(&mut self, path: &Path) -> anyhow::Result<()> {
        if *self.conversation.answerer() == Answerer::Quote {
            return Err(Failure::user("a file needs a model to read it, and memory is quoted")
                .with_hint("choose one with `/model` or `--model`")
                .into());
        }
        let file = self.conversation.attach(path)?;
        let words = &self.opened.wording.turn;
        let mut said = match (file.picture, file.shown < file.characters) {
            (true, _) => format!("{} ({})", file.name, words.picture),
            (false, false) => format!("{} ({} {})", file.name, file.characters, words.characters),
            (false, true) => format!(
                "{} ({} {} {} {}; {})",
                file.name,
                file.shown,
                words.of,
                file.characters,
                words.characters,
                words.rest_searched
            ),
        };
        for note in &file.notes {
            said.push_str("; ");
            said.push_str(note);
        }
        Ok(self.terminal.note(&format!("{}: {said}", words.attached))?)
    }

    /// Says what became of a note, and where it stands or stood.
    fn note_line(&mut self, what: &str, text: &str, citation: &Citation) -> anyhow::Result<()> {
        let text = render::note_text(text);
        Ok(self.terminal.note(&format!("{what}: {text} ({citation})"))?)
    }

    /// Shows what is said, because nobody typed it here, and says it.
    fn say_again(&mut self, text: String) -> anyhow::Result<()> {
        self.terminal.note(&format!("> {}", one_line(&text)))?;
        self.say(text)
    }

    fn compact(&mut self) -> anyhow::Result<()> {
        let switch = self.conversation.switch();
        let mut silent = |_| {};
        let compacted = self.conversation.compact(&mut silent);
        let done = stoppable(&self.runtime, Some(&switch), compacted)??;
        let wording = self.opened.wording;
        match done {
            Some(messages) => {
                Ok(self.terminal.note(&format!("{}: {messages}", wording.summarised))?)
            }
            None => Ok(self.terminal.note(wording.nothing_to_summarise)?),
        }
    }
}

fn nothing_said() -> localgpt_assistant::Error {
    localgpt_assistant::Error::NothingSaid
}

/// Writes the parts of a request and their sizes.
fn parts(out: &mut dyn std::io::Write, report: &ContextReport) -> std::io::Result<()> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for part in &report.parts {
        let state = match &part.state {
            ContextState::Whole => String::new(),
            ContextState::Cut { kept, of } => format!(", {kept} of {of} characters"),
            ContextState::LeftOut { reason } => format!(", left out: {}", one_line(reason)),
        };
        rows.push((visible(&part.name).into_owned(), format!("{}{state}", part.tokens)));
    }
    let free = report.window.saturating_sub(report.reserved).saturating_sub(report.tokens());
    rows.push(("for the answer".to_owned(), report.reserved.to_string()));
    rows.push(("free".to_owned(), free.to_string()));
    rows.push(("window".to_owned(), format!("{} tokens", report.window)));
    let rows: Vec<(&str, String)> =
        rows.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    render::pairs(out, &rows)
}
