//! A program that is killed, or whose disk is full, loses nothing that it was told is saved.
//!
//! The program is this one: it runs a single test in a folder that holds an order, and does as the order says.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use localgpt_protocol::SessionRecord;

use crate::made::{Sessions, at, id, titled};

const ORDER: &str = "order.txt";
const TEST: &str = "killed::a_folder_with_an_order_is_obeyed";

fn numbered(number: u64, length: usize) -> SessionRecord {
    let text = format!("{number} {}", "x".repeat(length));
    SessionRecord::Titled { at: at(0), title: text.trim_end().to_owned() }
}

#[test]
fn a_folder_with_an_order_is_obeyed() {
    let folder = env::current_dir().unwrap();
    // In an ordinary run there is no order, and nothing to do.
    let Ok(order) = fs::read_to_string(folder.join(ORDER)) else { return };
    let store = localgpt_sessions::SessionStore::open(&folder).unwrap();
    let (mut log, _) = store.resume(&id("a")).unwrap();
    let mut append = |length| {
        let number = log.next();
        match log.append(&numbered(number, length)) {
            Ok(saved) => println!("\nsaved {saved}"),
            Err(error) => println!("\nrefused {error}"),
        }
    };
    match order.as_str() {
        "until killed" => loop {
            append(20);
        },
        _ => order.split(' ').for_each(|length| append(length.parse().unwrap())),
    }
}

#[expect(clippy::disallowed_methods, reason = "the child is this very program")]
fn start(folder: &Path, order: &str, script: &str) -> Child {
    fs::write(folder.join(ORDER), order).unwrap();
    Command::new("/bin/sh")
        .args(["-c", script])
        .arg(env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The record that a line of the child says is saved.
fn saved(line: &str) -> Option<u64> {
    line.strip_prefix("saved ").map(|number| number.parse().unwrap())
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there() {
    let sessions = Sessions::new();
    sessions.with("a", &[]);
    let mut random = 1_u64;
    let mut acknowledged = 0;
    for _ in 0..100 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let wait_for = (random >> 33) % 8;
        let mut child = start(sessions.folder.path(), "until killed", r#"exec "$0" "$@""#);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut seen = 0;
        while seen < wait_for {
            let line = lines.next().unwrap();
            if let Some(number) = saved(&line) {
                acknowledged = acknowledged.max(number);
                seen += 1;
            }
        }
        child.kill().unwrap();
        // What it said before it died counts as well.
        acknowledged = lines.filter_map(|line| saved(&line)).fold(acknowledged, u64::max);
        child.wait().unwrap();
        let (log, session) = sessions.store.resume(&id("a")).unwrap();
        assert!(log.next() > acknowledged, "record {acknowledged} is lost");
        assert_eq!(session.skipped, []);
    }
    assert!(acknowledged >= 100);
    let log = String::from_utf8(sessions.bytes("a.jsonl")).unwrap();
    for (number, line) in (0..).zip(log.lines()).skip(1) {
        let record: SessionRecord = serde_json::from_str(line).unwrap();
        assert_eq!(record, numbered(number, 20));
    }
}

#[test]
fn a_full_disk_is_an_error_and_costs_nothing_that_was_saved() {
    let sessions = Sessions::new();
    sessions.with("a", &[]);
    // The largest file may have 16 blocks, and going over it is an error and no signal.
    let script = r#"trap "" XFSZ && ulimit -f 16 && exec "$0" "$@""#;
    let child = start(sessions.folder.path(), "10 10 1000000 10", script);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("saved") || line.starts_with("refused"))
        .collect();
    let path = sessions.folder.path().join("a.jsonl");
    let refused = format!("refused cannot write {}", path.display());
    assert_eq!(said, ["saved 1", "saved 2", refused.as_str(), "saved 3"]);
    let (mut log, session) = sessions.store.resume(&id("a")).unwrap();
    assert_eq!((session.records, session.torn, session.skipped), (4, None, Vec::new()));
    assert_eq!(log.append(&titled("and on")).unwrap(), 4);
}
