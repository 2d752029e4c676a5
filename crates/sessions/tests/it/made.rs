//! Sessions and records made for the tests.

use std::fs;

use jiff::Timestamp;
use localgpt_protocol::{AssistantPart, Message, SessionId, SessionRecord, UserPart};
use localgpt_sessions::{Session, SessionStore};
use tempfile::TempDir;

/// A store in a temporary folder.
pub(crate) struct Sessions {
    pub(crate) folder: TempDir,
    pub(crate) store: SessionStore,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SessionStore::open(folder.path()).unwrap();
        Self { folder, store }
    }

    /// Writes a log as it is given.
    pub(crate) fn put(&self, name: &str, log: impl AsRef<[u8]>) -> SessionId {
        fs::write(self.folder.path().join(format!("{name}.jsonl")), log).unwrap();
        id(name)
    }

    /// Begins a session with some records, and closes it.
    pub(crate) fn with(&self, name: &str, records: &[SessionRecord]) -> SessionId {
        let (mut log, _) = self.store.create(&id(name), at(0)).unwrap();
        log.append_all(records).unwrap();
        id(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }
}

pub(crate) fn id(name: &str) -> SessionId {
    SessionId::new(name)
}

/// A time so many seconds after the morning of a day.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_500_000 + seconds).unwrap()
}

pub(crate) fn asks(seconds: i64, text: &str) -> SessionRecord {
    let message = Message::User(vec![UserPart::Text(text.to_owned())]);
    SessionRecord::Said { at: at(seconds), message }
}

pub(crate) fn answers(seconds: i64, text: &str) -> SessionRecord {
    let message = Message::Assistant(vec![AssistantPart::Text(text.to_owned())]);
    SessionRecord::Said { at: at(seconds), message }
}

pub(crate) fn titled(title: &str) -> SessionRecord {
    SessionRecord::Titled { at: at(50), title: title.to_owned() }
}

/// The transcript in words: the summary, then each message with its number.
pub(crate) fn told(session: &Session) -> String {
    let transcript = session.transcript();
    let summary = transcript.summary.map(|summary| format!("[{summary}]"));
    let messages = transcript
        .messages
        .iter()
        .map(|entry| format!("{} {}", entry.record, entry.message.text()));
    summary.into_iter().chain(messages).collect::<Vec<_>>().join(" | ")
}
