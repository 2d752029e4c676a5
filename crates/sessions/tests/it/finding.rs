//! Searching in what was said.

use expect_test::{Expect, expect};
use localgpt_protocol::{SessionHit, SessionRecord, Speaker};
use serde_json::json;

use crate::made::{Sessions, answers, asks, at, titled};

fn found(sessions: &Sessions, query: &str, limit: usize) -> String {
    let hits = sessions.store.search(query, limit).unwrap();
    let line = |hit: &SessionHit| {
        let who = match hit.role {
            Speaker::User => "asked",
            Speaker::Assistant => "answered",
        };
        format!("{}#{} {who}: {}", hit.session, hit.record, hit.snippet)
    };
    hits.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(query: &str, expected: &Expect) {
    let sessions = Sessions::new();
    sessions.with(
        "a",
        &[
            asks(1, "Where does the SPARE key of the shed hang?"),
            answers(2, "The spare key is with Kühnle.\nHe said \"any time\" in C:\\notes."),
            asks(90, "And the straße?"),
        ],
    );
    sessions.with("b", &[titled("Keys"), asks(60, "a key, and\u{7} a bell")]);
    expected.assert_eq(&found(&sessions, query, 10));
}

#[test]
fn all_words_must_stand_in_one_message() {
    check(
        "key",
        &expect![[r#"
            b#2 asked: a key, and a bell
            a#2 answered: The spare key is with Kühnle. He said "any time" in C:\notes.
            a#1 asked: Where does the SPARE key of the shed hang?"#]],
    );
    check("key shed", &expect!["a#1 asked: Where does the SPARE key of the shed hang?"]);
    check("shed Kühnle", &expect![""]);
    check("   ", &expect![""]);
    check("missing", &expect![""]);
}

#[test]
fn case_is_folded_in_every_script() {
    let kuehnle =
        expect![[r#"a#2 answered: The spare key is with Kühnle. He said "any time" in C:\notes."#]];
    check("KÜHNLE", &kuehnle);
    check("STRAẞE", &expect!["a#3 asked: And the straße?"]);
}

#[test]
fn what_json_writes_in_another_way_is_found() {
    let notes =
        expect![[r#"a#2 answered: The spare key is with Kühnle. He said "any time" in C:\notes."#]];
    check("\"ANY C:\\NOTES", &notes);
    check(
        "he",
        &expect![[r#"
        a#3 asked: And the straße?
        a#2 answered: The spare key is with Kühnle. He said "any time" in C:\notes.
        a#1 asked: Where does the SPARE key of the shed hang?"#]],
    );
}

#[test]
fn text_that_another_program_escaped_is_found() {
    let sessions = Sessions::new();
    let line = r#"{"at":"2026-11-24T14:30:00Z","type":"said","message":{"role":"user","parts":[{"text":"K\u00fchnle"}]}}"#;
    sessions.put("a", format!("\n{line}\n"));
    assert_eq!(found(&sessions, "kühnle", 10), "a#1 asked: Kühnle");
}

#[test]
fn what_was_recalled_thought_or_returned_is_not_found() {
    let sessions = Sessions::new();
    let said = |message| SessionRecord::Said {
        at: at(1),
        message: serde_json::from_value(message).unwrap(),
    };
    sessions.with(
        "a",
        &[
            said(json!({"role": "user", "parts": [{"text": "x"}, {"recalled": {"citations": [], "notes": "secret"}}]})),
            said(json!({"role": "assistant", "parts": [{"thinking": {"text": "secret"}}, {"tool_call": {"id": "c", "name": "secret", "input": {"a": "secret"}}}]})),
            said(json!({"role": "tool_results", "parts": [{"call": "c", "name": "secret", "outcome": {"done": "secret"}}]})),
            titled("secret"),
        ],
    );
    assert_eq!(found(&sessions, "secret", 10), "");
}

#[test]
fn the_latest_hits_of_all_sessions_come_first() {
    let sessions = Sessions::new();
    sessions.with("a", &[asks(1, "key one"), asks(5, "key five"), asks(9, "key nine")]);
    sessions.with("b", &[asks(4, "key four"), asks(6, "key six"), asks(8, "key eight")]);
    let expected = "a#3 asked: key nine\nb#3 asked: key eight\nb#2 asked: key six";
    assert_eq!(found(&sessions, "key", 3), expected);
    assert_eq!(found(&sessions, "key", 0), "");
}

#[test]
fn a_snippet_is_cut_around_the_word() {
    let sessions = Sessions::new();
    let long = "ä ".repeat(300);
    sessions.with("a", &[asks(1, &format!("{long}here {long}"))]);
    let hits = sessions.store.search("HERE", 1).unwrap();
    let snippet = &hits[0].snippet;
    assert!(snippet.starts_with("…ä") && snippet.ends_with('…') && snippet.contains("here"));
    assert!(snippet.chars().count() <= 162, "{snippet}");
    assert!(hits[0].title.as_ref().is_some_and(|title| title.ends_with('…')));
}

#[test]
fn long_messages_and_long_logs_are_searched_to_their_beginning() {
    let sessions = Sessions::new();
    // Longer than what is read at once, by a little and by far.
    let filler = |megabytes: f64| "ein Wort ".repeat((megabytes * 1e6 / 9.0) as usize);
    let said =
        |second, megabytes, word: &str| asks(second, &format!("{word} {}", filler(megabytes)));
    let mut records = vec![asks(1, "needle 1"), said(2, 3.7, "needle 2"), asks(3, "needle 3")];
    records.extend((4..30).map(|second| said(second, 0.11, &format!("needle {second}"))));
    records.extend([said(30, 1.05, "needle 30"), asks(31, "needle 31")]);
    sessions.with("a", &records);
    let numbers = |limit| -> Vec<u64> {
        let hits = sessions.store.search("NEEDLE", limit).unwrap();
        let title = |hit: &SessionHit| hit.title.clone();
        assert!(hits.iter().all(|hit| title(hit).as_deref() == Some("needle 1")));
        hits.iter().map(|hit| hit.record).collect()
    };
    assert_eq!(numbers(100), (1..=31).rev().collect::<Vec<_>>());
    assert_eq!(numbers(2), [31, 30]);
}
