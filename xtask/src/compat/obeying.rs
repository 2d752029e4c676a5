//! Assertions 51 to 53: what becomes of what a model says and does.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    golden::example,
    person::Person,
    report::{Report, unless},
    server::Act,
    tree,
};
use crate::attacks;

/// A text as another program left it, in three parts of which the middle one is to change: quotes of two kinds, both
/// ends of lines, a tab, blanks at the end, no last line break, and a byte that is no UTF-8.
const BEFORE: &[u8] =
    "\u{feff}# Ma\u{00df}e\r\n\r\n\u{201e}Gr\u{00f6}\u{00df}e\u{201c} \u{2013} gut.  \r\n"
        .as_bytes();
const CHANGED: &str = "Er sagte \u{201e}nein\u{201c} \u{2013} laut.";
const AFTER: &[u8] = b"\r\n\tnur LF\n\xff\r\n\"plain\" 'too' - end";

/// Runs the assertions.
pub(crate) fn check(report: &mut Report, binary: &Path) -> Result<()> {
    silence(report)?;
    let (sessions, complaints) = attacks::workspaces(binary)?;
    report.check(
        "52",
        &format!("hostile: {sessions} workspaces and a model that obeys"),
        &complaints,
    );
    edits(report, binary)
}

fn silence(report: &mut Report) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let file = own.path().join("answers.json");
    let answers = ["NO_REPLY", " NO_REPLY\n", "NO_REPLY ok", "ok", ""];
    fs::write(&file, json!(answers).to_string())?;
    let said: Value = serde_json::from_str(&example(&["silent", &file.to_string_lossy()])?)?;
    let holds = said == json!([true, true, false, false, false]);
    let complaints = Vec::from_iter(unless(holds, format!("{said}")));
    report.check("51", "a silent reply is silent, and nothing else is", &complaints);
    report.differs("51", "a person who asked reads every answer as it is, a silent one too");
    Ok(())
}

fn edits(report: &mut Report, binary: &Path) -> Result<()> {
    let (old, new) = ("Er sagte \"nein\" - laut.", "Er sagte \"ja\".");
    let spellings: [Value; 2] = [
        json!({"path": "notes/a.md", "oldText": old, "newText": new}),
        json!({"file_path": "notes/a.md", "old_string": old, "new_string": new}),
    ];
    let mut complaints = Vec::new();
    for input in spellings {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        let before = [BEFORE, CHANGED.as_bytes(), AFTER].concat();
        tree::write(own.path(), "notes/a.md", before)?;
        let person = Person::create(binary)?;
        let acts = [Act::Call("edit", input), Act::Say("Done.".to_owned())];
        let ran = person.ask_and_have(own.path(), acts)?;
        let after = fs::read(own.path().join("notes/a.md"))?;
        // Of the line only what differs is written, so a quote that is the same to a reader stays as it was.
        let inner = after.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
        let inner = inner.map(String::from_utf8_lossy);
        let is_right = inner.is_some_and(|line| {
            line.starts_with("Er sagte ") && line.contains("ja") && !line.contains("nein")
        });
        complaints.extend(unless(
            is_right,
            format!("{:?} {}", String::from_utf8_lossy(&after), ran.stderr.trim()),
        ));
    }
    report.check("53", "plain quotes find others, and every other byte stays", &complaints);
    Ok(())
}
