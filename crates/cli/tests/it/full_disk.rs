//! A disk that is full before the last byte of a write: the old content stays, and nobody is told that it is saved.
//!
//! No file may grow over a limit, which stands in for the disk; the old content is so long that the new one has a
//! number of bytes too many.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use localgpt_testkit::{Home, Outcome};

use crate::chat_kill::script;

const BINARY: &str = env!("CARGO_BIN_EXE_localgpt");
/// The longest a file may get: 16 blocks of 512 bytes.
const LIMIT: usize = 8_192;
/// Going over the limit is an error and no signal.
const LIMITED: &str = r#"trap "" XFSZ && ulimit -f 16 && exec "$0" "$@""#;
const UNLIMITED: &str = r#"exec "$0" "$@""#;

fn home() -> Home {
    Home::with_notes("/bin/sh")
}

fn run(home: &Home, script: &str, words: &[&str]) -> Outcome {
    home.run(&[&["-c", script, BINARY], words].concat())
}

/// Writes into the file `path`, whose content of any length `old` makes, until `most` bytes have no room.
fn check(home: &Home, words: &[&str], path: &PathBuf, old: impl Fn(usize) -> String, most: usize) {
    let grown = {
        fs::write(path, old(1_000)).unwrap();
        let outcome = run(home, UNLIMITED, words);
        assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
        fs::read_to_string(path).unwrap().len() - old(0).len()
    };
    for missing in 0..=most {
        let old = old(LIMIT + missing + 1_000 - grown - old(0).len());
        fs::write(path, &old).unwrap();
        let outcome = run(home, LIMITED, words);
        let text = fs::read_to_string(path).unwrap();
        if missing == 0 {
            assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
            assert_eq!(text.len(), LIMIT);
            continue;
        }
        assert_eq!(outcome.status, Some(1), "{missing}: {}", outcome.shown());
        assert_eq!(outcome.stdout, "", "{missing}");
        assert_eq!(outcome.stderr.matches("error:").count(), 1, "{missing}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("error: cannot write "), "{}", outcome.stderr);
        assert!(text == old, "{missing}: {text}");
    }
    let outcome = run(home, UNLIMITED, words);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "there is room again");
    assert!(fs::read_to_string(path).unwrap().len() > LIMIT);
    let left: Vec<String> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0], "nothing is left beside the file");
}

#[test]
fn a_note_for_which_there_is_no_room_is_not_added() {
    let home = home();
    run(&home, UNLIMITED, &["memory", "add", "The first bolt."]);
    let path = home.workspace().join(format!("memory/{}.md", home.newest_day()));
    let old = |length| format!("# Today\n\n- {}\n", "x".repeat(length));
    check(&home, &["-q", "memory", "add", "The bolt is BOLT-007."], &path, old, 30);
}

#[test]
fn a_setting_for_which_there_is_no_room_is_not_set() {
    let home = home();
    home.configure("");
    let old = |length| format!("# {}\nlanguage = \"english\"\n", "x".repeat(length));
    check(&home, &["-q", "config", "set", "language", "german"], &home.config_file(), old, 30);
}

/// Where the log of the session `drill` is to be.
fn log(home: &Home) -> PathBuf {
    let listed = run(home, UNLIMITED, &["-q", "session", "list"]);
    assert_eq!(listed.status, Some(0), "{}", listed.shown());
    let workspaces = home.path().join(".local/state/localgpt/workspaces");
    let workspace = fs::read_dir(workspaces).unwrap().next().unwrap().unwrap().path();
    workspace.join("sessions/drill.jsonl")
}

/// A log with a title of so many characters.
fn titled(length: usize) -> String {
    let opened = r#"{"type":"opened","version":1,"id":"drill","at":"2026-01-01T00:00:00Z"}"#;
    let titled = r#"{"type":"titled","at":"2026-01-01T00:00:00Z","title":"#;
    format!("{opened}\n{titled}\"{}\"}}\n", "x".repeat(length))
}

#[test]
fn a_record_for_which_there_is_no_room_is_not_in_the_log() {
    let home = home();
    let path = log(&home);
    let old = titled;
    let words = ["-q", "session", "rename", "drill", "BOLT-007"];
    for room in 0..=100 {
        let old = old(LIMIT - room - old(0).len());
        fs::write(&path, &old).unwrap();
        let outcome = run(&home, LIMITED, &words);
        let text = fs::read_to_string(&path).unwrap();
        // The time of a record has as many digits as it needs, so between the two either can happen.
        let can_fit = room > 60;
        let must_fit = room == 100;
        match outcome.status {
            Some(0) if can_fit => assert!(text.len() <= LIMIT && text.ends_with("BOLT-007\"}\n")),
            Some(1) if !must_fit => {
                assert!(outcome.stderr.starts_with("error: cannot write "), "{}", outcome.stderr);
                assert_eq!((outcome.stdout.as_str(), text), ("", old));
            }
            _ => panic!("{room}: {}", outcome.shown()),
        }
    }
    assert_eq!(run(&home, UNLIMITED, &words).status, Some(0));
}

#[test]
fn no_tool_runs_whose_call_has_no_room_in_the_log() {
    const ROOM_FOR_AN_INDEX: &str = r#"trap "" XFSZ && ulimit -f 2048 && exec "$0" "$@""#;
    let home = home();
    let faults: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = script::start(&faults);
    script::configure(&home, &server);
    let path = log(&home);
    fs::write(&path, titled(9)).unwrap();
    let whole = {
        let words = ["-q", "ask", "--continue", &script::message("0-0")];
        let outcome = run(&home, ROOM_FOR_AN_INDEX, &words);
        assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
        fs::read_to_string(&path).unwrap().len() - titled(9).len()
    };
    let note_file = home.workspace().join(format!("memory/{}.md", home.newest_day()));
    let mut ran = 0;
    let mut failed = 0;
    for turn in 0..15 {
        let number = format!("1-{turn}");
        let room = whole * turn / 12;
        fs::write(&path, titled(1_024 * 1_024 - room - titled(0).len())).unwrap();
        let words = ["-q", "ask", "--continue", &script::message(&number)];
        let outcome = run(&home, ROOM_FOR_AN_INDEX, &words);
        let log = fs::read_to_string(&path).unwrap();
        assert!(log.ends_with("}\n"), "{turn}: a torn line");
        let note = script::note(&number);
        let is_called = log.contains("\"tool_call\"");
        let is_noted = fs::read_to_string(&note_file).unwrap().contains(&note);
        assert_eq!(is_noted, is_called, "{turn}: {}", outcome.shown());
        match outcome.status {
            Some(0) => {
                assert!(log.contains("\"answered\""), "{turn}: {}", outcome.shown());
                ran += 1;
            }
            Some(1) => {
                assert_eq!(outcome.stderr.matches("error:").count(), 1, "{}", outcome.stderr);
                assert!(outcome.stderr.contains("cannot write "), "{turn}: {}", outcome.stderr);
                failed += 1;
            }
            _ => panic!("{turn}: {}", outcome.shown()),
        }
        // There is room again.
        let words = ["-q", "ask", "--continue", &script::message(&format!("2-{turn}"))];
        let outcome = run(&home, UNLIMITED, &words);
        assert_eq!(*faults.lock().unwrap(), [""; 0], "{turn}");
        assert_eq!(outcome.status, Some(0), "{turn}: {}", outcome.shown());
    }
    assert!(ran > 0 && failed > 8, "{ran} ran and {failed} failed");
}
