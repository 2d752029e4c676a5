//! Writing a note of the day.

use std::{ffi::OsStr, fs::OpenOptions, io, path::Path};

use jiff::civil::Date;
use localgpt_protocol::{Added, Citation};

use crate::{
    Error,
    durable::{self, create_folder, replace},
    folder::Folder,
};

/// The largest note of a day that is added to.
const LARGEST: u64 = 64 << 20;

/// Appends `text` to `memory/YYYY-MM-DD.md` of `day`. When this returns, it is on disk.
///
/// What is in the file stays as it is, byte for byte; a text of one line becomes a list item. Two
/// processes take turns by the lock file `lock`.
pub fn add(root: &Path, lock: &Path, text: &str, day: Date) -> Result<Added, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if text.contains('\0') {
        return Err(Error::NotText);
    }
    let relative = format!("memory/{day}.md");
    let path = root.join(&relative);
    let failed = |source| Error::Write { path: path.clone(), source };
    let folder = root.join("memory");
    make_folders(root, Path::new(&relative)).map_err(failed)?;
    let _turn = take_turn(lock)?;
    clear_leftovers(&folder).map_err(failed)?;
    let old = read(&folder, &format!("{day}.md")).map_err(failed)?;
    let mut bytes = old.unwrap_or_else(|| format!("# {day}\n").into_bytes());
    let line_break: &[u8] =
        if bytes.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.extend_from_slice(line_break);
    }
    let is_item = !text.contains('\n');
    let ends_in_item = last_line(&bytes).trim_ascii_start().starts_with(b"- ");
    let continues_list = is_item && ends_in_item;
    let follows_nothing = bytes.is_empty() || bytes.ends_with(&[line_break, line_break].concat());
    if !continues_list && !follows_nothing {
        bytes.extend_from_slice(line_break);
    }
    let start_line = 1 + memchr::memchr_iter(b'\n', &bytes).count() as u32;
    if is_item && !text.starts_with(['-', '*', '#', '>']) {
        bytes.extend_from_slice(b"- ");
    }
    for line in text.lines() {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(line_break);
    }
    let end_line = memchr::memchr_iter(b'\n', &bytes).count() as u32;
    replace(&path, &bytes).map_err(failed)?;
    Ok(Added { path: relative, start_line, end_line })
}

/// Takes back what [`add`] wrote: removes the lines of `citation`, which must still be `text`. If they have moved,
/// the one other place that has the same lines is taken; false if there is none, or more than one, and then nothing
/// changes. Every other byte stays.
pub fn take_back(root: &Path, lock: &Path, citation: &Citation, text: &str) -> Result<bool, Error> {
    let path = root.join(&citation.path);
    let failed = |source| Error::Write { path: path.clone(), source };
    let wanted: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let (Some(name), Some(folder)) = (path.file_name().and_then(OsStr::to_str), path.parent())
    else {
        return Ok(false);
    };
    let is_daily = citation.path.strip_prefix("memory/").is_some_and(|rest| rest == name);
    if wanted.is_empty() || !is_daily || !folder.is_dir() || folder.is_symlink() {
        return Ok(false);
    }
    let _turn = take_turn(lock)?;
    let Some(bytes) = read(folder, name).map_err(failed)? else { return Ok(false) };
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let content = |line: &&[u8]| -> Vec<u8> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line).to_vec()
    };
    let stands_at = |start: usize| {
        let found = lines.get(start..start + wanted.len()).unwrap_or_default();
        found.len() == wanted.len() && found.iter().map(content).eq(wanted.iter().copied())
    };
    let start = (citation.start_line as usize).saturating_sub(1);
    let start = match stands_at(start) {
        true => start,
        false => {
            let mut others = (0..lines.len()).filter(|start| stands_at(*start));
            match (others.next(), others.next()) {
                (Some(only), None) => only,
                (Some(_), Some(_)) | (None, _) => return Ok(false),
            }
        }
    };
    let kept =
        lines.iter().enumerate().filter(|(at, _)| !(start..start + wanted.len()).contains(at));
    let kept: Vec<u8> = kept.flat_map(|(_, line)| line.iter().copied()).collect();
    replace(&path, &kept).map_err(failed)?;
    Ok(true)
}

