//! What differs between two states, for a person to read.

use std::{fmt::Write as _, path::PathBuf};

use similar::{DiffOp, DiffTag};

use crate::{
    error::Result,
    merge::{is_binary, lines, operations},
    object::Mode,
    store::ObjectStore,
    tree::{Difference, Version},
    walk::as_path,
};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// The file, from the workspace.
    pub path: PathBuf,
    /// What was done to it.
    pub kind: DiffKind,
    /// How its content differs.
    pub text: DiffText,
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DiffKind {
    /// It is there since.
    Added,
    /// It has gone since.
    Deleted,
    /// It is another, or may be run now, or not any more.
    Changed,
}

/// How the content of a file differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffText {
    /// As a unified diff with its head.
    Unified(String),
    /// It is no text.
    Binary,
    /// Only whether it may be run.
    Permissions,
}

/// Whether a file is there since, has gone since, or is another.
pub(crate) fn kind(difference: &Difference) -> DiffKind {
    match (difference.old, difference.new) {
        (None, _) => DiffKind::Added,
        (Some(_), None) => DiffKind::Deleted,
        (Some(_), Some(_)) => DiffKind::Changed,
    }
}

/// Tells a difference.
pub(crate) fn file_diff(
    difference: &Difference,
    read: &mut dyn FnMut(Version) -> Result<Vec<u8>>,
) -> Result<FileDiff> {
    let Difference { path, old, new } = difference;
    let is_same = old.map(|version| version.id) == new.map(|version| version.id);
    let mut side = |version: &Option<Version>| version.map_or(Ok(Vec::new()), &mut *read);
    let text = match is_same {
        true => DiffText::Permissions,
        false => {
            let (old_bytes, new_bytes) = (side(old)?, side(new)?);
            match is_binary(&old_bytes) || is_binary(&new_bytes) {
                true => DiffText::Binary,
                false => {
                    let name = |version: &Option<Version>, side: &str| match version {
                        Some(_) => shown(&[side.as_bytes(), path].concat()),
                        None => "/dev/null".to_owned(),
                    };
                    let head = format!("--- {}\n+++ {}\n", name(old, "a/"), name(new, "b/"));
                    DiffText::Unified(head + &unified(&old_bytes, &new_bytes))
                }
            }
        }
    };
    Ok(FileDiff { path: as_path(path).to_owned(), kind: kind(difference), text })
}

/// Reads what a tree names: the content of a file, or which commit another repository stands at.
pub(crate) fn content(store: &ObjectStore, version: Version) -> Result<Vec<u8>> {
    match version.mode {
        Mode::REPOSITORY => Ok(format!("repository at {}\n", version.id).into_bytes()),
        _ => store.blob(version.id),
    }
}

/// The hunks of a unified diff.
pub(crate) fn unified(old: &[u8], new: &[u8]) -> String {
    let (old, new) = (lines(old), lines(new));
    let mut text = String::new();
    for group in similar::group_diff_ops(operations(&old, &new), CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let olds = first.old_range().start..last.old_range().end;
        let news = first.new_range().start..last.new_range().end;
        let (olds, news) = (range(olds), range(news));
        writeln!(text, "@@ -{olds} +{news} @@").unwrap_or_default();
        for op in group {
            push(&mut text, &op, &old, &new);
        }
    }
    text
}

fn push(text: &mut String, op: &DiffOp, old: &[&[u8]], new: &[&[u8]]) {
    let mut side = |sign: char, lines: Option<&[&[u8]]>| {
        for line in lines.unwrap_or_default() {
            text.push(sign);
            text.push_str(&String::from_utf8_lossy(line));
            if !line.ends_with(b"\n") {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    if op.tag() == DiffTag::Equal {
        side(' ', old.get(op.old_range()));
    } else {
        side('-', old.get(op.old_range()));
        side('+', new.get(op.new_range()));
    }
}

fn range(range: std::ops::Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        length => format!("{},{length}", range.start + 1),
    }
}

/// A path as git shows it: quoted where a letter of it would do something to the line.
pub(crate) fn shown(path: &[u8]) -> String {
    match str::from_utf8(path) {
        Ok(path)
            if !path.contains(|letter: char| letter.is_control() || "\"\\".contains(letter)) =>
        {
            path.to_owned()
        }
        _ => {
            let mut quoted = "\"".to_owned();
            for &byte in path {
                match byte {
                    b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
                    b'\n' => quoted.push_str("\\n"),
                    b'\t' => quoted.push_str("\\t"),
                    b' '..=b'~' => quoted.push(char::from(byte)),
                    _ => write!(quoted, "\\{byte:03o}").unwrap_or_default(),
                }
            }
            quoted.push('"');
            quoted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_written_as_git_writes_it() {
        let text = unified(b"a\nb\nc\nd\ne\nf", b"a\nb\nc\nX\ne\nf\n");
        assert_eq!(
            text,
            "@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+X\n e\n-f\n\\ No newline at end of file\n+f\n"
        );
        assert_eq!(unified(b"", b"a\n"), "@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn odd_names_are_quoted() {
        assert_eq!(shown(b"a b.md"), "a b.md");
        assert_eq!(shown("ü.md".as_bytes()), "ü.md");
        assert_eq!(shown(b"a\nb\xff\""), "\"a\\nb\\377\\\"\"");
    }
}
