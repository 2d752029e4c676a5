//! The folder of sessions: names, locks, what is moved and what is refused.

use std::{fs, os::unix::fs::PermissionsExt as _};

use jiff::tz::TimeZone;
use localgpt_protocol::SessionRecord;
use localgpt_sessions::{Error, SessionStore};

use crate::made::{Sessions, answers, asks, at, id, titled, told};

#[test]
fn files_and_folders_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("state/sessions");
    let store = SessionStore::open(&inner).unwrap();
    let (log, session) = store.create(&id("a"), at(0)).unwrap();
    assert_eq!((log.next(), session.records, session.opened_at), (1, 1, at(0)));
    drop(log);
    store.delete(&id("a")).unwrap();
    let mode = |path: &str| fs::metadata(inner.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(""), mode("deleted"), mode("deleted/a.jsonl")], [0o700, 0o700, 0o600]);
}

#[test]
fn a_name_tells_the_time_and_is_free() {
    let sessions = Sessions::new();
    let now = at(0).to_zoned_datetime(TimeZone::UTC);
    let first = sessions.store.new_id(&now, 0xabcd_ffff);
    assert_eq!(first, id("2026-11-24-0600-ffff"));
    sessions.store.create(&first, at(0)).unwrap();
    assert_eq!(sessions.store.new_id(&now, 0xabcd_ffff), id("2026-11-24-0600-0000"));
}

#[test]
fn a_session_is_created_once() {
    let sessions = Sessions::new();
    let created = sessions.store.create(&id("a"), at(0)).unwrap();
    assert!(matches!(sessions.store.create(&id("a"), at(1)), Err(Error::AlreadyThere(_))));
    drop(created);
    assert!(matches!(sessions.store.create(&id("a"), at(1)), Err(Error::AlreadyThere(_))));
    let files = fs::read_dir(sessions.folder.path()).unwrap().count();
    assert_eq!(files, 1, "nothing is left behind");
}

#[test]
fn a_session_that_is_open_cannot_be_opened_renamed_or_deleted() {
    let sessions = Sessions::new();
    let (mut log, _) = sessions.store.create(&id("a"), at(0)).unwrap();
    assert!(matches!(sessions.store.resume(&id("a")), Err(Error::InUse(_))));
    assert!(matches!(sessions.store.rename(&id("a"), "x", at(1)), Err(Error::InUse(_))));
    assert!(matches!(sessions.store.delete(&id("a")), Err(Error::InUse(_))));
    let error = sessions.store.resume(&id("a")).unwrap_err();
    assert_eq!(error.to_string(), "session `a` is in use");
    assert!(error.hint().is_some());
    log.append(&asks(1, "still mine")).unwrap();
    assert_eq!(told(&sessions.store.read(&id("a")).unwrap()), "1 still mine");
    drop(log);
    sessions.store.resume(&id("a")).unwrap();
}

#[test]
fn names_that_are_paths_are_refused() {
    let sessions = Sessions::new();
    for name in ["../a", "a/b", "", ".", "/etc/passwd"] {
        let id = id(name);
        assert!(matches!(sessions.store.create(&id, at(0)), Err(Error::BadId(_))), "{name}");
        assert!(matches!(sessions.store.resume(&id), Err(Error::BadId(_))), "{name}");
        assert!(matches!(sessions.store.read(&id), Err(Error::BadId(_))), "{name}");
        assert!(matches!(sessions.store.delete(&id), Err(Error::BadId(_))), "{name}");
    }
    assert!(matches!(sessions.store.resume(&id("none")), Err(Error::NotFound(_))));
}

#[test]
fn a_deleted_session_is_moved_and_none_is_written_over() {
    let sessions = Sessions::new();
    for text in ["first", "second"] {
        let id = sessions.with("a", &[asks(1, text)]);
        sessions.store.delete(&id).unwrap();
    }
    assert!(sessions.store.list().unwrap().is_empty());
    let says =
        |file: &str, text: &str| String::from_utf8(sessions.bytes(file)).unwrap().contains(text);
    assert!(says("deleted/a.jsonl", "first") && says("deleted/a.2.jsonl", "second"));
}

