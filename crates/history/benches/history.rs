//! What the history costs: listing 10,000 commits, recording, and forgetting.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::{fs, path::Path, sync::OnceLock};

use divan::Bencher;
use jiff::civil::date;
use localgpt_history::{
    Author, Change, Consent, History, Options, Scope, Target, Words, by_person,
};
use localgpt_protocol::{Clock, SessionId};
use tempfile::TempDir;

const COMMITS: usize = 10_000;

fn main() {
    divan::main();
}

fn open(folder: &Path) -> History {
    let options = Options {
        workspace: folder.join("workspace"),
        beside: folder.join("history"),
        consent: Consent::NotGiven,
        largest_file: Options::LARGEST_FILE,
    };
    let now = date(2026, 1, 2).at(3, 4, 5, 0).in_tz("UTC").unwrap();
    History::open(options, Clock::fixed(&now)).unwrap()
}

/// Notes in folders of a hundred, some 1 KB each.
fn workspace(files: usize) -> (TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..files {
        let path = folder.path().join(format!("workspace/{}/{number}.md", number / 100));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("# Note {number}\n\n").repeat(60)).unwrap();
    }
    let mut history = open(folder.path());
    history.record_outside().unwrap();
    // What was written in the tick of the first look is looked at again once.
    history.record_outside().unwrap();
    (folder, history)
}

fn change(turn: usize) -> Change {
    Change {
        session: Some(SessionId::new("2026-01-02-abc")),
        turn: Some(turn as u64),
        summary: format!("Write note {turn}"),
        author: Author::Assistant,
        scope: Scope::All,
    }
}

/// 10,000 commits over 200 notes; made once.
fn long() -> &'static TempDir {
    static LONG: OnceLock<TempDir> = OnceLock::new();
    LONG.get_or_init(|| {
        let (folder, mut history) = workspace(200);
        for turn in 0..COMMITS {
            let path = format!("workspace/{}/{}.md", turn % 200 / 100, turn % 200);
            let text = format!("# Note\n\nturn {turn}\n{}", "a line of the note\n".repeat(40));
            fs::write(folder.path().join(path), text).unwrap();
            history.record(&change(turn)).unwrap();
        }
        folder
    })
}

#[divan::bench(sample_count = 20)]
fn list_10_000_commits(bencher: Bencher<'_, '_>) {
    let folder = long();
    // Opened anew each time, as a command does.
    bencher.bench_local(|| {
        let entries = open(folder.path()).list(COMMITS, None).unwrap();
        assert_eq!(entries.len(), COMMITS);
    });
}

#[divan::bench(sample_count = 1)]
fn make_10_000_commits(bencher: Bencher<'_, '_>) {
    bencher.bench_local(long);
}

#[divan::bench(sample_count = 3)]
fn forget_a_line_in_10_000_commits(bencher: Bencher<'_, '_>) {
    let folder = long();
    bencher
        .with_inputs(|| {
            let copy = tempfile::tempdir().unwrap();
            copy_folder(folder.path(), copy.path());
            copy
        })
        .bench_local_values(|copy| {
            let forgotten = open(copy.path()).forget(Words::Text("turn 77\n"), &mut |_| {});
            assert!(forgotten.unwrap().commits > 0);
            copy
        });
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[divan::bench(args = [1_000, 10_000], sample_count = 30)]
fn nothing_changed(bencher: Bencher<'_, '_>, files: usize) {
    let (_folder, mut history) = workspace(files);
    bencher.bench_local(|| history.record_outside().unwrap());
}

#[divan::bench(args = [1_000, 10_000], sample_count = 30)]
fn record_one_file(bencher: Bencher<'_, '_>, files: usize) {
    let (folder, mut history) = workspace(files);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        fs::write(folder.path().join("workspace/0/1.md"), format!("turn {turn}\n")).unwrap();
        assert!(history.record(&change(turn)).unwrap().commit.is_some());
    });
}

#[divan::bench(args = [1_000, 10_000], sample_count = 10)]
fn undo_one_file(bencher: Bencher<'_, '_>, files: usize) {
    let (folder, mut history) = workspace(files);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        fs::write(folder.path().join("workspace/0/1.md"), format!("turn {turn}\n")).unwrap();
        history.record(&change(turn)).unwrap();
        history.undo(Target::Last(1), &by_person("Back")).unwrap();
    });
}

#[divan::bench(args = [1_000, 10_000], sample_count = 3)]
fn first_snapshot(bencher: Bencher<'_, '_>, files: usize) {
    bencher.bench_local(|| workspace(files));
}