/// Creates the file `relative` of the workspace, durably; false if the name is taken, by whatever it is.
pub fn create(root: &Path, relative: &Path, text: &str) -> Result<bool, Error> {
    let path = root.join(relative);
    let failed = |source| Error::Write { path: path.clone(), source };
    make_folders(root, relative).map_err(failed)?;
    match durable::create(&path, text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// Creates the folders above the file `relative` of the workspace. One that is a link is refused: the
/// file would land outside the workspace.
fn make_folders(root: &Path, relative: &Path) -> io::Result<()> {
    create_folder(root)?;
    let mut folder = root.to_owned();
    for name in relative.parent().into_iter().flat_map(Path::components) {
        folder.push(name);
        if folder.is_symlink() {
            let reason = crate::describe(&localgpt_protocol::SkipReason::Link);
            let reason = format!("{}: {reason}", folder.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        create_folder(&folder)?;
    }
    Ok(())
}

/// Removes the half-written files of writers that were killed.
fn clear_leftovers(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if durable::is_leftover(&path) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Holds the others back until it is dropped.
fn take_turn(lock: &Path) -> Result<std::fs::File, Error> {
    let take = || {
        if let Some(folder) = lock.parent() {
            durable::create_private_folder(folder)?;
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(lock)?;
        file.lock()?;
        Ok(file)
    };
    take().map_err(|source| Error::Write { path: lock.to_owned(), source })
}

/// The file's bytes; none if there is no such file. A link, pipe or second name is refused: replacing
/// it would take it out of wherever else it belongs.
fn read(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let folder_handle = Folder::open(folder)?;
    match folder_handle.entry(name.as_bytes(), LARGEST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(_) => match folder_handle.read(name.as_bytes(), LARGEST) {
            Ok((bytes, _)) => Ok(Some(bytes)),
            Err(reason) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, crate::describe(&reason)))
            }
        },
    }
}

fn last_line(bytes: &[u8]) -> &[u8] {
    let text = bytes.trim_ascii_end();
    let start = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn added(old: Option<&str>, text: &str) -> (String, Added) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory/2026-03-05.md");
        if let Some(old) = old {
            std::fs::create_dir(folder.path().join("memory")).unwrap();
            std::fs::write(&path, old).unwrap();
        }
        let lock = folder.path().join("state/lock");
        let added = add(folder.path(), &lock, text, date(2026, 3, 5)).unwrap();
        (std::fs::read_to_string(path).unwrap(), added)
    }

    #[test]
    fn a_line_becomes_an_item_of_todays_list() {
        let (text, added) = added(None, "The pump is new.");
        assert_eq!(text, "# 2026-03-05\n\n- The pump is new.\n");
        assert_eq!((added.start_line, added.end_line), (3, 3));
    }

    #[test]
    fn what_was_there_stays_byte_for_byte() {
        for (old, expected) in [
            ("- one", "- one\n- two\n"),
            ("- one\r\n", "- one\r\n- two\r\n"),
            ("text\n", "text\n\n- two\n"),
            ("", "- two\n"),
        ] {
            assert_eq!(added(Some(old), "two").0, expected, "{old:?}");
        }
    }

    #[test]
    fn several_lines_are_added_as_they_are() {
        let (text, added) = added(Some("- one\n"), "## Call\n\nlong\n");
        assert_eq!(text, "- one\n\n## Call\n\nlong\n");
        assert_eq!((added.start_line, added.end_line), (3, 5));
    }

    #[test]
    fn nothing_is_written_through_a_link_that_stands_for_the_folder() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(outside.path(), folder.path().join("memory")).unwrap();
        let lock = folder.path().join("state/lock");
        assert!(add(folder.path(), &lock, "out", date(2026, 3, 5)).is_err());
        assert!(create(folder.path(), Path::new("memory/a.md"), "out").is_err());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_would_hide_the_note_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let result = add(folder.path(), &folder.path().join("lock"), "a\0b", date(2026, 3, 5));
        assert!(matches!(result, Err(Error::NotText)));
        assert!(!folder.path().join("memory/2026-03-05.md").exists());
    }

    #[test]
    fn a_lock_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("state"), "a file").unwrap();
        let lock = folder.path().join("state/lock");
        let error = add(folder.path(), &lock, "one", date(2026, 3, 5)).unwrap_err();
        assert!(matches!(error, Error::Write { path, .. } if path == lock));
        assert!(!folder.path().join("memory/2026-03-05.md").exists());
    }

    fn taken_back(text: &str, citation: &str, what: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory/2026-03-05.md");
        std::fs::create_dir(folder.path().join("memory")).unwrap();
        std::fs::write(&path, text).unwrap();
        let lock = folder.path().join("lock");
        let done = take_back(folder.path(), &lock, &citation.parse().unwrap(), what).unwrap();
        let left = std::fs::read_to_string(path).unwrap();
        assert!(done || left == text);
        done.then_some(left)
    }

    #[test]
    fn what_was_added_can_be_taken_back_even_if_it_has_moved() {
        let text = "# Day\r\n\r\n- one\r\n- two\r\n";
        for citation in ["memory/2026-03-05.md#L3", "memory/2026-03-05.md#L1"] {
            let left = taken_back(text, citation, "- one");
            assert_eq!(left.as_deref(), Some("# Day\r\n\r\n- two\r\n"));
        }
        let both = taken_back(text, "memory/2026-03-05.md#L3-L4", "- one\n- two");
        assert_eq!(both.as_deref(), Some("# Day\r\n\r\n"));
    }

    #[test]
    fn what_was_changed_since_or_stands_twice_is_left_alone() {
        let day = "memory/2026-03-05.md#L9";
        assert_eq!(taken_back("- one, or two\n", day, "- one"), None);
        assert_eq!(taken_back("- one\n- one\n", day, "- one"), None);
        assert_eq!(taken_back("- one\n", "MEMORY.md#L1", "- one"), None);
        assert_eq!(taken_back("- one\n", "memory/../memory/2026-03-05.md#L1", "- one"), None);
    }

    #[test]
    fn nothing_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let result = add(folder.path(), &folder.path().join("lock"), " \n", date(2026, 3, 5));
        assert!(matches!(result, Err(Error::Empty)));
    }
}