#[test]
fn a_session_is_found_by_the_beginning_of_its_name_or_its_title() {
    let sessions = Sessions::new();
    sessions.with("2026-11-24-0900-aaaa", &[asks(1, "Where is the key?")]);
    sessions.with("2026-11-24-1000-bbbb", &[titled("Taxes")]);
    sessions.with("2026-11-25-1000-cccc", &[titled("Taxes")]);
    let find = |text: &str| match sessions.store.find(text) {
        Ok(id) => id.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(find("2026-11-25"), "2026-11-25-1000-cccc");
    assert_eq!(find("2026-11-24-0900-aaaa"), "2026-11-24-0900-aaaa");
    assert_eq!(find("where is the KEY?"), "2026-11-24-0900-aaaa");
    assert_eq!(
        find("2026-11-24"),
        "`2026-11-24` fits several sessions: 2026-11-24-0900-aaaa, 2026-11-24-1000-bbbb"
    );
    assert_eq!(
        find("Taxes"),
        "`Taxes` fits several sessions: 2026-11-25-1000-cccc, 2026-11-24-1000-bbbb"
    );
    assert_eq!(find("Garden"), "there is no session `Garden`");
    assert_eq!(find(""), "there is no session ``");
}

#[test]
fn the_session_that_was_used_last_is_listed_first() {
    let sessions = Sessions::new();
    sessions.with("a", &[asks(30, "x")]);
    sessions.with("b", &[asks(20, "y"), answers(40, "z")]);
    sessions.put("junk", "no record\n");
    fs::write(sessions.folder.path().join("notes.txt"), "").unwrap();
    let listed = sessions.store.list().unwrap();
    let names: Vec<_> =
        listed.iter().map(|one| (one.id.as_str(), one.last, one.messages)).collect();
    assert_eq!(names, [("b", at(40), 2), ("a", at(30), 1)]);
}

#[test]
fn a_log_that_somebody_else_wrote_into_is_left_alone() {
    let sessions = Sessions::new();
    let (mut log, _) = sessions.store.create(&id("a"), at(0)).unwrap();
    let mut bytes = sessions.bytes("a.jsonl");
    bytes.extend_from_slice(b"something\n");
    fs::write(sessions.folder.path().join("a.jsonl"), &bytes).unwrap();
    assert!(matches!(log.append(&asks(1, "x")), Err(Error::Changed { .. })));
    assert_eq!(sessions.bytes("a.jsonl"), bytes);
}

#[test]
fn a_log_of_a_later_version_is_read_but_not_written() {
    let sessions = Sessions::new();
    let line = r#"{"type":"opened","version":2,"id":"a","at":"2026-11-24T14:30:00Z"}"#;
    let id = sessions.put("a", format!("{line}\n"));
    assert_eq!(sessions.store.read(&id).unwrap().records, 1);
    assert!(matches!(sessions.store.resume(&id), Err(Error::TooNew { version: 2, .. })));
}

#[test]
fn a_record_of_no_known_type_is_not_written() {
    let sessions = Sessions::new();
    let (mut log, _) = sessions.store.create(&id("a"), at(0)).unwrap();
    let records = [asks(1, "x"), SessionRecord::Unknown];
    assert!(matches!(log.append_all(&records), Err(Error::UnknownRecord)));
    assert_eq!(log.append_all(&[]).unwrap(), 1);
    assert_eq!(log.append(&asks(1, "x")).unwrap(), 1);
}

#[test]
fn a_log_that_can_only_be_read_is_read_and_says_that_it_cannot_be_written() {
    let sessions = Sessions::new();
    let id = sessions.with("a", &[asks(1, "kept")]);
    let path = sessions.folder.path().join("a.jsonl");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    // Whoever may do everything, as root, cannot see this.
    if fs::OpenOptions::new().append(true).open(&path).is_ok() {
        return;
    }
    let error = sessions.store.resume(&id).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
    assert!(error.hint().is_some_and(|hint| hint.contains("permissions")));
    assert_eq!(told(&sessions.store.read(&id).unwrap()), "1 kept");
}
