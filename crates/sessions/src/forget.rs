//! Taking words out of logs, so that no byte of them is left.
//!
//! Invariant: a log keeps its number of records, and each record its place and type; so what points at a record still
//! does, and every call has its result. A log is the old one or the new one, whenever the program is killed.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use localgpt_protocol::{SessionId, SessionRecord};
use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    line::{self, Parts, lines},
    log,
    store::{EXTENSION, SessionStore, is_id, sync_folder},
};

/// What a text becomes without what is to be forgotten; none if it does not hold it.
pub type Scrub<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What stands for a text that says it in several parts.
const FORGOTTEN: &str = "[forgotten]";
/// How often a log in use is asked for; with the tries of each time some two seconds.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(50);

/// A log in which it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where the log lies.
    pub log: PathBuf,
    /// Of which session.
    pub session: SessionId,
    /// In how many of its records.
    pub records: u64,
}

/// All logs of a folder, which nobody else can open until this is dropped.
#[derive(Debug)]
pub struct HeldLogs {
    store: SessionStore,
    held: Vec<(PathBuf, File)>,
}

impl SessionStore {
    /// Keeps everybody else out of all logs. Waits shortly for those that are in use.
    pub fn hold(&self) -> Result<HeldLogs> {
        let mut held = Vec::new();
        for (id, path) in self.logs()? {
            if let Some(file) = hold(&id, &path)? {
                held.push((path, file));
            }
        }
        Ok(HeldLogs { store: self.clone(), held })
    }

    /// The logs in which it is said.
    pub fn mentions(&self, scrub: &Scrub<'_>) -> Result<Vec<Mention>> {
        let mut mentions = Vec::new();
        for (session, log) in self.logs()? {
            let (_, records) = without(&read(&log)?, scrub);
            if records > 0 {
                mentions.push(Mention { log, session, records });
            }
        }
        Ok(mentions)
    }

    /// The logs, and those of sessions that were put away.
    fn logs(&self) -> Result<Vec<(SessionId, PathBuf)>> {
        let mut logs = Vec::new();
        for folder in [self.folder().to_owned(), self.folder().join("deleted")] {
            let read = |source| Error::Read { path: folder.clone(), source };
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(read(error)),
            };
            for entry in entries {
                let path = entry.map_err(read)?.path();
                let name = path.file_stem().and_then(OsStr::to_str);
                if let Some(name) = name
                    && path.extension() == Some(OsStr::new(EXTENSION))
                    && is_id(name)
                    && path.symlink_metadata().is_ok_and(|it| it.is_file())
                {
                    logs.push((SessionId::new(name), path));
                }
            }
        }
        logs.sort_unstable();
        Ok(logs)
    }
}

impl HeldLogs {
    /// Takes it out of all logs, one after the other; `told` learns of each that is durable. Logs that came after the
    /// others were held are taken as well.
    pub fn rewrite(&self, scrub: &Scrub<'_>, told: &mut dyn FnMut()) -> Result<Vec<Mention>> {
        let mut mentions = Vec::new();
        for (session, log) in self.store.logs()? {
            let is_held = self.held.iter().any(|(path, _)| *path == log);
            let _lock = if is_held { None } else { hold(&session, &log)? };
            let (bytes, records) = without(&read(&log)?, scrub);
            if records > 0 {
                replace(&log, &bytes)
                    .map_err(|source| Error::Write { path: log.clone(), source })?;
                mentions.push(Mention { log, session, records });
                told();
            }
        }
        Ok(mentions)
    }
}

