//! Assertions 9 to 12: transcripts.

use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    person::Person,
    report::{Report, unless},
    tree,
};

const LONG: usize = 50_000;
const SOON: Duration = Duration::from_secs(10);
const SUMMARY: &str = "Default cone confirmed as 6; Scarva closed Mondays recorded.";
/// The words of the kept end, in order.
const KEPT: [&str; 6] = [
    "remember: Scarva is closed on Mondays",
    "Noted in memory/suppliers.md.",
    "[OpenClaw heartbeat poll]",
    "HEARTBEAT_OK",
    "thanks",
    "Any time.",
];

/// Runs the assertions.
pub(crate) fn check(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    english(report, binary, folder)?;
    german(report, binary, folder)?;
    damaged(report, binary)?;
    paths(report, binary)
}

/// A session that was imported: its summary, and the words of its messages.
fn imported(person: &Person, workspace: &Path, id: &str) -> Result<(Option<String>, Vec<String>)> {
    let shown = person.done(workspace, &["session", "show", id, "--json"])?;
    let mut summary = None;
    let mut words = Vec::new();
    for line in shown.stdout.lines() {
        let line: Value = serde_json::from_str(line).context("a record is no JSON")?;
        let record = line.get("record").context("a line has no record")?;
        if let Some(text) = record.get("summary").and_then(Value::as_str) {
            summary = Some(text.to_owned());
        }
        let parts = record.pointer("/message/parts").and_then(Value::as_array);
        let texts = parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str());
        words.extend(texts.map(str::to_owned));
    }
    Ok((summary, words))
}

/// Imports, and returns the names that the sessions have here, with the notes.
fn import(person: &Person, workspace: &Path, from: &Path) -> Result<(Vec<String>, String)> {
    let from = from.to_string_lossy();
    let ran = person.done(workspace, &["session", "import", &from, "--json"])?;
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).context("it printed no JSON")?;
    let names = rows.iter().filter_map(|row| row.get("session")?.as_str().map(str::to_owned));
    Ok((names.collect(), ran.stderr))
}

