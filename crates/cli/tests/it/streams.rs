//! Pipes, colour, escape sequences and the log.

use std::fs;

use localgpt_testkit::Home;

use crate::home;

const QUESTION: [&str; 2] = ["ask", "What colour did we paint the garden shed?"];

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = home::empty();
    for words in [["completions", "zsh"].as_slice(), &["man"], &["--help"]] {
        let mut child = home.start(words);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    }
}

#[test]
fn there_is_no_colour_in_a_pipe_unless_it_is_asked_for() {
    let colours = |home: Home, words: &[&str]| {
        let outcome = home.run(words);
        (outcome.stdout.contains('\u{1b}'), outcome.stderr.contains('\u{1b}'))
    };
    let always = [QUESTION.as_slice(), &["--color", "always"]].concat();
    assert_eq!(colours(home::with_notes(), &QUESTION), (false, false));
    assert_eq!(colours(home::with_notes(), &always), (true, true));
    assert_eq!(colours(home::with_notes().setting("CLICOLOR_FORCE", "1"), &QUESTION), (true, true));
    let both = home::with_notes().setting("CLICOLOR_FORCE", "1").setting("NO_COLOR", "1");
    assert_eq!(colours(both, &QUESTION), (false, false));
}

#[test]
fn a_note_cannot_steer_the_terminal() {
    let home = home::with_notes();
    home.note("memory/2026-03-13.md", "The garden shed \u{1b}[31mis red\u{9b}0m now.\n", 4);
    for words in [
        ["ask", "What colour is the garden shed now?"].as_slice(),
        &["memory", "search", "garden shed red"],
        &["memory", "search", "garden shed red", "--json"],
        &["memory", "get", "memory/2026-03-13.md"],
        &["memory", "get", "memory/2026-03-13.md", "--json"],
        &["memory", "recent"],
    ] {
        let outcome = home.run(words);
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!all.contains(['\u{1b}', '\u{9b}']), "{words:?}: {all}");
        assert!(all.contains("1b"), "{words:?}: {all}");
    }
}

#[test]
fn the_log_obeys_the_configuration() {
    let log = |level: &str| {
        let home = home::with_notes();
        home.configure(&format!("[log]\nlevel = \"{level}\"\n"));
        home.run(&QUESTION);
        let folder = home.path().join(".local/state/localgpt/log");
        let files = fs::read_dir(folder).into_iter().flatten();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect::<String>()
    };
    assert!(log("debug").contains("localgpt"));
    assert_eq!(log("off"), "");
}

#[test]
fn the_log_is_shown_on_request() {
    let home = home::with_notes();
    let verbose = [QUESTION.as_slice(), &["-vv"]].concat();
    assert!(home.run(&verbose).stderr.contains("DEBUG"));
    assert!(!home.run(&QUESTION).stderr.contains("DEBUG"));
}

#[cfg(unix)]
#[test]
fn the_log_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = home::with_notes();
    home.configure("[log]\nlevel = \"debug\"\n");
    home.run(&QUESTION);
    let folder = home.path().join(".local/state/localgpt/log");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| mode(file.unwrap().path())).collect();
    assert_eq!((mode(folder), files), (0o700, vec![0o600]));
}

#[test]
fn a_log_that_cannot_be_kept_is_a_warning() {
    let home = home::with_notes();
    home.configure("[log]\nlevel = \"debug\"\n");
    fs::create_dir_all(home.path().join(".local")).unwrap();
    fs::write(home.path().join(".local/state"), "in the way").unwrap();
    let outcome = home.run(&QUESTION);
    assert_eq!(outcome.status, Some(0));
    assert!(outcome.stderr.starts_with("warning: no log is kept, "), "{}", outcome.stderr);
}
