//! A process that is killed loses nothing that it said was done, and leaves nothing for a hand to mend.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};

use localgpt_testkit::Home;

use crate::home;

/// Times a process is killed while it adds, and as often while it indexes.
const KILLS: u64 = 200;

/// A whole number below `end`, the same in each run.
fn random(seed: u64, end: u64) -> u64 {
    let mut state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^= state >> 29;
    state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (state >> 32) % end
}

/// Lets a process run for `time`, unless it ends before, and kills it; what it said comes back.
fn kill_after(mut child: Child, time: Duration) -> String {
    let started = Instant::now();
    drop(child.stdin.take());
    while started.elapsed() < time && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap_or_default();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// How long a run takes that nobody kills.
fn whole(home: &Home, words: &[&str]) -> Duration {
    let started = Instant::now();
    let outcome = home.run(words);
    assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
    started.elapsed()
}

/// A moment in the run of a process, all of them equally likely.
fn moment(seed: u64, whole: Duration) -> Duration {
    whole.mul_f64(random(seed, 1_000) as f64 / 900.0)
}

/// The notes that today's file may be: midnight can pass.
fn written(home: &Home) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(home.workspace().join("memory"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("2026-03-05.md") && !path.ends_with("2026-03-12.md"))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn what_was_added_is_kept_though_the_process_is_killed() {
    let home = home::with_notes();
    let time = whole(&home, &["memory", "add", "The first bolt is BOLT-FIRST."]);
    let mut acknowledged = Vec::new();
    for seed in 0..KILLS {
        let text = format!("The bolt of try {seed:03} is BOLT-{seed:03}.");
        let said = kill_after(home.start(&["memory", "add", &text]), moment(seed, time));
        if !said.is_empty() {
            acknowledged.push(text);
        }
        let note = written(&home);
        let mut lines = note.lines();
        assert!(lines.next().unwrap().starts_with("# 20"), "{note}");
        assert_eq!(lines.next(), Some(""), "{note}");
        for line in lines {
            let is_whole = line.starts_with("- The ") && line.ends_with('.');
            assert!(is_whole, "a torn line {line:?}");
        }
        assert!(note.ends_with(".\n"));
        for text in &acknowledged {
            assert!(note.contains(&format!("- {text}\n")), "{text} was acknowledged and is lost");
        }
    }
    let kept = acknowledged.len() as u64;
    assert!((1..KILLS).contains(&kept), "all of {KILLS} were killed too early or too late: {kept}");
    let outcome = home.run(&["memory", "add", "The last bolt is BOLT-LAST."]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let names = fs::read_dir(home.workspace().join("memory")).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".md"));
    assert_eq!(names, [""; 0], "nothing is left beside the notes");
    check_found(&home, &["BOLT-FIRST", "BOLT-LAST"]);
}

/// Asks for words that are in one note each, in a process that nobody kills.
fn check_found(home: &Home, words: &[&str]) {
    for word in words {
        let outcome = home.run(&["memory", "search", "--limit", "1", "--json", word]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{word}");
        assert!(outcome.stdout.contains(word), "{word} is not in {}", outcome.stdout);
    }
}

/// Whether there is an index file without its seal: its writer was killed.
fn is_unfinished(home: &Home) -> bool {
    let folders = fs::read_dir(home.path().join(".cache/localgpt/index")).into_iter().flatten();
    folders.flatten().any(|folder| {
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.iter().any(|name| name.ends_with(".sqlite")) && !names.contains(&"seal".to_owned())
    })
}

#[test]
fn an_index_is_whole_though_the_process_is_killed_that_makes_it() {
    let home = home::with_notes();
    for number in 0..60 {
        let text = format!("# Part {number}\n\nThe part has the number PART-{number:03}.\n");
        home.note(&format!("memory/part-{number:03}.md"), &text, number);
    }
    let fresh = home.run(&["memory", "search", "--limit", "1", "--json", "the part PART-031"]);
    let time = whole(&home, &["memory", "reindex"]);
    let mut unfinished = 0;
    for seed in 0..KILLS {
        match random(seed, 4) {
            0 => fs::remove_dir_all(home.path().join(".cache")).unwrap_or_default(),
            1 => {
                let path = format!("memory/part-{:03}.md", seed % 30);
                home.note(&path, &format!("The part was lost in {seed}.\n"), seed);
            }
            _ => {}
        }
        let command: &[&str] = if random(seed, 3) == 0 {
            &["memory", "search", "part"]
        } else {
            &["memory", "reindex", "--quiet"]
        };
        kill_after(home.start(command), moment(1_000 + seed, time));
        unfinished += u64::from(is_unfinished(&home));
        if seed % 10 == 9 {
            let part = format!("PART-{:03}", 30 + seed % 30);
            check_found(&home, &["UP-25-60-180-B", &part]);
        }
    }
    assert!(unfinished > KILLS / 20, "{unfinished} of {KILLS} were killed in the middle");
    for number in 0..30 {
        let text = format!("# Part {number}\n\nThe part has the number PART-{number:03}.\n");
        home.note(&format!("memory/part-{number:03}.md"), &text, number);
    }
    let after = home.run(&["memory", "search", "--limit", "1", "--json", "the part PART-031"]);
    assert_eq!(after.stdout, fresh.stdout);
}

/// Runs of the binary beside each other, none of which may fail.
fn check_together(home: &Home, commands: &[&[&str]]) {
    let children: Vec<Child> = commands.iter().map(|words| home.start(words)).collect();
    for (child, words) in children.into_iter().zip(commands) {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        assert!(output.status.success(), "{words:?}");
    }
}

#[test]
fn processes_that_use_one_index_at_once_all_succeed() {
    let home = home::with_notes();
    for round in 0..12 {
        home.note("memory/round.md", &format!("The round is ROUND-{round:03}.\n"), round);
        let add = format!("The bolt is BOLT-{round:03}.");
        check_together(
            &home,
            &[
                &["memory", "search", "round"],
                &["memory", "reindex", "--quiet"],
                &["memory", "add", &add],
                &["memory", "search", "heat pump"],
            ],
        );
        check_found(&home, &[&format!("ROUND-{round:03}"), &format!("BOLT-{round:03}")]);
    }
    assert_eq!(written(&home).lines().filter(|line| line.contains("BOLT-")).count(), 12);
}

#[test]
fn an_addition_is_acknowledged_only_when_it_is_in_the_file() {
    let home = home::with_notes();
    for seed in 0..10 {
        let text = format!("The bolt is BOLT-{seed:03}.");
        let mut child = home.start(&["memory", "add", &text]);
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        child.kill().unwrap_or_default();
        child.wait().unwrap();
        assert!(!said.is_empty() && written(&home).contains(&text), "{said}");
    }
}
