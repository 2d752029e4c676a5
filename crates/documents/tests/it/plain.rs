//! Text of all kinds, and files that only say that they are something else.

use std::{fs, os::unix::net::UnixListener, path::Path};

use localgpt_documents::{Attachment, Document, Error, Kind, Library, Limits};

use crate::{
    desk::{check, read, reader},
    made::pdf,
};

#[track_caller]
fn check_kind(name: &str, bytes: &[u8], expected: Kind) {
    assert_eq!(Kind::of(name, bytes), Ok(expected), "{name}");
    let Document::Text { kind, .. } = read(name, bytes).unwrap() else { panic!("{name}") };
    assert_eq!(kind, expected, "{name}");
}

#[test]
fn text_is_told_apart_by_its_name_and_then_by_how_it_begins() {
    check_kind("notes.txt", b"Hello.", Kind::Text);
    check_kind("notes.md", b"# Hello", Kind::Markdown);
    check_kind("main.rs", b"fn main() {}", Kind::Code("rust"));
    check_kind("Dockerfile", b"FROM scratch", Kind::Code("dockerfile"));
    check_kind("table.csv", b"a;b\n1;2\n", Kind::Csv);
    check_kind("page.html", b"<p>Hello</p>", Kind::Html);
    check_kind("page", b"<!DOCTYPE html><p>Hello</p>", Kind::Html);
    check_kind("run", b"#!/usr/bin/env -S python3 -u\nprint(1)", Kind::Code("python"));
    check_kind("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", Kind::Code("xml"));
    check_kind("letter.eml", b"From: ada@example.org\r\nSubject: Hi\r\n\r\nHello", Kind::Text);
    check_kind("LICENSE", b"Do as you like.", Kind::Text);
    check_kind("pdf.md", b"A PDF begins with %PDF-1.7.", Kind::Markdown);
}

#[test]
fn text_is_read_in_the_encodings_that_there_are() {
    check("utf8.txt", "Grüße 👋".as_bytes(), "Grüße 👋");
    check("mark.txt", b"\xEF\xBB\xBFGr\xC3\xBC\xC3\x9Fe", "Grüße");
    let utf16: Vec<u8> = "\u{FEFF}Grüße 👋\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("utf16.txt", &utf16, "Grüße 👋");
    check(
        "latin1.txt",
        b"Sch\xF6ne Gr\xFC\xDFe, 5 \x80",
        "Schöne Grüße, 5 €\nnote: it was read as Windows-1252",
    );
}

#[test]
fn one_huge_line_is_read_and_searchable() {
    let line = "word ".repeat(400_000) + "needle " + &"x".repeat(1_000_000);
    let document = read("huge.txt", line.as_bytes()).unwrap();
    let mut library = Library::new();
    library.add(&document);
    let found = library.search("needle", 3);
    assert!(found.first().is_some_and(|passage| passage.text.len() <= 1_600), "{}", found.len());
}

#[test]
fn nothing_is_said_to_be_nothing() {
    check("empty.txt", b"", "error: cannot read `empty.txt`: it is empty");
    check("empty.pdf", b"", "error: cannot read `empty.pdf`: it is empty");
    check("blank.md", b" \n\t\r\n", "error: cannot read `blank.md`: it is empty");
    check("mark.txt", b"\xEF\xBB\xBF", "error: cannot read `mark.txt`: it is empty");
    check("mark.txt", b"\xFF\xFE\n\0", "error: cannot read `mark.txt`: it is empty");
}

#[test]
fn what_is_not_read_is_named() {
    for (name, bytes, what) in [
        ("letter.rtf", &b"{\\rtf1\\ansi Hello}"[..], "it is an RTF document"),
        (
            "old.doc",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1Word",
            "it is an Office document of an old format",
        ),
        ("sound.mp3", b"ID3\x04\0\0", "it is a sound recording"),
        ("film.mp4", b"\0\0\0\x20ftypisom", "it is a film"),
        ("photo.heic", b"\0\0\0\x20ftypheic", "it is an HEIC image"),
        ("files.tar.gz", b"\x1F\x8B\x08\0", "it is a compressed file"),
        ("program", b"\x7FELF\x02\x01\x01\0", "it is a program"),
        ("notes.db", b"SQLite format 3\0", "it is a database"),
        ("noise.bin", b"\x00\x01\x02\x03\xFE\xFF", "it is no text, and of no kind that we know"),
        ("noise.png", b"\x00\x01\x02\x03\xFE\xFF", "it is damaged"),
    ] {
        check(name, bytes, &format!("error: cannot read `{name}`: {what}"));
    }
}

#[test]
fn a_wrong_name_is_noticed() {
    check(
        "photo.png",
        b"Only words.",
        "Only words.\nnote: its name says a PNG image, and it is a text",
    );
    let file = pdf::pages(&[pdf::lines(&["Hello."])]);
    check(
        "scan.jpg",
        &file,
        "[page 1] Hello.\nnote: its name says a JPEG image, and it is a PDF document",
    );
}

#[test]
fn every_message_that_someone_can_act_on_has_a_hint() {
    let hint = |name: &str, bytes: &[u8]| read(name, bytes).unwrap_err().hint();
    assert!(hint("old.doc", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1Word").is_some());
    assert!(hint("letter.rtf", b"{\\rtf1 }").is_some());
    assert_eq!(hint("empty.txt", b""), None);
}

#[track_caller]
fn check_open(path: &Path, expected: &str) {
    let error = Attachment::open(path, &Limits::standard()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn only_regular_files_are_opened() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), fifo, 0o600.into(), 0).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    for name in ["pipe", "socket", "folder"] {
        check_open(&at(name), &format!("cannot read `{name}`: it is not a regular file"));
    }
    check_open(Path::new("/dev/zero"), "cannot read `zero`: it is not a regular file");
    check_open(&at("missing.txt"), "cannot read `missing.txt`");
    fs::write(at("there.txt"), "Hello.").unwrap();
    std::os::unix::fs::symlink(at("there.txt"), at("link.txt")).unwrap();
    let attachment = Attachment::open(&at("link.txt"), &Limits::standard()).unwrap();
    assert_eq!(attachment, Attachment::new("link.txt", b"Hello.".to_vec()));
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("large.txt");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    check_open(&path, "cannot read `large.txt`: it is larger than 67 MB");
    let limits = Limits { input_bytes: 2_000_000, ..Limits::standard() };
    let large = Attachment::new("large.txt", vec![b'x'; 2_000_001]);
    let error: Error = reader(limits).read(large).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `large.txt`: it is larger than 2 MB");
}

#[test]
fn a_text_that_is_too_long_is_cut() {
    let limits = Limits { text_bytes: 5, ..Limits::standard() };
    let document = reader(limits).read(Attachment::new("a.txt", "aüüü".into()));
    assert_eq!(
        crate::desk::said(&document),
        "aüü\ncut: only the first 5 bytes of its text were read"
    );
}
