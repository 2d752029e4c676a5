//! The line editor: history and its hints, several lines, completion, a status line.

mod continued;

use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use reedline::{
    ColumnarMenu, Completer, CompletionResult, DefaultHinter, EditCommand, EditMode, Emacs,
    FileBackedHistory, KeyCode, KeyModifiers, Keybindings, MenuBuilder as _, Prompt,
    PromptEditMode, PromptHistorySearch, PromptViMode, Reedline, ReedlineEvent, ReedlineMenu,
    Signal, Span, Suggestion, Vi, default_emacs_keybindings, default_vi_insert_keybindings,
    default_vi_normal_keybindings, default_vi_visual_keybindings,
};

use self::continued::Continued;
use super::{completion::Completion, draft};
use crate::{args::ColorWhen, private, report::Failure};

const MENU: &str = "commands";
const OPEN_EDITOR: &str = "editor";
const HISTORY_ENTRIES: usize = 2000;

/// What the editor is opened with.
#[derive(Debug)]
pub(crate) struct EditorOptions {
    /// The folder for the history and for drafts.
    pub(crate) state: PathBuf,
    /// Who is talked to, before the line; may be empty.
    pub(crate) name: String,
    /// The status line on the right; may be empty.
    pub(crate) status: String,
    /// When colour is used.
    pub(crate) color: ColorWhen,
    /// Which keys edit the line.
    pub(crate) keys: Keys,
    /// What is shown beside the line.
    pub(crate) aids: Aids,
    /// The person's own editor, which Ctrl-O starts.
    pub(crate) program: String,
}

/// Which keys edit the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those of Emacs and of most shells.
    Emacs,
    /// Those of vi.
    #[cfg_attr(not(test), expect(dead_code, reason = "chosen in the configuration"))]
    Vi,
}

/// What is shown beside the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aids {
    /// The status line, and what was typed before and begins so.
    Shown,
    /// Nothing: a screen reader would read it with the line.
    Hidden,
}

/// Completes the text before the cursor.
pub(crate) type Complete = dyn Fn(&str) -> Completion + Send;

/// A line editor on the terminal.
pub(crate) struct LineEditor {
    reedline: Reedline,
    prompt: StatusPrompt,
    continued: Continued,
    state: PathBuf,
    program: String,
}

/// What the person did.
#[derive(Debug)]
pub(crate) enum Typed {
    /// Finished a line, which may hold line breaks.
    Line(String),
    /// Cleared the line.
    Nothing,
    /// Wanted something that did not work; the line is still there.
    Refused(Failure),
    /// Ended the conversation.
    End,
}

impl LineEditor {
    /// Opens the editor; the history is kept for its owner alone.
    pub(crate) fn open(options: EditorOptions, complete: Box<Complete>) -> Self {
        let EditorOptions { state, name, status, color, keys, aids, program } = options;
        let menu = ColumnarMenu::default().with_name(MENU).with_columns(1);
        let continued = Continued::default();
        let mut reedline = Reedline::create()
            .with_completer(Box::new(Completions(complete)))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_edit_mode(edit_mode(keys))
            .with_validator(Box::new(continued.clone()))
            .with_quick_completions(true)
            .use_bracketed_paste(true)
            .with_ansi_colors(color != ColorWhen::Never);
        let status = match aids {
            Aids::Shown => {
                reedline = reedline.with_hinter(Box::new(DefaultHinter::default()));
                status
            }
            Aids::Hidden => String::new(),
        };
        match history(&state) {
            Ok(history) => reedline = reedline.with_history(Box::new(history)),
            Err(error) => tracing::warn!(error = %error, "no history is kept"),
        }
        Self { reedline, prompt: StatusPrompt { name, status }, continued, state, program }
    }

    /// Waits for the person.
    pub(crate) fn read(&mut self) -> anyhow::Result<Typed> {
        let typed = loop {
            match self.reedline.read_line(&self.prompt).context("cannot read the terminal")? {
                Signal::Success(line) => break Typed::Line(self.continued.join(line)),
                Signal::CtrlD => break Typed::End,
                Signal::CtrlC => break Typed::Nothing,
                Signal::HostCommand(_) => {
                    let typed = self.reedline.current_buffer_contents();
                    match draft::compose(&self.program, &self.state, typed) {
                        Ok(Some(text)) => self.put(text),
                        Ok(None) => {}
                        Err(failure) => break Typed::Refused(failure),
                    }
                }
                // Other signals come from bindings that are not made here.
                _ => break Typed::Nothing,
            }
        };
        if let Err(error) = self.reedline.sync_history() {
            tracing::warn!(error = %error, "the history was not saved");
        }
        Ok(typed)
    }

