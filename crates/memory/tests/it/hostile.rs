//! A workspace in which everything is wrong that can be wrong with a file.

use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::{ffi::OsStrExt as _, fs::symlink},
};

use crate::place::{LIMIT, Place, clock, hits, holders, skipped};

/// What stands outside of the workspace and must never be read.
const CANARY: &str = "OUTSIDE-CANARY-7731";
/// Folders inside each other.
const DEEP: usize = 200;

/// Every file that is no ordinary note, beside one that is.
fn hostile_place() -> Place {
    let place = Place::new();
    let outside = place.outside().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.md"), format!("The secret is {CANARY}.\n")).unwrap();
    place.write("MEMORY.md", "The key is KEY-UPPER-4471.\n");
    place.write("memory.md", "The key is KEY-LOWER-4472.\n");
    place.write("notes.md", "This is no file of memory: STRAY-9001.\n");

    place.write("memory/bom.md", "\u{feff}# Bom\n\nThe answer is BOM-1001.\n");
    place.write("memory/crlf.md", "# Windows\r\n\r\n- one\r\n- The answer is CRLF-1002.\r\n");
    place.write("memory/latin.md", b"Die Gr\xf6\xdfe ist LATIN-1003.\n");
    place.write("memory/mixed.md", b"Gr\xf6\xdfe\nGr\xc3\xb6\xc3\x9fe MIXED-1004.\n");
    place.write("memory/nul.md", b"The answer is NUL-9002.\0\n");
    place.write("memory/empty.md", "");
    place.write("memory/blank.md", "\u{feff}\r\n \t\u{a0}\n");
    place.write("memory/lone-cr.md", "one\rThe answer is CR-1005.\rthree");
    let mut line = "One more sentence of a line. ".repeat((10 << 20) / 29);
    line.push_str("The answer is LINE-1006.");
    place.write("memory/line.md", line);
    let huge = File::create(place.root().join("memory/huge.md")).unwrap();
    huge.set_len(300 << 20).unwrap();

    let memory = place.root().join("memory");
    symlink(outside.join("secret.md"), memory.join("link.md")).unwrap();
    symlink(&outside, memory.join("linked")).unwrap();
    symlink("..", memory.join("loop")).unwrap();
    symlink("self.md", memory.join("self.md")).unwrap();
    symlink("nowhere.md", memory.join("dangling.md")).unwrap();
    fs::hard_link(outside.join("secret.md"), memory.join("hard.md")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, memory.join("pipe.md"), fifo, mode, 0).unwrap();

    place.write("memory/line\nbreak.md", "The answer is NAME-1007.\n");
    place.write("memory/u\u{308}ber.md", "The answer is NFD-1008.\n");
    place.write("memory/a#L5.md", "The answer is HASH-1009.\n");
    let name = OsStr::from_bytes(b"caf\xe9.md");
    fs::write(memory.join(name), "The answer is BYTES-1010.\n").unwrap();
    place.write("memory/folder.md/inner.md", "The answer is INNER-1011.\n");
    place.write("memory/.hidden.md", "The answer is HIDDEN-1012.\n");
    place.write("knowledge/.deep/x.md", "The answer is KNOWLEDGE-1013.\n");
    place.write("memory/upper.MD", "Only `.md` is a note: UPPER-9003.\n");
    place.write(&format!("memory/{}x.md", "d/".repeat(DEEP)), "The answer is DEEP-1014.\n");
    place
}

/// What must be found, with the note that it stands in and its line.
fn readable() -> Vec<(&'static str, String, u32)> {
    let deep = format!("memory/{}x.md", "d/".repeat(DEEP));
    [
        ("KEY-UPPER-4471", "MEMORY.md", 1),
        ("BOM-1001", "memory/bom.md", 3),
        ("CRLF-1002", "memory/crlf.md", 4),
        ("LATIN-1003", "memory/latin.md", 1),
        ("MIXED-1004", "memory/mixed.md", 2),
        ("CR-1005", "memory/lone-cr.md", 1),
        ("LINE-1006", "memory/line.md", 1),
        ("NAME-1007", "memory/line\nbreak.md", 1),
        ("NFD-1008", "memory/u\u{308}ber.md", 1),
        ("HASH-1009", "memory/a#L5.md", 1),
        ("BYTES-1010", "memory/caf\\xE9.md", 1),
        ("INNER-1011", "memory/folder.md/inner.md", 1),
        ("HIDDEN-1012", "memory/.hidden.md", 1),
        ("KNOWLEDGE-1013", "knowledge/.deep/x.md", 1),
        ("DEEP-1014", &deep, 1),
    ]
    .map(|(word, path, line)| (word, path.to_owned(), line))
    .to_vec()
}

#[test]
fn everything_that_can_be_read_is_found_where_it_stands() {
    let place = hostile_place();
    let mut memory = place.memory();
    for (word, path, line) in readable() {
        let hit = hits(&mut memory, word).into_iter().find(|hit| hit.text.contains(word));
        let citation = hit.unwrap_or_else(|| panic!("{word} is not found")).citation;
        assert_eq!(citation.path, path, "{word}");
        assert!(citation.start_line <= line && line <= citation.end_line, "{word}: {citation}");
        let excerpt = memory.excerpt(&format!("{path}#L{line}")).unwrap();
        assert!(excerpt.text.contains(word), "{word} is not in {excerpt:?}");
        let whole = memory.excerpt(&path).unwrap();
        assert!(whole.text.contains(word), "{word} is not in the whole of {path}");
    }
    let umlaut = hits(&mut memory, "Größe MIXED-1004").remove(0);
    assert!(umlaut.text.contains("Größe MIXED-1004"), "{}", umlaut.text);
}

