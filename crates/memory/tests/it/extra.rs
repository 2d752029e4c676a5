//! Files and folders that the configuration adds to memory.

use std::{fs, os::unix::fs::symlink};

use crate::place::{Place, holders, skipped};

#[test]
fn an_extra_path_is_found_under_the_name_it_was_configured_by() {
    let place = Place::with_notes(1).and_extra(&["../other", "notes/plan.md", "./journal"]);
    fs::create_dir(place.outside().join("other")).unwrap();
    fs::write(place.outside().join("other/a.md"), "It is about apples.\n").unwrap();
    place.write("notes/plan.md", "It is about pears.\n");
    place.write("notes/other.md", "It is about plums.\n");
    place.write("journal/day/one.md", "It is about quince.\n");
    let mut memory = place.memory();
    for (word, path) in [
        ("apples", "../other/a.md"),
        ("pears", "notes/plan.md"),
        ("quince", "journal/day/one.md"),
        ("word00", "memory/note-00.md"),
    ] {
        assert_eq!(holders(&mut memory, word), [path], "{word}");
        assert!(memory.excerpt(path).unwrap().text.contains(word), "{word}");
    }
    assert_eq!(holders(&mut memory, "plums"), [""; 0]);
    assert_eq!(skipped(&mut memory), [""; 0]);
}

#[test]
fn overlapping_extra_paths_give_each_file_and_each_reason_once() {
    let place = Place::with_notes(1).and_extra(&["memory", "memory", "memory/deep", "."]);
    place.write("memory/deep/a.md", "It is about apples.\n");
    symlink("a.md", place.root().join("memory/deep/link.md")).unwrap();
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "apples"), ["memory/deep/a.md"]);
    assert_eq!(skipped(&mut memory), ["memory/deep/link.md: it is a symbolic link"]);
}

#[test]
fn the_workspace_itself_and_the_folder_above_can_be_extra_paths() {
    let place = Place::with_notes(1).and_extra(&["."]);
    place.write("plan.md", "It is about pears.\n");
    assert_eq!(holders(&mut place.memory(), "pears"), ["plan.md"]);

    let place = Place::with_notes(1).and_extra(&[".."]);
    fs::write(place.outside().join("above.md"), "It is about plums.\n").unwrap();
    assert_eq!(holders(&mut place.memory(), "plums"), ["../above.md"]);
}

#[test]
fn an_extra_path_may_lead_through_a_link_of_the_users_own() {
    let place = Place::with_notes(1).and_extra(&["linked/notes"]);
    fs::create_dir_all(place.outside().join("far/notes")).unwrap();
    fs::write(place.outside().join("far/notes/a.md"), "It is about apples.\n").unwrap();
    symlink(place.outside().join("far"), place.root().join("linked")).unwrap();
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "apples"), ["linked/notes/a.md"]);
    assert_eq!(skipped(&mut memory), [""; 0]);
}

#[test]
fn an_extra_path_that_is_not_there_is_reported() {
    let place = Place::with_notes(1).and_extra(&["nowhere", "no/where.md"]);
    let expected = ["no/where.md", "nowhere"]
        .map(|path| format!("{path}: No such file or directory (os error 2)"));
    assert_eq!(skipped(&mut place.memory()), expected);
}