fn english(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    tree::copy(&folder.join("en-small/state"), own.path())?;
    let sessions = own.path().join("agents/main/sessions");
    let workspace = own.path().join("workspace");
    // A way that was not gone on with, beside the one that was.
    let file = sessions.join("5d3c9b1e-0000-4000-8000-000000000001.jsonl");
    let text = fs::read_to_string(&file)?;
    let (before, after) = text.split_once("{\"type\": \"message\", \"id\": \"49130a11\"").context(
        "the transcript of `en-small` is another one: no entry 49130a11 to put a branch before",
    )?;
    let aside = said("0badcafe", Some("4a954228"), "user", "ABANDONED-WAY");
    let after = format!("{{\"type\": \"message\", \"id\": \"49130a11\"{after}");
    fs::write(&file, format!("{before}{aside}\n{after}"))?;

    let person = Person::create(binary)?;
    let (names, notes) = import(&person, &workspace, &sessions)?;
    let name = names.first().context("no session was imported")?;
    let (summary, words) = imported(&person, &workspace, name)?;
    let complaints: Vec<String> = [
        unless(summary.as_deref() == Some(SUMMARY), format!("the summary is {summary:?}")),
        unless(words == KEPT, format!("the messages are {words:?}")),
        unless(!notes.contains("line "), format!("warnings: {notes}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("9", "en-small: summary and kept end of the active branch, no other", &complaints);

    let listed = person.json(&workspace, &["session", "list"])?;
    let count = listed.as_array().map_or(0, Vec::len);
    let complaints: Vec<String> =
        unless(count == 1, format!("{count} sessions instead of one")).into_iter().collect();
    report.check("12", "en-small: an archive is no live session", &complaints);
    let archive = fs::read_dir(&sessions)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains(".jsonl.reset."))
        .context("`en-small` has no archive")?;
    let (names, _) = import(&person, &workspace, &archive)?;
    let complaints: Vec<String> =
        unless(names.len() == 1, "it was not imported").into_iter().collect();
    report.check("12", "en-small: an archive that is named is read, then searchable", &complaints);

    let group = own.path().join("agents/field-notes/sessions");
    let workspace = own.path().join("workspace-field-notes");
    let (names, _) = import(&person, &workspace, &group)?;
    let name = names.first().context("no session was imported")?;
    let (_, words) = imported(&person, &workspace, name)?;
    let is_whole = words.first().is_some_and(|first| first.contains("bog walk"));
    let complaints: Vec<String> =
        unless(is_whole, format!("the messages are {words:?}")).into_iter().collect();
    report.check("9", "en-small: the session of the second agent", &complaints);
    Ok(())
}

fn german(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    tree::copy(&folder.join("de-jahr/state"), own.path())?;
    let workspace = own.path().join("workspace");
    let person = Person::create(binary)?;
    let (names, _) = import(&person, &workspace, &own.path().join("agents/main/sessions"))?;
    let name = names.first().context("no session was imported")?;
    let (summary, words) = imported(&person, &workspace, name)?;
    let first = words.first().map(String::as_str).unwrap_or_default();
    let last = words.last().map(String::as_str).unwrap_or_default();
    let found = person.json(&workspace, &["session", "search", "Schließfach"])?;
    let complaints: Vec<String> = [
        unless(summary.is_none(), "a summary from nowhere"),
        unless(words.len() == 6, format!("{} texts instead of 6", words.len())),
        unless(first.starts_with("Der Wohnwagen ist verkauft"), format!("it begins: {first}")),
        unless(last.starts_with("Gut zu wissen."), format!("it ends: {last}")),
        unless(found.as_array().is_some_and(|hits| !hits.is_empty()), "its words are not found"),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("9", "de-jahr: the whole session, and its words are found", &complaints);
    Ok(())
}

fn entry(id: &str, parent: Option<&str>, rest: &Value) -> String {
    let mut entry =
        json!({ "id": id, "parentId": parent, "timestamp": "2026-03-02T08:27:01.000Z" });
    if let (Some(entry), Some(rest)) = (entry.as_object_mut(), rest.as_object()) {
        entry.extend(rest.clone());
    }
    entry.to_string()
}

fn said(id: &str, parent: Option<&str>, role: &str, text: &str) -> String {
    let message = json!({ "role": role, "content": [{ "type": "text", "text": text }] });
    entry(id, parent, &json!({ "type": "message", "message": message }))
}

fn header() -> String {
    json!({ "type": "session", "version": 3, "id": "a", "timestamp": "2026-03-02T08:26:40.000Z" })
        .to_string()
}

fn damaged(report: &mut Report, binary: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let person = Person::create(binary)?;
    let lines = [
        header(),
        said("00000001", None, "user", "VALID-1"),
        "%%% this is no entry %%%".to_owned(),
        String::new(),
        // Each of these two says that it follows the other.
        said("00000002", Some("00000003"), "assistant", "VALID-2"),
        said("00000003", Some("00000002"), "user", "VALID-3"),
        said("00000004", Some("deadbeef"), "assistant", "VALID-4"),
        entry("00000005", Some("00000004"), &json!({ "type": "from-the-future" })),
        said("00000006", Some("00000006"), "user", "VALID-5"),
        "[1, 2]".to_owned(),
        said("00000007", Some("00000006"), "assistant", "VALID-6"),
        "{\"type\": \"message\", \"id\": \"000000".to_owned(),
    ];
    let file = own.path().join("damaged.jsonl");
    let mut bytes = lines.join("\n").into_bytes();
    bytes.push(0xff);
    fs::write(&file, bytes)?;
    let (names, notes) = import(&person, own.path(), &file)?;
    let name = names.first().context("no session was imported")?;
    let (_, words) = imported(&person, own.path(), name)?;
    let valid: Vec<String> = (1..=6).map(|number| format!("VALID-{number}")).collect();
    let mut complaints: Vec<String> =
        unless(words == valid, format!("the messages are {words:?}")).into_iter().collect();
    for line in [3, 5, 7, 9, 10, 12] {
        complaints.extend(unless(
            notes.contains(&format!("line {line}:")),
            format!("no warning names line {line}"),
        ));
    }
    report.check("10", "hostile: every valid entry is read, each fault named by line", &complaints);

    let mut long = header();
    for number in 0..LONG {
        let (id, parent) = (format!("{number:08x}"), format!("{:08x}", LONG - number));
        long.push('\n');
        long.push_str(&said(&id, Some(&parent), "user", "again"));
    }
    fs::write(&file, long)?;
    let ran = person.run(own.path(), &["session", "import", &file.to_string_lossy(), "-q"])?;
    let took = ran.took;
    let complaints: Vec<String> = [
        unless(ran.status == Some(0), format!("status {:?}", ran.status)),
        unless(took < SOON, format!("it took {took:?}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("10", &format!("hostile: {LONG} entries that go in circles, soon"), &complaints);
    Ok(())
}

fn paths(report: &mut Report, binary: &Path) -> Result<()> {
    const CANARY: &str = "OUTSIDE-TRANSCRIPT-CANARY";
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let outside = format!("{}\n{}\n", header(), said("00000001", None, "user", CANARY));
    let folder = "agents/main/sessions";
    tree::write(own.path(), "outside.jsonl", &outside)?;
    tree::write(own.path(), "agents/main/above.jsonl", &outside)?;
    let sessions = own.path().join(folder);
    fs::create_dir_all(&sessions)?;
    symlink(own.path().join("outside.jsonl"), sessions.join("linked.jsonl"))?;
    let inside = format!("{}\n{}\n", header(), said("00000001", None, "user", "INSIDE"));
    tree::write(&sessions, "inside.jsonl", &inside)?;
    let entry = |id: &str, file: &str| json!({ "sessionId": id, "sessionFile": file });
    let index = json!({
        "agent:main:main": entry("inside", "inside.jsonl"),
        "agent:main:up": entry("up", "../above.jsonl"),
        "agent:main:round": entry("round", "../sessions/../above.jsonl"),
        "agent:main:far": entry("far", &own.path().join("outside.jsonl").to_string_lossy()),
        "agent:main:link": entry("link", "linked.jsonl"),
        "agent:main:id": { "sessionId": "../above" },
    });
    tree::write(&sessions, "sessions.json", index.to_string())?;
    let person = Person::create(binary)?;
    let (names, notes) = import(&person, own.path(), &sessions)?;
    let found = person.json(own.path(), &["session", "search", CANARY])?;
    let mut complaints: Vec<String> = [
        unless(names.len() == 1, format!("{} sessions instead of one", names.len())),
        unless(found.as_array().is_some_and(Vec::is_empty), "what is outside was read"),
    ]
    .into_iter()
    .flatten()
    .collect();
    for key in ["up", "round", "far", "link", "id"] {
        let is_named = notes.contains(&format!("agent:main:{key}"));
        complaints.extend(unless(is_named, format!("nothing is said of `{key}`")));
    }
    report.check("11", "hostile: files outside of the folder are refused, each named", &complaints);

    let index = sessions.join("sessions.json");
    fs::remove_file(&index)?;
    symlink("/dev/zero", &index)?;
    let ran = person.run(own.path(), &["session", "import", &sessions.to_string_lossy()])?;
    let complaints: Vec<String> = [
        unless(ran.status == Some(0), format!("status {:?}: {}", ran.status, ran.stderr)),
        unless(ran.stderr.contains("sessions.json"), "nothing is said of it"),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("11", "hostile: an index that never ends is not read", &complaints);
    Ok(())
}