#[test]
fn a_name_in_another_unicode_form_means_the_same_note() {
    let place = hostile_place();
    let excerpt = place.memory().excerpt("memory/\u{fc}ber.md").unwrap();
    assert_eq!(excerpt.text, "The answer is NFD-1008.\n");
    assert_eq!(excerpt.path, "memory/u\u{308}ber.md");
}

#[test]
fn nothing_outside_of_memory_is_ever_read() {
    let place = hostile_place();
    let mut memory = place.memory();
    let strays = [CANARY, "KEY-LOWER-4472", "STRAY-9001", "NUL-9002", "UPPER-9003", "secret"];
    for word in strays {
        assert_eq!(holders(&mut memory, word), [""; 0], "{word}");
    }
    let outside = place.outside().join("outside/secret.md");
    for path in [
        "memory/link.md",
        "memory/linked/secret.md",
        "memory/loop/MEMORY.md",
        "memory/hard.md",
        "memory/self.md",
        "memory/pipe.md",
        "memory/../notes.md",
        "memory/../../outside/secret.md",
        "../outside/secret.md",
        "notes.md",
        "memory.md",
        "/etc/passwd",
        outside.to_str().unwrap(),
    ] {
        let text = memory.excerpt(path).map_or(String::new(), |excerpt| excerpt.text);
        assert_eq!(text, "", "{path}");
    }
    for file in fs::read_dir(place.index()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let canary = b"outside-canary-7731";
        let has_canary =
            bytes.windows(canary.len()).any(|bytes| bytes.eq_ignore_ascii_case(canary));
        assert!(!has_canary, "the index holds what stands outside");
    }
}

#[test]
fn each_file_that_is_left_out_is_reported_once_with_its_reason() {
    let place = hostile_place();
    let mut memory = place.memory();
    let expected = [
        "memory/dangling.md: it is a symbolic link".to_owned(),
        "memory/hard.md: it has a second name elsewhere (hard link)".to_owned(),
        format!("memory/huge.md: it has {} bytes, the limit is {LIMIT}", 300 << 20),
        "memory/link.md: it is a symbolic link".to_owned(),
        "memory/linked: it is a symbolic link".to_owned(),
        "memory/loop: it is a symbolic link".to_owned(),
        "memory/nul.md: it holds NUL bytes and is no text".to_owned(),
        "memory/pipe.md: it is not a regular file".to_owned(),
        "memory/self.md: it is a symbolic link".to_owned(),
    ];
    assert_eq!(skipped(&mut memory), expected, "by the first synchronisation");
    assert_eq!(skipped(&mut memory), expected, "by the next one");
    assert_eq!(skipped(&mut place.memory()), expected, "by another process");
}

#[test]
fn folders_that_lie_deeper_than_any_person_would_nest_them_are_left_out_aloud() {
    let place = Place::new();
    place.write(&format!("memory/{}x.md", "d/".repeat(300)), "The answer is ABYSS-1.\n");
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "ABYSS-1"), [""; 0]);
    let skipped = skipped(&mut memory);
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].ends_with("/d: it lies too many folders deep"), "{skipped:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_is_reported_and_the_rest_is_found() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_notes(2);
    let closed = place.write("memory/closed.md", "The answer is CLOSED-1.\n");
    let folder = place.write("memory/folder/inner.md", "The answer is CLOSED-2.\n");
    let forbid = |path| fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    forbid(closed.as_path());
    forbid(folder.parent().unwrap());
    crate::place::as_a_mere_user(&place, || {
        let mut memory = place.memory();
        let expected = ["memory/closed.md: ", "memory/folder: "]
            .map(|path| format!("{path}Permission denied (os error 13)"));
        assert_eq!(skipped(&mut memory), expected);
        assert_eq!(holders(&mut memory, "word01"), ["memory/note-01.md"]);
        assert!(!memory.sync(clock().now()).unwrap().changed, "nothing was changed");
        let permissions = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&closed, permissions).unwrap();
        assert_eq!(holders(&mut memory, "CLOSED-1"), ["memory/closed.md"]);
    });
}

#[test]
fn lines_made_to_be_slow_are_read_in_good_time() {
    let place = Place::new();
    for (number, piece) in [
        "> ",
        "- ",
        "* ",
        "1. ",
        "[",
        "![",
        "](",
        "`",
        "*a ",
        "_a_",
        "<",
        "<!--",
        "|",
        "| a ",
        "\\",
        "&",
        "[a]: b",
        "#",
        "~~~",
        "```\n",
        "- a\n  ",
        ">\n",
        "\u{feff}",
        "- - - a\n",
        "[^a]: ",
        "a\u{308}",
        "Donaudampfschifffahrtsgesellschaft",
        "日本",
        "a-",
        "1",
        "_",
        "((",
        "\r",
        "\t",
        "=\n",
        "|-",
    ]
    .iter()
    .enumerate()
    {
        let text = piece.repeat(100_000 / piece.len());
        place.write(
            &format!("memory/slow-{number:02}.md"),
            format!("{text} The end is END-{number}X."),
        );
    }
    let started = clock().now();
    let mut memory = place.memory();
    memory.sync(started).unwrap();
    let seconds = clock().now().duration_since(started).as_secs();
    assert!(seconds < 60, "{seconds} seconds for 7 MB");
}
