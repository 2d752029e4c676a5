//! The files that a model reads first, from the workspace folder.
//!
//! Invariant: an entry is looked at before it is opened, so that no pipe or device is; and only the exact name counts,
//! also where the file system takes `memory.md` for `MEMORY.md`.

use std::{cmp::Reverse, io, path::Path};

use jiff::{ZonedDateTime, civil::Date, tz::TimeZone};
use localgpt_guard::{Label, Origin};
use localgpt_protocol::{
    ContextFile, ContextFiles, ContextName, DayNote, Found, SkipReason, is_js_blank,
};

use crate::{
    Error, WorkspaceKind,
    decode::{decode, shown},
    error::describe,
    folder::{Entry, Folder, unreadable},
    workspace::kind,
};

/// What is known about a note before anybody has looked it up.
const UNKNOWN: Label = Label { origin: Origin::Unknown, by_model: false };
/// The largest file that is read, in bytes.
const LARGEST: u64 = 2 << 20;
/// The most that is read of a note of a day, in bytes.
const NOTE_BYTES: u64 = 16_384;
/// The most notes of one day.
const NOTES_A_DAY: usize = 4;
/// The largest file of state that is read, in bytes.
const LARGEST_STATE: u64 = 64 << 10;
/// What says in a file of state that the workspace is set up.
const SET_UP: [&str; 2] = ["setupCompletedAt", "onboardingCompletedAt"];

/// Reads what a model reads first in the workspace `root`: nothing in a plain folder of notes. The notes are those of
/// today and yesterday, by the user's zone and, where that is a day ahead, by UTC, of which some files are named.
pub fn read_context(root: &Path, now: &ZonedDateTime) -> Result<ContextFiles, Error> {
    let failed = |error: io::Error| {
        let path = root.display().to_string();
        Error::Read { path, reason: unreadable(&error) }
    };
    let folder = Folder::open(root).map_err(failed)?;
    let names = folder.names().map_err(failed)?;
    if kind(&folder) == WorkspaceKind::Notes {
        return Ok(ContextFiles::default());
    }
    let mut files = Vec::new();
    for name in ContextName::ALL {
        if name == ContextName::Bootstrap && is_set_up(&folder) {
            continue;
        }
        files.push(ContextFile { name, found: read(&folder, &names, name.as_str()) });
    }
    Ok(ContextFiles { files, notes: notes(&folder, now) })
}

fn read(folder: &Folder, names: &[Vec<u8>], name: &str) -> Found {
    if !names.iter().any(|there| there == name.as_bytes()) {
        let lookalike = names.iter().find(|there| there.eq_ignore_ascii_case(name.as_bytes()));
        return Found::Missing { lookalike: lookalike.map(|name| shown(name).into_owned()) };
    }
    let read = match folder.entry(name.as_bytes(), LARGEST) {
        Ok(Entry::File(_)) => folder.read(name.as_bytes(), LARGEST).map(|(bytes, _)| bytes),
        Ok(Entry::Folder) => Err(SkipReason::NotAFile),
        Ok(Entry::Refused(reason)) => Err(reason),
        // It was there when the folder was read and is gone now.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Found::Missing { lookalike: None };
        }
        Err(error) => Err(unreadable(&error)),
    };
    read.map_or_else(left_out, found)
}

fn found(bytes: Vec<u8>) -> Found {
    match decode(bytes) {
        Ok(text) if is_js_blank(&text) => Found::Blank,
        Ok(text) => Found::Text(text),
        Err(crate::decode::Binary) => left_out(SkipReason::Binary),
    }
}

fn left_out(reason: SkipReason) -> Found {
    match reason {
        SkipReason::TooLarge { bytes, limit } => Found::TooLarge { bytes, limit },
        SkipReason::Unreadable { message } => Found::Unreadable { reason: message },
        SkipReason::Link | SkipReason::HardLink | SkipReason::NotAFile | SkipReason::Binary => {
            Found::Refused { reason: describe(&reason) }
        }
    }
}

/// Whether a file of state says that the workspace is set up. One that cannot be read says nothing.
fn is_set_up(folder: &Folder) -> bool {
    let hidden = folder.folder(b".openclaw").ok();
    let states = [
        hidden.and_then(|hidden| state(&hidden, b"workspace-state.json")),
        state(folder, b"openclaw-workspace-state.json"),
    ];
    states.iter().flatten().any(|state| {
        let said = SET_UP.iter().filter_map(|key| state.get(key)?.as_str());
        said.into_iter().any(|time| !is_js_blank(time))
    })
}

