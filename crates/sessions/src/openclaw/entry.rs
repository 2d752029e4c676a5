//! The lines of a transcript of OpenClaw.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Warning;
use crate::line;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: Option<String>,
    pub(super) at: Option<Timestamp>,
}

/// Any other line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The line, counted from one.
    pub(super) line: usize,
    pub(super) id: Option<String>,
    pub(super) parent: Parent,
    pub(super) at: Timestamp,
    pub(super) kind: String,
    pub(super) value: Value,
}

/// What an entry follows. The number is a place in the list of entries, always before the entry itself: so every way
/// to the root ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    Root,
    Entry(usize),
    /// It names one that is not before it, or none at all; this is the entry before it.
    Guessed(Option<usize>),
}

/// A transcript as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) header: Option<Header>,
    pub(super) entries: Vec<Entry>,
    pub(super) warnings: Vec<Warning>,
    places: HashMap<String, usize>,
    latest: Option<Timestamp>,
}

impl Transcript {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut transcript = Self::default();
        for (number, text) in (1..).zip(line::lines(bytes)) {
            if text.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Value>(text) {
                Ok(value) if value.is_object() => transcript.take(number, value),
                Ok(_) => transcript.warn(number, "it is no entry".to_owned()),
                Err(error) => transcript.warn(number, format!("it cannot be read: {error}")),
            }
        }
        transcript
    }

    fn take(&mut self, number: usize, value: Value) {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some(kind) = text("type") else {
            self.warn(number, "it has no type".to_owned());
            return;
        };
        let at = time(&value);
        self.latest = at.or(self.latest);
        let id = text("id");
        if kind == "session" {
            self.header.get_or_insert(Header { id, at });
            return;
        }
        let parent = self.parent(number, &value);
        if let Some(id) = &id {
            self.places.insert(id.clone(), self.entries.len());
        }
        let at = self.latest.unwrap_or(Timestamp::UNIX_EPOCH);
        self.entries.push(Entry { line: number, id, parent, at, kind, value });
    }

    fn parent(&mut self, number: usize, value: &Value) -> Parent {
        let before = self.entries.len().checked_sub(1);
        match value.get("parentId") {
            // The first version had no tree: each entry follows the one before.
            None => before.map_or(Parent::Root, Parent::Entry),
            Some(Value::Null) => Parent::Root,
            Some(parent) => {
                let place = parent.as_str().and_then(|id| self.places.get(id));
                match place {
                    Some(place) => Parent::Entry(*place),
                    None => {
                        self.warn(number, "the entry that it follows is not before it".to_owned());
                        Parent::Guessed(before)
                    }
                }
            }
        }
    }

    fn warn(&mut self, number: usize, problem: String) {
        self.warnings.push(Warning { line: Some(number), problem });
    }
}

/// When an entry was written: its own time, or that of its message.
fn time(value: &Value) -> Option<Timestamp> {
    let text = value.get("timestamp").and_then(Value::as_str);
    let inner = value.get("message").and_then(|message| message.get("timestamp"));
    text.and_then(|text| text.parse().ok()).or_else(|| {
        let milliseconds = value.get("timestamp").and_then(Value::as_i64);
        let milliseconds = milliseconds.or_else(|| inner.and_then(Value::as_i64))?;
        Timestamp::from_millisecond(milliseconds).ok()
    })
}
