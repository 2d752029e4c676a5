//! The line editor: history, several lines, completion of commands, a status line.

use std::{borrow::Cow, fmt, path::Path};

use anyhow::Context as _;
use reedline::{
    ColumnarMenu, Completer, CompletionResult, EditCommand, Emacs, FileBackedHistory, KeyCode,
    KeyModifiers, MenuBuilder as _, Prompt, PromptEditMode, PromptHistorySearch, Reedline,
    ReedlineEvent, ReedlineMenu, Signal, Span, Suggestion, default_emacs_keybindings,
};

use super::slash;
use crate::{args::ColorWhen, private};

const MENU: &str = "commands";
const HISTORY_ENTRIES: usize = 2000;

/// A line editor on the terminal.
pub(crate) struct LineEditor {
    reedline: Reedline,
    prompt: StatusPrompt,
}

/// What the person did.
#[derive(Debug)]
pub(crate) enum Typed {
    /// Finished a line, which may hold line breaks.
    Line(String),
    /// Cleared the line.
    Nothing,
    /// Ended the conversation.
    End,
}

impl LineEditor {
    /// Opens the editor; the history is kept in the folder `state`, for its owner alone.
    pub(crate) fn open(state: &Path, status: String, color: ColorWhen) -> anyhow::Result<Self> {
        let mut keys = default_emacs_keybindings();
        let complete = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
        keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(complete));
        let new_line = ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
        keys.add_binding(KeyModifiers::ALT, KeyCode::Enter, new_line);
        let menu = ColumnarMenu::default().with_name(MENU).with_columns(1);
        let mut reedline = Reedline::create()
            .with_completer(Box::new(Commands))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_edit_mode(Box::new(Emacs::new(keys)))
            .with_quick_completions(true)
            .use_bracketed_paste(true)
            .with_ansi_colors(color != ColorWhen::Never);
        match history(state) {
            Ok(history) => reedline = reedline.with_history(Box::new(history)),
            Err(error) => tracing::warn!(error = %error, "no history is kept"),
        }
        Ok(Self { reedline, prompt: StatusPrompt(status) })
    }

    /// Waits for the person.
    pub(crate) fn read(&mut self) -> anyhow::Result<Typed> {
        let typed =
            match self.reedline.read_line(&self.prompt).context("cannot read the terminal")? {
                Signal::Success(line) => Typed::Line(line),
                Signal::CtrlD => Typed::End,
                Signal::CtrlC => Typed::Nothing,
                // Other signals come from bindings that are not made here.
                _ => Typed::Nothing,
            };
        if let Err(error) = self.reedline.sync_history() {
            tracing::warn!(error = %error, "the history was not saved");
        }
        Ok(typed)
    }
}

impl fmt::Debug for LineEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEditor").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}

fn history(state: &Path) -> anyhow::Result<FileBackedHistory> {
    private::create_folder(state)?;
    let file = state.join("chat-history.txt");
    private::open_for_appending(&file)?;
    Ok(FileBackedHistory::with_file(HISTORY_ENTRIES, file)?)
}

/// Completes what begins with `/`.
struct Commands;

impl Completer for Commands {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let typed = line.get(..position).unwrap_or(line);
        let suggestions: Vec<Suggestion> = completions(typed)
            .map(|(value, does)| Suggestion {
                value: value.to_owned(),
                description: Some(does.to_owned()),
                span: Span::new(0, position),
                append_whitespace: true,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// The commands that begin with `typed`, without the words that stand for something else.
fn completions(typed: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    slash::COMMANDS.iter().filter_map(move |(command, does)| {
        let end = command.find(char::is_uppercase).unwrap_or(command.len());
        let value = command.get(..end)?.trim_end();
        (typed.starts_with('/') && value.starts_with(typed)).then_some((value, *does))
    })
}

/// A prompt with the answerer on its right.
#[derive(Debug)]
struct StatusPrompt(String);

impl Prompt for StatusPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("… ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(history: {}) ", search.term))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_completed_up_to_its_own_words() {
        let complete = |typed| completions(typed).map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(complete("/s"), ["/search", "/status"]);
        assert_eq!(complete("/memory g"), ["/memory get"]);
        assert_eq!(complete("heat"), [""; 0]);
    }
}
