//! The commands of a conversation: how each is typed, what it does, what its words are.

use localgpt_config::Language;

/// One way to type a command.
#[derive(Debug)]
pub(crate) struct Row {
    /// The words that are typed as they stand here: `/memory get`.
    pub(crate) words: &'static str,
    /// What stands for something else: `PATH#L5-L9`, `[NAME]`; empty if nothing follows.
    pub(crate) takes: &'static str,
    /// What could complete it.
    pub(crate) wanted: Wanted,
    english: &'static str,
    german: &'static str,
}

/// What a word of a command names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing that can be completed.
    Nothing,
    /// A model: `ollama/qwen3:8b`.
    Model,
    /// A session.
    Session,
    /// A note.
    Note,
    /// A file of the person's.
    File,
}

const fn row(
    words: &'static str,
    takes: &'static str,
    wanted: Wanted,
    english: &'static str,
    german: &'static str,
) -> Row {
    Row { words, takes, wanted, english, german }
}

use Wanted::{File, Model, Note, Nothing, Session};

/// Every command, in the order of the help.
pub(crate) const ROWS: &[Row] = &[
    row(
        "/model",
        "[NAME]",
        Model,
        "who answers, or choose who does",
        "wer antwortet, oder wer es soll",
    ),
    row("/models", "", Nothing, "the models you can choose from", "die Modelle zur Auswahl"),
    row(
        "/session",
        "[NAME]",
        Session,
        "this session, or go on with another",
        "diese Sitzung, oder eine andere fortsetzen",
    ),
    row("/session list", "", Nothing, "the sessions so far", "die bisherigen Sitzungen"),
    row("/session new", "", Nothing, "begin another session", "eine neue Sitzung beginnen"),
    row(
        "/resume",
        "ID",
        Session,
        "go on with an earlier session",
        "eine frühere Sitzung fortsetzen",
    ),
    row(
        "/rename",
        "TITLE",
        Nothing,
        "give this session a title",
        "dieser Sitzung einen Titel geben",
    ),
    row(
        "/branch",
        "",
        Nothing,
        "go on in a copy of this session",
        "in einer Kopie dieser Sitzung fortfahren",
    ),
    row(
        "/retry",
        "",
        Nothing,
        "ask the last message again",
        "die letzte Nachricht noch einmal fragen",
    ),
    row(
        "/edit",
        "",
        Nothing,
        "change the last message in your editor",
        "die letzte Nachricht im Editor ändern",
    ),
    row(
        "/undo",
        "",
        Nothing,
        "take the last note or change back",
        "die letzte Notiz oder Änderung zurücknehmen",
    ),
    row("/redo", "", Nothing, "do again what was taken back", "Zurückgenommenes wiederholen"),
    row(
        "/history",
        "",
        Nothing,
        "what was changed in the workspace",
        "was im Arbeitsordner geändert wurde",
    ),
    row(
        "/diff",
        "[ID]",
        Nothing,
        "what a change did, or what you changed since",
        "eine Änderung, oder was seither anders ist",
    ),
    row(
        "/attach",
        "FILE",
        File,
        "put a file beside the next message, as @FILE in it does",
        "eine Datei zur Nachricht legen; so auch @DATEI darin",
    ),
    row(
        "/clear",
        "",
        Nothing,
        "begin anew; what was said stays in its log",
        "neu beginnen; Gesagtes bleibt im Protokoll",
    ),
    row(
        "/context",
        "",
        Nothing,
        "what the model reads, and what did not fit",
        "was das Modell liest und was nicht passte",
    ),
    row(
        "/compact",
        "",
        Nothing,
        "replace older messages by a summary",
        "ältere Nachrichten zusammenfassen",
    ),
    row(
        "/undo-compact",
        "",
        Nothing,
        "take the last summary back",
        "die letzte Zusammenfassung zurücknehmen",
    ),
    row(
        "/usage",
        "",
        Nothing,
        "tokens and money spent so far",
        "bisher verbrauchte Token und Kosten",
    ),
    row("/remember", "TEXT", Nothing, "write a note", "eine Notiz schreiben"),
    row(
        "/search",
        "QUERY",
        Nothing,
        "the pieces of your notes that fit best",
        "die passendsten Stellen deiner Notizen",
    ),
    row("/memory recent", "", Nothing, "the notes changed last", "die zuletzt geänderten Notizen"),
    row("/memory stats", "", Nothing, "what is in memory", "was im Gedächtnis ist"),
    row("/memory get", "PATH#L5-L9", Note, "lines of a note", "Zeilen einer Notiz"),
    row(
        "/copy",
        "",
        Nothing,
        "the last answer to the clipboard",
        "die letzte Antwort in die Zwischenablage",
    ),
    row("/save", "FILE", File, "this session as Markdown", "diese Sitzung als Markdown"),
    row(
        "/status",
        "",
        Nothing,
        "who answers, and over which notes",
        "wer antwortet, und aus welchen Notizen",
    ),
    row("/help", "", Nothing, "this list", "diese Liste"),
    row("/quit", "", Nothing, "the end (also Ctrl-D)", "das Ende (auch Strg-D)"),
];

impl Row {
    /// What it does, in the person's language.
    pub(crate) fn does(&self, language: Language) -> &'static str {
        match language {
            Language::German => self.german,
            Language::English | Language::Auto => self.english,
        }
    }
}

/// The list of commands.
pub(crate) fn help(language: Language) -> String {
    let typed = |row: &Row| format!("{} {}", row.words, row.takes).trim_end().to_owned();
    let widest = ROWS.iter().map(|row| typed(row).len()).max().unwrap_or(0);
    let (skill, literal) = match language {
        Language::German => {
            ("einen Skill rufen (`localgpt skills list`)", "ein Text, der mit / beginnt")
        }
        Language::English | Language::Auto => {
            ("call a skill (`localgpt skills list`)", "a text that begins with /")
        }
    };
    let mut lines: Vec<String> =
        ROWS.iter().map(|row| format!("{:<widest$}  {}", typed(row), row.does(language))).collect();
    lines.push(format!("{:<widest$}  {skill}", "/SKILL TEXT"));
    lines.push(format!("{:<widest$}  {literal}", "//…"));
    lines.join("\n")
}
