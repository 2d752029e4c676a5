//! Taking back, doing again, putting back.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use localgpt_history::{Clash, DiffKind, Error, Target, by_person};

use crate::desk::Desk;

#[test]
fn the_last_change_is_taken_back_and_done_again() {
    let mut desk = Desk::new();
    let before = desk.files();
    desk.assistant_writes("notes.md", "new\n");
    let after = desk.files();
    desk.undo(1).unwrap();
    assert_eq!(desk.files(), before);
    desk.history.redo(&by_person("Again")).unwrap();
    assert_eq!(desk.files(), after);
    desk.undo(1).unwrap();
    assert_eq!(desk.files(), before);
    desk.check_with_git();
    assert!(matches!(desk.undo(1), Err(Error::NothingToUndo)));
    desk.history.redo(&by_person("Again")).unwrap();
    assert!(matches!(desk.history.redo(&by_person("Again")), Err(Error::NothingToRedo)));
}

#[test]
fn several_changes_go_one_after_another_or_at_once() {
    let mut desk = Desk::new();
    let before = desk.files();
    for number in 0..4 {
        desk.assistant_writes("notes.md", format!("{number}\n"));
    }
    desk.undo(1).unwrap();
    assert_eq!(desk.read("notes.md"), "2\n");
    desk.undo(1).unwrap();
    assert_eq!(desk.read("notes.md"), "1\n");
    desk.undo(2).unwrap();
    assert_eq!(desk.files(), before);
}

#[test]
fn deleted_files_come_back_and_new_ones_go_with_their_folders() {
    let mut desk = Desk::new();
    let before = desk.files();
    desk.remove("notes.md");
    desk.write("notes.md/inside.md", "a folder now\n");
    desk.write("a/b/c.md", "new\n");
    desk.record("Turn it over").unwrap();
    let after = desk.files();
    desk.undo(1).unwrap();
    assert_eq!(desk.files(), before);
    assert!(!desk.path("a").exists());
    desk.history.redo(&by_person("Again")).unwrap();
    assert_eq!(desk.files(), after);
    desk.check_with_git();
}

#[test]
fn what_the_user_wrote_elsewhere_in_the_file_stays() {
    let mut desk = Desk::new();
    desk.assistant_writes("notes.md", "one\ntwo\nthree\nby the assistant\n");
    desk.write("notes.md", "ONE\ntwo\nthree\nby the assistant\nby hand\n");
    desk.undo(1).unwrap();
    assert_eq!(desk.read("notes.md"), "ONE\ntwo\nthree\nby hand\n");
}

#[test]
fn a_conflict_names_every_file_and_touches_none() {
    let mut desk = Desk::new();
    desk.write("b.md", "b\n");
    desk.write("c.bin", b"\0c");
    desk.write("gone.md", "gone\n");
    desk.record("Start").unwrap();
    desk.write("notes.md", "one\n2\nthree\n");
    desk.write("b.md", "changed\n");
    desk.write("c.bin", b"\0changed");
    desk.write("gone.md", "changed\n");
    desk.write("made.md", "made\n");
    desk.record("Change all").unwrap();
    desk.write("notes.md", "one\nmine\nthree\n");
    desk.write("c.bin", b"\0mine");
    desk.remove("gone.md");
    desk.write("made.md", "made and mine\n");
    let before = desk.files();
    let Err(Error::Conflict(conflicts)) = desk.undo(1) else { panic!("a conflict") };
    let told: Vec<_> = conflicts.iter().map(|it| (it.path.to_str().unwrap(), it.clash)).collect();
    assert_eq!(
        told,
        [
            ("c.bin", Clash::NotText),
            ("gone.md", Clash::Deleted),
            ("made.md", Clash::WrittenInto),
            ("notes.md", Clash::SameLines),
        ]
    );
    assert_eq!(desk.files(), before);
}

#[test]
fn one_commit_in_the_middle_is_taken_back() {
    let mut desk = Desk::new();
    let middle = desk.assistant_writes("notes.md", "zero\none\ntwo\nthree\n");
    desk.assistant_writes("notes.md", "zero\none\ntwo\nthree\nfour\n");
    desk.history.undo(Target::Commit(middle), &by_person("Back")).unwrap();
    assert_eq!(desk.read("notes.md"), "one\ntwo\nthree\nfour\n");
    // It is not taken back twice.
    desk.undo(1).unwrap();
    assert_eq!(desk.read("notes.md"), "one\ntwo\nthree\n");
}

#[test]
fn changes_of_the_user_are_not_taken_back() {
    let mut desk = Desk::new();
    desk.assistant_writes("a.md", "a\n");
    desk.write("mine.md", "mine\n");
    desk.undo(5).unwrap();
    assert_eq!(desk.read("mine.md"), "mine\n");
    assert!(!desk.path("a.md").exists());
}

#[test]
fn single_files_and_folders_are_put_back_and_that_is_taken_back_too() {
    let mut desk = Desk::new();
    let start = desk.assistant_writes("a/one.md", "1\n");
    desk.write("a/one.md", "changed\n");
    desk.write("a/two.md", "2\n");
    desk.write("notes.md", "changed\n");
    desk.record("Change").unwrap();
    let paths = [PathBuf::from("a")];
    desk.history.restore(&paths, start, &by_person("Put back")).unwrap();
    assert_eq!(desk.read("a/one.md"), "1\n");
    assert!(!desk.path("a/two.md").exists());
    assert_eq!(desk.read("notes.md"), "changed\n");
    desk.undo(1).unwrap();
    assert_eq!(desk.read("a/two.md"), "2\n");
    let changed = desk.history.changed_since(start).unwrap();
    let kinds: Vec<DiffKind> = changed.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [DiffKind::Changed, DiffKind::Added, DiffKind::Changed]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let mut desk = Desk::new();
    desk.write("sub/a.md", "a\n");
    desk.record("Start").unwrap();
    desk.remove("sub/a.md");
    desk.record("Delete").unwrap();
    let outside = desk.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::remove_dir(desk.path("sub")).unwrap_or_default();
    symlink(&outside, desk.path("sub")).unwrap();
    let Err(Error::Conflict(conflicts)) = desk.undo(1) else { panic!("a conflict") };
    assert_eq!(conflicts[0].clash, Clash::InTheWay);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_too_large_to_be_recorded_is_not_overwritten() {
    let mut desk = Desk::new();
    desk.assistant_writes("notes.md", "small\n");
    desk.write("notes.md", vec![b'x'; (1 << 20) + 1]);
    let Err(Error::Conflict(conflicts)) = desk.undo(1) else { panic!("a conflict") };
    assert_eq!(conflicts[0].clash, Clash::NotRecorded);
    assert_eq!(desk.read("notes.md").len(), (1 << 20) + 1);
}