fn state(folder: &Folder, name: &[u8]) -> Option<serde_json::Value> {
    let Ok(Entry::File(_)) = folder.entry(name, LARGEST_STATE) else { return None };
    let (bytes, _) = folder.read(name, LARGEST_STATE).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn notes(folder: &Folder, now: &ZonedDateTime) -> Vec<DayNote> {
    let listed = || -> io::Result<_> {
        let memory = folder.folder(b"memory")?;
        let names = memory.names()?;
        Ok((memory, names))
    };
    match listed() {
        Ok((memory, names)) => {
            days(now).into_iter().flat_map(|day| notes_of(&memory, &names, day)).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let reason = match folder.entry(b"memory", u64::MAX) {
                Ok(Entry::Refused(reason)) => reason,
                Ok(Entry::Folder | Entry::File(_)) | Err(_) => unreadable(&error),
            };
            vec![unread_note("memory".to_owned(), reason)]
        }
    }
}

fn unread_note(path: String, reason: SkipReason) -> DayNote {
    DayNote { path, unread: 0, label: UNKNOWN, found: left_out(reason) }
}

/// The days whose notes are read, newest first.
fn days(now: &ZonedDateTime) -> Vec<Date> {
    let today = now.date();
    let by_utc = now.timestamp().to_zoned_datetime(TimeZone::UTC).date();
    let days = [(by_utc > today).then_some(by_utc), Some(today), today.yesterday().ok()];
    days.into_iter().flatten().collect()
}

/// The note of a day and those that go with it: the note itself, then the newest.
fn notes_of(memory: &Folder, names: &[Vec<u8>], day: Date) -> Vec<DayNote> {
    let start = day.to_string();
    let mut entries = Vec::new();
    for name in names {
        let rest = name.strip_prefix(start.as_bytes());
        let Some(rest) = rest.and_then(|rest| rest.strip_suffix(b".md")) else { continue };
        if rest.first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        match memory.entry(name, u64::MAX) {
            Ok(Entry::File(stamp)) => entries.push((name, Ok(()), stamp.modified)),
            Ok(Entry::Folder) => {}
            Ok(Entry::Refused(reason)) => entries.push((name, Err(reason), i64::MIN)),
            Err(error) => entries.push((name, Err(unreadable(&error)), i64::MIN)),
        }
    }
    let is_slugged = |name: &[u8]| name.len() > start.len() + b".md".len();
    entries.sort_by_key(|(name, _, modified)| (is_slugged(name), Reverse(*modified)));
    let more = entries.len().saturating_sub(NOTES_A_DAY);
    let mut notes: Vec<DayNote> = entries
        .into_iter()
        .take(NOTES_A_DAY)
        .map(|(name, looked, _)| {
            let path = format!("memory/{}", shown(name));
            match looked.and_then(|()| memory.read_end(name, NOTE_BYTES)) {
                Ok((bytes, before)) => note(path, &bytes, before),
                Err(reason) => unread_note(path, reason),
            }
        })
        .collect();
    if more > 0 {
        let reason = format!("{more} more notes of this day, of which {NOTES_A_DAY} are read");
        let path = format!("memory/{start}-*.md");
        notes.push(DayNote { path, unread: 0, label: UNKNOWN, found: Found::Refused { reason } });
    }
    notes
}

fn note(path: String, bytes: &[u8], before: u64) -> DayNote {
    let start = if before == 0 { 0 } else { first_line(bytes) };
    let text = bytes.get(start..).unwrap_or_default().to_vec();
    DayNote {
        path,
        unread: before.saturating_add(start as u64),
        label: UNKNOWN,
        found: found(text),
    }
}

/// Where the first whole line begins in the end of a file, or, if there is none, the first whole character.
fn first_line(bytes: &[u8]) -> usize {
    match memchr::memchr(b'\n', bytes) {
        Some(at) if at + 1 < bytes.len() => at + 1,
        _ => bytes.iter().take_while(|byte| **byte & 0xc0 == 0x80).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_those_of_the_users_zone_and_of_utc_where_that_is_ahead() {
        let days = |now: &str| -> Vec<String> {
            let now: ZonedDateTime = now.parse().unwrap();
            days(&now).iter().map(Date::to_string).collect()
        };
        assert_eq!(days("2026-03-05T01:00+01:00[Europe/Berlin]"), ["2026-03-05", "2026-03-04"]);
        assert_eq!(
            days("2026-03-05T20:00-08:00[America/Los_Angeles]"),
            ["2026-03-06", "2026-03-05", "2026-03-04"]
        );
    }

    #[test]
    fn the_end_of_a_file_begins_with_a_whole_line_or_else_a_whole_character() {
        assert_eq!(first_line("tail of one\nnext\n".as_bytes()), 12);
        assert_eq!(first_line(&"ä one long line".as_bytes()[1..]), 1);
        assert_eq!(first_line("one long line\n".as_bytes()), 0);
    }
}
