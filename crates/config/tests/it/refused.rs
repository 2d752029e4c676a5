//! What is refused, in which words; and that the file is not touched.

use std::fs;

use expect_test::{Expect, expect};
use localgpt_config::{Error, Secret};

use crate::user::User;

fn check_refused(file: impl AsRef<[u8]>, expected: &Expect) {
    let user = User::new().with_file(&file);
    let error = user.load().expect_err("it should be refused");
    let hint = error.hint().unwrap_or_default();
    expected.assert_eq(&user.tidy(&format!("error: {error}\nhint: {hint}")));
    let after = fs::read(user.path("config/config.toml")).unwrap();
    assert_eq!(after, file.as_ref(), "the file was touched");
}

#[test]
fn an_unknown_key_names_line_and_nearest_key() {
    check_refused(
        "# mine\n\n[log]\nlevle = \"info\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:4: unknown key `log.levle`
        hint: did you mean `log.level`?"#]],
    );
    check_refused(
        "langauge = \"german\"\n[lgo]\nlevel = \"info\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `langauge`
        hint: did you mean `language`?"#]],
    );
    check_refused(
        "level = \"info\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `level`
        hint: did you mean `log.level`?"#]],
    );
    check_refused(
        "[heartbeat]\nevery = \"30m\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `heartbeat`
        hint: `localgpt config show` lists every key"#]],
    );
    check_refused(
        "\"log.level\" = \"info\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `"log.level"`
        hint: did you mean `log.level`?"#]],
    );
    check_refused(
        "log = { level = \"info\", colour = true }\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `log.colour`
        hint: `localgpt config show` lists every key"#]],
    );
    check_refused(
        "[[heartbeat]]\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:1: unknown key `heartbeat`
        hint: `localgpt config show` lists every key"#]],
    );
}

#[test]
fn a_wrong_value_names_line_and_key() {
    check_refused(
        "[log]\nmax_files = 3\nlevel = \"loud\"\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:3: `log.level`: `loud` is not one of off, error, warn, info, debug, trace
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "[log]\nmax_files = 0\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:2: `log.max_files`: invalid value: integer `0`, expected a number from 1 to 65535
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "[log]\r\n\r\nmax_files = \"many\"\r\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:3: `log.max_files`: invalid type: string "many", expected a number from 1 to 65535
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "\n\nlog = 5\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:3: `log`: expected a table [log]
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "[[log]]\nlevel = \"info\"\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:1: `log`: expected a table [log]
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "workspace = \"\"\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:1: `workspace`: it is empty; leave the key out to have the default
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "[memory]\nextra_paths = [\n  \"a\",\n  5,\n]\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:4: `memory.extra_paths`: invalid type: integer `5`, expected a string
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "memory.max_file_bytes = \"16 MiBB\"\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:1: `memory.max_file_bytes`: `16 MiBB` is not a size such as "500 KB" or "16 MiB"
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
    check_refused(
        "memory.max_file_bytes = -1\n",
        &expect![[r#"
            error: cannot read ~/config/config.toml:1: `memory.max_file_bytes`: invalid value: integer `-1`, expected a size such as "500 KB" or "16 MiB"
            hint: correct the line in ~/config/config.toml, or run `localgpt config edit`"#]],
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_never_printed() {
    let values = [
        "\"sk-hidden\"",
        "[\"sk-hidden\"]",
        "{ env = \"sk-hidden\" }",
        "{ env = [\"sk-hidden\"] }",
        "{ command = \"sk-hidden\" }",
        "{ command = [] }",
        "{ value = \"sk-hidden\" }",
        "{ env = \"NAME\", command = [\"sk-hidden\"] }",
        "{}",
        "17",
    ];
    let mut messages = String::new();
    for value in values {
        let user = User::new().with_file(format!("[embedding.openai]\napi_key = {value}\n"));
        let error = user.load().unwrap_err();
        let shown = user.tidy(&format!("{error:?} {error} {:?}", error.hint()));
        assert!(!shown.contains("hidden"), "{shown}");
        messages.push_str(&user.tidy(&format!("{value}: {error}\n")));
    }
    expect![[r#"
        "sk-hidden": cannot read ~/config/config.toml:2: `embedding.openai.api_key`: a secret is not written into the file; write a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        ["sk-hidden"]: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: invalid type: sequence, expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { env = "sk-hidden" }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { env = ["sk-hidden"] }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { command = "sk-hidden" }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { command = [] }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { value = "sk-hidden" }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        { env = "NAME", command = ["sk-hidden"] }: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        {}: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
        17: cannot read ~/config/config.toml:2: `embedding.openai.api_key`: invalid type: integer `17`, expected a reference such as { env = "NAME" } or { command = ["pass", "show", "name"] }
    "#]].assert_eq(&messages);
    assert_eq!(format!("{:?}", Secret::new("hidden".to_owned())), "Secret(***)");
}

#[test]
fn what_is_not_toml_names_the_line() {
    check_refused(
        "[log]\nlevel = \n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:2: string values must be quoted, expected literal string
        hint: correct the line in ~/config/config.toml; nothing was changed"#]],
    );
    check_refused(
        "[log]\nlevel = \"info\"\nlevel = \"warn\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:3: duplicate key
        hint: correct the line in ~/config/config.toml; nothing was changed"#]],
    );
    check_refused(
        b"# ok\nworkspace = \"\xff\"\n",
        &expect![[r#"
        error: cannot read ~/config/config.toml:2: the line is not UTF-8
        hint: correct the line in ~/config/config.toml; nothing was changed"#]],
    );
}

#[test]
fn a_folder_or_a_huge_file_is_no_configuration() {
    let user = User::new();
    fs::create_dir_all(user.path("config/config.toml")).unwrap();
    assert!(matches!(user.load(), Err(Error::Read { .. })));
    let user = User::new().with_file("#".repeat(2 << 20));
    assert!(matches!(user.load(), Err(Error::TooLarge { .. })));
}
