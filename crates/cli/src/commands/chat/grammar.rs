//! What is typed in a conversation, and what it means.

mod table;

use std::path::PathBuf;

use crate::report::Failure;

pub(crate) use table::{ROWS, Wanted, help};

/// What a line that begins with `/` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// List the commands.
    Help,
    /// Say who answers, or let another model answer.
    Model(Option<String>),
    /// List the models.
    Models,
    /// Something about sessions.
    Session(SessionWord),
    /// Go on with the session of this id, or of an id that begins so.
    Resume(String),
    /// Give the session this title.
    Rename(String),
    /// Go on in a copy.
    Branch,
    /// Say what the model reads.
    Context,
    /// Say what was spent.
    Usage,
    /// Ask the last message again.
    Retry,
    /// Change the last message, and ask it.
    Edit,
    /// Replace older messages by a summary.
    Compact,
    /// Take the last summary back.
    UndoCompact,
    /// Take the last change back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// List the changes of the workspace.
    History,
    /// Show what a change did.
    Diff(Option<String>),
    /// Put a file beside the next message.
    Attach(PathBuf),
    /// Write this note.
    Remember(String),
    /// Copy the last answer.
    Copy,
    /// Write the session to this file.
    Save(PathBuf),
    /// Search for these words.
    Search(String),
    /// Look into memory.
    Memory(MemoryWord),
    /// Say who answers, and over which notes.
    Status,
    /// Begin anew.
    Clear,
    /// End the conversation.
    Quit,
}

/// What is wanted of sessions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionWord {
    /// Which one this is.
    Current,
    /// All of them.
    List,
    /// Another one.
    New,
    /// The one of this name.
    Open(String),
}

/// What is wanted of memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MemoryWord {
    /// The notes changed last.
    Recent,
    /// What is in memory.
    Stats,
    /// Lines of a note.
    Get(String),
}

impl Slash {
    /// Reads a line; `None` if it is no command but a message, which [`message`] reads.
    pub(crate) fn parse(line: &str) -> Option<Result<Self, Failure>> {
        let line = line.trim();
        if !line.starts_with('/') || line.starts_with("//") {
            return None;
        }
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Some(command(name, rest.trim()))
    }
}

/// The message that a line is: two slashes at its beginning are one.
pub(crate) fn message(line: &str) -> &str {
    let line = line.trim();
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) | None => line,
    }
}

fn command(name: &str, rest: &str) -> Result<Slash, Failure> {
    let words = || rest.to_owned();
    let needs = |example: &str| missing(name, example);
    match (name, rest) {
        ("/model", "") => Ok(Slash::Model(None)),
        ("/model", _) if rest.contains(char::is_whitespace) => {
            Err(Failure::usage("a model is one word")
                .with_hint("`/models` lists them, like `ollama/qwen3:8b`"))
        }
        ("/model", _) => Ok(Slash::Model(Some(words()))),
        ("/session", "") => Ok(Slash::Session(SessionWord::Current)),
        ("/session", "list") => Ok(Slash::Session(SessionWord::List)),
        ("/session", "new") => Ok(Slash::Session(SessionWord::New)),
        ("/session", _) => Ok(Slash::Session(SessionWord::Open(words()))),
        ("/resume", "") => {
            Err(Failure::usage("`/resume` needs a session").with_hint("`/session list` lists them"))
        }
        ("/resume", _) => Ok(Slash::Resume(words())),
        ("/rename", "") => Err(needs("/rename The new roof")),
        ("/rename", _) => Ok(Slash::Rename(words())),
        ("/remember", "") => Err(needs("/remember The filter is a UP-25-60.")),
        ("/remember", _) => Ok(Slash::Remember(words())),
        ("/diff", "") => Ok(Slash::Diff(None)),
        ("/diff", _) => Ok(Slash::Diff(Some(words()))),
        ("/attach", "") => Err(needs("/attach report.pdf")),
        ("/attach", _) => Ok(Slash::Attach(PathBuf::from(rest))),
        ("/save", "") => Err(needs("/save roof.md")),
        ("/save", _) => Ok(Slash::Save(PathBuf::from(rest))),
        ("/search", "") => Err(needs("/search heat pump filter")),
        ("/search", _) => Ok(Slash::Search(words())),
        ("/memory", _) => memory(rest).map(Slash::Memory),
        _ => match (alone(name), rest) {
            (Some(slash), "") => Ok(slash),
            (Some(_), _) => Err(Failure::usage(format!("`{name}` takes no words, not `{rest}`"))),
            (None, _) => Err(unknown(name)),
        },
    }
}

