//! The commands of a conversation: what is typed, and what it means.

use crate::report::Failure;

/// What a line that begins with `/` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// Search for these words.
    Search(String),
    /// Look into memory.
    Memory(MemoryWord),
    /// Say who answers, and over which notes.
    Status,
    /// List the commands.
    Help,
    /// End the conversation.
    Quit,
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

/// The commands, each with what it does; the first word is what is typed.
pub(crate) const COMMANDS: [(&str, &str); 7] = [
    ("/search QUERY", "the pieces of your notes that fit best"),
    ("/memory recent", "the notes changed last"),
    ("/memory stats", "what is in memory"),
    ("/memory get PATH#L5-L9", "lines of a note"),
    ("/status", "who answers, and over which notes"),
    ("/help", "this list"),
    ("/quit", "the end (also Ctrl-D)"),
];

impl Slash {
    /// Reads a line; `None` if it is no command but a question.
    pub(crate) fn parse(line: &str) -> Option<Result<Self, Failure>> {
        let line = line.trim();
        if !line.starts_with('/') {
            return None;
        }
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Some(command(name, rest.trim()))
    }
}

/// The list of commands.
pub(crate) fn help() -> String {
    let lines: Vec<String> =
        COMMANDS.iter().map(|(command, does)| format!("{command:<24}{does}")).collect();
    lines.join("\n")
}

fn command(name: &str, rest: &str) -> Result<Slash, Failure> {
    match (name, rest) {
        ("/search", "") => Err(missing("/search", "/search heat pump filter")),
        ("/search", query) => Ok(Slash::Search(query.to_owned())),
        ("/memory", rest) => memory(rest).map(Slash::Memory),
        ("/status", "") => Ok(Slash::Status),
        ("/help", "") => Ok(Slash::Help),
        ("/quit" | "/exit", "") => Ok(Slash::Quit),
        ("/status" | "/help" | "/quit" | "/exit", extra) => {
            Err(Failure::usage(format!("`{name}` takes no words, not `{extra}`")))
        }
        (unknown, _) => Err(unknown_command(unknown)),
    }
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

fn unknown_command(typed: &str) -> Failure {
    let names = COMMANDS.iter().filter_map(|(command, _)| command.split(' ').next());
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 3);
    let failure = Failure::usage(format!("there is no command `{typed}`"));
    match nearest {
        Some((_, name)) => failure.with_hint(format!("did you mean `{name}`?")),
        None => failure.with_hint("`/help` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(line: &str, expected: &Expect) {
        let meaning = match Slash::parse(line) {
            None => "a question".to_owned(),
            Some(Ok(slash)) => format!("{slash:?}"),
            Some(Err(failure)) => failure.to_string(),
        };
        expected.assert_eq(&meaning);
    }

    #[test]
    fn a_line_is_a_question_unless_it_begins_with_a_slash() {
        check("who is Ada?", &expect!["a question"]);
        check(" /search  heat pump ", &expect![[r#"Search("heat pump")"#]]);
        check("/search", &expect!["`/search` needs more words"]);
        check("/memory", &expect!["Memory(Stats)"]);
        check("/memory recent", &expect!["Memory(Recent)"]);
        check("/memory get a b.md#L1", &expect![[r#"Memory(Get("a b.md#L1"))"#]]);
        check("/memory drop", &expect!["`/memory` knows recent, stats and get PATH"]);
        check("/quit now", &expect!["`/quit` takes no words, not `now`"]);
        check("/serch pump", &expect!["there is no command `/serch`"]);
    }
}
