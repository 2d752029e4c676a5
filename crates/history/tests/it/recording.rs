//! What becomes a commit, where, and how it reads.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use localgpt_history::{Author, Change, Consent, Deed, DiffKind, DiffText, Place, Reason, Scope};

use crate::desk::{Desk, change, files, open};

#[test]
fn a_change_is_a_commit_that_git_reads() {
    let mut desk = Desk::new();
    desk.write("diary/monday.md", "rain\n");
    let commit = desk.record("Write the diary").unwrap();
    desk.check_with_git();
    if let Some(log) = desk.git(&["log", "--format=%H %an%n%B", "-1"]) {
        let expected = format!(
            "{commit} LocalGPT\nWrite the diary\n\nSession: 2026-01-02-abc\nTurn: 3\nBy: assistant"
        );
        assert_eq!(log.trim_end(), expected);
    }
    if let Some(text) = desk.git(&["show", "HEAD:diary/monday.md"]) {
        assert_eq!(text, "rain\n");
    }
}

#[test]
fn nothing_changed_is_no_commit() {
    let mut desk = Desk::new();
    assert_eq!(desk.record("Nothing"), None);
    assert_eq!(desk.history.record_outside().unwrap().commit, None);
    assert_eq!(desk.summaries().len(), 1);
}

#[test]
fn a_file_that_only_holds_the_place_of_another_is_not_recorded() {
    let mut desk = Desk::new();
    desk.write("TOOLS.md", "");
    let held = desk.path("TOOLS.md");
    fs::set_permissions(held, fs::Permissions::from_mode(0o1444)).unwrap();
    assert_eq!(desk.record("Run a program"), None);
}

#[test]
fn what_the_user_changed_is_kept_apart_from_what_the_program_did() {
    let mut desk = Desk::new();
    desk.write("mine.md", "by hand\n");
    desk.write("notes.md", "by the assistant\n");
    let scope = Scope::Only(vec![PathBuf::from("notes.md")]);
    desk.history.record(&Change { scope, ..change("Write") }).unwrap();
    let entries = desk.history.list(2, None).unwrap();
    let authors: Vec<Author> = entries.iter().map(|entry| entry.author).collect();
    assert_eq!(authors, [Author::Assistant, Author::Outside]);
    let diff = desk.history.diff_of(entries[0].id).unwrap();
    assert_eq!(diff.len(), 1);
    assert_eq!(diff[0].path, Path::new("notes.md"));
    let diff = desk.history.diff_of(entries[1].id).unwrap();
    assert_eq!((&*diff[0].path, diff[0].kind), (Path::new("mine.md"), DiffKind::Added));
}

#[test]
fn entries_tell_session_turn_and_author_and_go_on_from_where_a_list_ended() {
    let mut desk = Desk::new();
    for number in 0..5 {
        desk.assistant_writes("notes.md", format!("{number}\n"));
    }
    let entries = desk.history.list(3, None).unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].session.as_ref().unwrap().as_str(), "2026-01-02-abc");
    assert_eq!((entries[0].turn, &entries[0].deed), (Some(3), &Deed::Change));
    assert_eq!(entries[0].at.to_string(), "2026-01-02T03:04:05Z");
    let older = desk.history.list(10, Some(entries[2].id)).unwrap();
    assert_eq!(older.len(), 3);
    let short = older[0].id.to_string()[..12].to_owned();
    assert_eq!(desk.history.find(&short).unwrap(), older[0].id);
    assert!(desk.history.find("ffff").is_err());
}

#[test]
fn a_repository_in_the_workspace_is_made_with_consent_only() {
    let desk = Desk::with(Consent::NotGiven);
    assert_eq!(desk.history.place(), Place::Beside);
    assert!(!desk.path(".git").exists());
    let mut desk = Desk::with(Consent::Given);
    assert_eq!(desk.history.place(), Place::Inside);
    desk.assistant_writes("a.md", "a\n");
    desk.check_with_git();
    // Asked or not, it goes on where it is.
    let again = open(desk.folder.path(), Consent::NotGiven);
    assert_eq!(again.place(), Place::Inside);
    assert_eq!(again.list(9, None).unwrap().len(), 2);
}

#[test]
fn the_users_own_repository_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().join("workspace");
    fs::create_dir_all(workspace.join(".git/hooks")).unwrap();
    fs::write(workspace.join(".git/HEAD"), "ref: refs/heads/mine\n").unwrap();
    fs::write(workspace.join(".git/index"), "mine").unwrap();
    fs::write(workspace.join(".git/hooks/post-commit"), "touch ran").unwrap();
    fs::write(workspace.join("a.md"), "a").unwrap();
    let before = files(&workspace.join(".git"));
    let mut history = open(folder.path(), Consent::Given);
    assert_eq!(history.place(), Place::Beside);
    history.record_outside().unwrap();
    fs::write(workspace.join("a.md"), "b").unwrap();
    history.record(&change("Change")).unwrap();
    history.undo(localgpt_history::Target::Last(1), &change("Back")).unwrap();
    assert_eq!(files(&workspace.join(".git")), before);
    assert_eq!(fs::read(workspace.join("a.md")).unwrap(), b"a");
}

#[test]
fn a_repository_above_the_workspace_counts_as_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    fs::create_dir_all(folder.path().join("workspace")).unwrap();
    assert_eq!(open(folder.path(), Consent::Given).place(), Place::Beside);
}

