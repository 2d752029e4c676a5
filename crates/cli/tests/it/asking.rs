//! `ask`: the quotes on stdout, everything else on stderr.

use expect_test::{Expect, expect};

use localgpt_testkit::Home;

use crate::home;

fn check(home: &Home, words: &[&str], expected: &Expect) {
    expected.assert_eq(&home.run(words).shown_without_fractions());
}

#[test]
fn an_answer_quotes_the_note_and_cites_it() {
    check(
        &home::with_notes(),
        &["ask", "Who", "serviced", "the", "heat", "pump?"],
        &expect![[r#"
            status 0
            --- stdout
            “The heat pump was serviced by Ada.”
              memory/2026-03-05.md#L5 · 2026-03-05 · 5 March › Heating
            --- stderr
            quote · no language model, answered from your notes
        "#]],
    );
}

#[test]
fn quiet_leaves_the_quotes() {
    check(
        &home::with_notes(),
        &["-q", "ask", "What colour did we paint the garden shed?"],
        &expect![[r#"
            status 0
            --- stdout
            “We painted the garden shed green.”
              memory/2026-03-12.md#L3 · 2026-03-12 · 12 March
        "#]],
    );
}

#[test]
fn json_is_the_answer_itself() {
    let words = ["ask", "--json", "What colour did we paint the garden shed?"];
    check(
        &home::with_notes(),
        &words,
        &expect![[r#"
            status 0
            --- stdout
            {
              "answerer": "quote",
              "verdict": "answered",
              "quotes": [
                {
                  "path": "memory/2026-03-12.md",
                  "start_line": 3,
                  "end_line": 3,
                  "text": "We painted the garden shed green.",
                  "heading": "12 March",
                  "date": "2026-03-12",
                  "strength": #.#
                }
              ]
            }
        "#]],
    );
}

#[test]
fn nothing_is_an_answer() {
    let words = ["ask", "What is Grandma's phone number?"];
    check(
        &home::with_notes(),
        &words,
        &expect![[r#"
        status 0
        --- stdout
        nothing in memory answers this
        --- stderr
        quote · no language model, answered from your notes
        look further with: localgpt memory search 'What is Grandma'\''s phone number?'
    "#]],
    );
    check(
        &home::with_notes().setting("LANG", "de_DE.UTF-8"),
        &words,
        &expect![[r#"
        status 0
        --- stdout
        dazu steht nichts im Gedächtnis
        --- stderr
        quote · kein Sprachmodell, aus deinen Notizen beantwortet
        weiter suchen mit: localgpt memory search 'What is Grandma'\''s phone number?'
    "#]],
    );
    check(
        &home::with_notes(),
        &["ask", "--json", "What is Grandma's phone number?"],
        &expect![[r#"
        status 0
        --- stdout
        {
          "answerer": "quote",
          "verdict": "nothing",
          "quotes": []
        }
    "#]],
    );
}

#[test]
fn the_next_command_means_the_same_workspace() {
    let home = home::with_notes();
    let notes = home.workspace();
    let words = ["ask", "What is Grandma's phone number?", "--workspace", notes.to_str().unwrap()];
    check(
        &home,
        &words,
        &expect![[r#"
        status 0
        --- stdout
        nothing in memory answers this
        --- stderr
        quote · no language model, answered from your notes
        look further with: localgpt --workspace '[HOME]/.local/share/localgpt/workspace' memory search 'What is Grandma'\''s phone number?'
    "#]],
    );
}

#[test]
fn the_question_can_come_from_a_pipe() {
    let home = home::with_notes();
    let question = "What colour did we paint the garden shed?\n";
    let piped = home.run_with(question, &["ask"]);
    assert_eq!(piped.shown(), home.run_with(question, &["ask", "-"]).shown());
    assert_eq!(piped.shown(), home.run(&["ask", question.trim()]).shown());
}
