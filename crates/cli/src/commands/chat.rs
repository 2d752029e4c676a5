//! `localgpt chat`: one message after the other, in a line editor or from a pipe.

mod commands;
mod completion;
mod copy;
mod draft;
mod grammar;
mod line_editor;
mod names;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use localgpt_assistant::{Answerer, Called, Conversation, Opening};
use localgpt_protocol::{TurnEnd, UserPart};
use localgpt_sandbox::AcceptNoSandbox;
use tokio::runtime::Runtime;

use self::{
    grammar::{Slash, message},
    line_editor::{Aids, EditorOptions, Keys, LineEditor, Typed},
    names::Names,
};
use super::{
    approval::Asking,
    ask::{self, Speaker},
    turn::{self, Show, Turns},
};
use crate::{
    args::ChatArgs,
    context::{Context, Opened},
    editor,
    render::ThinkingShown,
    report::{self, Failure},
    terminal::{Format, Terminal, Verbosity},
};

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    End,
}

/// A person, or a pipe, that talks.
pub(crate) struct Chat<'a> {
    terminal: &'a mut Terminal,
    environment: &'a localgpt_config::Environment,
    opened: Opened,
    conversation: Conversation,
    /// Waits for models.
    runtime: Runtime,
    thinking: ThinkingShown,
    /// The person's own editor.
    editor: String,
    names: Names,
    /// Whether a person sits at the terminal.
    is_typed: bool,
}

/// The commands of a conversation, without their `/`.
pub(crate) fn command_names() -> Vec<&'static str> {
    let words = grammar::ROWS.iter().filter_map(|row| row.words.split(' ').next());
    words.chain(["/exit"]).filter_map(|word| word.strip_prefix('/')).collect()
}

/// Reads messages until the person, or the pipe, has no more.
pub(crate) fn run(
    context: &mut Context,
    words: &ChatArgs,
    thinking: ThinkingShown,
) -> anyhow::Result<()> {
    let opened = context.open()?;
    let chosen = match context.flags.model {
        Some(_) => Some(Answerer::chosen(&opened.config.model)?),
        None => None,
    };
    let (mut conversation, opening) = Conversation::open(
        &opened.config,
        &context.environment,
        &opened.clock,
        &ask::which(&words.session),
        chosen,
    )?;
    if words.i_accept_no_sandbox {
        conversation.accept_no_sandbox(AcceptNoSandbox::typed_by_a_person())?;
    }
    let editor = editor::chosen(&context.environment).to_owned();
    let names = Names::new(&opened.config, &opened.clock);
    let terminal = &mut context.terminal;
    terminal.use_lines();
    let mut chat = Chat {
        terminal,
        environment: &context.environment,
        opened,
        conversation,
        runtime: turn::runtime()?,
        thinking,
        editor,
        names,
        is_typed: io::stdin().is_terminal() && io::stdout().is_terminal(),
    };
    for path in &words.attach {
        chat.attach(path)?;
    }
    match chat.is_typed {
        true => chat.converse(&opening),
        false => chat.answer_lines(&opening),
    }
}

