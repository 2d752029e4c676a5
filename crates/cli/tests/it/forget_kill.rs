//! `localgpt forget` that is killed at any moment: all is as it was, or the next start finishes it.

use std::{fs, path::Path, thread, time::Instant};

use localgpt_testkit::Home;

pub(crate) const FACT: &str = "The code of the garage is qz4711xk";
/// A word of it that stands nowhere else.
const WORD: &[u8] = b"qz4711xk";

#[test]
fn a_forget_that_is_killed_at_any_moment_is_finished_or_never_began() {
    // `cargo xtask drill-kills` takes more.
    let figures = survive(&crate::home::with_notes, 12);
    assert_eq!(figures.finished + figures.untouched, figures.kills, "{figures:?}");
    assert!(figures.in_the_middle <= figures.finished, "{figures:?}");
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Processes that were killed.
    pub(crate) kills: u32,
    /// Of them, those that had begun and not ended.
    pub(crate) in_the_middle: u32,
    /// How often nothing said it after the next start.
    pub(crate) finished: u32,
    /// How often all was as it was.
    pub(crate) untouched: u32,
}

/// Kills as many processes as asked for, each in a home of its own.
pub(crate) fn survive(home: &dyn Fn() -> Home, kills: u32) -> Figures {
    let knowing = || {
        let home = home();
        know(&home);
        home
    };
    let whole = {
        let home = knowing();
        let started = Instant::now();
        home.run(&["forget", "--yes", FACT]);
        started.elapsed()
    };
    let mut figures = Figures::default();
    for kill in 0..kills {
        let home = knowing();
        let before = standing(home.path());
        let mut child = home.start(&["forget", "--yes", FACT]);
        let moment = whole.mul_f64(f64::from(kill) / f64::from(kills));
        let started = Instant::now();
        while started.elapsed() < moment && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        child.kill().unwrap_or_default();
        child.wait().unwrap();
        figures.kills += 1;
        let intent = home.path().join(".local/state/localgpt/forgetting.json");
        // Half of one means that nothing was begun.
        let is_whole = fs::read(intent).is_ok_and(|intent| intent.ends_with(b"}"));
        figures.in_the_middle += u32::from(is_whole);
        let next = home.run(&["memory", "stats"]);
        assert_eq!(next.status, Some(0), "{}", next.shown());
        match standing(home.path()) {
            after if after.is_empty() => figures.finished += 1,
            after => {
                assert_eq!(after, before, "kill {kill}: {}", next.shown());
                figures.untouched += 1;
            }
        }
        let garage = fs::read_to_string(home.workspace().join("knowledge/garage.md")).unwrap();
        assert!(garage.ends_with("It is green.\r\n"), "{garage:?}");
    }
    figures
}

/// Has the fact noted, indexed and asked for.
pub(crate) fn know(home: &Home) {
    home.run(&["memory", "add", FACT]);
    home.note("knowledge/garage.md", &format!("# Garage\r\n\r\n{FACT}.\r\nIt is green.\r\n"), 4);
    let answer = home.run(&["ask", "What is the code of the garage?"]);
    assert!(answer.stdout.contains("qz4711xk"), "{}", answer.shown());
    let history = home.run(&["history"]);
    assert_eq!(history.status, Some(0), "{}", history.shown());
}

/// The files below `folder` that say it.
pub(crate) fn standing(folder: &Path) -> Vec<String> {
    standing_of(folder, WORD)
}

/// The files below `folder` that have a word.
pub(crate) fn standing_of(folder: &Path, word: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(standing_of(&path, word));
        } else if fs::read(&path).unwrap().windows(word.len()).any(|it| it == word) {
            found.push(path.display().to_string());
        }
    }
    found.sort_unstable();
    found
}
