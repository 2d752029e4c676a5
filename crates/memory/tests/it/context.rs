//! What a model reads first, from workspaces in which everything is wrong that can be wrong with a file.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
};

use jiff::ZonedDateTime;
use localgpt_guard::{Label, Origin};
use localgpt_memory::read_context;
use localgpt_protocol::{ContextFiles, ContextName, DayNote, Found};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::place::Place;

/// What stands outside of the workspace and must never be read.
const CANARY: &str = "OUTSIDE-CANARY-8842";

fn read(place: &Place) -> ContextFiles {
    let now: ZonedDateTime = "2026-03-05T09:30+01:00[Europe/Berlin]".parse().unwrap();
    read_context(&place.root(), &now).unwrap()
}

fn found(place: &Place, name: ContextName) -> Found {
    read(place).found(name).unwrap().clone()
}

fn refused(reason: &str) -> Found {
    Found::Refused { reason: reason.to_owned() }
}

fn text(text: &str) -> Found {
    Found::Text(text.to_owned())
}

fn missing() -> Found {
    Found::Missing { lookalike: None }
}

fn paths(notes: &[DayNote]) -> Vec<&str> {
    notes.iter().map(|note| note.path.as_str()).collect()
}

#[test]
fn every_file_is_read_in_order_as_it_is() {
    let place = Place::new();
    for name in ContextName::ALL {
        place.write(name.as_str(), format!("I am {}.\n", name.as_str()));
    }
    place.write("BOOT.md", CANARY);
    place.write("memory/2026-03-05.md", "- today\n");
    let files = read(&place);
    let names: Vec<ContextName> = files.files.iter().map(|file| file.name).collect();
    assert_eq!(names, ContextName::ALL);
    for file in &files.files {
        assert_eq!(file.found, text(&format!("I am {}.\n", file.name.as_str())));
    }
    let path = "memory/2026-03-05.md".to_owned();
    assert_eq!(
        files.notes,
        [DayNote { path, unread: 0, label: Label::of(Origin::Unknown), found: text("- today\n") }]
    );
    assert!(!format!("{files:?}").contains(CANARY), "BOOT.md is not read");
}

#[test]
fn a_folder_of_notes_has_nothing_to_read_first() {
    let place = Place::new();
    fs::remove_file(place.root().join("MEMORY.md")).unwrap();
    place.write("USER.md", "A page about users.\n");
    place.write("memory/2026-03-05.md", "- today\n");
    assert_eq!(read(&place), ContextFiles::default());
}

