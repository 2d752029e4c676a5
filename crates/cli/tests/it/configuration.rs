//! `config`: reading and changing the file.

use std::fs;

use expect_test::{Expect, expect};

use localgpt_testkit::Home;

use crate::home;

fn check(home: &Home, words: &[&str], expected: &Expect) {
    expected.assert_eq(&home.run(words).shown());
}

#[test]
fn an_edit_keeps_comments() {
    let home = home::empty();
    home.configure("# mine\nlanguage = \"german\" # for now\n\n[log]\n# quiet\nlevel = \"warn\"\n");
    check(
        &home,
        &["config", "set", "log.level", "debug"],
        &expect![[r#"
        status 0
        --- stderr
        set log.level in [HOME]/.config/localgpt/config.toml
    "#]],
    );
    check(
        &home,
        &["config", "unset", "language"],
        &expect![[r#"
        status 0
        --- stderr
        removed language from [HOME]/.config/localgpt/config.toml
    "#]],
    );
    check(
        &home,
        &["config", "unset", "language"],
        &expect![[r#"
        status 0
        --- stderr
        language is not in [HOME]/.config/localgpt/config.toml
    "#]],
    );
    expect![[r##"
        # mine

        [log]
        # quiet
        level = "debug"
    "##]]
    .assert_eq(&fs::read_to_string(home.config_file()).unwrap());
}

#[test]
fn a_value_can_be_asked_for() {
    let home = home::empty();
    home.configure("[log]\nlevel = \"warn\"\n");
    check(
        &home,
        &["config", "get", "log.level"],
        &expect![[r#"
        status 0
        --- stdout
        warn
    "#]],
    );
    check(
        &home,
        &["config", "get", "log.level", "--json"],
        &expect![[r#"
        status 0
        --- stdout
        {
          "key": "log.level",
          "source": "file",
          "value": "warn"
        }
    "#]],
    );
    check(
        &home,
        &["config", "get", "time_zone"],
        &expect![[r#"
        status 1
        --- stderr
        error: `time_zone` has no value
        hint: `localgpt config set time_zone VALUE` gives it one
    "#]],
    );
    check(
        &home,
        &["config", "get", "log.levle"],
        &expect![[r#"
        status 1
        --- stderr
        error: there is no key `log.levle`
        hint: did you mean `log.level`?
    "#]],
    );
}

#[test]
fn what_would_not_load_is_refused() {
    let home = home::empty();
    check(
        &home,
        &["config", "set", "log.level", "loud"],
        &expect![[r#"
        status 1
        --- stderr
        error: cannot set `log.level`: `loud` is not one of off, error, warn, info, debug, trace
        hint: `localgpt config show` lists every key with its value
    "#]],
    );
    check(
        &home,
        &["config", "set", "log.levle", "info"],
        &expect![[r#"
        status 1
        --- stderr
        error: there is no key `log.levle`
        hint: did you mean `log.level`?
    "#]],
    );
    assert!(!home.config_file().exists());
}

#[test]
fn the_settings_say_where_they_come_from() {
    let home = home::empty().setting("LOCALGPT_WORKSPACE", "/notes");
    home.configure("[log]\nlevel = \"warn\"\n");
    check(
        &home,
        &["config", "show"],
        &expect![[r#"
            status 0
            --- stdout
            workspace = /notes  (environment)
            language = auto  (default)
            time_zone = (not set)  (default)
            model.use = (not set)  (default)
            model.fallback = []  (default)
            model.aliases = {}  (default)
            model.context = (not set)  (default)
            model.max_output = 4096  (default)
            model.max_silence = 300  (default)
            model.recall_tokens = 1200  (default)
            turn.max_steps = 24  (default)
            turn.max_calls = 48  (default)
            turn.max_seconds = 900  (default)
            turn.max_tokens = 400_000  (default)
            providers.anthropic.base_url = https://api.anthropic.com  (default)
            providers.anthropic.api_key = { env = "ANTHROPIC_API_KEY" }  (default)
            providers.openai.base_url = https://api.openai.com/v1  (default)
            providers.openai.api_key = { env = "OPENAI_API_KEY" }  (default)
            providers.ollama.base_url = http://127.0.0.1:11434  (default)
            providers.claude-cli.program = claude  (default)
            providers.claude-cli.unattended = false  (default)
            providers.servers = []  (default)
            policy.mode = trusted-folder  (default)
            web.search = off  (default)
            web.search_url = (not set)  (default)
            web.search_key = { env = "BRAVE_API_KEY" }  (default)
            web.own_hosts = []  (default)
            history.place = beside  (default)
            history.max_file_bytes = 16 MiB  (default)
            skills.folders = []  (default)
            skills.disabled = []  (default)
            memory.extra_paths = []  (default)
            memory.max_file_bytes = 16 MiB  (default)
            embedding.kind = builtin  (default)
            embedding.onnx.model = intfloat/multilingual-e5-small  (default)
            embedding.openai.base_url = https://api.openai.com/v1  (default)
            embedding.openai.model = text-embedding-3-small  (default)
            embedding.openai.api_key = (not set)  (default)
            embedding.ollama.base_url = http://127.0.0.1:11434  (default)
            embedding.ollama.model = embeddinggemma  (default)
            log.level = warn  (file)
            log.max_files = 7  (default)
        "#]],
    );
    let json = home.run(&["config", "show", "--json"]).stdout;
    expect![[r#"
        [
          {
            "key": "workspace",
            "source": "environment",
            "value": "/notes"
          }"#]]
    .assert_eq(json.split_inclusive('}').next().unwrap());
    let explained = home.run(&["config", "show", "-v"]).stdout;
    expect![[r#"
        # The folder of Markdown that the assistant knows and writes to.
        # `~` is your home; a relative path starts at the folder of this file.
        # Without it: the folder `workspace` in the data directory (`localgpt paths`).
        workspace = /notes  (environment)
    "#]]
    .assert_eq(explained.split_inclusive("(environment)\n").next().unwrap());
}

#[test]
fn the_path_is_known_even_when_the_file_is_broken() {
    let home = home::empty();
    home.configure("broken");
    check(
        &home,
        &["config", "path"],
        &expect![[r#"
        status 0
        --- stdout
        [HOME]/.config/localgpt/config.toml
    "#]],
    );
    check(
        &home,
        &["config", "show"],
        &expect![[r#"
        status 1
        --- stderr
        error: cannot read [HOME]/.config/localgpt/config.toml:1: key with no value, expected `=`
        hint: correct the line in [HOME]/.config/localgpt/config.toml; nothing was changed
    "#]],
    );
}

#[cfg(unix)]
mod editing {
    use super::*;

    fn with_editor(script: &str) -> Home {
        let home = home::empty();
        let path = home.path().join("editor");
        fs::write(&path, format!("{script}\n")).unwrap();
        let program = format!("/bin/sh {}", path.display());
        home.configure("language = \"german\"\n");
        home.setting("EDITOR", &program)
    }

    fn files(home: &Home) -> usize {
        fs::read_dir(home.config_file().parent().unwrap()).unwrap().count()
    }

    #[test]
    fn an_edited_file_that_loads_replaces_the_old_one() {
        let home = with_editor("echo 'language = \"english\" # changed' > \"$1\"");
        check(
            &home,
            &["config", "edit"],
            &expect![[r#"
            status 0
            --- stderr
            saved [HOME]/.config/localgpt/config.toml
        "#]],
        );
        assert_eq!(
            fs::read_to_string(home.config_file()).unwrap(),
            "language = \"english\" # changed\n"
        );
        assert_eq!(files(&home), 1);
    }

    #[test]
    fn an_edited_file_that_does_not_load_is_kept_beside_the_old_one() {
        let home = with_editor("echo 'language = \"klingon\"' > \"$1\"");
        let outcome = home.run(&["config", "edit"]);
        assert_eq!(outcome.status, Some(1));
        assert!(
            outcome
                .stderr
                .starts_with("error: the edited file does not load; nothing was changed\n")
        );
        assert_eq!(fs::read_to_string(home.config_file()).unwrap(), "language = \"german\"\n");
        assert_eq!(files(&home), 2);
    }

    #[test]
    fn an_editor_that_changes_nothing_leaves_no_trace() {
        let home = with_editor("true");
        check(
            &home,
            &["config", "edit"],
            &expect![[r#"
            status 0
            --- stderr
            nothing was changed
        "#]],
        );
        assert_eq!(files(&home), 1);
    }

    #[test]
    fn an_editor_that_is_missing_is_status_1() {
        let home = home::empty().setting("VISUAL", "/no/such/editor --wait");
        check(
            &home,
            &["config", "edit"],
            &expect![[r#"
            status 1
            --- stderr
            error: cannot start the editor `/no/such/editor --wait`
            cause: No such file or directory (os error 2)
            hint: set VISUAL or EDITOR to one that is installed
        "#]],
        );
    }
}
