//! `memory`: search, read, add.

use std::fs;

use expect_test::{Expect, expect};

use localgpt_testkit::Home;

use crate::home;

fn check(home: &Home, words: &[&str], expected: &Expect) {
    expected.assert_eq(&home.run(words).shown_without_fractions());
}

#[test]
fn a_search_shows_score_citation_and_snippet() {
    check(
        &home::with_notes(),
        &["memory", "search", "garden", "shed"],
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-12.md#L3  2026-03-12
                    We painted the garden shed green.
        "#]],
    );
}

#[test]
fn a_search_explains_itself() {
    check(
        &home::with_notes(),
        &["memory", "search", "garden shed", "-n1", "--explain"],
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-12.md#L3  2026-03-12
                    We painted the garden shed green.
                    words #.# · vectors #.# · sentence #.# · found: garden, shed
        "#]],
    );
}

#[test]
fn a_search_as_json_has_the_hits() {
    check(
        &home::with_notes(),
        &["memory", "search", "garden shed", "-n1", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "hits": [
                {
                  "path": "memory/2026-03-12.md",
                  "start_line": 3,
                  "end_line": 3,
                  "text": "We painted the garden shed green.",
                  "score": #.#,
                  "why": {
                    "words": #.#,
                    "vectors": #.#,
                    "sentence": #.#,
                    "speaker": #.#,
                    "date": #.#,
                    "matched": [
                      "garden",
                      "shed"
                    ]
                  },
                  "date": "2026-03-12"
                }
              ],
              "mode": "hybrid",
              "skipped": []
            }
        "#]],
    );
}

#[test]
fn a_search_can_be_held_to_days() {
    let words = ["memory", "search", "heat pump", "--since", "2026-03-01", "--until", "2026-03-06"];
    check(
        &home::with_notes(),
        &words,
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-05.md#L3-L5  2026-03-05
                    The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.
        "#]],
    );
}

