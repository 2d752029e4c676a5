//! Changing the file: where an edit goes, and that everything else stays.

use std::fs;

use expect_test::{Expect, expect};
use localgpt_config::{ConfigFile, Error};
use tempfile::TempDir;

/// Makes the edits in turn, `key=value` to set and `-key` to unset, and compares the text.
pub(crate) fn check(before: &str, edits: &[&str], expected: &Expect) {
    expected.assert_eq(&edited(before, edits).replace('\r', "␍").replace('\u{feff}', "␂"));
}

fn edited(before: &str, edits: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, before).unwrap();
    let mut file = ConfigFile::read(&path).unwrap();
    for edit in edits {
        let done = match edit.strip_prefix('-') {
            Some(key) => file.unset(key).map(|_was_there| ()),
            None => {
                let (key, value) = edit.split_once('=').unwrap();
                file.set(key, value)
            }
        };
        if let Err(error) = done {
            let text = format!("error: {error}\nhint: {}", error.hint().unwrap());
            assert_eq!(file.text(), before, "a refused edit changed the text");
            return text.replace(folder.path().to_str().unwrap(), "~");
        }
    }
    file.write().unwrap();
    fs::read_to_string(&path).unwrap()
}

#[test]
fn a_value_is_replaced_and_its_comment_stays() {
    check(
        "# mine\n[log]\n  level   =  'info'   # quiet\nmax_files=3\n",
        &["log.level=debug", "log.max_files=5"],
        &expect![[r##"
            # mine
            [log]
              level   =  "debug"   # quiet
            max_files=5
        "##]],
    );
    check(
        "log = { level = \"info\" } # x\n",
        &["log.level=warn"],
        &expect![[r#"
        log = { level = "warn" } # x
    "#]],
    );
    check(
        "log.level = \"info\"\n",
        &["log.level=warn"],
        &expect![[r#"
        log.level = "warn"
    "#]],
    );
    check(
        "[memory]\nextra_paths = [\n  \"a\", # first\n]\n# after\n",
        &["memory.extra_paths=[\"b\"]"],
        &expect![[r#"
            [memory]
            extra_paths = ["b"]
            # after
        "#]],
    );
}

#[test]
fn a_key_that_is_not_there_goes_below_its_header() {
    check(
        "[log]\nmax_files = 3 # few\n\n[memory]\n",
        &["log.level=debug"],
        &expect![[r#"
        [log]
        max_files = 3 # few
        level = "debug"

        [memory]
    "#]],
    );
    check(
        "[log] # mine\n\n[memory]\n",
        &["log.level=debug"],
        &expect![[r#"
        [log] # mine
        level = "debug"

        [memory]
    "#]],
    );
    check(
        "[log]",
        &["log.level=debug"],
        &expect![[r#"
        [log]
        level = "debug"
    "#]],
    );
    check(
        "log.max_files = 3\n\n[memory]\n",
        &["log.level=debug"],
        &expect![[r#"
        log.max_files = 3
        log.level = "debug"

        [memory]
    "#]],
    );
    check(
        "[embedding]\nonnx.model = \"a\"\nkind = \"onnx\"\n",
        &["embedding.ollama.model=b", "embedding.openai.model=c"],
        &expect![[r#"
            [embedding]
            onnx.model = "a"
            kind = "onnx"

            [embedding.ollama]
            model = "b"

            [embedding.openai]
            model = "c"
        "#]],
    );
}

#[test]
fn a_header_that_is_not_there_goes_to_the_end() {
    check(
        "",
        &["log.level=debug"],
        &expect![[r#"
        [log]
        level = "debug"
    "#]],
    );
    check(
        "# only this",
        &["log.level=debug"],
        &expect![[r##"
        # only this

        [log]
        level = "debug"
    "##]],
    );
    check(
        "language = \"german\"\n",
        &["embedding.openai.api_key={ env = \"KEY\" }", "embedding.kind=openai"],
        &expect![[r#"
            language = "german"

            [embedding.openai]
            api_key = { env = "KEY" }

            [embedding]
            kind = "openai"
        "#]],
    );
}

#[test]
fn a_top_level_key_goes_above_the_first_header_and_its_comment() {
    check(
        "# The file.\n\n# About logs.\n[log]\n",
        &["language=german"],
        &expect![[r##"
        # The file.

        language = "german"

        # About logs.
        [log]
    "##]],
    );
    check(
        "\u{feff}# About logs.\n[log]\n",
        &["language=german"],
        &expect![[r#"
        ␂language = "german"

        # About logs.
        [log]
    "#]],
    );
    check(
        "language = \"auto\"\n# About logs.\n[log]\n",
        &["time_zone=UTC"],
        &expect![[r#"
        language = "auto"
        time_zone = "UTC"
        # About logs.
        [log]
    "#]],
    );
    check(
        "",
        &["workspace=~/notes"],
        &expect![[r#"
        workspace = "~/notes"
    "#]],
    );
}

#[test]
fn line_endings_and_a_byte_order_mark_stay() {
    check(
        "\u{feff}[log]\r\nlevel = \"info\"\r\n# end\r\n",
        &["log.level=warn", "log.max_files=2", "language=german"],
        &expect![[r#"
            ␂language = "german"␍
            ␍
            [log]␍
            level = "warn"␍
            max_files = 2␍
            # end␍
        "#]],
    );
}

#[test]
fn unset_takes_out_one_line() {
    check(
        "# mine\n[log]\n# how much\nlevel = \"info\" # quiet\nmax_files = 3\n",
        &["-log.level", "-log.level"],
        &expect![[r#"
            # mine
            [log]
            # how much
            max_files = 3
        "#]],
    );
    check(
        "[memory]\nextra_paths = [\n  \"a\",\n]\n# after\n",
        &["-memory.extra_paths"],
        &expect![[r#"
            [memory]
            # after
        "#]],
    );
    check(
        "log.level = \"info\"\nlog.max_files = 3",
        &["-log.max_files"],
        &expect![[r#"
        log.level = "info"
    "#]],
    );
}

#[test]
fn unknown_tables_stay_and_an_unknown_key_can_be_unset() {
    check(
        "[heartbeat] # of another version\nevery = \"30m\"\nlog.level = 5\n\n[log]\n",
        &["log.level=debug"],
        &expect![[r#"
            [heartbeat] # of another version
            every = "30m"
            log.level = 5

            [log]
            level = "debug"
        "#]],
    );
    check(
        "colour = true\nlanguage = \"german\"\n",
        &["-colour"],
        &expect![[r#"
        language = "german"
    "#]],
    );
}

#[test]
fn a_wrong_value_can_be_set_right() {
    check(
        "[log]\nlevel = 5\n",
        &["log.level=info"],
        &expect![[r#"
        [log]
        level = "info"
    "#]],
    );
    check(
        "[log]\nlevel = 5\n",
        &["-log.level"],
        &expect![[r#"
        [log]
    "#]],
    );
}

#[test]
fn a_string_needs_no_quotes_and_may_have_them() {
    check(
        "",
        &["workspace=\"a b\""],
        &expect![[r#"
        workspace = "a b"
    "#]],
    );
    check(
        "",
        &["workspace=true"],
        &expect![[r#"
        workspace = "true"
    "#]],
    );
    check(
        "",
        &["workspace=C:\\notes"],
        &expect![[r#"
        workspace = 'C:\notes'
    "#]],
    );
    check(
        "",
        &["workspace=two\nlines"],
        &expect![[r#"
        workspace = "two\nlines"
    "#]],
    );
}

#[test]
fn get_returns_what_the_file_says() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "language = 'german'\nmemory.extra_paths = [ \"a\" ]\n[embedding.openai]\napi_key.env = \"KEY\"\n").unwrap();
    let file = ConfigFile::read(&path).unwrap();
    let got = ["language", "memory.extra_paths", "embedding.openai.api_key", "log.level"]
        .map(|key| file.get(key).unwrap().unwrap_or_else(|| "(none)".to_owned()));
    expect![[r#"
        german
        [ "a" ]
        { env = "KEY" }
        (none)"#]]
    .assert_eq(&got.join("\n"));
    assert!(matches!(file.get("log"), Err(Error::Table { .. })));
}
