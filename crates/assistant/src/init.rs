//! The starter files of a workspace.
//!
//! Invariant: a name that is taken, by whatever it is, stays as it was.

use std::path::Path;

use localgpt_config::{Config, Language};
use localgpt_guard::{Label, Origin};
use localgpt_memory::{Provenance, Workspace, WorkspaceKind, WorkspaceOptions, Written};
use localgpt_protocol::{Clock, InitReport};

use crate::{Error, places};

/// The starter files of one language.
struct Starter {
    files: [(&'static str, &'static str); 6],
    /// The first note of a day; `{day}` stands for the day.
    note: &'static str,
    /// A question that MEMORY.md answers.
    question: &'static str,
    /// A question that the first note answers.
    note_question: &'static str,
}

const ENGLISH: Starter = Starter {
    files: [
        ("AGENTS.md", include_str!("starter/english/AGENTS.md")),
        ("SOUL.md", include_str!("starter/english/SOUL.md")),
        ("IDENTITY.md", include_str!("starter/english/IDENTITY.md")),
        ("USER.md", include_str!("starter/english/USER.md")),
        ("MEMORY.md", include_str!("starter/english/MEMORY.md")),
        ("HEARTBEAT.md", include_str!("starter/english/HEARTBEAT.md")),
    ],
    note: include_str!("starter/english/day.md"),
    question: "Where are the notes of each day kept?",
    note_question: "When was this workspace created?",
};

const GERMAN: Starter = Starter {
    files: [
        ("AGENTS.md", include_str!("starter/german/AGENTS.md")),
        ("SOUL.md", include_str!("starter/german/SOUL.md")),
        ("IDENTITY.md", include_str!("starter/german/IDENTITY.md")),
        ("USER.md", include_str!("starter/german/USER.md")),
        ("MEMORY.md", include_str!("starter/german/MEMORY.md")),
        ("HEARTBEAT.md", include_str!("starter/german/HEARTBEAT.md")),
    ],
    note: include_str!("starter/german/day.md"),
    question: "Wo liegen die Notizen jedes Tages?",
    note_question: "Wann wurde dieser Arbeitsordner angelegt?",
};

/// Writes the starter files that are missing; never overwrites one.
///
/// A folder of plain notes is refused: the starter files would make it an assistant's workspace, in
/// which those notes are no longer searched.
pub fn init(config: &Config, clock: &Clock) -> Result<InitReport, Error> {
    let starter = match config.language {
        Language::German => &GERMAN,
        Language::English | Language::Auto => &ENGLISH,
    };
    let root = &config.workspace;
    refuse_plain_notes(config)?;
    let day = clock.today().to_string();
    let note_path = format!("memory/{day}.md");
    let note = (note_path.clone(), starter.note.replace("{day}", &day));
    let files = starter.files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let mut report = InitReport {
        workspace: root.display().to_string(),
        written: Vec::new(),
        kept: Vec::new(),
        question: starter.question.to_owned(),
    };
    let mut provenance = Provenance::new(places::provenance(config));
    for (path, text) in files.into_iter().chain([note]) {
        match localgpt_memory::create(root, Path::new(&path), &text)? {
            true => {
                let label = Label::of(Origin::Human);
                provenance.record(&text, Written { label, at: clock.now(), by: "init" })?;
                report.written.push(path);
            }
            false => report.kept.push(path),
        }
    }
    let is_written = |path: &str| report.written.iter().any(|written| written == path);
    if !is_written("MEMORY.md") && is_written(&note_path) {
        report.question = starter.note_question.to_owned();
    }
    Ok(report)
}

