//! The words of `forget`.

/// The words of `forget` in one language.
#[derive(Debug)]
pub(crate) struct ForgetWording {
    /// That no file says it; the history is gone through all the same.
    pub(crate) nowhere: &'static str,
    /// Records of a session, one and several.
    pub(crate) records: (&'static str, &'static str),
    /// That the history is written anew.
    pub(crate) history: &'static str,
    /// What stands before files that stay as they are.
    pub(crate) stays: &'static str,
    /// The question; a key of a yes stands first in the brackets.
    pub(crate) question: &'static str,
    /// That nothing was changed.
    pub(crate) kept: &'static str,
    /// What went: lines, files, records, commits.
    pub(crate) lines: (&'static str, &'static str),
    /// Files, one and several.
    pub(crate) files: (&'static str, &'static str),
    /// Commits, one and several.
    pub(crate) commits: (&'static str, &'static str),
    /// Stands before the counts of what went.
    pub(crate) gone: &'static str,
    /// That all files were read and none says it; the number of files stands before it.
    pub(crate) proved: &'static str,
}

pub(super) const ENGLISH: ForgetWording = ForgetWording {
    nowhere: "no file says it",
    records: ("record", "records"),
    history: "the history is written anew without it; that cannot be undone",
    stays: "stays as it is:",
    question: "forget this for good? [y/N] ",
    kept: "nothing was changed",
    lines: ("line", "lines"),
    files: ("file", "files"),
    commits: ("commit", "commits"),
    gone: "forgotten:",
    proved: "read afterwards, none says it",
};

pub(super) const GERMAN: ForgetWording = ForgetWording {
    nowhere: "das steht in keiner Datei",
    records: ("Eintrag", "Einträge"),
    history: "die Historie wird ohne diesen Text neu geschrieben; das lässt sich nicht zurücknehmen",
    stays: "bleibt, wie es ist:",
    question: "Endgültig vergessen? [j/N] ",
    kept: "nichts wurde geändert",
    lines: ("Zeile", "Zeilen"),
    files: ("Datei", "Dateien"),
    commits: ("Commit", "Commits"),
    gone: "vergessen:",
    proved: "danach gelesen, in keiner steht es mehr",
};

impl ForgetWording {
    /// So many of something.
    pub(crate) fn count(count: u64, (one, several): (&str, &str)) -> String {
        format!("{count} {}", if count == 1 { one } else { several })
    }
}
