//! What is read as a `SKILL.md`.

use expect_test::{Expect, expect};
use localgpt_skills::parse;
use proptest::prelude::*;

/// What became of a text: the name and the description, or why not.
fn check(text: &str, expected: &Expect) {
    let shown = match parse(text, "folder") {
        Ok((manifest, ignored)) => {
            let ignored = ignored.into_iter().map(|reason| format!(" ({reason})"));
            let ignored: String = ignored.collect();
            format!("{}: {}{ignored}", manifest.name, manifest.description)
        }
        Err(reason) => format!("no: {reason}"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn a_plain_file_is_read_in_every_spelling_of_its_lines() {
    for text in [
        "---\nname: n\ndescription: d\n---\nbody",
        "---\r\nname: n\r\ndescription: d\r\n---\r\nbody",
        "\u{feff}---\nname: n\ndescription: d\n---\nbody",
        "--- \nname: n\ndescription: d\n---\t\nbody",
        "---\nname: n\ndescription: d\n---\nbody\n---\nmore",
        "---\nname: \"n\"\ndescription: 'd'\n---",
        "---\nname: n\ndescription: >\n  d\n---\n",
    ] {
        check(text, &expect!["n: d"]);
    }
    check("---\ndescription: d\n---\n", &expect!["folder: d"]);
}

#[test]
fn a_colon_in_a_description_needs_no_quotation_marks() {
    check(
        "---\nname: n\ndescription: Add columns: for tables, \"all\" of them\nlicense: MIT\n---\n",
        &expect![[r#"n: Add columns: for tables, "all" of them"#]],
    );
    check(
        "---\nname: n\ndescription: First: one\n  goes on: here\n---\n",
        &expect!["n: First: one goes on: here"],
    );
}

#[test]
fn what_no_program_reads_is_dropped_with_its_reason() {
    check("# text", &expect!["no: it does not begin with a line `---`, so it has no description"]);
    check(
        "\n---\nname: n\ndescription: d\n---\n",
        &expect!["no: it does not begin with a line `---`, so it has no description"],
    );
    check(
        "---\nname: n\ndescription: d\n",
        &expect!["no: its front matter has no closing line `---`"],
    );
    check("---\nname: n\ndescription: \"\"\n---\n", &expect!["no: it has no description"]);
    check("---\nname: n\n---\n", &expect!["no: it has no description"]);
    check("---\n- a\n- b\n---\n", &expect!["no: its front matter is no list of keys and values"]);
    check(
        "---\nname: n\nname: m\ndescription: d\n---\n",
        &expect!["no: its front matter cannot be read: the key `name` is there twice, in line 2"],
    );
    let bomb: String = (1..30).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    check(
        &format!("---\ndescription: d\na0: &a0 x\n{bomb}---\n"),
        &expect![
            "no: its front matter cannot be read: references (`*name`) are not read, in line 3"
        ],
    );
    for text in [
        "---\nname: n\n\tdescription: d\n---\n".to_owned(),
        "---\nname: n\ndescription: d\nmetadata:\n   a: 1\n  b: 2\n---\n".to_owned(),
        "---\nname: n\ndescription: d\nmetadata: {\"a\": {\n---\n".to_owned(),
        format!("---\ndescription: d\nmetadata: {}\n---\n", "[".repeat(100_000)),
        format!("---\ndescription: d\nmetadata: {}1{}\n---\n", "[".repeat(200), "]".repeat(200)),
        format!("---\ndescription: d\nmetadata: \"{}\"\n  x\n---\n", "[".repeat(50_000)),
    ] {
        assert!(parse(&text, "folder").is_err(), "{text:.60}");
    }
}

#[test]
fn metadata_is_read_as_a_map_and_as_json5() {
    let gate = |metadata: &str| {
        let text = format!("---\nname: n\ndescription: d\nmetadata:{metadata}\n---\n");
        let (manifest, ignored) = parse(&text, "folder").unwrap();
        assert_eq!(ignored, [""; 0], "{metadata}");
        manifest.gate
    };
    for metadata in [
        " {\"openclaw\":{\"requires\":{\"bins\":[\"rg\"]},\"os\":[\"linux\"]}}",
        "\n  {\n    \"openclaw\": { \"requires\": { \"bins\": [\"rg\"], }, \"os\": \"linux\", },\n  }",
        "\n  openclaw:\n    os: [linux]\n    requires:\n      bins: rg",
        " '{openclaw: {requires: {bins: [\"rg\",],}, os: [\"linux\"]}}'",
        "\n  {\n    // a remark\n    openclaw: { requires: { bins: ['rg'] }, os: ['linux'] },\n  }",
        " {\"clawdbot\":{\"requires\":{\"bins\":\"rg\"},\"os\":[\"linux\"]}}",
        " {\"openclaw\":{\"requires\":{\"bins\":[\"rg\"]},\"os\":\"linux\"},\"clawdbot\":{\"always\":true}}",
    ] {
        let gate = gate(metadata);
        assert_eq!(
            (gate.bins.as_slice(), gate.os.as_slice()),
            (["rg".to_owned()].as_slice(), ["linux".to_owned()].as_slice()),
            "{metadata}"
        );
        assert!(!gate.always, "{metadata}");
    }
    let odd = gate(
        " {\"openclaw\":{\"requires\":{\"bins\":\"sh, ls\",\"env\":null,\"config\":{\"a\":1}},\"always\":\"yes\"}}",
    );
    assert_eq!(odd.bins, ["sh", "ls"]);
    assert!(odd.env.is_empty() && odd.config.is_empty() && !odd.always);
    assert!(gate(" {\"openclaw\":{\"always\":true}}").always);
}

#[test]
fn metadata_that_is_none_is_ignored_and_named() {
    check(
        "---\nname: n\ndescription: d\nmetadata: some words\n---\n",
        &expect!["n: d (its metadata cannot be read: expected value at line 1 column 1)"],
    );
    check(
        "---\nname: n\ndescription: d\nmetadata: [a]\n---\n",
        &expect!["n: d (its metadata is no map)"],
    );
}

#[test]
fn flags_are_understood_in_every_spelling() {
    let flags = |front: &str| {
        let (manifest, _) = parse(&format!("---\ndescription: d\n{front}\n---\n"), "n").unwrap();
        (manifest.is_for_person, manifest.is_for_model)
    };
    for (word, is_on) in [
        ("true", true),
        ("YES", true),
        ("on", true),
        ("1", true),
        ("\"true\"", true),
        ("no", false),
        ("Off", false),
        ("0", false),
    ] {
        assert_eq!(flags(&format!("user-invocable: {word}")), (is_on, true), "{word}");
        assert_eq!(flags(&format!("disable-model-invocation: {word}")), (true, !is_on), "{word}");
    }
    assert_eq!(flags("user-invocable: perhaps"), (true, true));
}

#[test]
fn a_tool_that_a_command_calls_is_named() {
    let dispatch = |front: &str| {
        let (manifest, ignored) =
            parse(&format!("---\ndescription: d\n{front}\n---\n"), "n").unwrap();
        (manifest.dispatch.map(|dispatch| dispatch.tool), ignored.len())
    };
    assert_eq!(dispatch("command-dispatch: tool\ncommand-tool: add"), (Some("add".to_owned()), 0));
    assert_eq!(dispatch("command-dispatch: tool"), (None, 1));
    assert_eq!(dispatch("command-dispatch: shell\ncommand-tool: add"), (None, 1));
}

const SAMPLE: &str = "---\nname: n\ndescription: >\n  Some: text\nuser-invocable: yes\nmetadata: {\"openclaw\":{\"os\":[\"linux\"],\"requires\":{\"bins\":[\"a\"]},\"install\":[{\"kind\":\"brew\"}]}}\nlist:\n  - &a x\n  - \"y\\n\"\n---\nBody\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_brings_the_reader_down(
        edits in prop::collection::vec((0..SAMPLE.len(), 0..8_usize, "[-:{}\\[\\]\"'|>&*!?#,\t\n \\\\a\u{feff}\u{85}ä]{0,6}"), 0..8)
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (at, length, insert) in edits {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, insert.bytes());
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok((manifest, _)) = parse(&text, "folder") {
            prop_assert!(!manifest.description.is_empty());
        }
    }

    #[test]
    fn no_front_matter_at_all_brings_the_reader_down(front in "(?s).{0,200}") {
        let _read = parse(&format!("---\n{front}\n---\n"), "folder").is_ok();
    }
}