    /// Puts a text into the line, for the person to go on with.
    pub(crate) fn put(&mut self, text: String) {
        self.reedline.run_edit_commands(&[EditCommand::Clear, EditCommand::InsertString(text)]);
    }

    /// Changes what stands on the right of the line.
    pub(crate) fn set_status(&mut self, status: String) {
        self.prompt.status = status;
    }
}

impl fmt::Debug for LineEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEditor").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}

fn edit_mode(keys: Keys) -> Box<dyn EditMode> {
    match keys {
        Keys::Emacs => Box::new(Emacs::new(bound(default_emacs_keybindings()))),
        Keys::Vi => Box::new(Vi::new(
            bound(default_vi_insert_keybindings()),
            bound(default_vi_normal_keybindings()),
            default_vi_visual_keybindings(),
        )),
    }
}

/// The keys with ours: Tab, Alt-Enter, Ctrl-O.
fn bound(mut keys: Keybindings) -> Keybindings {
    let complete = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(complete));
    let new_line = ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
    for modifier in [KeyModifiers::ALT, KeyModifiers::SHIFT] {
        keys.add_binding(modifier, KeyCode::Enter, new_line.clone());
    }
    let editor = ReedlineEvent::ExecuteHostCommand(OPEN_EDITOR.to_owned());
    keys.add_binding(KeyModifiers::CONTROL, KeyCode::Char('o'), editor);
    keys
}

fn history(state: &Path) -> anyhow::Result<FileBackedHistory> {
    private::create_folder(state)?;
    let file = state.join("chat-history.txt");
    private::open_for_appending(&file)?;
    Ok(FileBackedHistory::with_file(HISTORY_ENTRIES, file)?)
}

/// Offers what could follow.
struct Completions(Box<Complete>);

impl Completer for Completions {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let Completion { from, offers } = (self.0)(line.get(..position).unwrap_or(line));
        let suggestions: Vec<Suggestion> = offers
            .into_iter()
            .map(|offer| Suggestion {
                append_whitespace: !offer.value.ends_with('/'),
                value: offer.value,
                description: Some(offer.does).filter(|does| !does.is_empty()),
                span: Span::new(from, position),
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// A prompt with who is talked to on its left and who answers on its right.
#[derive(Debug)]
struct StatusPrompt {
    name: String,
    status: String,
}

impl Prompt for StatusPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        match self.name.is_empty() {
            true => Cow::Borrowed(""),
            false => Cow::Owned(format!("{} ", self.name)),
        }
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.status)
    }

    fn render_prompt_indicator(&self, mode: PromptEditMode) -> Cow<'_, str> {
        match mode {
            PromptEditMode::Vi(PromptViMode::Normal) => Cow::Borrowed(": "),
            _ => Cow::Borrowed("> "),
        }
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
    use crate::commands::chat::completion::Offer;

    fn editor(keys: Keys, aids: Aids, state: PathBuf) -> LineEditor {
        let options = EditorOptions {
            state,
            name: "🦊 Ada".to_owned(),
            status: "ollama/small".to_owned(),
            color: ColorWhen::Never,
            keys,
            aids,
            program: "vi".to_owned(),
        };
        LineEditor::open(options, Box::new(|_typed| Completion::default()))
    }

    #[test]
    fn the_prompt_says_who_is_talked_to_and_who_answers() {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = editor(Keys::Vi, Aids::Shown, folder.path().to_owned());
        assert_eq!(editor.prompt.render_prompt_left(), "🦊 Ada ");
        assert_eq!(editor.prompt.render_prompt_right(), "ollama/small");
        editor.set_status("cloud/large".to_owned());
        assert_eq!(editor.prompt.render_prompt_right(), "cloud/large");
        let normal = PromptEditMode::Vi(PromptViMode::Normal);
        assert_eq!(editor.prompt.render_prompt_indicator(normal), ": ");
    }

    #[test]
    fn nothing_stands_beside_the_line_for_a_screen_reader() {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = editor(Keys::Emacs, Aids::Hidden, folder.path().to_owned());
        assert_eq!(editor.prompt.render_prompt_right(), "");
        editor.put("two\nlines".to_owned());
        assert_eq!(editor.reedline.current_buffer_contents(), "two\nlines");
    }

    #[test]
    fn a_folder_is_completed_without_a_space_behind_it() {
        let complete = |_typed: &str| Completion {
            from: 6,
            offers: ["a/", "b"]
                .map(|value| Offer { value: value.to_owned(), does: String::new() })
                .into(),
        };
        let result = Completions(Box::new(complete)).complete("/save ", 6);
        let spaces: Vec<bool> =
            result.suggestions().iter().map(|offer| offer.append_whitespace).collect();
        assert_eq!(spaces, [false, true]);
    }
}
