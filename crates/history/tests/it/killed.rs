//! Killed at every step: the old state or the new one, never neither.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, ExitStatus},
};

use localgpt_history::{Consent, Target, Words, by_person};
use rustix::process::{Signal, getpid, kill_process};

use crate::{
    desk::{Desk, change, files, git, open, open_watched},
    forgetting::{clean, holds, told},
};

/// What tells the child, in the folder where it is started, what to do and where to die.
const ORDERS: &str = "orders.txt";
const SECRET: &[u8] = b"the pin of my card is 4711";

/// Does nothing, unless it is started in a folder with orders.
#[test]
fn a_child_does_what_the_orders_in_its_folder_say() {
    let Ok(orders) = fs::read_to_string(ORDERS) else { return };
    let (deed, step) = orders.split_once(' ').unwrap();
    let mut rest: usize = step.parse().unwrap();
    let mut history = open_watched(Path::new("."), Consent::NotGiven, move |_| {
        if rest == 0 {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        rest -= 1;
    });
    match deed {
        "undo" => drop(history.undo(Target::Last(1), &by_person("Back")).unwrap()),
        "redo" => drop(history.redo(&by_person("Again")).unwrap()),
        "record" => drop(history.record(&change("Write")).unwrap()),
        "open" => {}
        "forget" => {
            let text = str::from_utf8(SECRET).unwrap();
            history.forget(Words::Text(text), &mut |_| {}).unwrap();
        }
        _ => panic!("{deed}"),
    }
}

fn run_child(folder: &Path, deed: &str, step: usize) -> ExitStatus {
    fs::write(folder.join(ORDERS), format!("{deed} {step}")).unwrap();
    let name = "killed::a_child_does_what_the_orders_in_its_folder_say";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--test-threads=1"])
        .current_dir(folder)
        .output()
        .unwrap();
    let killed = child.status.signal() == Some(9);
    assert!(killed || child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    child.status
}

/// A workspace where the last change of the assistant touched many files in many ways.
fn changed() -> Desk {
    let mut desk = Desk::new();
    for name in ["b.md", "c/d.md", "e.md"] {
        desk.write(name, format!("{name}\n"));
    }
    desk.history.record_outside().unwrap();
    desk.write("b.md", "changed\n");
    desk.remove("c/d.md");
    desk.write("new/file.md", "new\n");
    desk.remove("e.md");
    desk.write("e.md/inside", "folder\n");
    desk.record("Change all").unwrap();
    desk
}

/// Kills a deed at each of its steps, and checks what the next process makes of it.
fn check(deed: &str, prepare: impl Fn() -> Desk, check: impl Fn(&Desk, bool)) -> usize {
    for step in 0.. {
        let mut desk = prepare();
        let folder = desk.folder.path().to_owned();
        let is_killed = run_child(&folder, deed, step).signal() == Some(9);
        desk.history = open(&folder, Consent::NotGiven);
        desk.history.record_outside().unwrap();
        desk.check_with_git();
        check(&desk, is_killed);
        if !is_killed {
            return step;
        }
    }
    0
}

#[test]
fn an_undo_that_is_killed_is_finished_or_never_happened() {
    let desk = changed();
    let new = desk.files();
    let mut undone = changed();
    undone.undo(1).unwrap();
    let old = undone.files();
    let steps = check("undo", changed, |desk, is_killed| {
        let files = desk.files();
        assert!(files == old || (is_killed && files == new), "{files:?}");
        // Nothing is told as changed by somebody else.
        let count = desk.summaries().len();
        assert_eq!(count, if files == old { 4 } else { 3 });
    });
    assert!(steps > 8, "{steps}");
}

#[test]
fn a_redo_that_is_killed_is_finished_or_never_happened() {
    let undone = || {
        let mut desk = changed();
        desk.undo(1).unwrap();
        desk
    };
    let (old, new) = (undone().files(), changed().files());
    check("redo", undone, |desk, is_killed| {
        let files = desk.files();
        assert!(files == new || (is_killed && files == old), "{files:?}");
    });
}

#[test]
fn a_recovery_that_is_killed_is_finished_by_the_next() {
    let begun = || {
        let desk = changed();
        assert_eq!(run_child(desk.folder.path(), "undo", 2).signal(), Some(9));
        desk
    };
    let mut undone = changed();
    undone.undo(1).unwrap();
    let old = undone.files();
    let steps = check("open", begun, |desk, _| {
        assert_eq!(desk.files(), old);
        assert_eq!(desk.summaries().len(), 4);
    });
    assert!(steps > 5, "{steps}");
}

#[test]
fn a_file_that_the_user_saves_after_the_kill_is_left_to_them() {
    let desk = changed();
    let folder = desk.folder.path().to_owned();
    // The commit and the journal are there, no file is changed yet.
    assert_eq!(run_child(&folder, "undo", 1).signal(), Some(9));
    desk.write("b.md", "mine\n");
    let mut history = open(&folder, Consent::NotGiven);
    history.record_outside().unwrap();
    assert_eq!(desk.read("b.md"), "mine\n");
    assert_eq!(desk.read("c/d.md"), "c/d.md\n");
}

#[test]
fn a_record_that_is_killed_loses_no_file() {
    let written = || {
        let desk = changed();
        desk.write("b.md", "more\n");
        desk
    };
    let files_before = written().files();
    check("record", written, |desk, _| assert_eq!(desk.files(), files_before));
}

#[test]
fn a_forget_that_is_killed_leaves_the_old_history_or_the_new_one() {
    let prepared = || {
        let mut desk = Desk::new();
        told(&mut desk);
        clean(&desk);
        desk.history.record_outside().unwrap();
        desk
    };
    let count = prepared().summaries().len();
    let steps = check("forget", prepared, |desk, is_killed| {
        assert_eq!(desk.summaries().len(), count);
        let begun = holds(desk.history.folder(), SECRET);
        let log = desk.summaries().concat();
        assert!(begun.is_empty() || (is_killed && log.contains("pin")), "{begun:?}");
    });
    assert!(steps > 5, "{steps}");
}

#[test]
fn git_reads_the_repository_between_all_steps_of_an_undo() {
    for step in 0..20 {
        let desk = changed();
        let folder = desk.folder.path();
        let status = run_child(folder, "undo", step);
        git(desk.history.folder(), &desk.path(""), &["fsck", "--strict", "--full"]);
        git(desk.history.folder(), &desk.path(""), &["log", "-1"]);
        assert!(!files(&desk.path("")).is_empty());
        if status.success() {
            break;
        }
    }
}
