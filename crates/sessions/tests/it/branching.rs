//! Going on from an earlier place.

use localgpt_protocol::{SessionRecord, Summariser};
use localgpt_sessions::{BranchPoint, Error};

use crate::made::{Sessions, answers, asks, at, id, told};

fn sessions() -> Sessions {
    let sessions = Sessions::new();
    let compacted = SessionRecord::Compacted {
        at: at(3),
        summary: "ab".to_owned(),
        kept_from: 3,
        by: Summariser::Model,
        origin: localgpt_protocol::Origin::Human,
    };
    sessions.with("a", &[asks(1, "a"), answers(2, "b"), asks(3, "c"), compacted, answers(4, "d")]);
    sessions
}

#[test]
fn a_branch_needs_nothing_of_its_session() {
    let sessions = sessions();
    let branch = |point, name: &str| {
        let (log, session) = sessions.store.branch(&id("a"), point, &id(name), at(70)).unwrap();
        drop(log);
        assert_eq!(session, sessions.store.read(&id(name)).unwrap());
        assert_eq!(session.branch_of, Some(id("a")));
        assert_eq!((session.opened_at, session.id.clone()), (at(70), id(name)));
        told(&session)
    };
    assert_eq!(branch(BranchPoint::Now, "b"), "[ab] | 3 c | 5 d");
    assert_eq!(branch(BranchPoint::After(3), "c"), "1 a | 2 b | 3 c");
    assert_eq!(branch(BranchPoint::After(0), "d"), "");
    sessions.store.delete(&id("a")).unwrap();
    let (mut log, _) = sessions.store.resume(&id("c")).unwrap();
    assert_eq!(log.append(&answers(80, "e")).unwrap(), 4);
}

#[test]
fn a_branch_leaves_its_session_and_every_other_as_it_is() {
    let sessions = sessions();
    let before = sessions.bytes("a.jsonl");
    let branch = |point, name: &str| sessions.store.branch(&id("a"), point, &id(name), at(70));
    assert!(matches!(branch(BranchPoint::After(6), "b"), Err(Error::NoRecord { record: 6, .. })));
    assert!(matches!(branch(BranchPoint::Now, "a"), Err(Error::AlreadyThere(_))));
    assert_eq!(sessions.bytes("a.jsonl"), before);
    assert_eq!(sessions.store.list().unwrap().len(), 1);
}

#[test]
fn junk_is_copied_so_that_numbers_stay() {
    let sessions = sessions();
    let mut bytes = sessions.bytes("a.jsonl");
    bytes.extend_from_slice(
        b"junk\n\n{\"type\":\"rewound\",\"at\":\"2026-11-24T14:30:00Z\",\"to\":5}\n{\"torn",
    );
    sessions.put("a", bytes);
    let (_, session) = sessions.store.branch(&id("a"), BranchPoint::Now, &id("b"), at(70)).unwrap();
    assert_eq!(told(&session), "[ab] | 3 c");
    assert_eq!((session.records, session.skipped.len(), session.torn), (9, 2, None));
}
