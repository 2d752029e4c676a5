//! Adding to the note of the day loses nothing.

use std::{fs, os::unix::fs::symlink};

use jiff::civil::date;
use localgpt_memory::{Error, add};

use crate::place::{Place, hits, holders};

const DAY: jiff::civil::Date = date(2026, 3, 5);
const NOTE: &str = "memory/2026-03-05.md";

fn add_to(place: &Place, text: &str) -> Result<localgpt_protocol::Added, Error> {
    add(&place.root(), &place.lock(), text, DAY)
}

#[test]
fn two_who_add_at_once_lose_nothing() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let place = &place;
            scope.spawn(move || {
                for number in 0..100 {
                    let text = format!("Note {name}{number:03} of two.");
                    let added = add_to(place, &text).unwrap();
                    let note = fs::read_to_string(place.root().join(&added.path)).unwrap();
                    let line = note.lines().nth(added.start_line as usize - 1);
                    assert_eq!(line, Some(format!("- {text}").as_str()));
                }
            });
        }
    });
    let note = fs::read_to_string(place.root().join(NOTE)).unwrap();
    let mut lines: Vec<&str> = note.lines().skip(2).collect();
    assert_eq!(note.lines().take(2).collect::<Vec<_>>(), ["# 2026-03-05", ""]);
    lines.sort_unstable();
    let expected = ["a", "b"]
        .iter()
        .flat_map(|name| (0..100).map(move |at| format!("- Note {name}{at:03} of two.")));
    assert_eq!(lines, expected.collect::<Vec<_>>());
    let names = fs::read_dir(place.root().join("memory")).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside the note");
}

#[test]
fn what_was_added_is_found_by_the_next_search() {
    let place = Place::with_notes(3);
    let mut memory = place.memory();
    for number in 0..20 {
        let text = format!("The bolt is BOLT-{number:03}.");
        let added = add_to(&place, &text).unwrap();
        let hit = hits(&mut memory, &format!("BOLT-{number:03}")).remove(0);
        assert_eq!(hit.citation.path, added.path);
        assert!(hit.text.contains(&text), "{hit:?}");
        let cited = format!("{}#L{}-L{}", added.path, added.start_line, added.end_line);
        assert_eq!(memory.excerpt(&cited).unwrap().text, format!("- {text}\n"));
    }
}

#[test]
fn an_addition_keeps_the_bytes_that_were_there() {
    for (old, expected) in [
        (&b"# Day\r\n\r\n- one\r\n"[..], &b"# Day\r\n\r\n- one\r\n- two\r\n"[..]),
        (b"# Day\r\n\r\n- one", b"# Day\r\n\r\n- one\r\n- two\r\n"),
        (b"\xef\xbb\xbf# Day\n", b"\xef\xbb\xbf# Day\n\n- two\n"),
        (b"caf\xe9\n", b"caf\xe9\n\n- two\n"),
        (b"\r\n\r\n", b"\r\n\r\n- two\r\n"),
        (b"a\0b\n", b"a\0b\n\n- two\n"),
    ] {
        let place = Place::new();
        place.write(NOTE, old);
        add_to(&place, "two").unwrap();
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(shown(&fs::read(place.root().join(NOTE)).unwrap()), shown(expected));
    }
}

#[test]
fn an_addition_to_a_note_in_another_encoding_is_found() {
    let place = Place::new();
    place.write(NOTE, b"# Tag\n\n- Das Caf\xe9 ist zu.\n");
    add_to(&place, "Der Schlüssel hängt im Büro.").unwrap();
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "Schlüssel"), [NOTE]);
    assert_eq!(holders(&mut memory, "Café"), [NOTE]);
}

/// Makes a place in which today's note cannot be written, and checks that this is said and changes nothing.
#[track_caller]
fn check_refused(prepare: impl FnOnce(&Place)) {
    let place = Place::with_notes(1);
    prepare(&place);
    let before = tree(&place);
    let error = add_to(&place, "two").unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error:?}");
    assert_eq!(tree(&place), before);
}

/// Every file of the temporary folder with its bytes.
fn tree(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut open = vec![place.outside().to_owned()];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.ends_with("state") {
            continue;
        }
        let is_folder = path.is_dir() && !path.is_symlink();
        let bytes = if path.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        files.push((path.display().to_string(), bytes));
        if is_folder {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    files.sort();
    files
}

#[test]
fn a_note_that_is_no_ordinary_file_is_not_replaced() {
    check_refused(|place| {
        let outside = place.outside().join("outside.md");
        fs::write(&outside, "outside").unwrap();
        symlink(outside, place.root().join(NOTE)).unwrap();
    });
    check_refused(|place| symlink("nowhere.md", place.root().join(NOTE)).unwrap());
    check_refused(|place| {
        let outside = place.outside().join("outside.md");
        fs::write(&outside, "outside").unwrap();
        fs::hard_link(outside, place.root().join(NOTE)).unwrap();
    });
    check_refused(|place| fs::create_dir(place.root().join(NOTE)).unwrap());
    check_refused(|place| {
        fs::File::create(place.root().join(NOTE)).unwrap().set_len(1 << 30).unwrap();
        // Its gigabyte of nothing is not compared.
        fs::rename(place.root().join(NOTE), place.root().join("huge")).unwrap();
        symlink("../huge", place.root().join(NOTE)).unwrap();
        fs::File::options()
            .write(true)
            .open(place.root().join("huge"))
            .unwrap()
            .set_len(9)
            .unwrap();
    });
}

#[test]
fn a_note_is_not_written_through_a_folder_that_is_a_link() {
    check_refused(|place| {
        let outside = place.outside().join("outside");
        fs::rename(place.root().join("memory"), &outside).unwrap();
        symlink(outside, place.root().join("memory")).unwrap();
    });
    check_refused(|place| {
        fs::rename(place.root().join("memory"), place.outside().join("outside")).unwrap();
        fs::write(place.root().join("memory"), "a file").unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_written_is_one_error_and_no_change() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_notes(1);
    place.write(NOTE, "- one\n");
    fs::set_permissions(place.root().join("memory"), fs::Permissions::from_mode(0o500)).unwrap();
    crate::place::as_a_mere_user(&place, || {
        let before = tree(&place);
        let error = add_to(&place, "two").unwrap_err();
        let path = place.root().join(NOTE);
        assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
        assert_eq!(tree(&place), before);
    });
}

#[test]
fn what_a_killed_writer_left_is_cleared_away() {
    let place = Place::new();
    place.write(NOTE, "- one\n");
    place.write("memory/.localgpt-Ab12Cd.tmp", "- one\n- tw");
    place.write("memory/.localgpt-notes", "the user's");
    add_to(&place, "two").unwrap();
    let mut names: Vec<_> = fs::read_dir(place.root().join("memory"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".localgpt-notes", "2026-03-05.md"]);
}