#[test]
fn ignored_files_other_repositories_large_files_and_links_are_not_recorded() {
    let mut desk = Desk::new();
    desk.write(".gitignore", "*.log\n!keep.log\n/build/\n");
    desk.write("a.log", "x");
    desk.write("keep.log", "x");
    desk.write("build/out", "x");
    desk.write("deep/build/in", "x");
    desk.write("deep/.gitignore", "*.tmp\n");
    desk.write("deep/a.tmp", "x");
    desk.write("other/.git/HEAD", "x");
    desk.write("other/file", "x");
    desk.write("large.bin", vec![1; (1 << 20) + 1]);
    symlink("/etc/passwd", desk.path("link")).unwrap();
    let fifo = Command::new("mkfifo").arg(desk.path("pipe")).status();
    assert!(fifo.is_ok_and(|status| status.success()));
    let recorded = desk.recorded("Many");
    let diff = desk.history.diff_of(recorded.commit.unwrap()).unwrap();
    let names: Vec<&str> = diff.iter().map(|file| file.path.to_str().unwrap()).collect();
    assert_eq!(names, [".gitignore", "deep/.gitignore", "deep/build/in", "keep.log"]);
    let mut uncovered = recorded.uncovered;
    uncovered.sort_by(|one, other| one.path.cmp(&other.path));
    let told: Vec<_> = uncovered.iter().map(|it| (it.path.to_str().unwrap(), &it.reason)).collect();
    let too_large = Reason::TooLarge { bytes: (1 << 20) + 1 };
    assert_eq!(told, [("large.bin", &too_large), ("other", &Reason::Repository)]);
}

#[test]
fn a_recorded_file_that_is_ignored_or_too_large_later_is_not_told_as_deleted() {
    let mut desk = Desk::new();
    desk.assistant_writes("a.txt", "a");
    desk.assistant_writes("b.txt", "b");
    desk.write("b.txt", vec![1; (1 << 20) + 1]);
    desk.write(".gitignore", "a.txt\n");
    let commit = desk.record("Ignore").unwrap();
    let diff = desk.history.diff_of(commit).unwrap();
    assert_eq!(diff.len(), 1);
    assert_eq!(desk.history.diff_working().unwrap(), []);
    desk.write("a.txt", "other");
    let commit = desk.record("Change what is ignored").unwrap();
    assert_eq!(desk.history.diff_of(commit).unwrap().len(), 1);
}

#[test]
fn bytes_and_permissions_are_kept_as_they_are() {
    let mut desk = Desk::new();
    let text = b"\xef\xbb\xbfa\r\nb\nc\r\xff\x00";
    desk.write("odd.txt", text);
    desk.write(".gitattributes", "* text=auto eol=crlf\n");
    desk.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(desk.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    desk.record("Odd").unwrap();
    desk.check_with_git();
    fs::remove_file(desk.path("odd.txt")).unwrap();
    fs::set_permissions(desk.path("run.sh"), fs::Permissions::from_mode(0o644)).unwrap();
    let commit = desk.record("Break").unwrap();
    let diff = desk.history.diff_of(commit).unwrap();
    let texts: Vec<&DiffText> = diff.iter().map(|file| &file.text).collect();
    assert_eq!(texts, [&DiffText::Binary, &DiffText::Permissions]);
    desk.undo(1).unwrap();
    assert_eq!(fs::read(desk.path("odd.txt")).unwrap(), text);
    assert_eq!(fs::metadata(desk.path("run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn the_working_diff_shows_what_is_not_recorded() {
    let mut desk = Desk::new();
    let start = desk.history.list(1, None).unwrap()[0].id;
    desk.write("notes.md", "one\n2\nthree\n");
    let diff = desk.history.diff_working().unwrap();
    let expected = "--- a/notes.md\n+++ b/notes.md\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    assert_eq!(diff[0].text, DiffText::Unified(expected.to_owned()));
    assert_eq!(
        desk.history.changed_since(start).unwrap(),
        [(PathBuf::from("notes.md"), DiffKind::Changed)]
    );
    let commit = desk.record("Change").unwrap();
    assert_eq!(desk.history.diff_working().unwrap(), []);
    assert_eq!(desk.history.diff(start, commit).unwrap(), diff);
}

#[test]
fn a_change_of_the_same_length_in_the_same_moment_is_seen() {
    let mut desk = Desk::new();
    for number in 0..50 {
        desk.write("notes.md", format!("{number:04}"));
        assert!(desk.record("Count").is_some(), "{number}");
    }
}

#[test]
fn two_processes_do_not_lose_each_others_commits() {
    let desk = Desk::new();
    let folder = desk.folder.path().to_owned();
    let threads: Vec<_> = (0..2)
        .map(|number| {
            let folder = folder.clone();
            std::thread::spawn(move || {
                let mut history = open(&folder, Consent::NotGiven);
                for turn in 0..20 {
                    let path = folder.join(format!("workspace/{number}-{turn}.md"));
                    fs::write(path, "text").unwrap();
                    history.record(&change("Write")).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    desk.check_with_git();
    assert_eq!(desk.history.diff_working().unwrap(), []);
}

#[test]
fn what_git_packed_is_still_read_and_a_damaged_object_is_noticed() {
    let mut desk = Desk::new();
    let long: String = (0..2_000).map(|number| format!("line {number}\n")).collect();
    for number in 0..20 {
        desk.assistant_writes("notes.md", format!("{number}\n{long}"));
    }
    let before = desk.summaries();
    if desk.git(&["gc", "--aggressive", "--prune=now", "-q"]).is_some() {
        assert_eq!(desk.summaries(), before);
        let again = open(desk.folder.path(), Consent::NotGiven);
        assert_eq!(again.list(100, None).unwrap().len(), before.len());
        desk.undo(20).unwrap();
        assert_eq!(desk.read("notes.md"), "one\ntwo\nthree\n");
    }
}