fn refuse_plain_notes(config: &Config) -> Result<(), Error> {
    let options = WorkspaceOptions {
        root: config.workspace.clone(),
        extra_paths: Vec::new(),
        max_file_bytes: config.memory.max_file_bytes,
    };
    let workspace = match Workspace::open(options) {
        Ok(workspace) => workspace,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::workspace(&config.workspace, error)),
    };
    match workspace.kind() {
        WorkspaceKind::Notes if workspace.outside_memory() > 0 => {
            Err(Error::HidesNotes(config.workspace.clone()))
        }
        WorkspaceKind::Notes | WorkspaceKind::Assistant => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        Assistant,
        set_up::{SetUp, tree},
    };

    const FILES: [&str; 7] = [
        "AGENTS.md",
        "SOUL.md",
        "IDENTITY.md",
        "USER.md",
        "MEMORY.md",
        "HEARTBEAT.md",
        "memory/2026-03-05.md",
    ];

    #[test]
    fn a_second_init_writes_nothing() {
        let set_up = SetUp::empty(Language::German);
        let first = init(&set_up.config, &set_up.clock).unwrap();
        assert_eq!((first.written, first.kept), (FILES.map(str::to_owned).to_vec(), Vec::new()));
        let before = tree(set_up.path());
        let second = init(&set_up.config, &set_up.clock).unwrap();
        assert_eq!((second.written, second.kept), (Vec::new(), FILES.map(str::to_owned).to_vec()));
        assert_eq!(tree(set_up.path()), before);
    }

    #[test]
    fn a_file_that_exists_is_kept_byte_for_byte() {
        let set_up = SetUp::empty(Language::English);
        let root = &set_up.config.workspace;
        let texts: [(&str, &[u8]); 3] = [
            ("SOUL.md", b"\xef\xbb\xbfmine\r\n"),
            ("MEMORY.md", b""),
            ("memory/2026-03-05.md", b"\xff"),
        ];
        fs::create_dir_all(root.join("memory")).unwrap();
        for (path, text) in texts {
            fs::write(root.join(path), text).unwrap();
        }
        let report = init(&set_up.config, &set_up.clock).unwrap();
        assert_eq!(report.kept, texts.map(|(path, _)| path.to_owned()));
        for (path, text) in texts {
            assert_eq!(fs::read(root.join(path)).unwrap(), text, "{path}");
        }
    }

    #[test]
    fn the_first_question_is_answered_from_memory() {
        for language in [Language::German, Language::English] {
            let set_up = SetUp::empty(language);
            let report = init(&set_up.config, &set_up.clock).unwrap();
            let mut assistant =
                Assistant::open(&set_up.config, &set_up.environment, set_up.clock.clone()).unwrap();
            let answer = assistant.ask(&report.question).unwrap();
            assert_eq!(answer.quotes.first().unwrap().citation.to_string(), "MEMORY.md#L7");
        }
    }

    #[test]
    fn beside_a_memory_of_ones_own_the_first_note_answers() {
        for language in [Language::German, Language::English] {
            let set_up = SetUp::empty(language);
            fs::create_dir_all(&set_up.config.workspace).unwrap();
            fs::write(set_up.config.workspace.join("MEMORY.md"), "- Ada keeps bees.\n").unwrap();
            let report = init(&set_up.config, &set_up.clock).unwrap();
            let mut assistant =
                Assistant::open(&set_up.config, &set_up.environment, set_up.clock.clone()).unwrap();
            let answer = assistant.ask(&report.question).unwrap();
            let first = answer.quotes.first().unwrap();
            assert_eq!(first.citation.to_string(), "memory/2026-03-05.md#L3");
        }
    }

    #[test]
    fn notes_in_memory_do_not_keep_an_assistant_out() {
        let set_up = SetUp::empty(Language::English);
        let memory = set_up.config.workspace.join("memory");
        fs::create_dir_all(&memory).unwrap();
        fs::write(memory.join("2026-03-01.md"), "red").unwrap();
        assert!(init(&set_up.config, &set_up.clock).is_ok());
    }

    #[test]
    fn plain_notes_are_not_hidden() {
        let set_up = SetUp::empty(Language::English);
        fs::create_dir_all(set_up.config.workspace.join("garden")).unwrap();
        fs::write(set_up.config.workspace.join("garden/roses.md"), "red").unwrap();
        let before = tree(set_up.path());
        let refused = init(&set_up.config, &set_up.clock);
        assert!(matches!(refused, Err(Error::HidesNotes(_))));
        assert_eq!(tree(set_up.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_kept_and_nothing_is_written_through_it() {
        let set_up = SetUp::empty(Language::English);
        let root = &set_up.config.workspace;
        fs::create_dir_all(root).unwrap();
        let outside = set_up.path().join("outside");
        std::os::unix::fs::symlink(&outside, root.join("SOUL.md")).unwrap();
        let report = init(&set_up.config, &set_up.clock).unwrap();
        assert_eq!(report.kept, ["SOUL.md"]);
        assert!(!outside.exists());

        fs::remove_dir_all(root.join("memory")).unwrap();
        fs::create_dir(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("memory")).unwrap();
        assert!(init(&set_up.config, &set_up.clock).is_err());
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }

    #[test]
    fn every_starter_file_is_short() {
        for starter in [&ENGLISH, &GERMAN] {
            for (path, text) in starter.files {
                let lines = text.lines().count();
                assert!((10..=25).contains(&lines) && text.ends_with('\n'), "{path}: {lines}");
            }
        }
    }

    #[test]
    fn a_heartbeat_without_tasks_is_effectively_empty() {
        // The strictest reading in the field: blank, a heading, or a list mark without text.
        let is_empty = |line: &str| {
            let line = line.trim();
            let after_hashes = line.trim_start_matches('#');
            let is_heading =
                after_hashes.len() < line.len() && after_hashes.starts_with([' ', '\t']);
            line.is_empty() || is_heading || matches!(line, "-" | "- [ ]" | "- [x]" | "*" | "+")
        };
        for starter in [&ENGLISH, &GERMAN] {
            let (path, text) = starter.files[5];
            assert_eq!(path, "HEARTBEAT.md");
            assert_eq!(text.lines().find(|line| !is_empty(line)), None);
        }
    }
}
