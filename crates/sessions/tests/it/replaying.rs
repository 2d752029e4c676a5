//! What the records of a session add up to.

use localgpt_protocol::{SessionRecord, Summariser, TurnEnd};

use crate::made::{Sessions, answers, asks, at, told};

fn compacted(summary: &str, kept_from: u64) -> SessionRecord {
    let by = Summariser::Model;
    SessionRecord::Compacted {
        at: at(9),
        summary: summary.to_owned(),
        kept_from,
        by,
        origin: localgpt_protocol::Origin::Web,
    }
}

fn undone() -> SessionRecord {
    SessionRecord::CompactionUndone { at: at(9) }
}

fn rewound(to: u64) -> SessionRecord {
    SessionRecord::Rewound { at: at(9), to }
}

#[track_caller]
fn check(more: &[SessionRecord], expected: &str) {
    let sessions = Sessions::new();
    let mut records = vec![asks(1, "a"), answers(2, "b"), asks(3, "c"), answers(4, "d")];
    records.extend_from_slice(more);
    let id = sessions.with("s", &records);
    let session = sessions.store.read(&id).unwrap();
    assert_eq!(told(&session), expected);
    assert_eq!(session.records, 5 + more.len() as u64);

    // Going on record by record comes to the same.
    let (mut log, mut grown) = sessions.store.create(&crate::made::id("t"), at(0)).unwrap();
    for record in records {
        log.append(&record).unwrap();
        grown.apply(record);
    }
    assert_eq!(told(&grown), expected);
}

#[test]
fn messages_are_told_in_order() {
    check(&[], "1 a | 2 b | 3 c | 4 d");
}

#[test]
fn a_summary_stands_for_what_is_before_it() {
    check(&[compacted("ab", 3)], "[ab] | 3 c | 4 d");
    check(&[compacted("abcd", 5), asks(6, "e")], "[abcd] | 6 e");
    check(&[compacted("ab", 3), asks(6, "e"), compacted("abcd", 6)], "[abcd] | 6 e");
}

#[test]
fn a_summary_never_hides_what_is_said_after_it() {
    check(&[compacted("all", 99), asks(6, "e")], "[all] | 6 e");
}

#[test]
fn undoing_takes_back_the_last_compaction_that_holds() {
    check(&[compacted("ab", 3), undone()], "1 a | 2 b | 3 c | 4 d");
    check(&[compacted("ab", 3), compacted("abc", 4), undone()], "[ab] | 3 c | 4 d");
    check(&[compacted("ab", 3), compacted("abc", 4), undone(), undone()], "1 a | 2 b | 3 c | 4 d");
    check(&[undone()], "1 a | 2 b | 3 c | 4 d");
}

#[test]
fn rewinding_takes_back_messages_and_later_compactions() {
    check(&[rewound(3), asks(6, "e")], "1 a | 2 b | 6 e");
    check(&[compacted("ab", 3), rewound(4)], "1 a | 2 b | 3 c");
    check(&[compacted("ab", 3), asks(6, "e"), rewound(6)], "[ab] | 3 c | 4 d");
    check(&[rewound(0)], "");
    check(&[rewound(99)], "1 a | 2 b | 3 c | 4 d");
}

#[test]
fn what_was_once_in_view_before_the_messages_counts_until_they_are_taken_back() {
    use localgpt_protocol::Origin;

    let sessions = Sessions::new();
    let in_view = |origin| SessionRecord::InView { at: at(9), origin };
    let records =
        [asks(1, "a"), answers(2, "b"), asks(3, "c"), in_view(Origin::Unknown), answers(4, "d")];
    let id = sessions.with("s", &records);
    let origin = || sessions.store.read(&id).unwrap().transcript().origin;
    let keep = |record| sessions.store.resume(&id).unwrap().0.append(&record).unwrap();
    assert_eq!(origin(), Origin::Unknown);
    keep(in_view(Origin::Assistant));
    keep(compacted("abcd", 6));
    assert_eq!(origin(), Origin::Unknown, "a summary of it is no better");
    keep(rewound(3));
    assert_eq!(origin(), Origin::Human);
}

#[test]
fn the_end_of_a_turn_that_was_taken_back_is_none() {
    let sessions = Sessions::new();
    let ended = |end| SessionRecord::Ended { at: at(5), end };
    let first = [asks(1, "a"), ended(TurnEnd::Answered), asks(2, "b"), ended(TurnEnd::Cancelled)];
    let id = sessions.with("s", &first);
    let end = |_: ()| {
        let session = sessions.store.read(&id).unwrap();
        session.ended().map(|ending| (ending.record, ending.end.clone()))
    };
    assert_eq!(end(()), Some((4, TurnEnd::Cancelled)));
    sessions.store.resume(&id).unwrap().0.append(&rewound(3)).unwrap();
    assert_eq!(end(()), Some((2, TurnEnd::Answered)));
}

#[test]
fn the_title_is_the_one_given_or_the_first_words() {
    let sessions = Sessions::new();
    let id =
        sessions.with("s", &[answers(1, "Hello"), asks(2, "Where is\nthe key?"), asks(3, "b")]);
    let titles = || {
        let session = sessions.store.read(&id).unwrap();
        let listed = sessions.store.list().unwrap().remove(0).title;
        assert_eq!(session.title(), listed.as_deref());
        listed
    };
    assert_eq!(titles().as_deref(), Some("Where is the key?"));
    sessions.store.rename(&id, " The\tshed ", at(4)).unwrap();
    assert_eq!(titles().as_deref(), Some("The shed"));
    sessions.store.rename(&id, "", at(5)).unwrap();
    assert_eq!(titles().as_deref(), Some("Where is the key?"));
    let again = [rewound(2), asks(6, "Another question")];
    sessions.store.resume(&id).unwrap().0.append_all(&again).unwrap();
    assert_eq!(titles().as_deref(), Some("Another question"));
}
