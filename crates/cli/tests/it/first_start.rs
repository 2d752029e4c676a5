//! `init`, `doctor` and `paths`: the first minutes.

use expect_test::{Expect, expect};

use localgpt_testkit::Home;

use crate::home;

fn check(home: &Home, words: &[&str], expected: &Expect) {
    let shown = home.run(words).shown_without_fractions();
    let mut lines: Vec<String> = shown.lines().map(|line| without_varying(home, line)).collect();
    // The notes and the index may lie on two disks or on one.
    lines.dedup();
    expected.assert_eq(&lines.join("\n"));
}

/// The line without what changes from day to day and from machine to machine.
fn without_varying(home: &Home, line: &str) -> String {
    let varying = ["index", "free space", "time"];
    let name = line.strip_prefix("ok       ").unwrap_or_default();
    match varying.iter().find(|varying| name.starts_with(*varying)) {
        Some(varying) => format!("ok       {varying}  ..."),
        None if home.workspace().exists() => line.replace(&home.newest_day(), "[TODAY]"),
        None => line.to_owned(),
    }
}

#[test]
fn init_writes_a_workspace_and_answers_a_first_question() {
    let home = home::empty();
    check(
        &home,
        &["init"],
        &expect![[r#"
            status 0
            --- stdout
            workspace  [HOME]/.local/share/localgpt/workspace
            wrote      AGENTS.md
            wrote      SOUL.md
            wrote      IDENTITY.md
            wrote      USER.md
            wrote      MEMORY.md
            wrote      HEARTBEAT.md
            wrote      memory/[TODAY].md

            A first question:
              localgpt ask 'Where are the notes of each day kept?'
            “- The notes of each day are kept in the folder memory/, one file a day, named like 2026-03-05.md.”
              MEMORY.md#L7 · Memory › This workspace
            --- stderr
            quote · no language model, answered from your notes"#]],
    );
    check(
        &home,
        &["init", "--quiet"],
        &expect![[r#"
        status 0
        --- stdout
        workspace  [HOME]/.local/share/localgpt/workspace
        kept       AGENTS.md
        kept       SOUL.md
        kept       IDENTITY.md
        kept       USER.md
        kept       MEMORY.md
        kept       HEARTBEAT.md
        kept       memory/[TODAY].md

        A first question:
          localgpt ask 'Where are the notes of each day kept?'
        “- The notes of each day are kept in the folder memory/, one file a day, named like 2026-03-05.md.”
          MEMORY.md#L7 · Memory › This workspace"#]],
    );
    check(
        &home::empty().setting("LANG", "de_DE.UTF-8"),
        &["init"],
        &expect![[r#"
            status 0
            --- stdout
            Arbeitsordner  [HOME]/.local/share/localgpt/workspace
            geschrieben    AGENTS.md
            geschrieben    SOUL.md
            geschrieben    IDENTITY.md
            geschrieben    USER.md
            geschrieben    MEMORY.md
            geschrieben    HEARTBEAT.md
            geschrieben    memory/[TODAY].md

            Eine erste Frage:
              localgpt ask 'Wo liegen die Notizen jedes Tages?'
            „- Die Notizen jedes Tages liegen im Ordner memory/, eine Datei je Tag, benannt wie 2026-03-05.md.“
              MEMORY.md#L7 · Gedächtnis › Dieser Arbeitsordner
            --- stderr
            quote · kein Sprachmodell, aus deinen Notizen beantwortet"#]],
    );
}

#[test]
fn init_as_json_has_the_files_and_the_answer() {
    check(
        &home::empty(),
        &["init", "--json"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "answer": {
                "answerer": "quote",
                "quotes": [
                  {
                    "end_line": 7,
                    "heading": "Memory › This workspace",
                    "path": "MEMORY.md",
                    "start_line": 7,
                    "strength": #.#,
                    "text": "- The notes of each day are kept in the folder memory/, one file a day, named like 2026-03-05.md."
                  }
                ],
                "verdict": "answered"
              },
              "init": {
                "kept": [],
                "question": "Where are the notes of each day kept?",
                "workspace": "[HOME]/.local/share/localgpt/workspace",
                "written": [
                  "AGENTS.md",
                  "SOUL.md",
                  "IDENTITY.md",
                  "USER.md",
                  "MEMORY.md",
                  "HEARTBEAT.md",
                  "memory/[TODAY].md"
                ]
              }
            }"#]],
    );
}

#[test]
fn doctor_changes_nothing_and_fails_when_something_is_wrong() {
    let home = home::empty();
    check(
        &home,
        &["doctor"],
        &expect![[r#"
            status 1
            --- stdout
            ok       configuration     no file at [HOME]/.config/localgpt/config.toml; the defaults hold; the workspace is the default one
            problem  workspace         there is no folder [HOME]/.local/share/localgpt/workspace
                                       hint: run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`
            ok       index  ...
            ok       config directory  [HOME]/.config/localgpt is made when it is needed
            ok       data directory    [HOME]/.local/share/localgpt is made when it is needed
            ok       state directory   [HOME]/.local/state/localgpt is made when it is needed
            ok       cache directory   [HOME]/.cache/localgpt is made when it is needed
            ok       free space  ...
            ok       time  ...
            ok       vectors           builtin:dewt-75000x384x2, compiled in
            ok       model             none is chosen; memory answers by quoting itself
            --- stderr
            error: 1 problem was found"#]],
    );
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    let healthy = home::with_notes().run(&["doctor"]);
    assert_eq!((healthy.status, healthy.stderr.as_str()), (Some(0), ""));
}

#[test]
fn doctor_explains_a_configuration_that_does_not_load() {
    let home = home::empty();
    home.configure("wrong = 1\n");
    check(
        &home,
        &["doctor"],
        &expect![[r#"
            status 1
            --- stdout
            problem  configuration  cannot read [HOME]/.config/localgpt/config.toml:1: unknown key `wrong`
                                    hint: `localgpt config show` lists every key
            --- stderr
            error: 1 problem was found"#]],
    );
    check(
        &home,
        &["doctor", "--json"],
        &expect![[r#"
            status 1
            --- stdout
            [
              {
                "name": "configuration",
                "state": "problem",
                "detail": "cannot read [HOME]/.config/localgpt/config.toml:1: unknown key `wrong`",
                "hint": "`localgpt config show` lists every key"
              }
            ]
            --- stderr
            {"error":{"causes":[],"hint":null,"message":"1 problem was found"}}"#]],
    );
}

#[test]
fn paths_are_printed_whether_or_not_they_exist() {
    check(
        &home::empty(),
        &["paths"],
        &expect![[r#"
            status 0
            --- stdout
            workspace    [HOME]/.local/share/localgpt/workspace (default)
            config_file  [HOME]/.config/localgpt/config.toml
            config       [HOME]/.config/localgpt
            data         [HOME]/.local/share/localgpt
            state        [HOME]/.local/state/localgpt
            cache        [HOME]/.cache/localgpt
            log          [HOME]/.local/state/localgpt/log"#]],
    );
    check(
        &home::empty(),
        &["paths", "--json", "--workspace", "notes"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "cache": "[HOME]/.cache/localgpt",
              "config": "[HOME]/.config/localgpt",
              "config_file": "[HOME]/.config/localgpt/config.toml",
              "data": "[HOME]/.local/share/localgpt",
              "log": "[HOME]/.local/state/localgpt/log",
              "state": "[HOME]/.local/state/localgpt",
              "workspace": "[HOME]/notes",
              "workspace_source": "flag"
            }"#]],
    );
}
