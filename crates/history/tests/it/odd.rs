//! Names that are hard to handle.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

use crate::desk::Desk;

const NAMES: &[&[u8]] = &[
    b"line\nbreak.md",
    b"\xff\xfe.md",
    b"Case.md",
    b"case.md",
    b" space ",
    b"-dash",
    b"quote\"back\\slash",
    b".localgpt",
    "z\u{fc}rich.md".as_bytes(),
    "zu\u{308}rich.md".as_bytes(),
    b"a.b",
    b"a/b",
    b"a0",
    b"CON",
    b"...",
];

#[test]
fn odd_names_are_recorded_taken_back_and_read_by_git() {
    let mut desk = Desk::new();
    let before = desk.files();
    let longest = vec![b'n'; 255];
    for name in NAMES.iter().copied().chain([longest.as_slice()]) {
        let path = desk.path("").join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let commit = desk.record("Odd names").unwrap();
    desk.check_with_git();
    assert_eq!(desk.history.diff_of(commit).unwrap().len(), NAMES.len() + 1);
    let after = desk.files();
    desk.undo(1).unwrap();
    assert_eq!(desk.files(), before);
    desk.history.redo(&localgpt_history::by_person("Again")).unwrap();
    assert_eq!(desk.files(), after);
    desk.check_with_git();
}
