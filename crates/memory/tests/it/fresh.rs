//! A search sees what is in the files now, whatever happened to them.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use crate::place::{Place, Random, clock, holders};

#[test]
fn a_change_is_seen_at_once() {
    let place = Place::with_notes(3);
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"]);

    place.write("memory/note-01.md", "It is about apples.\n");
    assert_eq!(holders(&mut memory, "word01"), [""; 0], "changed");
    assert_eq!(holders(&mut memory, "apples"), ["memory/note-01.md"], "changed");

    place.write("memory/deep/down/added.md", "It is about pears.\n");
    assert_eq!(holders(&mut memory, "pears"), ["memory/deep/down/added.md"], "added");

    let root = place.root();
    fs::rename(root.join("memory/deep"), root.join("memory/moved")).unwrap();
    assert_eq!(holders(&mut memory, "pears"), ["memory/moved/down/added.md"], "renamed");

    fs::remove_dir_all(root.join("memory/moved")).unwrap();
    assert_eq!(holders(&mut memory, "pears"), [""; 0], "deleted");

    fs::remove_dir_all(root.join("memory")).unwrap();
    assert_eq!(holders(&mut memory, "everything"), [""; 0], "all deleted");
}

#[test]
fn two_notes_that_trade_their_names_are_told_apart() {
    let place = Place::with_notes(2);
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "word00"), ["memory/note-00.md"]);
    let [a, b, c] =
        ["note-00.md", "note-01.md", "c"].map(|name| place.root().join("memory").join(name));
    fs::rename(&a, &c).unwrap();
    fs::rename(&b, &a).unwrap();
    fs::rename(&c, &b).unwrap();
    assert_eq!(holders(&mut memory, "word00"), ["memory/note-01.md"]);
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-00.md"]);
}

#[test]
fn an_edit_of_the_same_size_with_the_time_set_back_is_seen() {
    let place = Place::new();
    let path = place.write("memory/a.md", "It is about apples.\n");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let set_back = || File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    set_back();
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "apples"), ["memory/a.md"]);
    fs::write(&path, "It is about quince.\n").unwrap();
    set_back();
    assert_eq!(holders(&mut memory, "quince"), ["memory/a.md"]);
    assert_eq!(holders(&mut memory, "apples"), [""; 0]);
}

#[test]
fn edits_faster_than_the_file_systems_clock_are_all_seen() {
    let place = Place::new();
    let path = place.write("memory/a.md", "word-000\n");
    let mut memory = place.memory();
    for number in 0..100 {
        let word = format!("word-{number:03}");
        fs::write(&path, format!("{word}\n")).unwrap();
        assert_eq!(holders(&mut memory, &word), ["memory/a.md"], "{word}");
    }
}

#[test]
fn a_note_that_becomes_a_link_is_forgotten() {
    let place = Place::with_notes(2);
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"]);
    let path = place.root().join("memory/note-01.md");
    let outside = place.outside().join("outside.md");
    fs::rename(&path, &outside).unwrap();
    symlink(&outside, &path).unwrap();
    assert_eq!(holders(&mut memory, "word01"), [""; 0], "a link");
    fs::remove_file(&path).unwrap();
    fs::hard_link(&outside, &path).unwrap();
    assert_eq!(holders(&mut memory, "word01"), [""; 0], "a second name");
    fs::remove_file(&outside).unwrap();
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"], "its only name");
    fs::write(&path, "word01\0").unwrap();
    assert_eq!(holders(&mut memory, "word01"), [""; 0], "no text");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(holders(&mut memory, "word01"), [""; 0], "a folder");
}

#[test]
fn a_folder_that_becomes_a_link_is_forgotten() {
    let place = Place::with_notes(2);
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"]);
    let outside = place.outside().join("outside");
    fs::rename(place.root().join("memory"), &outside).unwrap();
    symlink(&outside, place.root().join("memory")).unwrap();
    assert_eq!(holders(&mut memory, "word01"), [""; 0]);
    let text = memory.excerpt("memory/note-01.md").map_or(String::new(), |excerpt| excerpt.text);
    assert_eq!(text, "");
}

#[test]
fn a_workspace_that_was_put_in_the_place_of_another_is_the_one_that_is_searched() {
    let place = Place::with_notes(2);
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"]);
    fs::rename(place.root(), place.outside().join("old")).unwrap();
    place.write("memory/restored.md", "It is about pears.\n");
    assert_eq!(holders(&mut memory, "pears"), ["memory/restored.md"]);
    assert_eq!(memory.excerpt("memory/restored.md").unwrap().text, "It is about pears.\n");
    assert_eq!(holders(&mut memory, "word01"), [""; 0]);
}

#[test]
fn what_did_not_change_is_not_written_again() {
    let place = Place::with_notes(5);
    place.write("memory/nul.md", "\0");
    let mut memory = place.memory();
    assert!(memory.sync(clock().now()).unwrap().changed);
    assert!(!memory.sync(clock().now()).unwrap().changed, "by the same");
    assert!(!place.memory().sync(clock().now()).unwrap().changed, "by another");
    let later = clock().now() + jiff::SignedDuration::from_mins(1);
    let seal = || fs::read(place.index().join("seal")).unwrap();
    place.memory().sync(later).unwrap();
    let settled = seal();
    place.memory().sync(later).unwrap();
    assert_eq!(seal(), settled, "after the times prove it");
}

#[test]
fn any_history_of_changes_ends_in_what_a_fresh_index_finds() {
    for seed in 0..5 {
        let place = Place::new();
        let mut memory = place.memory();
        let mut random = Random::new(seed);
        for step in 0..20 {
            let path = place.root().join(format!("memory/{}.md", random.below(8)));
            match random.below(5) {
                0 if path.exists() => fs::remove_file(&path).unwrap(),
                1 if path.exists() => {
                    fs::rename(&path, place.root().join(format!("memory/{}.md", random.below(8))))
                        .unwrap();
                }
                _ => {
                    let word = random.below(6);
                    let text =
                        format!("# Step\n\nIt says word{word:02}.\n\nAnd more in step {step}.\n");
                    place.write(path.strip_prefix(place.root()).unwrap().to_str().unwrap(), text);
                }
            }
            let word = format!("word{:02}", random.below(6));
            let expected = holders(&mut place.fresh_memory(), &word);
            assert_eq!(holders(&mut memory, &word), expected, "seed {seed}, step {step}");
        }
    }
}
