//! Taking lines out of text files: every other byte stays.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    thread,
    time::Duration,
};

use crate::{decode::decode, durable, seal};

/// How long another process is waited for: two seconds.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held for its lock")] File);

/// Waits shortly for the lock file `path`; none if somebody else keeps it.
pub fn try_turn(path: &Path) -> io::Result<Option<Turn>> {
    if let Some(folder) = path.parent() {
        durable::create_private_folder(folder)?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Turn(file))),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// Waits shortly until nobody writes to the index in `folder`; false if somebody goes on.
pub fn is_index_idle(folder: &Path) -> io::Result<bool> {
    match folder.is_dir() {
        true => Ok(try_turn(&folder.join(seal::LOCK))?.is_some()),
        false => Ok(true),
    }
}

/// The lines of a text file that are meant: their numbers, counted from 1, and what they say. None if it is no text.
///
/// A line ends with a line feed, a carriage return, or both, which are not part of what it says.
pub fn lines_that(bytes: &[u8], is_meant: &dyn Fn(&str) -> bool) -> Option<Vec<(usize, String)>> {
    if memchr::memchr(0, bytes).is_some() {
        return None;
    }
    let numbered = (1..).zip(lines(bytes));
    Some(numbered.filter_map(|(number, line)| Some((number, meant(line, is_meant)?))).collect())
}

/// A text file without the lines that are meant, and how many they are. None if there are none, or it is no text.
pub fn without_lines(bytes: &[u8], is_meant: &dyn Fn(&str) -> bool) -> Option<(Vec<u8>, usize)> {
    if memchr::memchr(0, bytes).is_some() {
        return None;
    }
    let mut kept = Vec::with_capacity(bytes.len());
    let mut gone = 0;
    for line in lines(bytes) {
        match meant(line, is_meant) {
            Some(_) => gone += 1,
            None => kept.extend_from_slice(line),
        }
    }
    (gone > 0).then_some((kept, gone))
}

/// What a line says, if it is meant.
fn meant(line: &[u8], is_meant: &dyn Fn(&str) -> bool) -> Option<String> {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let text = decode(line.get(..end).unwrap_or_default().to_vec()).ok()?;
    is_meant(&text).then_some(text)
}

/// Lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = match memchr::memchr2(b'\n', b'\r', rest) {
            Some(at) if rest.get(at..at + 2) == Some(b"\r\n") => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &[u8]) -> Option<Vec<u8>> {
        without_lines(text, &|line| line.contains("Käse")).map(|(kept, _)| kept)
    }

    #[test]
    fn only_the_lines_that_are_meant_go_and_every_other_byte_stays() {
        let text = "\u{feff}a \r\n- Käse\r\n\tb\r\n\r\nKäse".as_bytes();
        assert_eq!(without(text).unwrap(), "\u{feff}a \r\n\tb\r\n\r\n".as_bytes());
        assert_eq!(without("old\rKäse\rmac".as_bytes()).unwrap(), b"old\rmac");
        assert_eq!(without(b"K\xe4se\n\xff\n").unwrap(), b"\xff\n");
        assert_eq!(without(b"nothing\n"), None);
        assert_eq!(without("Käse\0\n".as_bytes()), None);
    }

    #[test]
    fn the_lines_are_told_with_their_numbers() {
        let told = lines_that("a\r\n- Käse\r\n".as_bytes(), &|line| line.contains("Käse"));
        assert_eq!(told.unwrap(), [(2, "- Käse".to_owned())]);
        assert_eq!(lines_that(b"\0", &|_| true), None);
    }

    #[test]
    fn a_turn_that_somebody_keeps_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/lock");
        let _turn = try_turn(&path).unwrap().unwrap();
        assert!(try_turn(&path).unwrap().is_none());
        assert!(is_index_idle(&folder.path().join("none")).unwrap());
    }
}