#[test]
fn a_batch_answers_line_by_line_and_ignores_unknown_keys() {
    let home = home::with_notes();
    let lines = "{\"id\": \"a\", \"text\": \"garden shed\", \"more\": 1}\n\n{\"id\": \"b\", \"text\": \"filter\"}\n";
    let outcome = home.run_with(lines, &["memory", "search", "--batch", "-", "-n", "1"]);
    expect![[r#"
        status 0
        --- stdout
        {"id":"a","results":[{"path":"memory/2026-03-12.md","start_line":3,"end_line":3,"text":"We painted the garden shed green.","score": #.#,"why":{"words": #.#,"vectors": #.#,"sentence": #.#,"speaker": #.#,"date": #.#,"matched":["garden","shed"]},"date":"2026-03-12"}]}
        {"id":"b","results":[{"path":"memory/2026-03-05.md","start_line":5,"end_line":5,"text":"The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.","score": #.#,"why":{"words": #.#,"vectors": #.#,"sentence": #.#,"speaker": #.#,"date": #.#,"matched":["filter"]},"date":"2026-03-05"}]}
    "#]].assert_eq(&outcome.shown_without_fractions());
    fs::write(home.path().join("lines.jsonl"), lines).unwrap();
    let words = ["--json", "memory", "search", "--batch", "lines.jsonl", "-n", "1"];
    assert_eq!(home.run(&words).stdout, outcome.stdout);
}

#[test]
fn a_bad_line_of_a_batch_is_named() {
    let lines = "{\"id\": \"a\", \"text\": \"garden shed\"}\n{\"id\": \"b\"}\n{\"id\": \"c\", \"text\": \"x\"}\n";
    let outcome =
        home::with_notes().run_with(lines, &["memory", "search", "--batch", "-", "-n", "1"]);
    expect![[r#"
        status 1
        --- stdout
        {"id":"a","results":[{"path":"memory/2026-03-12.md","start_line":3,"end_line":3,"text":"We painted the garden shed green.","score": #.#,"why":{"words": #.#,"vectors": #.#,"sentence": #.#,"speaker": #.#,"date": #.#,"matched":["garden","shed"]},"date":"2026-03-12"}]}
        --- stderr
        error: cannot read stdin:2
        cause: missing field `text` at line 1 column 11
        hint: a line is like {"id": "q1", "text": "heat pump filter"}
    "#]].assert_eq(&outcome.shown_without_fractions());
    check(
        &home::with_notes(),
        &["memory", "search", "--batch", "none.jsonl"],
        &expect![[r#"
        status 1
        --- stderr
        error: cannot read none.jsonl
        cause: No such file or directory (os error 2)
    "#]],
    );
}

#[test]
fn a_note_can_be_read_whole_or_in_part() {
    let home = home::with_notes();
    check(
        &home,
        &["memory", "get", "MEMORY.md"],
        &expect![[r#"
        status 0
        --- stdout
        # Memory

        - Ada looks after the heat pump.
        - The heat pump takes filter UP-25-60-180-B.
        --- stderr
        MEMORY.md#L1-L4 of 4
    "#]],
    );
    check(
        &home,
        &["memory", "get", "memory/2026-03-05.md#L3-L5", "--quiet"],
        &expect![[r#"
        status 0
        --- stdout
        ## Heating

        The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.
    "#]],
    );
    check(
        &home,
        &["memory", "get", "memory/2026-03-05.md#L5", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "path": "memory/2026-03-05.md",
              "text": "The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.\n",
              "start_line": 5,
              "end_line": 5,
              "total_lines": 5
            }
        "#]],
    );
    check(
        &home,
        &["memory", "get", "memory/none.md"],
        &expect![[r#"
        status 1
        --- stderr
        error: there is nothing at `memory/none.md`
        hint: paths are relative to the workspace; `localgpt memory recent` lists some
    "#]],
    );
}

#[test]
fn stats_count_what_is_there() {
    let home = home::with_notes();
    let check = |words: &[&str], expected: &Expect| {
        let shown = home.run(words).shown_without_fractions();
        // Where the index lies, and how large it is, is not this test's matter.
        let lines = shown.lines().map(|line| match line.split_once("index") {
            Some((before, _)) => format!("{before}index..."),
            None => line.to_owned(),
        });
        expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    };
    check(
        &["memory", "stats"],
        &expect![[r#"
            status 0
            --- stdout
            workspace    [HOME]/.local/share/localgpt/workspace
            files        3
            chunks       8
            text         231 bytes
            dated notes  2026-03-05 to 2026-03-12
            vectors      builtin:dewt-75000x384x2
            index...
            left out     0 files"#]],
    );
    check(
        &["memory", "stats", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "workspace": "[HOME]/.local/share/localgpt/workspace",
              "index...
              "index...
              "files": 3,
              "chunks": 8,
              "bytes": 231,
              "vector_space": "builtin:dewt-75000x384x2",
              "oldest": "2026-03-05",
              "newest": "2026-03-12",
              "skipped": []
            }"#]],
    );
}

#[test]
fn recent_lists_the_newest_first() {
    let home = home::with_notes();
    check(
        &home,
        &["memory", "recent", "--limit", "2"],
        &expect![[r#"
            status 0
            --- stdout
            2026-03-23 00:00  memory/2026-03-12.md  We painted the garden shed green.
            2026-03-22 00:00  memory/2026-03-05.md  The heat pump was serviced by Ada. The filter UP-25-60-180-…
        "#]],
    );
    check(
        &home,
        &["memory", "recent", "-n1", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            [
              {
                "path": "memory/2026-03-12.md",
                "modified": "2026-03-23T00:00:00Z",
                "preview": "We painted the garden shed green."
              }
            ]
        "#]],
    );
}

#[test]
fn what_is_added_is_in_the_note_of_today() {
    let home = home::with_notes();
    let first = home.run(&["memory", "add", "The", "filter", "is", "new."]);
    let second = home.run_with("Two\nlines.\n", &["memory", "add", "--json"]);
    let today = home.newest_day();
    let note = fs::read_to_string(home.workspace().join(format!("memory/{today}.md"))).unwrap();
    let shown = format!("{}{}--- note\n{note}", first.shown(), second.shown());
    expect![[r#"
        status 0
        --- stdout
        added memory/[TODAY].md#L3
        status 0
        --- stdout
        {
          "path": "memory/[TODAY].md",
          "start_line": 5,
          "end_line": 6
        }
        --- note
        # [TODAY]

        - The filter is new.

        Two
        lines.
    "#]]
    .assert_eq(&shown.replace(&today, "[TODAY]"));
    assert!(home.run(&["memory", "search", "new filter"]).stdout.contains(&today));
}

#[test]
fn an_index_can_be_rebuilt() {
    let home = home::with_notes();
    check(
        &home,
        &["memory", "reindex"],
        &expect![[r#"
            status 0
            --- stdout
            indexed 3 files, 8 chunks, 231 bytes in #.# s
        "#]],
    );
    check(
        &home,
        &["memory", "reindex", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "files": 3,
              "chunks": 8,
              "bytes": 231,
              "seconds": #.#,
              "skipped": []
            }
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn what_is_left_out_is_noted_beside_the_data() {
    let home = home::with_notes();
    let target = home.path().join("elsewhere.md");
    fs::write(&target, "secret shed\n").unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        std::os::unix::fs::symlink(&target, home.workspace().join(format!("memory/{name}.md")))
            .unwrap();
    }
    check(
        &home,
        &["memory", "search", "shed"],
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-12.md#L3  2026-03-12
                    We painted the garden shed green.
             #.#  memory/2026-03-05.md#L5  2026-03-05
                    The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.
            --- stderr
            note: 6 files left out
              memory/a.md: a link
              memory/b.md: a link
              memory/c.md: a link
              memory/d.md: a link
              memory/e.md: a link
              and 1 more (-v names all)
        "#]],
    );
}
