//! Replacing in files that are set in many ways.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

#[track_caller]
fn check(file: &[u8], old: &str, new: &str, expected: &[u8]) {
    let result = replaced(file, old, new).map(|bytes| bytes.escape_ascii().to_string());
    assert_eq!(result, Ok(expected.escape_ascii().to_string()), "{old:?} -> {new:?}");
}

#[track_caller]
fn check_refused(file: &[u8], old: &str, new: &str, expected: &str) {
    let result = replaced(file, old, new).map_err(|mismatch| mismatch.to_string());
    assert_eq!(result, Err(expected.to_owned()));
}

#[test]
fn only_the_place_changes_however_the_rest_is_set() {
    // Lines as a German word processor sets them, of which another tool flattened all.
    let file = "Sie rief „Schön“ — bald.  \nOrt: Café-„Eck“\n".as_bytes();
    let expected = "Sie rief „Schön“ — bald.  \nOrt: Huber\n".as_bytes();
    check(file, "Ort: Café-\"Eck\"", "Ort: Huber", expected);
    // Of the place itself, what the model did not mean to change stays as it is set.
    let expected = "Sie rief „Schön“ — bald.  \nOrt: Café-„Berg“\n".as_bytes();
    check(file, "Ort: Café-\"Eck\"", "Ort: Café-\"Berg\"", expected);
    let expected = "Sie rief „Schön“ — nie.  \nOrt: Café-„Eck“\n".as_bytes();
    check(file, "\"Schön\" - bald.", "\"Schön\" - nie.", expected);
}

#[test]
fn the_new_text_ends_its_lines_as_the_place_does() {
    check(b"a\r\nb\r\nc", "b", "x\ny", b"a\r\nx\r\ny\r\nc");
    check(b"a\nb\nc", "b", "x\r\ny", b"a\nx\ny\nc");
    check(b"a\r\nb\nc", "a\nb", "a\nb\nd", b"a\r\nb\nd\nc");
    check(b"a\r\nb", "b", "b\nc", b"a\r\nb\r\nc");
    check(b"a", "a", "a\r\nb", b"a\r\nb");
    check(b"a\r\nb\r\n", "a\nb", "c\nb", b"c\r\nb\r\n");
}

#[test]
fn blanks_at_the_end_of_a_line_do_not_matter_and_stay() {
    check(b"one  \ntwo\t\nthree", "one\ntwo", "one\nzwei", b"one  \nzwei\t\nthree");
    check(b"one\ntwo\n", "one \ntwo  ", "one\n2", b"one\n2\n");
    check(b"foo  \nbar", "foo\nbar", "fool\nbar", b"fool  \nbar");
    // Unless they are what is to change.
    check(b"one  \ntwo", "one  \n", "one\n", b"one\ntwo");
    check_refused(
        b"foobar",
        "foo  ",
        "x",
        "`oldText` is not in it; nearest is line 1; read from offset 1 and copy exactly",
    );
}

#[test]
fn what_is_exactly_there_comes_before_what_is_nearly_there() {
    check("„a“ \"a\"".as_bytes(), "\"a\"", "b", "„a“ b".as_bytes());
    check(b"a\r\nb\na\nb\n", "a\nb", "c\nb", b"a\r\nb\nc\nb\n");
}

#[test]
fn bytes_that_are_no_text_stay() {
    check(b"\xff\xfe x caf\xe9 y\n", "x", "z", b"\xff\xfe z caf\xe9 y\n");
    check(b"caf\xe9 old", "caf\u{fffd} old", "caf\u{fffd} new", b"caf\xe9 new");
    let problem = "the place has bytes that are no text; leave them out of `oldText` and `newText`";
    check_refused(b"caf\xe9 old", "caf\u{fffd} old", "the \u{fffd} is", problem);
    check("\u{feff}a\n".as_bytes(), "\u{feff}a", "b", "\u{feff}b\n".as_bytes());
    check("\u{feff}a\n".as_bytes(), "a", "", "\u{feff}\n".as_bytes());
}