/// The commands that take no words.
fn alone(name: &str) -> Option<Slash> {
    let slash = match name {
        "/help" | "/?" => Slash::Help,
        "/models" => Slash::Models,
        "/branch" => Slash::Branch,
        "/context" => Slash::Context,
        "/usage" => Slash::Usage,
        "/retry" => Slash::Retry,
        "/edit" => Slash::Edit,
        "/compact" => Slash::Compact,
        "/undo-compact" => Slash::UndoCompact,
        "/undo" => Slash::Undo,
        "/redo" => Slash::Redo,
        "/history" => Slash::History,
        "/copy" => Slash::Copy,
        "/status" => Slash::Status,
        "/clear" => Slash::Clear,
        "/quit" | "/exit" => Slash::Quit,
        _ => return None,
    };
    Some(slash)
}

fn memory(rest: &str) -> Result<MemoryWord, Failure> {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match (word, rest.trim()) {
        ("" | "stats", "") => Ok(MemoryWord::Stats),
        ("recent", "") => Ok(MemoryWord::Recent),
        ("get", "") => Err(missing("/memory get", "/memory get MEMORY.md#L1-L9")),
        ("get", reference) => Ok(MemoryWord::Get(reference.to_owned())),
        _ => Err(Failure::usage("`/memory` knows recent, stats and get PATH")),
    }
}

fn missing(command: &str, example: &str) -> Failure {
    Failure::usage(format!("`{command}` needs more words")).with_hint(format!("like `{example}`"))
}

