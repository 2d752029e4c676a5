//! `localgpt forget`: what goes, what is asked, and what is left.

use std::fs;

use localgpt_testkit::Home;

use crate::{
    chat_kill::script,
    forget_kill::{FACT, know, standing, standing_of},
};

fn home() -> Home {
    let home = crate::home::with_notes();
    know(&home);
    home
}

#[test]
fn a_fact_that_is_forgotten_stands_in_no_file() {
    let home = home();
    assert!(standing(home.path()).len() >= 3, "notes and the index");
    let outcome = home.run(&["forget", "--yes", FACT]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
    assert!(outcome.stdout.starts_with("forgotten: 2 lines"), "{}", outcome.shown());
    assert_eq!(standing(home.path()), Vec::<String>::new());
    let garage = fs::read_to_string(home.workspace().join("knowledge/garage.md")).unwrap();
    assert_eq!(garage, "# Garage\r\n\r\nIt is green.\r\n");
    let answer = home.run(&["ask", "What is the code of the garage?"]);
    assert!(!answer.stdout.contains("qz4711xk"), "{}", answer.shown());
    let again = home.run(&["forget", "--yes", "--json", FACT]);
    let report: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&report["lines"], &report["left"]), (&0.into(), &serde_json::json!([])));
}

#[test]
fn without_a_person_and_without_yes_nothing_is_forgotten() {
    let home = home();
    let outcome = home.run(&["forget", FACT]);
    expect_test::expect![[r#"
        status 2
        --- stderr
        error: `forget` asks first, and nobody is there to answer
        hint: with `--yes` it does not ask
    "#]]
    .assert_eq(&outcome.shown());
    let outcome = home.run(&["forget", "--yes", "47"]);
    expect_test::expect![[r#"
        status 2
        --- stderr
        error: a text to be forgotten has at least 4 characters
        hint: write more of it, as it stands in your notes
    "#]]
    .assert_eq(&outcome.shown());
    assert!(!standing(home.path()).is_empty());
}

#[test]
fn what_is_left_is_listed_and_the_status_says_so() {
    let home = home();
    home.note("scan.pdf", &format!("%PDF\0{FACT}"), 5);
    let outcome = home.run_with(FACT, &["forget", "--yes", "-"]);
    assert_eq!(outcome.status, Some(1), "{}", outcome.shown());
    assert!(outcome.stdout.contains("scan.pdf: it is no text"), "{}", outcome.shown());
    assert_eq!(standing(home.path()).len(), 1);
}

#[test]
fn a_session_that_lost_words_goes_on_with_every_call_and_its_result() {
    let home = crate::home::with_notes();
    let faults = std::sync::Arc::default();
    let server = script::start(&faults);
    script::configure(&home, &server);
    let said = home.run(&["ask", &script::message("5-1")]);
    assert!(said.stdout.contains("BOLT-5-1"), "{}", said.shown());
    let records = || {
        let list = home.run(&["session", "list", "--json"]);
        let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
        home.run(&["session", "show", "--json", list[0]["id"].as_str().unwrap()]).stdout
    };
    let before = records();
    assert!(before.contains("The bolt is BOLT-5-1."), "{before}");
    let outcome = home.run(&["forget", "--yes", "BOLT-5-1"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
    assert_eq!(standing_of(home.path(), b"BOLT-5-1"), Vec::<String>::new());
    assert_eq!(records().lines().count(), before.lines().count());
    let said = home.run(&["ask", "--continue", &script::message("5-2")]);
    assert!(said.stdout.contains("BOLT-5-2"), "{}", said.shown());
    assert_eq!(*faults.lock().unwrap(), Vec::<String>::new());
    let last = server.received().pop().unwrap();
    assert!(last.body.contains("[forgotten]") && !last.body.contains("BOLT-5-1"), "{}", last.body);
}
