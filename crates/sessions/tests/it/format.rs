//! The format of a log, which every later version must read.

use expect_test::expect;
use localgpt_protocol::SessionRecord;

use crate::made::{Sessions, told};

const LOG: &str = include_str!("../../fixtures/v1.jsonl");

#[test]
fn every_record_reads_back_as_it_was_written() {
    for line in LOG.lines() {
        let record: SessionRecord = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&record).unwrap(), line);
    }
}

#[test]
fn the_fixture_holds_every_type_of_record() {
    let mut missing = vec![
        "opened",
        "titled",
        "model_chosen",
        "said",
        "spent",
        "ended",
        "remembered",
        "forgotten",
        "compacted",
        "compaction_undone",
        "rewound",
    ];
    missing.retain(|kind| !LOG.contains(&format!("{{\"type\":\"{kind}\"")));
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_fixture_is_this_session() {
    let sessions = Sessions::new();
    let id = sessions.put("2026-11-24-1530-7f3a", LOG);
    let (log, session) = sessions.store.resume(&id).unwrap();
    assert_eq!(log.next(), LOG.lines().count() as u64);
    let spent: Vec<String> = session
        .spent
        .iter()
        .map(|spent| format!("{:?} {}", spent.purpose, spent.usage.input))
        .collect();
    let notes: Vec<String> = session
        .remembered
        .iter()
        .map(|note| format!("{} {} {} {}", note.record, note.citation, note.text, note.forgotten))
        .collect();
    let text = format!(
        "{}\nbranch of {:?}\ntitle {:?}\n{:?}\n{}\n{spent:?}\n{notes:?}\n{:?}\n{:?} {:?}\n",
        session.opened_at,
        session.branch_of.as_ref().map(ToString::to_string),
        session.title(),
        session.answerer,
        told(&session),
        session.ended(),
        session.skipped,
        session.torn,
    );
    expect![[r#"
        2026-11-24T14:30:00Z
        branch of Some("2026-11-23-0900-00ff")
        title Some("The shed")
        Quotes
        [Spare key: Kühnle.] | 6 With the neighbour, Kühnle.
        ["Answer 900", "Notes 5", "Summary 5"]
        ["9 memory/2026-11-24.md#L1 - The spare key hangs at Kühnle's. true"]
        Some(Ending { record: 24, at: 2026-11-24T14:30:18Z, end: Cancelled })
        [] None
    "#]]
    .assert_eq(&text);
    let listed = serde_json::to_string_pretty(&sessions.store.list().unwrap()).unwrap();
    expect![[r#"
        [
          {
            "id": "2026-11-24-1530-7f3a",
            "title": "The shed",
            "started": "2026-11-24T14:30:00Z",
            "last": "2026-11-24T14:30:19Z",
            "messages": 5,
            "bytes": 3535
          }
        ]"#]]
    .assert_eq(&listed);
    let found = serde_json::to_string_pretty(&sessions.store.search("KÜHNLE", 9).unwrap()).unwrap();
    expect![[r#"
        [
          {
            "session": "2026-11-24-1530-7f3a",
            "title": "The shed",
            "record": 6,
            "at": "2026-11-24T14:30:06Z",
            "role": "assistant",
            "snippet": "With the neighbour, Kühnle."
          }
        ]"#]]
    .assert_eq(&found);
}
