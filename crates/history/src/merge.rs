//! Two changes of one text put together, line by line.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// How long two texts are compared; after that the difference is coarser, and still right.
const PATIENCE: Duration = Duration::from_millis(500);
/// Where git looks for what tells text from other files.
const LOOKED_AT: usize = 8_000;

/// A stretch of lines and what it became.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    base: Range<usize>,
    new: Range<usize>,
}

/// Whether a file is no text.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes.get(..LOOKED_AT).unwrap_or(bytes)).is_some()
}

/// Lines with their ends.
pub(crate) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

/// The changes from `base` to `ours` and to `theirs`, both made to `base`; `None` where they touch the same lines, or
/// where these are no texts. Changes side by side go together: a line added below a line that is taken away stays.
pub(crate) fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    if [base, ours, theirs].into_iter().any(is_binary) {
        return None;
    }
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let (our_hunks, their_hunks) = (hunks(&base, &ours), hunks(&base, &theirs));
    let mut our_hunks = our_hunks.iter().peekable();
    let mut their_hunks = their_hunks.iter().peekable();
    let mut merged = Vec::new();
    let mut place = 0;
    loop {
        let (hunk, source) = match (our_hunks.peek(), their_hunks.peek()) {
            (None, None) => break,
            (Some(&our), None) => (our, &ours),
            (None, Some(&their)) => (their, &theirs),
            (Some(&our), Some(&their)) => {
                let is_same_text = ours.get(our.new.clone()) == theirs.get(their.new.clone());
                let is_same_place = our.base == their.base;
                if is_same_place && is_same_text {
                    their_hunks.next();
                    (our, &ours)
                } else if is_same_place && our.base.is_empty() {
                    return None;
                } else if our.base.end <= their.base.start {
                    (our, &ours)
                } else if their.base.end <= our.base.start {
                    (their, &theirs)
                } else {
                    return None;
                }
            }
        };
        merged.extend_from_slice(base.get(place..hunk.base.start)?);
        merged.extend_from_slice(source.get(hunk.new.clone())?);
        place = hunk.base.end;
        match std::ptr::eq(source, &raw const ours) {
            true => our_hunks.next(),
            false => their_hunks.next(),
        };
    }
    merged.extend_from_slice(base.get(place..)?);
    Some(merged.concat())
}

fn hunks(base: &[&[u8]], new: &[&[u8]]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in operations(base, new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (base, new) = (op.old_range(), op.new_range());
        match hunks.last_mut() {
            Some(last) if last.base.end == base.start && last.new.end == new.start => {
                last.base.end = base.end;
                last.new.end = new.end;
            }
            _ => hunks.push(Hunk { base, new }),
        }
    }
    hunks
}

/// How one list of lines becomes the other.
pub(crate) fn operations(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    let deadline = Instant::now() + PATIENCE;
    capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(deadline))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, expected: Option<&str>) {
        let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let merged = merged.map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(merged.as_deref(), expected);
        let turned = merge(base.as_bytes(), theirs.as_bytes(), ours.as_bytes());
        assert_eq!(turned.map(|bytes| String::from_utf8(bytes).unwrap()).as_deref(), expected);
    }

    #[test]
    fn changes_in_different_places_go_together() {
        check("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", Some("A\nb\nc\nD\n"));
        check("a\nb\n", "a\nb\n", "a\n", Some("a\n"));
    }

    #[test]
    fn a_line_below_the_one_that_goes_stays() {
        check("a\nx\n", "a\nx\ny\n", "a\n", Some("a\ny\n"));
    }

    #[test]
    fn the_same_change_twice_is_made_once() {
        check("a\nb\n", "a\nc\nb\n", "a\nc\nb\n", Some("a\nc\nb\n"));
    }

    #[test]
    fn changes_of_the_same_lines_do_not_go_together() {
        check("a\nb\nc\n", "a\nB\nc\n", "a\nX\nc\n", None);
        check("a\n", "a\nb\n", "a\nc\n", None);
        check("a\nb\nc\nd\n", "a\nd\n", "a\nb\nx\nc\nd\n", None);
    }

    #[test]
    fn what_is_no_text_is_not_merged() {
        assert_eq!(merge(b"a\0\nb\n", b"a\0\nb\nc\n", b"b\n"), None);
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        check("a\r\nb\r\nc", "a\r\nb\r\nc\r\n", "b\r\nc", Some("b\r\nc\r\n"));
    }
}
