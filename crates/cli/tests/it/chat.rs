//! `chat` in a pipe: every line is a question or a command.

use expect_test::{Expect, expect};

use crate::home;

fn check(words: &[&str], lines: &str, expected: &Expect) {
    expected.assert_eq(&home::with_notes().run_with(lines, words).shown_without_fractions());
}

#[test]
fn every_line_is_answered() {
    let lines = "What colour did we paint the garden shed?\n\nWhat is Grandma's phone number?\n/status\n/quit\nnever read\n";
    check(
        &["chat"],
        lines,
        &expect![[r#"
            status 0
            --- stdout
            “We painted the garden shed green.”
              memory/2026-03-12.md#L3 · 2026-03-12 · 12 March

            nothing in memory answers this

            answers    quote · no language model, answered from your notes
            workspace  [HOME]/.local/share/localgpt/workspace
            --- stderr
            quote · no language model, answered from your notes
            look further with: localgpt memory search 'What is Grandma'\''s phone number?'
        "#]],
    );
}

#[test]
fn commands_look_into_memory() {
    check(
        &["chat", "-q"],
        "/search garden shed\n/memory get MEMORY.md#L3\n/memory recent\n",
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-12.md#L3  2026-03-12
                    We painted the garden shed green.

            - Ada looks after the heat pump.

            2026-03-23 00:00  memory/2026-03-12.md  We painted the garden shed green.
            2026-03-22 00:00  memory/2026-03-05.md  The heat pump was serviced by Ada. The filter UP-25-60-180-…
            2026-03-21 00:00  MEMORY.md             - Ada looks after the heat pump.
        "#]],
    );
}

#[test]
fn an_unknown_command_is_one_line_with_the_nearest() {
    check(
        &["chat", "-q"],
        "/serch shed\n/zzzzzzzz\n/memory get none.md\n/help\n",
        &expect![[r#"
            status 1
            --- stderr
            error: there is no command `/serch`
            hint: did you mean `/search`?
            error: there is no command `/zzzzzzzz`
            hint: `/help` lists them; `//` at the start sends a text as it is
            error: `none.md` is not a file of memory
            hint: memory is MEMORY.md, memory/**/*.md, knowledge/**/*.md and `memory.extra_paths`
            /model [NAME]           who answers, or choose who does
            /models                 the models you can choose from
            /session [NAME]         this session, or go on with another
            /session list           the sessions so far
            /session new            begin another session
            /resume ID              go on with an earlier session
            /rename TITLE           give this session a title
            /branch                 go on in a copy of this session
            /retry                  ask the last message again
            /edit                   change the last message in your editor
            /undo                   take the last note or change back
            /redo                   do again what was taken back
            /history                what was changed in the workspace
            /diff [ID]              what a change did, or what you changed since
            /attach FILE            put a file beside the next message, as @FILE in it does
            /clear                  begin anew; what was said stays in its log
            /context                what the model reads, and what did not fit
            /compact                replace older messages by a summary
            /undo-compact           take the last summary back
            /usage                  tokens and money spent so far
            /remember TEXT          write a note
            /search QUERY           the pieces of your notes that fit best
            /memory recent          the notes changed last
            /memory stats           what is in memory
            /memory get PATH#L5-L9  lines of a note
            /copy                   the last answer to the clipboard
            /save FILE              this session as Markdown
            /status                 who answers, and over which notes
            /help                   this list
            /quit                   the end (also Ctrl-D)
            /SKILL TEXT             call a skill (`localgpt skills list`)
            //…                     a text that begins with /
            error: 3 lines could not be answered
        "#]],
    );
}

#[test]
fn json_is_a_document_a_line() {
    check(
        &["chat", "--json"],
        "What colour did we paint the garden shed?\n/status\n",
        &expect![[r#"
            status 0
            --- stdout
            {"answerer":"quote","verdict":"answered","quotes":[{"path":"memory/2026-03-12.md","start_line":3,"end_line":3,"text":"We painted the garden shed green.","heading":"12 March","date":"2026-03-12","strength": #.#}]}
            {"workspace":"[HOME]/.local/share/localgpt/workspace","answerer":"quote"}
            --- stderr
            quote · no language model, answered from your notes
        "#]],
    );
}
