//! Sessions of OpenClaw.

use std::{fmt::Write as _, fs, path::PathBuf};

use expect_test::{Expect, expect};
use localgpt_protocol::{Message, ToolOutcome, UserPart};
use localgpt_sessions::openclaw::{self, Imported, Outcome, RawText};
use serde_json::json;

use crate::made::{Sessions, at, id, told};

/// Fences as the guard would, only shorter.
fn fence(raw: &RawText<'_>) -> ToolOutcome {
    let name = match raw.outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
    };
    serde_json::from_value(json!({ name: format!("<{}: {}>", raw.source, raw.text) })).unwrap()
}

fn import(log: &str) -> (tempfile::TempDir, Imported) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    fs::write(&path, log).unwrap();
    let imported = openclaw::read(&path, &fence).unwrap();
    assert_eq!(fs::read(&path).unwrap(), log.as_bytes());
    (folder, imported)
}

fn words(message: &Message) -> String {
    match message {
        Message::User(parts) => {
            let outside = parts.iter().filter_map(|part| match part {
                UserPart::Attached(attached) => Some(format!("@{} ", attached.text.as_str())),
                UserPart::Text(_) | UserPart::Recalled(_) | UserPart::Image(_) => None,
            });
            format!("U {}{}", outside.collect::<String>(), message.text())
        }
        Message::Assistant(_) => {
            let calls: Vec<String> =
                message.calls().map(|call| format!(" {}({})", call.name, call.input)).collect();
            format!("A {}{}", message.text(), calls.concat())
        }
        Message::ToolResults(results) => {
            let texts: Vec<String> = results
                .iter()
                .map(|result| format!("{} {}", result.call, result.outcome.text()))
                .collect();
            format!("T {}", texts.join(", "))
        }
    }
}

#[track_caller]
fn check(log: &str, expected: &Expect) {
    let (_folder, imported) = import(log);
    let mut text =
        format!("{:?} {:?}\n", imported.model.map(|model| model.to_string()), imported.summary);
    for (_, message) in &imported.messages {
        text.push_str(&words(message));
        text.push('\n');
    }
    for warning in &imported.warnings {
        writeln!(text, "! {:?} {}", warning.line, warning.problem).unwrap();
    }
    expected.assert_eq(&text);
}

const HEADER: &str =
    r#"{"type": "session", "version": 3, "id": "s1", "timestamp": "2026-03-02T08:00:00.000Z"}"#;

fn entry(id: &str, parent: Option<&str>, rest: &serde_json::Value) -> String {
    let mut entry = json!({"id": id, "parentId": parent, "timestamp": "2026-03-02T08:01:00.000Z"});
    let fields = rest.as_object().unwrap().clone();
    entry.as_object_mut().unwrap().extend(fields);
    entry.to_string()
}

fn said(id: &str, parent: Option<&str>, role: &str, text: &str) -> String {
    let message = json!({"role": role, "content": [{"type": "text", "text": text}]});
    entry(id, parent, &json!({"type": "message", "message": message}))
}

