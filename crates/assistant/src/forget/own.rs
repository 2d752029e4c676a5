//! Taking a text out of the program's own files: lists of lines, JSON, and what can be made again.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use localgpt_memory::{replace, without_lines};
use serde_json::Value;

use super::fact::Fact;

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It says it no more.
    Forgotten,
    /// It is no text.
    NotText,
}

/// Removes a file that is written again where it is needed, for good.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => sync_above(path),
    }
}

/// Makes durable which names are in the folder of `path`, if it is there.
pub(super) fn sync_above(path: &Path) -> io::Result<()> {
    match File::open(path.parent().ok_or(io::ErrorKind::InvalidInput)?) {
        Ok(folder) => folder.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether a file is what a writer left behind that was killed.
pub(super) fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.ends_with(".tmp") && (name.starts_with(".localgpt-") || name.starts_with(".new-"))
}

/// Takes it out of a file: the lines that say it, or the parts of a JSON document.
pub(super) fn clean(path: &Path, fact: &Fact) -> io::Result<Done> {
    let bytes = fs::read(path)?;
    let is_json = path.extension() == Some(OsStr::new("json"));
    let pruned = match is_json.then(|| serde_json::from_slice::<Value>(&bytes).ok()).flatten() {
        Some(mut document) => {
            prune(&mut document, fact);
            Some(serde_json::to_vec_pretty(&document).map_err(io::Error::other)?)
        }
        None => without_lines(&bytes, &|line| fact.is_said_in(line)).map(|(kept, _)| kept),
    };
    match pruned.filter(|kept| !fact.is_in(kept)) {
        Some(kept) => replace(path, &kept).map(|()| Done::Forgotten),
        None => Ok(Done::NotText),
    }
}

/// Takes its lines out of a log that other processes write to: they go on writing to the same file.
pub(super) fn clean_log(path: &Path, fact: &Fact) -> io::Result<Done> {
    let bytes = fs::read(path)?;
    let Some((kept, _)) = without_lines(&bytes, &|line| fact.is_said_in(line)) else {
        return Ok(Done::NotText);
    };
    let mut log = OpenOptions::new().append(true).open(path)?;
    log.set_len(0)?;
    log.write_all(&kept)?;
    log.sync_all()?;
    Ok(Done::Forgotten)
}

/// Takes what says it out of lists and objects.
fn prune(value: &mut Value, fact: &Fact) {
    match value {
        Value::Array(values) => values.retain(|value| !says(value, fact)),
        Value::Object(object) => {
            object.retain(|key, value| {
                prune(value, fact);
                !fact.is_said_in(key) && !says(value, fact)
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn says(value: &Value, fact: &Fact) -> bool {
    match value {
        Value::String(text) => fact.is_said_in(text),
        Value::Array(values) => values.iter().any(|value| says(value, fact)),
        Value::Object(object) => {
            object.iter().any(|(key, value)| fact.is_said_in(key) || says(value, fact))
        }
        Value::Number(number) => fact.is_said_in(&number.to_string()),
        Value::Null | Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(name: &str, text: &[u8]) -> (Done, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let done = clean(&path, &Fact::new("pin 4711").unwrap()).unwrap();
        (done, fs::read(path).unwrap())
    }

    #[test]
    fn of_a_document_only_the_parts_go_that_say_it() {
        let text = br#"[{"id":"a","grant":{"command":"echo pin 4711"}},{"id":"b"}]"#;
        let (done, bytes) = cleaned("grants.json", text);
        assert_eq!(done, Done::Forgotten);
        assert_eq!(
            serde_json::from_slice::<Value>(&bytes).unwrap(),
            serde_json::json!([{"id":"b"}])
        );
        let (_, bytes) =
            cleaned("a.json", br#"{"x":{"pin 4711":1,"y":["pin 4711",2]},"z":"pin 4711"}"#);
        let left = serde_json::json!({"x": {"y": [2]}});
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), left);
    }

    #[test]
    fn of_a_text_the_lines_go_and_other_files_are_left_alone() {
        assert_eq!(cleaned("a.txt", b"a\npin 4711\nb\n"), (Done::Forgotten, b"a\nb\n".to_vec()));
        assert_eq!(cleaned("a.json", b"{\npin 4711\n}\n"), (Done::Forgotten, b"{\n}\n".to_vec()));
        assert_eq!(cleaned("a.bin", b"\0pin 4711"), (Done::NotText, b"\0pin 4711".to_vec()));
    }

    #[test]
    fn a_log_stays_the_file_that_others_write_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::write(&path, "a\npin 4711\n").unwrap();
        let mut other = OpenOptions::new().append(true).open(&path).unwrap();
        clean_log(&path, &Fact::new("pin 4711").unwrap()).unwrap();
        other.write_all(b"b\n").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"a\nb\n");
    }
}
