//! After forgetting, no byte of it is left in the repository.

use std::{fs, io::Read as _, path::Path};

use localgpt_history::{Consent, Target, Words, by_person};

use crate::desk::{Desk, change, open};

const FACT: &str = "the pin of my card is 4711";

/// A workspace whose history knows the fact in many places.
pub(crate) fn told(desk: &mut Desk) {
    desk.assistant_writes("notes.md", format!("one\n{FACT}\ntwo\n"));
    desk.assistant_writes("deep/er/other.md", format!("- said: {FACT}.\nrest\n"));
    desk.assistant_writes("image.bin", [b"\0\0", FACT.as_bytes(), b"\n\0"].concat());
    desk.write("notes.md", format!("one\n{FACT}\ntwo\nthree\n"));
    desk.history.record(&change(&format!("Note that {FACT}"))).unwrap();
    desk.undo(1).unwrap();
    for number in 0..60 {
        desk.write(&format!("many/{number}.md"), format!("{number}: {FACT}\n"));
    }
    desk.record("Many at once").unwrap();
}

/// What the caller does before: the files of the workspace lose the lines.
pub(crate) fn clean(desk: &Desk) {
    let words = Words::Text(FACT);
    for (path, (bytes, _)) in desk.files() {
        if bytes.starts_with(b"\0") {
            fs::remove_file(desk.path("").join(path)).unwrap();
        } else if let Some(kept) = words.without(&bytes) {
            fs::write(desk.path("").join(path), kept).unwrap();
        }
    }
}

/// Every file of the repository, as it is and with every stream in it decompressed.
pub(crate) fn holds(folder: &Path, text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let has = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            if has(&bytes) {
                found.push(path.display().to_string());
            }
            for place in 0..bytes.len() {
                // The first byte of a stream that git or we write.
                if bytes[place] == 0x78 {
                    let mut content = Vec::new();
                    flate2::read::ZlibDecoder::new(&bytes[place..])
                        .read_to_end(&mut content)
                        .unwrap_or_default();
                    if has(&content) {
                        found.push(format!("{} at {place}", path.display()));
                    }
                }
            }
        }
    }
    found
}

#[test]
fn no_byte_of_a_forgotten_fact_is_left() {
    for consent in [Consent::Given, Consent::NotGiven] {
        let mut desk = Desk::with(consent);
        told(&mut desk);
        if consent == Consent::Given {
            // What git itself keeps beside the objects.
            desk.git(&["-c", "user.name=a", "-c", "user.email=b", "tag", "-a", "t", "-m", FACT]);
            desk.git(&["branch", "other", "HEAD~2"]);
            desk.git(&["config", "core.logallrefupdates", "true"]);
            desk.git(&[
                "-c",
                "user.name=a",
                "-c",
                "user.email=b",
                "commit",
                "--allow-empty",
                "-qm",
                FACT,
            ]);
            desk.git(&["pack-refs", "--all"]);
            desk.git(&["repack", "-q", "-a", "-d"]);
        }
        assert!(!holds(desk.history.folder(), FACT.as_bytes()).is_empty());
        let count = desk.summaries().len();
        clean(&desk);
        let mut seen = 0;
        let forgotten = desk.history.forget(Words::Text(FACT), &mut |it| seen = it.done).unwrap();
        assert!(forgotten.commits > 4 && forgotten.files > 60 && seen >= count, "{forgotten:?}");
        assert_eq!(holds(desk.history.folder(), FACT.as_bytes()), [""; 0]);
        assert_eq!(desk.summaries().len(), count);
        desk.history.record_outside().unwrap();
        assert_eq!(holds(desk.history.folder(), FACT.as_bytes()), [""; 0]);
        desk.check_with_git();
        let again = open(desk.folder.path(), Consent::NotGiven);
        assert_eq!(again.list(99, None).unwrap(), desk.history.list(99, None).unwrap());
    }
}

#[test]
fn changes_are_still_taken_back_after_forgetting() {
    let mut desk = Desk::new();
    desk.assistant_writes("notes.md", format!("one\n{FACT}\ntwo\n"));
    desk.assistant_writes("notes.md", format!("one\n{FACT}\ntwo\nthree\n"));
    desk.undo(1).unwrap();
    clean(&desk);
    desk.history.forget(Words::Text(FACT), &mut |_| {}).unwrap();
    desk.history.redo(&by_person("Again")).unwrap();
    assert_eq!(desk.read("notes.md"), "one\ntwo\nthree\n");
    desk.history.undo(Target::Last(1), &by_person("Back")).unwrap();
    assert_eq!(desk.read("notes.md"), "one\ntwo\n");
    assert_eq!(holds(desk.history.folder(), FACT.as_bytes()), [""; 0]);
}

#[test]
fn forgetting_what_nobody_said_changes_no_commit() {
    let mut desk = Desk::new();
    desk.assistant_writes("a.md", "a\n");
    let before = desk.history.list(9, None).unwrap();
    let forgotten = desk.history.forget(Words::Text(FACT), &mut |_| {}).unwrap();
    assert_eq!((forgotten.commits, forgotten.files), (0, 0));
    assert_eq!(desk.history.list(9, None).unwrap(), before);
    desk.check_with_git();
}

#[test]
fn a_commit_that_changes_nothing_any_more_is_passed_over() {
    let mut desk = Desk::new();
    desk.assistant_writes("a.md", "a\n");
    desk.assistant_writes("notes.md", format!("one\ntwo\nthree\n{FACT}\n"));
    clean(&desk);
    desk.history.forget(Words::Text(FACT), &mut |_| {}).unwrap();
    desk.undo(1).unwrap();
    assert!(!desk.path("a.md").exists());
}
