//! The lines of a log: where they end, and what record each is.

use jiff::Timestamp;
use localgpt_protocol::{Message, ModelName, Purpose, SessionRecord, Usage};
use serde::Deserialize;

/// A line that is kept in the log but says nothing to us. It still counts as a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedLine {
    /// The number of the record: the line, counted from zero.
    pub record: u64,
    /// Why it says nothing.
    pub problem: LineProblem,
}

/// Why a line says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineProblem {
    /// It is blank.
    Blank,
    /// It is a record of a type that this version does not know.
    UnknownType(String),
    /// It is no record; the text says where it stops being one.
    Unreadable(String),
}

/// The bytes of a log, divided where its last line break is.
pub(crate) struct Parts<'a> {
    /// The lines that have an end.
    pub(crate) whole: &'a [u8],
    /// What stands behind the last line break.
    pub(crate) tail: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let end = memchr::memrchr(b'\n', bytes).map_or(0, |place| place + 1);
        let (whole, tail) = bytes.split_at(end);
        Self { whole, tail }
    }

    /// Whether the last line is a record that lacks nothing but its line break.
    ///
    /// It was written but never acknowledged, or an editor left the break off. Half a record is never read as a
    /// whole one, because a record is an object and ends with its brace.
    pub(crate) fn tail_is_whole(&self) -> bool {
        !matches!(parse(self.tail), Err(LineProblem::Blank | LineProblem::Unreadable(_)))
    }
}

/// The lines of some text without their line breaks. What has no line break at its end is a line as well.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(end) => (rest.get(..end)?, rest.get(end + 1..)?),
            None => (rest, [].as_slice()),
        };
        rest = after;
        Some(line)
    })
}

/// The type of a record as we write it, told from its first bytes: `said`. None where another program wrote it.
pub(crate) fn written_type(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(br#"{"type":""#)?;
    let end = memchr::memchr(b'"', rest.get(..32).unwrap_or(rest))?;
    rest.get(..end)
}

/// The time of a record as we write it, told from its first bytes. None where something else follows the type.
pub(crate) fn written_time(line: &[u8]) -> Option<&[u8]> {
    let rest = line.get(br#"{"type":""#.len() + written_type(line)?.len()..)?;
    let time = rest.strip_prefix(br#"","at":""#)?;
    let end = memchr::memchr(b'"', time.get(..48).unwrap_or(time))?;
    time.get(..end)
}

/// Reads a line.
///
/// The records that logs are full of are read straight into their fields. The general way has to look for the type
/// first, and holds the whole record a second time while it does.
pub(crate) fn parse(line: &[u8]) -> Result<SessionRecord, LineProblem> {
    let quick = match written_type(line) {
        Some(b"said") => serde_json::from_slice(line)
            .ok()
            .map(|Said { at, message }| SessionRecord::Said { at, message }),
        Some(b"spent") => {
            serde_json::from_slice(line).ok().map(|Spent { at, model, purpose, usage }| {
                SessionRecord::Spent { at, model, purpose, usage }
            })
        }
        Some(_) | None => None,
    };
    match quick {
        Some(record) => Ok(record),
        None => parse_any(line),
    }
}

fn parse_any(line: &[u8]) -> Result<SessionRecord, LineProblem> {
    if line.trim_ascii().is_empty() {
        return Err(LineProblem::Blank);
    }
    match serde_json::from_slice(line) {
        Ok(SessionRecord::Unknown) => match serde_json::from_slice::<Typed>(line) {
            Ok(Typed { kind }) => Err(LineProblem::UnknownType(kind)),
            Err(error) => Err(LineProblem::Unreadable(error.to_string())),
        },
        Ok(record) => Ok(record),
        Err(error) => Err(LineProblem::Unreadable(error.to_string())),
    }
}

/// When a record was written, as far as it says so.
pub(crate) fn written_at(record: &SessionRecord) -> Option<Timestamp> {
    match record {
        SessionRecord::Opened { at, .. }
        | SessionRecord::Titled { at, .. }
        | SessionRecord::ModelChosen { at, .. }
        | SessionRecord::Said { at, .. }
        | SessionRecord::Spent { at, .. }
        | SessionRecord::Ended { at, .. }
        | SessionRecord::Remembered { at, .. }
        | SessionRecord::Forgotten { at, .. }
        | SessionRecord::Approved { at, .. }
        | SessionRecord::Compacted { at, .. }
        | SessionRecord::InView { at, .. }
        | SessionRecord::CompactionUndone { at }
        | SessionRecord::Rewound { at, .. } => Some(*at),
        SessionRecord::Unknown => None,
    }
}

#[derive(Deserialize)]
struct Said {
    at: Timestamp,
    message: Message,
}

#[derive(Deserialize)]
struct Spent {
    at: Timestamp,
    model: ModelName,
    purpose: Purpose,
    usage: Usage,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_reads_what_the_general_way_reads() {
        for line in include_str!("../fixtures/v1.jsonl").lines() {
            assert_eq!(parse(line.as_bytes()), parse_any(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn no_beginning_of_a_record_is_a_whole_one() {
        for line in include_str!("../fixtures/v1.jsonl").lines() {
            for end in 0..line.len() {
                let tail = &line.as_bytes()[..end];
                assert!(!Parts::of(tail).tail_is_whole(), "{}", String::from_utf8_lossy(tail));
            }
            assert!(Parts::of(line.as_bytes()).tail_is_whole());
        }
    }

    #[test]
    fn lines_end_at_line_breaks_and_at_the_end() {
        let all = |text: &'static str| -> Vec<&[u8]> { lines(text.as_bytes()).collect() };
        assert_eq!(all(""), Vec::<&[u8]>::new());
        assert_eq!(all("a\n\nb\n"), [b"a".as_slice(), b"", b"b"]);
        assert_eq!(all("a\nb"), [b"a", b"b"]);
    }
}
