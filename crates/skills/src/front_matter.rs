//! The part of a `SKILL.md` between two lines of dashes, read as leniently as it is written in the field.

use std::borrow::Cow;

use localgpt_protocol::js_trim;
use serde_json::{Map, Value};

use crate::yaml;

/// The keys whose value may hold a colon without quotation marks.
const PROSE: [&str; 3] = ["description", "summary", "read_when"];
/// Brackets in each other: more of them in JSON5 is no metadata.
const MOST_DEPTH: usize = 32;

/// Takes the text of a file apart: front matter and body.
pub(crate) fn split(text: &str) -> Result<(&str, &str), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if !is_fence(first) {
        return Err("it does not begin with a line `---`, so it has no description".to_owned());
    }
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if is_fence(line) {
            let front = rest.get(..at).unwrap_or_default();
            let body = rest.get(at + line.len()..).unwrap_or_default();
            return Ok((front, body));
        }
        at += line.len();
    }
    Err("its front matter has no closing line `---`".to_owned())
}

fn is_fence(line: &str) -> bool {
    line.trim_end_matches([' ', '\t', '\r', '\n']) == "---"
}

/// Reads front matter. What is written as YAML is read as that; else what is known to be written otherwise is put
/// right, once.
pub(crate) fn read(front: &str) -> Result<Map<String, Value>, String> {
    let front = front.replace("\r\n", "\n");
    let error = match yaml::read(&front) {
        Ok(Value::Object(mut fields)) => {
            // A remark of JSON5 would be part of a key to YAML.
            fields.extend(mend(&front).1.map(|value| ("metadata".to_owned(), value)));
            return Ok(fields);
        }
        Ok(Value::Null) => return Ok(Map::new()),
        Ok(_) => return Err("its front matter is no list of keys and values".to_owned()),
        Err(error) => error,
    };
    let (mended, metadata) = mend(&front);
    match yaml::read(&mended) {
        Ok(Value::Object(mut fields)) if mended != front => {
            fields.extend(metadata.map(|value| ("metadata".to_owned(), value)));
            Ok(fields)
        }
        _ => Err(format!("its front matter cannot be read: {error}")),
    }
}

/// Quotes prose that holds a colon, and takes metadata out that is JSON5 and no YAML.
fn mend(front: &str) -> (String, Option<Value>) {
    let mut out = String::with_capacity(front.len() + 16);
    let mut metadata = None;
    let mut lines = front.lines().peekable();
    while let Some(line) = lines.next() {
        let mut more = Vec::new();
        let key = line.split_once(':').map(|(key, _)| key);
        let is_prose = key.is_some_and(|key| PROSE.contains(&key));
        if is_prose || key == Some("metadata") {
            while let Some(next) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
                more.push(next);
            }
        }
        let value = line.split_once(':').map(|(_, value)| value).unwrap_or_default();
        let mut written: Cow<'_, str> = Cow::Borrowed(line);
        if is_prose && is_plain(value) {
            let parts = [value].into_iter().chain(more.drain(..)).map(js_trim);
            let text = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            let key = key.unwrap_or_default();
            written = Cow::Owned(format!("{key}: {}", Value::String(text)));
        } else if key == Some("metadata") {
            let text = [value].into_iter().chain(more.iter().copied()).collect::<Vec<_>>();
            let text = text.join("\n");
            if js_trim(&text).starts_with('{')
                && let Ok(value) = json5(&text)
            {
                metadata = Some(value);
                continue;
            }
        }
        for line in [written.as_ref()].into_iter().chain(more) {
            out.push_str(line);
            out.push('\n');
        }
    }
    (out, metadata)
}

/// Whether a value stands there without quotation marks or another sign of what it is.
fn is_plain(value: &str) -> bool {
    let value = js_trim(value);
    !value.is_empty()
        && !value.starts_with(['"', '\'', '|', '>', '[', '{', '&', '*', '!', '%', '@', '`', '#'])
}

/// Reads JSON5 that is not nested without end.
pub(crate) fn json5(text: &str) -> Result<Value, String> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Err(format!("more than {MOST_DEPTH} brackets in each other"));
        }
    }
    json5::from_str(text).map_err(|error| error.to_string())
}