impl Chat<'_> {
    /// Answers what is typed; an error ends one answer and not the conversation.
    fn converse(&mut self, opening: &Opening) -> anyhow::Result<()> {
        let wording = self.opened.wording;
        let workspace = self.opened.assistant.status().workspace;
        self.terminal.note(&format!("{}\n{}: {workspace}", self.speaker(), wording.workspace))?;
        self.welcome(opening)?;
        self.propose()?;
        self.terminal.note(wording.chat_keys)?;
        let language = self.opened.config.language;
        let suggest = self.names.suggest();
        let options = EditorOptions {
            state: self.opened.config.directories.state.clone(),
            name: String::new(),
            status: self.status_line(),
            color: self.terminal.color(),
            keys: Keys::Emacs,
            aids: if self.terminal.is_plain() { Aids::Hidden } else { Aids::Shown },
            program: self.editor.clone(),
        };
        let complete = move |typed: &str| completion::complete(typed, language, &*suggest);
        let mut editor = LineEditor::open(options, Box::new(complete));
        loop {
            let line = match editor.read()? {
                Typed::Line(line) => line,
                Typed::Nothing => continue,
                Typed::Refused(failure) => {
                    report::mention(self.terminal, &failure.into())?;
                    continue;
                }
                Typed::End => return Ok(()),
            };
            match self.reply(&line) {
                Ok(Next::Line) => {}
                Ok(Next::End) => return Ok(()),
                Err(error) => report::mention(self.terminal, &error)?,
            }
            editor.set_status(self.status_line());
            self.names.refresh();
            writeln!(self.terminal.err())?;
        }
    }

    /// Answers every line of stdin; a line that cannot be answered fails the command at the end.
    fn answer_lines(&mut self, opening: &Opening) -> anyhow::Result<()> {
        self.terminal.note(&self.speaker())?;
        self.welcome(opening)?;
        let mut replies = 0;
        let mut failures = 0;
        // Not locked meanwhile: the answer to a question is the next line.
        while let Some(line) = next_line()? {
            match Slash::parse(&line) {
                Some(Ok(Slash::Quit)) => break,
                None if line.trim().is_empty() => continue,
                None | Some(Ok(_) | Err(_)) => {}
            }
            if replies > 0 && self.terminal.format() == Format::Text {
                writeln!(self.terminal.out())?;
            }
            match self.reply(&line) {
                Ok(Next::Line) => replies += 1,
                Ok(Next::End) => break,
                Err(error) if report::is_closed_pipe(&error) => return Err(error),
                Err(error) => {
                    failures += 1;
                    report::mention(self.terminal, &error)?;
                }
            }
        }
        match failures {
            0 => Ok(()),
            1 => Err(Failure::user("1 line could not be answered").into()),
            _ => Err(Failure::user(format!("{failures} lines could not be answered")).into()),
        }
    }

    /// Says which session this is, and what happened to its log.
    fn welcome(&mut self, opening: &Opening) -> anyhow::Result<()> {
        if let Some(session) = &opening.session {
            let title = opening.title.as_deref().unwrap_or_default();
            let messages = self.opened.wording.count_messages(opening.messages);
            self.terminal.note(&format!("{session} · {title} · {messages}"))?;
        }
        for damage in &opening.damages {
            self.terminal.note(damage)?;
        }
        Ok(())
    }

    /// Where no model was chosen: which one is there. None is taken unasked.
    fn propose(&mut self) -> anyhow::Result<()> {
        let config = &self.opened.config;
        if config.model.choice.is_some()
            || *self.conversation.answerer() != Answerer::Quote
            || self.terminal.verbosity() == Verbosity::Quiet
        {
            return Ok(());
        }
        let found = self.runtime.block_on(localgpt_assistant::proposals(
            config,
            self.environment,
            &self.opened.clock,
        ));
        self.names.know(&found);
        let Some(first) = found.first() else { return Ok(()) };
        let others: Vec<String> = found.iter().skip(1).map(ToString::to_string).collect();
        let others = match others.is_empty() {
            true => String::new(),
            false => format!(" ({})", others.join(", ")),
        };
        let wording = self.opened.wording;
        self.terminal.note(&format!("{} /model {first}{others}", wording.model_is_there))?;
        Ok(())
    }

    fn reply(&mut self, line: &str) -> anyhow::Result<Next> {
        match Slash::parse(line) {
            None if line.trim().is_empty() => Ok(Next::Line),
            None => {
                let text = message(line).to_owned();
                self.say(text)?;
                Ok(Next::Line)
            }
            Some(Ok(slash)) => self.obey(slash),
            // What is no command of ours may be a skill's.
            Some(Err(failure)) => match self.conversation.skill(line.trim()) {
                Some(called) => {
                    self.call_skill(called?)?;
                    Ok(Next::Line)
                }
                None => Err(failure.into()),
            },
        }
    }

    /// Says `text` to whoever answers.
    fn say(&mut self, text: String) -> anyhow::Result<()> {
        if *self.conversation.answerer() == Answerer::Quote {
            let answer = self.opened.assistant.ask(&text)?;
            return ask::show(self.terminal, &self.opened, &text, &answer, Speaker::Known);
        }
        let show = self.show();
        for path in mentioned(&text) {
            self.attach(&path)?;
        }
        self.take_turn(vec![UserPart::Text(text)].into(), show)
    }

    /// Has the model read the instructions of a skill, with what was typed behind its name, or runs the skill's tool.
    fn call_skill(&mut self, called: Called) -> anyhow::Result<()> {
        let needs_model = matches!(called, Called::Said(_));
        if needs_model && *self.conversation.answerer() == Answerer::Quote {
            return Err(Failure::user("a skill needs a model, and memory is quoted")
                .with_hint("choose one with `/model`")
                .into());
        }
        self.take_turn(called, self.show())
    }

    fn show(&self) -> Show {
        match self.terminal.format() {
            Format::Text => Show::Text(self.terminal.turn_look(self.thinking)),
            Format::Json | Format::JsonLines => Show::Nothing,
        }
    }

    fn take_turn(&mut self, called: Called, show: Show) -> anyhow::Result<()> {
        let wording = self.opened.wording;
        let asking = match (self.is_typed, show) {
            (_, Show::Nothing | Show::Events) => Asking::Nobody,
            // The question would not be shown.
            (true, _) if self.terminal.verbosity() == Verbosity::Quiet => Asking::Nobody,
            (true, Show::Text(_) | Show::Reported(_)) => Asking::Key,
            (false, Show::Text(_) | Show::Reported(_)) => Asking::Line,
        };
        let turns = Turns { runtime: &self.runtime, show, wording, asking };
        let answer = turns.take(self.terminal, &mut self.conversation, called)?;
        if let Show::Nothing = show {
            self.terminal.json(&answer)?;
        }
        let end = &answer.end;
        match (turn::failure(end), end, show) {
            // How else a turn can end was shown where it ended.
            (Some(failure), TurnEnd::Failed { .. }, _) | (Some(failure), _, Show::Nothing) => {
                Err(failure.into())
            }
            _ => Ok(()),
        }
    }

    fn speaker(&self) -> String {
        self.opened.wording.answerer(&self.conversation.answerer().to_string())
    }

    // The status line is part of the prompt, so it can be switched off like any other note.
    fn status_line(&self) -> String {
        match self.terminal.verbosity() {
            Verbosity::Quiet => String::new(),
            Verbosity::Normal | Verbosity::Verbose(_) => self.speaker(),
        }
    }
}

/// The files that a message names as `@path`, as far as they are there.
fn mentioned(text: &str) -> Vec<PathBuf> {
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix('@'));
    let path = |word: &str| {
        // Punctuation behind it belongs to the sentence.
        [word, word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
    };
    words.filter_map(path).collect()
}

/// The next line of stdin without its line break; none at the end.
fn next_line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::user("cannot read a line from stdin").because(error))?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok((read > 0).then_some(line))
}
