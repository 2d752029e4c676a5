//! Edits that are refused, in which words; and that the text is then as before.

use expect_test::expect;

use crate::edit::check;

#[test]
fn what_would_not_load_is_refused() {
    check(
        "[log]\n",
        &["log.level=loud"],
        &expect![[r#"
            error: cannot set `log.level`: `loud` is not one of off, error, warn, info, debug, trace
            hint: `localgpt config show` lists every key with its value"#]],
    );
    check(
        "[log]\n",
        &["log.levle=info"],
        &expect![[r#"
        error: there is no key `log.levle`
        hint: did you mean `log.level`?"#]],
    );
    check(
        "[log]\n",
        &["log=5"],
        &expect![[r#"
            error: `log` is a table, not a key
            hint: name one of `log.level`, `log.max_files`"#]],
    );
    check(
        "[log]\n",
        &["-log.levle"],
        &expect![[r#"
        error: there is no key `log.levle`
        hint: did you mean `log.level`?"#]],
    );
    check(
        "[log]\nlevel = 5\n",
        &["log.max_files=3"],
        &expect![[r#"
            error: cannot read ~/config.toml:2: `log.level`: invalid type: integer `5`, expected a string
            hint: correct the line in ~/config.toml, or run `localgpt config edit`"#]],
    );
    check(
        "[log]\nlevel = \"info\"\n",
        &["log.max_files=3\nlevel = \"warn\""],
        &expect![[r#"
            error: cannot set `log.max_files`: invalid type: string "3\nlevel = \"warn\"", expected a number from 1 to 65535
            hint: `localgpt config show` lists every key with its value"#]],
    );
    check(
        "",
        &["embedding.openai.api_key=sk-hidden"],
        &expect![[r#"
        error: cannot set `embedding.openai.api_key`: a secret is not written into the file; write a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        hint: `localgpt config show` lists every key with its value"#]],
    );
}

#[test]
fn a_shape_that_only_a_person_edits_well_is_refused() {
    check(
        "log = { level = \"info\" }\n",
        &["log.max_files=3"],
        &expect![[r#"
            error: cannot change `log.max_files` in ~/config.toml: it is not a line of its own
            hint: change it by hand with `localgpt config edit`"#]],
    );
    check(
        "log = { level = \"info\" }\n",
        &["-log.level"],
        &expect![[r#"
            error: cannot change `log.level` in ~/config.toml: it is not a line of its own
            hint: change it by hand with `localgpt config edit`"#]],
    );
    check(
        "[embedding.openai.api_key]\nenv = \"A\"\n",
        &["embedding.openai.api_key={ env = \"B\" }"],
        &expect![[r#"
            error: cannot change `embedding.openai.api_key` in ~/config.toml: it is not a line of its own
            hint: change it by hand with `localgpt config edit`"#]],
    );
    check(
        "[heartbeat]\n",
        &["-heartbeat"],
        &expect![[r#"
            error: cannot change `heartbeat` in ~/config.toml: it is not a line of its own
            hint: change it by hand with `localgpt config edit`"#]],
    );
}