#[test]
fn what_is_not_there_once_is_explained_in_our_own_words() {
    let file = b"fn a() {\n    one();\n}\nfn b() {\n    two();\n}\n";
    check_refused(
        file,
        "fn b() {\n  two();\n}",
        "x",
        "`oldText` is not in it; nearest is line 4, where only the indentation differs; \
         read from offset 4 and copy exactly",
    );
    check_refused(
        file,
        "fn b() {\n    three();\n}",
        "x",
        "`oldText` is not in it; nearest is line 4, 2 of 3 lines are the same; \
         read from offset 4 and copy exactly",
    );
    check_refused(file, "nothing", "x", "`oldText` is not in it; read it and copy exactly");
    check_refused(
        file,
        "fn",
        "x",
        "`oldText` is in it 2 times (lines 1, 4); give more lines around it",
    );
    check_refused(
        b"aaa",
        "aa",
        "x",
        "`oldText` is in it 2 times (lines 1, 1); give more lines around it",
    );
    check_refused(file, "", "x", "`oldText` is empty; `write` puts a whole file");
    check_refused(file, "one", "one", "nothing would change");
}

/// A line of a file, in bytes, that never holds what is looked for.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let words = select(vec![
        "a", "ab", "\t", "  ", "Größe", "„so“", "–", "\u{a0}", "🦀", "\"x\"", "'", "-", "  \t",
        "\u{feff}", "\r",
    ]);
    let piece = prop_oneof![
        6 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(128..=255u8, 1..4),
    ];
    let end = select(vec!["\n", "\r\n", "  \n", "\t\r\n"]);
    (vec(piece, 0..6), end)
        .prop_map(|(pieces, end)| [pieces.concat(), end.as_bytes().to_vec()].concat())
}

/// What is looked for as it stands in a file, and as a model writes it.
fn target() -> impl Strategy<Value = (Vec<u8>, String)> {
    let spellings = select(vec![
        ("§ „one“ – two", "§ \"one\" - two"),
        ("§ it’s\u{a0}here", "§ it's here"),
        ("§ one  \r\n\ttwo §", "§ one\n\ttwo §"),
        ("§ one\n\n«two» §", "§ one\n\n\"two\" §"),
        ("§ plain", "§ plain"),
        ("§ a\t\r\n„b“\r\nc", "§ a \n\"b\"\nc"),
    ]);
    spellings.prop_map(|(file, model)| (file.as_bytes().to_vec(), model.to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_byte_outside_the_place_stays(
        bom: bool,
        before in vec(line(), 0..8),
        (place, old) in target(),
        new in "[a-z \"\n\t§ü-]{0,12}",
        keep: bool,
        after in vec(line(), 0..8),
        last in select(vec![&b""[..], b"end", b"\xfc no newline"]),
    ) {
        // Half of the time the new text begins and ends as the old one does.
        let new = if keep { format!("§{new}{}", old.chars().next_back().unwrap_or('x')) } else { new };
        let bom = if bom { "\u{feff}".as_bytes() } else { b"" };
        let before = [bom.to_vec(), before.concat()].concat();
        let after = [b"\n".to_vec(), after.concat(), last.to_vec()].concat();
        let file = [&before[..], &place, &after].concat();
        match replaced(&file, &old, &new) {
            Err(mismatch) => prop_assert_eq!(mismatch, Mismatch::Same),
            Ok(result) => {
                prop_assert!(result.starts_with(&before));
                prop_assert!(result.ends_with(&after));
                let written = &result[before.len()..result.len() - after.len()];
                // What is written reads as the new text does.
                let read = |bytes: &[u8]| Folded::of(bytes, Likeness::Typography).text;
                prop_assert_eq!(read(written), read(new.as_bytes()));
            }
        }
    }
}