fn unknown(typed: &str) -> Failure {
    let names = ROWS.iter().filter_map(|row| row.words.split(' ').next());
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 3 && *distance * 2 < typed.len());
    let failure = Failure::usage(format!("there is no command `{typed}`"));
    match nearest {
        Some((_, name)) => failure.with_hint(format!("did you mean `{name}`?")),
        None => failure.with_hint("`/help` lists them; `//` at the start sends a text as it is"),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use localgpt_config::Language;

    use super::*;

    fn check(lines: &[&str], expected: &Expect) {
        let mut meanings = String::new();
        for line in lines {
            let meaning = match Slash::parse(line) {
                None => format!("says {:?}", message(line)),
                Some(Ok(slash)) => format!("{slash:?}"),
                Some(Err(failure)) => match failure.hint() {
                    Some(hint) => format!("{failure}; {hint}"),
                    None => failure.to_string(),
                },
            };
            meanings.push_str(&meaning);
            meanings.push('\n');
        }
        expected.assert_eq(&meanings);
    }

    #[test]
    fn a_line_is_a_message_unless_it_begins_with_one_slash() {
        check(
            &["who is Ada?", " //etc/hosts is what? ", "//", "a // b"],
            &expect![[r#"
                says "who is Ada?"
                says "/etc/hosts is what?"
                says "/"
                says "a // b"
            "#]],
        );
    }

    #[test]
    fn commands_take_their_words() {
        check(
            &[
                "/model",
                "/model ollama/qwen3:8b",
                "/model a b",
                "/models",
                "/session",
                "/session list",
                "/session new",
                "/session the roof",
                "/resume",
                "/resume 2026",
                "/rename",
                "/rename The  roof",
                "/remember\nline one\nline two",
                "/save",
                "/save my file.md",
                " /search  heat pump ",
                "/search",
                "/memory",
                "/memory recent",
                "/memory get a b.md#L1",
                "/memory get",
                "/memory drop",
                "/undo-compact",
                "/undo",
                "/?",
                "/exit",
            ],
            &expect![[r#"
                Model(None)
                Model(Some("ollama/qwen3:8b"))
                a model is one word; `/models` lists them, like `ollama/qwen3:8b`
                Models
                Session(Current)
                Session(List)
                Session(New)
                Session(Open("the roof"))
                `/resume` needs a session; `/session list` lists them
                Resume("2026")
                `/rename` needs more words; like `/rename The new roof`
                Rename("The  roof")
                Remember("line one\nline two")
                `/save` needs more words; like `/save roof.md`
                Save("my file.md")
                Search("heat pump")
                `/search` needs more words; like `/search heat pump filter`
                Memory(Stats)
                Memory(Recent)
                Memory(Get("a b.md#L1"))
                `/memory get` needs more words; like `/memory get MEMORY.md#L1-L9`
                `/memory` knows recent, stats and get PATH
                UndoCompact
                Undo
                Help
                Quit
            "#]],
        );
    }

    #[test]
    fn what_is_no_command_names_the_nearest() {
        check(
            &["/quit now", "/serch pump", "/mdoel x", "/zzzzzz", "/etc/hosts", "/x", "/"],
            &expect![[r#"
                `/quit` takes no words, not `now`
                there is no command `/serch`; did you mean `/search`?
                there is no command `/mdoel`; did you mean `/model`?
                there is no command `/zzzzzz`; `/help` lists them; `//` at the start sends a text as it is
                there is no command `/etc/hosts`; `/help` lists them; `//` at the start sends a text as it is
                there is no command `/x`; `/help` lists them; `//` at the start sends a text as it is
                there is no command `/`; `/help` lists them; `//` at the start sends a text as it is
            "#]],
        );
    }

    #[test]
    fn every_command_of_the_list_is_understood() {
        for row in ROWS {
            let takes = row.takes.trim_matches(['[', ']']).replace(' ', "");
            let line = format!("{} {takes}", row.words);
            assert!(matches!(Slash::parse(&line), Some(Ok(_))), "{line}");
        }
    }

    #[test]
    fn the_help_lists_every_command() {
        expect![[r#"
            /model [NAME]           who answers, or choose who does
            /models                 the models you can choose from
            /session [NAME]         this session, or go on with another
            /session list           the sessions so far
            /session new            begin another session
            /resume ID              go on with an earlier session
            /rename TITLE           give this session a title
            /branch                 go on in a copy of this session
            /retry                  ask the last message again
            /edit                   change the last message in your editor
            /undo                   take the last note or change back
            /redo                   do again what was taken back
            /history                what was changed in the workspace
            /diff [ID]              what a change did, or what you changed since
            /attach FILE            put a file beside the next message, as @FILE in it does
            /clear                  begin anew; what was said stays in its log
            /context                what the model reads, and what did not fit
            /compact                replace older messages by a summary
            /undo-compact           take the last summary back
            /usage                  tokens and money spent so far
            /remember TEXT          write a note
            /search QUERY           the pieces of your notes that fit best
            /memory recent          the notes changed last
            /memory stats           what is in memory
            /memory get PATH#L5-L9  lines of a note
            /copy                   the last answer to the clipboard
            /save FILE              this session as Markdown
            /status                 who answers, and over which notes
            /help                   this list
            /quit                   the end (also Ctrl-D)
            /SKILL TEXT             call a skill (`localgpt skills list`)
            //…                     a text that begins with /"#]]
        .assert_eq(&help(Language::English));
        assert!(help(Language::German).contains("die letzte Antwort in die Zwischenablage"));
        assert!(help(Language::German).lines().all(|line| line.chars().count() <= 80));
    }
}