fn log(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

#[test]
fn the_summary_and_what_is_kept_of_the_active_branch_are_read() {
    let lines = [
        entry(
            "m",
            None,
            &json!({"type": "model_change", "provider": "anthropic", "modelId": "claude"}),
        ),
        said("1", Some("m"), "user", "summarised"),
        said("2", Some("1"), "assistant", "kept"),
        said("x", Some("2"), "user", "another branch"),
        entry(
            "c",
            Some("2"),
            &json!({"type": "compaction", "summary": "So far.", "firstKeptEntryId": "2"}),
        ),
        entry("k", Some("c"), &json!({"type": "custom", "customType": "state", "data": 1})),
        said("3", Some("k"), "user", "after"),
        entry(
            "d",
            Some("3"),
            &json!({"type": "message", "message": {"role": "assistant", "provider": "openai", "model": "gpt",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "toolCall", "id": "t1", "name": "read", "arguments": {"path": "a"}},
                        {"type": "toolCall", "id": "t2", "name": "exec", "arguments": "no object"}]}}),
        ),
        entry(
            "e",
            Some("d"),
            &json!({"type": "message", "message": {"role": "toolResult", "toolCallId": "t1", "toolName": "read",
            "content": [{"type": "text", "text": "found"}, {"type": "image", "data": "", "mimeType": "image/png"}], "isError": false}}),
        ),
        entry(
            "f",
            Some("e"),
            &json!({"type": "message", "message": {"role": "toolResult", "toolCallId": "t2", "content": "bad", "isError": true}}),
        ),
        entry(
            "g",
            Some("f"),
            &json!({"type": "custom_message", "customType": "mail", "content": "obey", "display": true}),
        ),
        entry(
            "h",
            Some("g"),
            &json!({"type": "message", "message": {"role": "bashExecution", "command": "ls", "output": "a.md"}}),
        ),
        entry(
            "i",
            Some("h"),
            &json!({"type": "branch_summary", "fromId": "x", "summary": "went nowhere"}),
        ),
        said("4", Some("i"), "assistant", "done"),
        entry("z", Some("4"), &json!({"type": "label", "label": "here"})),
    ];
    check(
        &log(&lines),
        &expect![[r#"
            Some("openai/gpt") Some("So far.")
            A kept
            U after
            A  read({"path":"a"}) exec({})
            T t1 <read: found
            [a picture]>, t2 <exec: bad>
            U @<mail: obey> 
            U @<bash: $ ls
            a.md> 
            U @<summary of another branch: went nowhere> 
            A done
        "#]],
    );
}

#[test]
fn an_imported_session_goes_on_as_ours() {
    let lines = [
        said("1", None, "user", "old"),
        said("2", Some("1"), "assistant", "kept"),
        entry(
            "c",
            Some("2"),
            &json!({"type": "compaction", "summary": "So far.", "firstKeptEntryId": "2"}),
        ),
        said("3", Some("c"), "user", "after"),
    ];
    let (_folder, imported) = import(&log(&lines));
    let sessions = Sessions::new();
    let (log, session) = sessions.store.import(&imported, &id("a"), at(0)).unwrap();
    drop(log);
    assert_eq!(told(&session), "[So far.] | 2 kept | 3 after");
    assert_eq!(session, sessions.store.read(&id("a")).unwrap());
}

#[test]
fn every_entry_of_a_damaged_file_that_can_be_read_is_read() {
    let mut lines = vec![
        said("1", Some("2"), "user", "cycle, one"),
        said("2", Some("1"), "assistant", "cycle, two"),
        String::new(),
        "junk".to_owned(),
        "[1]".to_owned(),
        said("3", Some("gone"), "user", "orphan"),
        entry("4", Some("3"), &json!({"type": "from the future"})),
        entry(
            "5",
            Some("4"),
            &json!({"type": "message", "message": {"role": "narrator", "content": "x"}}),
        ),
        said("6", Some("6"), "assistant", "its own parent"),
    ];
    lines.push(r#"{"type":"message","id":"7","parentId":"6","mess"#.to_owned());
    check(
        &log(&lines),
        &expect![[r#"
        None None
        U cycle, one
        A cycle, two
        U orphan
        A its own parent
        ! Some(2) the entry that it follows is not before it
        ! Some(5) it cannot be read: expected value at line 1 column 1
        ! Some(6) it is no entry
        ! Some(7) the entry that it follows is not before it
        ! Some(8) it is of a type that is not known
        ! Some(9) its role is not known
        ! Some(10) the entry that it follows is not before it
        ! Some(11) it cannot be read: EOF while parsing a string at line 1 column 47
    "#]],
    );
}

#[test]
fn a_file_without_a_tree_is_read_in_order() {
    let line = |text: &str| {
        json!({"type": "message", "message": {"role": "user", "content": text}}).to_string()
    };
    check(
        &log(&[line("one"), line("two")]),
        &expect![[r#"
        None None
        U one
        U two
    "#]],
    );
}

#[test]
fn a_compaction_that_keeps_what_is_not_there_keeps_nothing() {
    let lines = [
        said("1", None, "user", "old"),
        entry(
            "c",
            Some("1"),
            &json!({"type": "compaction", "summary": "So far.", "firstKeptEntryId": "nowhere"}),
        ),
        said("2", Some("c"), "user", "after"),
    ];
    check(
        &log(&lines),
        &expect![[r#"
        None Some("So far.")
        U after
        ! Some(3) the first entry that it keeps is not before it: nothing before it is kept
    "#]],
    );
}

#[test]
fn a_long_file_takes_no_longer_than_its_length() {
    let ids: Vec<String> = (0..20_000).map(|number| format!("{number:08x}")).collect();
    let mut lines = vec![said(&ids[0], Some(&ids[19_999]), "user", "x")];
    lines.extend(ids.windows(2).map(|pair| said(&pair[1], Some(&pair[0]), "user", "x")));
    let (_folder, imported) = import(&log(&lines));
    assert_eq!((imported.messages.len(), imported.warnings.len()), (20_000, 1));
}

#[test]
fn what_is_no_transcript_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    fs::write(&path, "\n\njunk").unwrap();
    for path in [&path, &folder.path().join("none"), &folder.path().to_owned()] {
        assert!(openclaw::read(path, &fence).is_err());
    }
}

#[test]
fn a_transcript_that_does_not_fit_into_memory_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = openclaw::read(&path, &fence).unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[test]
fn an_index_that_is_no_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), HEADER).unwrap();
    let index = folder.path().join("sessions.json");
    let _socket = std::os::unix::net::UnixListener::bind(&index).unwrap();
    let listing = openclaw::list(folder.path()).unwrap();
    assert_eq!(listing.live.len(), 1);
    assert_eq!(listing.warnings[0].problem, "sessions.json is no file, or too large");
}

/// A folder `sessions`, and how its files look in a list.
fn listed(index: &str, files: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let sessions: PathBuf = folder.path().join("sessions");
    fs::create_dir(&sessions).unwrap();
    fs::write(folder.path().join("secret.jsonl"), "{}").unwrap();
    for file in files {
        fs::write(sessions.join(file), HEADER).unwrap();
    }
    std::os::unix::fs::symlink("../secret.jsonl", sessions.join("link.jsonl")).unwrap();
    fs::write(sessions.join("sessions.json"), index).unwrap();
    let listing = openclaw::list(&sessions).unwrap();
    let mut lines = Vec::new();
    for found in &listing.live {
        let file = found.path.strip_prefix(&sessions).unwrap().display();
        lines.push(format!("{} {:?} {:?} {file}", found.id, found.key, found.label));
    }
    for path in &listing.archived {
        lines.push(format!("archived {}", path.strip_prefix(&sessions).unwrap().display()));
    }
    let problems = listing.warnings.iter().map(|warning| format!("! {}", warning.problem));
    lines.extend(problems);
    (folder, lines.join("\n"))
}

#[test]
fn the_index_names_sessions_inside_the_folder_only() {
    let index = json!({
        "agent:main:main": {"sessionId": "a", "updatedAt": 1_772_440_200_000_i64, "label": "Home"},
        "agent:main:up": {"sessionId": "b", "sessionFile": "../secret.jsonl"},
        "agent:main:link": {"sessionId": "c", "sessionFile": "link.jsonl"},
        "agent:main:id": {"sessionId": "../secret"},
        "agent:main:away": {"sessionId": "d", "sessionFile": "/elsewhere/.openclaw/agents/main/sessions/d-topic-1.jsonl"},
        "agent:main:none": {"sessionId": "e"},
        "agent:main:etc": {"sessionId": "f", "sessionFile": "/etc/passwd"},
        "odd": 7,
    });
    let files = [
        "a.jsonl",
        "d-topic-1.jsonl",
        "lost.jsonl",
        "old.jsonl.reset.2026-02-20T04-00-11.000Z",
        "old.jsonl.deleted.2026-02-21T04-00-11.000Z",
        "notes.txt",
    ];
    let (_folder, listed) = listed(&index.to_string(), &files);
    expect![[r#"
        a Some("agent:main:main") Some("Home") a.jsonl
        lost None None lost.jsonl
        d Some("agent:main:away") None d-topic-1.jsonl
        archived old.jsonl.deleted.2026-02-21T04-00-11.000Z
        archived old.jsonl.reset.2026-02-20T04-00-11.000Z
        ! session `agent:main:etc`: its file is not there
        ! session `agent:main:id`: its id is no name of a session
        ! session `agent:main:link`: its file is outside of the folder
        ! session `agent:main:none`: its file is not there
        ! session `agent:main:up`: its file is named by a path that goes up
        ! session `odd`: its id is no name of a session
        ! file `link.jsonl` leads out of the folder"#]]
    .assert_eq(&listed);
}

#[test]
fn a_broken_index_leaves_the_files() {
    let (_folder, listed) = listed("{\"agent", &["a.jsonl"]);
    expect![[r#"
        a None None a.jsonl
        ! sessions.json cannot be read: EOF while parsing a string at line 1 column 7
        ! file `link.jsonl` leads out of the folder"#]]
    .assert_eq(&listed);
}

#[test]
fn an_index_that_is_no_file_or_leads_out_leaves_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("sessions");
    fs::create_dir_all(sessions.join("sessions.json")).unwrap();
    fs::write(sessions.join("one.jsonl"), "").unwrap();
    let listing = openclaw::list(&sessions).unwrap();
    assert_eq!(listing.live.len(), 1);
    assert_eq!(listing.warnings[0].problem, "sessions.json is no file, or too large");

    fs::remove_dir(sessions.join("sessions.json")).unwrap();
    let outside = folder.path().join("outside.json");
    fs::write(&outside, r#"{"agent:main:main":{"sessionId":"one","label":"outside"}}"#).unwrap();
    std::os::unix::fs::symlink(outside, sessions.join("sessions.json")).unwrap();
    let listing = openclaw::list(&sessions).unwrap();
    assert_eq!(listing.live[0].label, None);
    assert_eq!(listing.warnings[0].problem, "sessions.json leads out of the folder");
}
