//! What holds for any file and any value.

use std::fs;

use localgpt_config::{Config, ConfigFile, Environment, Flags};
use proptest::prelude::*;
use tempfile::TempDir;

fn read(bytes: &[u8]) -> (TempDir, Result<ConfigFile, localgpt_config::Error>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, bytes).unwrap();
    let file = ConfigFile::read(&path);
    (folder, file)
}

/// A key, a value that it can take, and what `get` says of it afterwards.
fn settings() -> impl Strategy<Value = (&'static str, String)> {
    // A text that begins like a TOML string would be read as one.
    let text = "[^\\s\"'][^\u{0}]{0,20}";
    prop_oneof![
        (
            prop_oneof![
                Just("workspace"),
                Just("time_zone"),
                Just("embedding.onnx.model"),
                Just("embedding.openai.base_url"),
                Just("embedding.ollama.model")
            ],
            text
        ),
        (Just("log.level"), "off|error|warn|info|debug|trace"),
        (Just("log.max_files"), "[1-9][0-9]{0,3}"),
        (Just("language"), "auto|german|english"),
        (Just("memory.max_file_bytes"), "[1-9][0-9]{0,3}( ?[KMG]i?B)?"),
        (Just("memory.extra_paths"), "\\[\"[a-z]{1,9}\"(, \"[a-z]{1,9}\"){0,3}\\]"),
        (Just("embedding.openai.api_key"), "\\{ env = \"[A-Z]{1,9}\" \\}"),
    ]
}

/// A valid file with comments, odd spacing, unknown tables and either line ending.
fn files() -> impl Strategy<Value = String> {
    let top = prop::sample::subsequence(
        vec![
            "# the top",
            "",
            "language = 'german'   # de",
            "  workspace=\"~/notes\"",
            "log.max_files = 3",
            "heart.every = 5",
            "embedding.onnx.model = \"m\" # dotted",
        ],
        0..=7,
    );
    let sections = prop::sample::subsequence(
        vec![
            "[memory]\n# none\nextra_paths = [\n  \"a\", # first\n]\n",
            "# about colour\n[colour]\n'odd key' = \"\"\"\n[log]\nlevel = 5\n\"\"\"\n",
            "[[plugin]]\nname = 1\n[[plugin]]\nname = 2",
            "\t[embedding.openai]\t# keys\n\n\nmodel = 'x'",
            "[embedding.ollama]",
        ],
        0..=5,
    )
    .prop_shuffle();
    (top, sections, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(top, sections, mark, crlf, ended)| {
            let mut lines = top;
            lines.extend(sections);
            let mut text = lines.join("\n");
            if ended {
                text.push('\n');
            }
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            if mark {
                text.insert(0, '\u{feff}');
            }
            text
        },
    )
}

/// Returns what is left of both where the bytes that they begin and end with alike are taken out.
fn differences<'t>(before: &'t str, after: &'t str) -> (&'t [u8], &'t [u8]) {
    let (mut before, mut after) = (before.as_bytes(), after.as_bytes());
    while let ([a, before_rest @ ..], [b, after_rest @ ..]) = (before, after)
        && a == b
    {
        (before, after) = (before_rest, after_rest);
    }
    while let ([before_rest @ .., a], [after_rest @ .., b]) = (before, after)
        && a == b
    {
        (before, after) = (before_rest, after_rest);
    }
    (before, after)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_set_is_what_one_gets(before in files(), (key, value) in settings()) {
        let (folder, file) = read(before.as_bytes());
        let mut file = file.unwrap();
        file.set(key, &value).unwrap();
        file.write().unwrap();
        let again = ConfigFile::read(&folder.path().join("config.toml")).unwrap();
        prop_assert_eq!(again.get(key).unwrap(), Some(value));
    }

    #[test]
    fn every_other_line_stays_byte_for_byte(before in files(), (key, value) in settings()) {
        let (_folder, file) = read(before.as_bytes());
        let mut file = file.unwrap();
        let was_there = file.get(key).unwrap().is_some();
        file.set(key, &value).unwrap();
        let (gone, added) = differences(&before, file.text());
        if was_there {
            // Of what stands in these files only `extra_paths` is on more than one line.
            let breaks = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert!(breaks(gone) <= 2 && breaks(added) == 0, "{:?} -> {:?}", gone, added);
        } else {
            prop_assert_eq!(gone, b"");
        }
    }

    #[test]
    fn unset_takes_back_what_set_added(before in files(), (key, value) in settings()) {
        let (_folder, file) = read(before.as_bytes());
        let mut file = file.unwrap();
        let was_there = file.get(key).unwrap().is_some();
        file.set(key, &value).unwrap();
        prop_assert!(file.unset(key).unwrap());
        prop_assert_eq!(file.get(key).unwrap(), None);
        if !was_there {
prop_assert_eq!(differences(&before, file.text()).0, b"");
        }
    }

    #[test]
    fn any_bytes_as_a_file_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_and_edit(&bytes);
    }

    #[test]
    fn any_toml_like_text_is_read_or_refused(
        text in "((log|level|memory|\"a\"|workspace|embedding|openai|api_key|env)|[.=\\[\\]{},#\"'\n\r \u{feff}]|[0-9é]){0,40}"
    ) {
        read_and_edit(text.as_bytes());
    }
}

fn read_and_edit(bytes: &[u8]) {
    let (folder, file) = read(bytes);
    let path = folder.path().join("config.toml");
    let home = folder.path().to_str().unwrap().to_owned();
    let environment = Environment::new([("HOME".to_owned(), home)]);
    let flags = Flags { config_file: Some(path.clone()), ..Flags::default() };
    let loaded = Config::load(&environment, folder.path(), &flags);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let Ok(mut file) = file else {
        assert!(loaded.is_err());
        return;
    };
    for (key, value) in [("log.level", "warn"), ("workspace", "x"), ("embedding.onnx.model", "y")] {
        if file.set(key, value).is_ok() {
            assert_eq!(file.get(key).unwrap().as_deref(), Some(value));
        }
    }
    for key in ["log.level", "workspace", "log", "a"] {
        if file.unset(key).is_ok() {
            assert!(ConfigFile::get(&file, "workspace").is_ok());
        }
    }
}