/// Locks a log; none if it is gone.
fn hold(id: &SessionId, path: &Path) -> Result<Option<File>> {
    for _ in 0..TRIES {
        let file = match OpenOptions::new().read(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
        };
        match log::lock(id, path, &file) {
            Ok(()) => return Ok(Some(file)),
            Err(Error::InUse(_)) => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Err(Error::InUse(id.clone()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Puts a log in the place of another, with the same permissions.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::Builder::new().prefix(".new-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The bytes of a log without it, and how many of its records are others now.
fn without(bytes: &[u8], scrub: &Scrub<'_>) -> (Vec<u8>, u64) {
    let parts = Parts::of(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut changed = 0;
    for text in lines(parts.whole) {
        match record_without(text, scrub) {
            Some(fresh) => {
                changed += 1;
                out.extend(fresh);
            }
            None => out.extend_from_slice(text),
        }
        out.push(b'\n');
    }
    match record_without(parts.tail, scrub) {
        None => out.extend_from_slice(parts.tail),
        Some(fresh) => {
            changed += 1;
            // Half a record is no record, and is cut off at the next start anyway.
            if parts.tail_is_whole() {
                out.extend(fresh);
            }
        }
    }
    (out, changed)
}

/// A record without it; none if it does not say it.
fn record_without(text: &[u8], scrub: &Scrub<'_>) -> Option<Vec<u8>> {
    let raw = String::from_utf8_lossy(text);
    let is_said = scrub(&raw).is_some();
    // What is escaped, or said in several parts, cannot be seen from outside.
    let may_hide = memchr::memchr(b'\\', text).is_some() || is_in_parts(text);
    if !is_said && !may_hide {
        return None;
    }
    let Ok(Value::Object(mut record)) = serde_json::from_slice(text) else {
        return is_said.then(|| hollow(&Map::new()));
    };
    if !scrub_record(&mut record, scrub) && !is_said {
        return None;
    }
    let fresh = match line::parse(text) {
        // Written as we write them.
        Ok(_) => serde_json::from_value::<SessionRecord>(Value::Object(record.clone()))
            .ok()
            .filter(|known| *known != SessionRecord::Unknown)
            .and_then(|known| serde_json::to_vec(&known).ok()),
        Err(_) => serde_json::to_vec(&record).ok(),
    };
    let fresh = fresh.unwrap_or_else(|| hollow(&record));
    (fresh != text).then_some(fresh)
}

/// A record of the same type and time that says nothing.
fn hollow(record: &Map<String, Value>) -> Vec<u8> {
    let mut hollow = Map::new();
    for key in ["type", "at"] {
        if let Some(value) = record.get(key) {
            hollow.insert(key.to_owned(), value.clone());
        }
    }
    hollow.insert("forgotten".to_owned(), Value::Bool(true));
    Value::Object(hollow).to_string().into_bytes()
}

fn is_in_parts(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"\"text\":").nth(1).is_some()
}

/// What names and joins things and is no text; a session whose parts do not fit together any more is none.
const STRUCTURE: [&str; 15] = [
    "type",
    "at",
    "version",
    "id",
    "branch_of",
    "role",
    "call",
    "model",
    "maker",
    "media_type",
    "purpose",
    "how",
    "by",
    "origin",
    "decision",
];

fn scrub_record(record: &mut Map<String, Value>, scrub: &Scrub<'_>) -> bool {
    let mut changed = false;
    if let Some(Value::Array(parts)) = record.get_mut("message").and_then(|it| it.get_mut("parts"))
    {
        changed |= scrub_joined(parts, scrub);
    }
    for (key, value) in record.iter_mut() {
        if !STRUCTURE.contains(&key.as_str()) {
            changed |= scrub_value(value, scrub);
        }
    }
    changed
}

fn scrub_value(value: &mut Value, scrub: &Scrub<'_>) -> bool {
    match value {
        Value::String(text) => match scrub(text) {
            Some(fresh) => {
                *text = fresh;
                true
            }
            None => false,
        },
        Value::Array(values) => {
            values.iter_mut().fold(false, |changed, value| scrub_value(value, scrub) | changed)
        }
        Value::Object(object) => scrub_object(object, scrub),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn scrub_object(object: &mut Map<String, Value>, scrub: &Scrub<'_>) -> bool {
    // The name of a tool stands beside the name of a call.
    let is_call = object.contains_key("id") || object.contains_key("call");
    let mut changed = false;
    for (key, value) in object.iter_mut() {
        changed |= match key.as_str() {
            "input" => scrub_input(value, scrub),
            "name" if is_call => false,
            key if STRUCTURE.contains(&key) => false,
            _ => scrub_value(value, scrub),
        };
    }
    // A seal is of the words as they were.
    if changed && object.contains_key("seal") {
        object.remove("seal");
    }
    changed
}

/// What a model gave a tool: its keys are its own.
fn scrub_input(value: &mut Value, scrub: &Scrub<'_>) -> bool {
    match value {
        Value::Object(object) => {
            let mut changed = false;
            for (key, mut value) in std::mem::take(object) {
                changed |= scrub_input(&mut value, scrub);
                let fresh = scrub(&key);
                changed |= fresh.is_some();
                object.insert(fresh.unwrap_or(key), value);
            }
            changed
        }
        Value::Array(values) => {
            values.iter_mut().fold(false, |changed, value| scrub_input(value, scrub) | changed)
        }
        Value::Number(number) => match scrub(&number.to_string()) {
            Some(fresh) => {
                *value = Value::String(fresh);
                true
            }
            None => false,
        },
        Value::Null | Value::Bool(_) | Value::String(_) => scrub_value(value, scrub),
    }
}

/// Texts that say it together and not alone.
fn scrub_joined(parts: &mut [Value], scrub: &Scrub<'_>) -> bool {
    let texts: Vec<&str> =
        parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    let is_said = |text: &str| scrub(text).is_some();
    let alone = texts.iter().any(|text| is_said(text));
    if texts.len() < 2 || alone || !(is_said(&texts.concat()) || is_said(&texts.join(" "))) {
        return false;
    }
    for part in parts {
        if let Some(text @ Value::String(_)) = part.get_mut("text") {
            *text = Value::String(FORGOTTEN.to_owned());
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACT: &str = "the code is \"4711\"";

    fn scrub(text: &str) -> Option<String> {
        let escaped = FACT.replace('"', "\\\"");
        let holds = |line: &str| line.contains(FACT) || line.contains(&escaped);
        holds(text).then(|| {
            let lines = text.lines().map(|line| if holds(line) { FORGOTTEN } else { line });
            lines.collect::<Vec<_>>().join("\n")
        })
    }

    fn rewritten(log: &str) -> (Vec<String>, u64) {
        let (bytes, count) = without(log.as_bytes(), &scrub);
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("4711"), "{text}");
        assert_eq!(without(text.as_bytes(), &scrub).1, 0, "a second time changes nothing");
        (text.lines().map(str::to_owned).collect(), count)
    }

    #[test]
    fn a_record_that_says_it_keeps_its_place_and_type_and_pairs_stay_pairs() {
        let log = concat!(
            r#"{"type":"opened","version":1,"id":"a","at":"2026-01-01T00:00:00Z"}"#,
            "\n",
            r#"{"type":"said","at":"2026-01-01T00:00:01Z","message":{"role":"user","parts":[{"text":"Hi\nthe code is \"4711\" ok\nbye"}]}}"#,
            "\n",
            r#"{"type":"said","at":"2026-01-01T00:00:02Z","message":{"role":"assistant","parts":[{"tool_call":{"id":"c1","name":"remember","input":{"text":"the code is \u00224711\u0022"}}}]}}"#,
            "\n",
            r#"{"type":"said","at":"2026-01-01T00:00:03Z","message":{"role":"tool_results","parts":[{"call":"c1","name":"remember","outcome":{"done":"noted: the code is \"4711\""}}]}}"#,
            "\n",
            r#"{"type":"remembered","at":"2026-01-01T00:00:04Z","citation":{"path":"m.md","start_line":1,"end_line":1},"text":"- the code is \"4711\""}"#,
            "\n",
        );
        let (lines, count) = rewritten(log);
        assert_eq!(count, 4);
        assert_eq!(
            lines,
            [
                r#"{"type":"opened","version":1,"id":"a","at":"2026-01-01T00:00:00Z"}"#,
                r#"{"type":"said","at":"2026-01-01T00:00:01Z","message":{"role":"user","parts":[{"text":"Hi\n[forgotten]\nbye"}]}}"#,
                r#"{"type":"said","at":"2026-01-01T00:00:02Z","message":{"role":"assistant","parts":[{"tool_call":{"id":"c1","name":"remember","input":{"text":"[forgotten]"}}}]}}"#,
                r#"{"type":"said","at":"2026-01-01T00:00:03Z","message":{"role":"tool_results","parts":[{"call":"c1","name":"remember","outcome":{"done":"[forgotten]"}}]}}"#,
                r#"{"type":"remembered","at":"2026-01-01T00:00:04Z","citation":{"path":"m.md","start_line":1,"end_line":1},"text":"[forgotten]"}"#,
            ]
        );
    }

    #[test]
    fn what_is_said_in_several_parts_is_forgotten_in_all_of_them() {
        let log = concat!(
            r#"{"type":"said","at":"2026-01-01T00:00:01Z","message":{"role":"assistant","parts":[{"text":"the code is "},{"text":"\"4711\""}]}}"#,
            "\n"
        );
        let (lines, count) = rewritten(log);
        assert_eq!(count, 1);
        assert!(lines.concat().ends_with(r#"[{"text":"[forgotten]"},{"text":"[forgotten]"}]}}"#));
    }

    #[test]
    fn a_seal_goes_with_the_words_that_it_is_of() {
        let log = concat!(
            r#"{"type":"said","at":"2026-01-01T00:00:01Z","message":{"role":"assistant","parts":[{"thinking":{"text":"the code is \"4711\"","seal":{"maker":"a/b","block":{"signature":"x"}}}}]}}"#,
            "\n"
        );
        let (lines, _) = rewritten(log);
        assert!(
            lines.concat().ends_with(r#"[{"thinking":{"text":"[forgotten]"}}]}}"#),
            "{lines:?}"
        );
    }

    #[test]
    fn lines_that_are_no_records_are_emptied_and_a_torn_end_goes() {
        let log = "{\"type\":\"later\",\"x\":\"the code is \\\"4711\\\"\",\"n\":1}\n\
                   broken the code is \"4711\"\n\n{\"type\":\"said\",\"x\":\"the code is \\\"4711\\\"";
        let (lines, count) = rewritten(log);
        assert_eq!(count, 3);
        assert_eq!(
            lines,
            [r#"{"n":1,"type":"later","x":"[forgotten]"}"#, r#"{"forgotten":true}"#, ""]
        );
    }

    #[test]
    fn a_log_in_use_is_not_touched_and_the_message_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = SessionStore::open(folder.path()).unwrap();
        let id = SessionId::new("a");
        let (_log, _) = store.create(&id, jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert!(matches!(store.hold(), Err(Error::InUse(of)) if of == id));
    }
}