#[test]
fn missing_blank_and_unreadable_are_three_things() {
    let place = Place::new();
    assert_eq!(found(&place, ContextName::Soul), missing());
    for blank in ["", " \n\t\r\n", "\u{feff}\n\u{a0}"] {
        place.write("SOUL.md", blank);
        assert_eq!(found(&place, ContextName::Soul), Found::Blank, "{blank:?}");
    }
    place.write("SOUL.md", "\u{85}");
    assert_eq!(found(&place, ContextName::Soul), text("\u{85}"));
    place.write("SOUL.md", "a\0b");
    assert_eq!(found(&place, ContextName::Soul), refused("it holds NUL bytes and is no text"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let path = place.write("SOUL.md", "closed");
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    crate::place::as_a_mere_user(&place, || {
        let reason = "Permission denied (os error 13)".to_owned();
        assert_eq!(found(&place, ContextName::Soul), Found::Unreadable { reason });
    });
}

#[test]
fn front_matter_a_byte_order_mark_and_windows_line_breaks_stay() {
    let place = Place::new();
    for whole in ["---\nname: x\n---\n# Soul\n", "\u{feff}# Soul\r\n\r\n- calm\r\n"] {
        place.write("SOUL.md", whole);
        assert_eq!(found(&place, ContextName::Soul), text(whole));
    }
    place.write("SOUL.md", b"Gr\xf6\xdfe\n");
    assert_eq!(found(&place, ContextName::Soul), text("Größe\n"));
}

#[test]
fn a_file_over_two_mebibytes_is_not_read_in_part() {
    let place = Place::new();
    let limit: u64 = 2 << 20;
    place.write("USER.md", "x".repeat(2 << 20));
    let huge = File::create(place.root().join("TOOLS.md")).unwrap();
    huge.set_len(limit + 1).unwrap();
    let files = read(&place);
    assert_eq!(files.text(ContextName::User).map(str::len), Some(2 << 20));
    let expected = Found::TooLarge { bytes: limit + 1, limit };
    assert_eq!(files.found(ContextName::Tools), Some(&expected));
}

#[test]
fn nothing_is_read_that_is_no_plain_file_of_the_workspace() {
    let place = Place::new();
    let outside = place.outside().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.md"), CANARY).unwrap();
    fs::write(outside.join("2026-03-05.md"), CANARY).unwrap();
    let root = place.root();
    symlink(outside.join("secret.md"), root.join("AGENTS.md")).unwrap();
    fs::hard_link(outside.join("secret.md"), root.join("SOUL.md")).unwrap();
    symlink("IDENTITY.md", root.join("IDENTITY.md")).unwrap();
    let mode = Mode::from_raw_mode(0o600);
    mknodat(CWD, root.join("USER.md"), FileType::Fifo, mode, 0).unwrap();
    // Only root may make a device; it is the zero device, which never ends.
    let device = rustix::fs::makedev(1, 5);
    let has_device =
        mknodat(CWD, root.join("TOOLS.md"), FileType::CharacterDevice, mode, device).is_ok();
    fs::create_dir(root.join("BOOTSTRAP.md")).unwrap();
    symlink("nowhere.md", root.join("HEARTBEAT.md")).unwrap();
    symlink(&outside, root.join("memory")).unwrap();

    let files = read(&place);
    let absent = missing();
    let link = refused("it is a symbolic link");
    let no_file = refused("it is not a regular file");
    for (name, expected) in [
        (ContextName::Agents, &link),
        (ContextName::Soul, &refused("it has a second name elsewhere (hard link)")),
        (ContextName::Identity, &link),
        (ContextName::User, &no_file),
        (ContextName::Tools, if has_device { &no_file } else { &absent }),
        (ContextName::Bootstrap, &no_file),
        (ContextName::Memory, &Found::Blank),
        (ContextName::Heartbeat, &link),
    ] {
        assert_eq!(files.found(name), Some(expected), "{}", name.as_str());
    }
    let path = "memory".to_owned();
    assert_eq!(
        files.notes,
        [DayNote { path, unread: 0, label: Label::of(Origin::Unknown), found: link }]
    );
    assert!(!format!("{files:?}").contains(CANARY));
}

#[test]
fn a_note_of_the_day_that_is_no_plain_file_is_reported_and_not_read() {
    let place = Place::new();
    let secret = place.outside().join("secret.md");
    fs::write(&secret, CANARY).unwrap();
    fs::create_dir(place.root().join("memory")).unwrap();
    let memory = place.root().join("memory");
    symlink(&secret, memory.join("2026-03-05.md")).unwrap();
    fs::hard_link(&secret, memory.join("2026-03-05-hard.md")).unwrap();
    let pipe = memory.join("2026-03-04-pipe.md");
    mknodat(CWD, pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let files = read(&place);
    let reasons: Vec<&Found> = files.notes.iter().map(|note| &note.found).collect();
    let expected = [
        refused("it is a symbolic link"),
        refused("it has a second name elsewhere (hard link)"),
        refused("it is not a regular file"),
    ];
    assert_eq!(reasons, expected.iter().collect::<Vec<_>>());
    assert!(!format!("{files:?}").contains(CANARY));
}

#[test]
fn only_the_exact_name_of_memory_counts() {
    let place = Place::new();
    place.write("MEMORY.md", "KEY-UPPER\n");
    place.write("memory.md", "KEY-LOWER\n");
    assert_eq!(found(&place, ContextName::Memory), text("KEY-UPPER\n"));
    assert!(!format!("{:?}", read(&place)).contains("KEY-LOWER"));
    fs::remove_file(place.root().join("MEMORY.md")).unwrap();
    place.write("SOUL.md", "x");
    let lookalike = Some("memory.md".to_owned());
    assert_eq!(found(&place, ContextName::Memory), Found::Missing { lookalike });
}

#[test]
fn the_first_steps_are_not_read_once_the_workspace_is_set_up() {
    let place = Place::new();
    place.write("BOOTSTRAP.md", "Ask who you are.\n");
    let is_read = || read(&place).found(ContextName::Bootstrap).is_some();
    assert!(is_read());
    let path = ".openclaw/workspace-state.json";
    for open in ["", "{", "[]", r#"{"version":1}"#, r#"{"setupCompletedAt":" "}"#] {
        place.write(path, open);
        assert!(is_read(), "{open}");
    }
    let time = "2026-03-01T08:00:00Z";
    for key in ["setupCompletedAt", "onboardingCompletedAt"] {
        place.write(path, format!(r#"{{"version":1,"{key}":"{time}"}}"#));
        assert!(!is_read(), "{key}");
    }
    fs::remove_dir_all(place.root().join(".openclaw")).unwrap();
    assert!(is_read());
    let state = format!(r#"{{"setupCompletedAt":"{time}"}}"#);
    place.write("openclaw-workspace-state.json", state);
    assert!(!is_read());
}

#[test]
fn four_notes_of_a_day_are_read_the_day_itself_first() {
    let place = Place::new();
    for name in ["2026-03-04", "2026-03-03", "2026-03-050", "2026-03-05x/inner", "other"] {
        place.write(&format!("memory/{name}.md"), "x");
    }
    place.write("memory/2026-03-05.md", "x");
    for number in 0..5_u64 {
        let path = place.write(&format!("memory/2026-03-05-{number}.md"), "x");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + number);
        File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let files = read(&place);
    let expected = [
        "memory/2026-03-05.md",
        "memory/2026-03-05-4.md",
        "memory/2026-03-05-3.md",
        "memory/2026-03-05-2.md",
        "memory/2026-03-05-*.md",
        "memory/2026-03-04.md",
    ];
    assert_eq!(paths(&files.notes), expected);
    let more = refused("2 more notes of this day, of which 4 are read");
    assert_eq!(files.notes[4].found, more);
}

#[test]
fn of_a_long_note_only_the_end_is_read() {
    let place = Place::new();
    let line = "- Größe, and what else there was to say about the day.\n";
    let whole = line.repeat(1_000);
    place.write("memory/2026-03-05.md", &whole);
    let note = read(&place).notes.remove(0);
    let Found::Text(end) = note.found else { panic!("{:?}", note.found) };
    assert!(end.len() <= 16_384 && end.len() > 16_000, "{}", end.len());
    assert!(end.starts_with("- Größe") && end.ends_with("day.\n"), "{end}");
    assert_eq!(note.unread + end.len() as u64, whole.len() as u64);
}
