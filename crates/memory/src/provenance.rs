//! Who wrote which line: kept beside the notes, by what the lines say.
//!
//! A person's Markdown stays as they wrote it. What the program writes is labelled in a log in the state folder, by the
//! hash of each line, so a label holds wherever the line moves to, through every new index. A line without a label was
//! not written by the program: nobody knows who did, unless the person vouches for it.
//!
//! A program that ran in the workspace can have written lines that nobody labels. From its first run on, a line without a
//! label proves nothing about an address that stands in it.
//!
//! One line of the log: hash, origin, `model` or `person`, seconds since 1970, who; separated by tabs.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use localgpt_guard::{Digest, Label, Origin, one_line};

use crate::{Error, durable, folder::unreadable};

/// The largest line of the log that is believed.
const LONGEST: usize = 1024;

/// The labels of one workspace.
#[derive(Debug)]
pub struct Provenance {
    path: PathBuf,
    labels: HashMap<u128, Label>,
    /// Whether a program has run in the workspace.
    programs_ran: bool,
    /// How much of the log was read.
    read: u64,
}

/// Stands in the place of a hash: a program has run. No line has this hash but by an accident of one in 2^128.
const PROGRAM: u128 = 0;

/// Who wrote what is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<'a> {
    /// What is known about it.
    pub label: Label,
    /// When.
    pub at: Timestamp,
    /// The session, the command.
    pub by: &'a str,
}

impl Provenance {
    /// The labels in the log `path`, which need not exist. It is read when something is asked.
    pub fn new(path: PathBuf) -> Self {
        Self { path, labels: HashMap::new(), programs_ran: false, read: 0 }
    }

    /// What is known about `text`: the least trusted of its lines. A line that says nothing has no author.
    pub fn of(&mut self, text: &str) -> Result<Label, Error> {
        self.catch_up()?;
        let unknown = Label { origin: Origin::Unknown, by_model: self.programs_ran };
        let known = |key| self.labels.get(&key).copied().unwrap_or(unknown);
        Ok(text.lines().filter_map(key).map(known).fold(Label::NOTHING, Label::and))
    }

    /// Labels the lines of `text`. A line that has a label keeps the less trusted one, except that a person can vouch
    /// for it. When this returns, the labels are on disk.
    pub fn record(&mut self, text: &str, written: Written<'_>) -> Result<(), Error> {
        self.catch_up()?;
        let mut out = String::new();
        for key in text.lines().filter_map(key) {
            let label = merged(self.labels.get(&key).copied(), written.label);
            if self.labels.get(&key) != Some(&label) {
                out.push_str(&line(key, label, written));
                self.labels.insert(key, label);
            }
        }
        match out.is_empty() {
            true => Ok(()),
            false => self.append(&out),
        }
    }

    /// Appends whole lines. What another process has appended meanwhile is read the next time; all labels of a line count.
    fn append(&mut self, lines: &str) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            durable::create_private_folder(folder).map_err(failed)?;
        }
        let mut log = open(&self.path).map_err(failed)?;
        log.lock().map_err(failed)?;
        cut_torn_end(&mut log).map_err(failed)?;
        log.write_all(lines.as_bytes()).map_err(failed)?;
        log.sync_data().map_err(failed)
    }

    /// A program is about to run in the workspace.
    pub fn program_runs(&mut self, at: Timestamp, by: &str) -> Result<(), Error> {
        self.catch_up()?;
        if self.programs_ran {
            return Ok(());
        }
        let label = Label::by_model(Origin::Tool);
        self.append(&line(PROGRAM, label, Written { label, at, by }))?;
        self.programs_ran = true;
        Ok(())
    }

    /// Labels what stands in `after` and did not in `before`.
    pub fn record_change(
        &mut self,
        before: &str,
        after: &str,
        written: Written<'_>,
    ) -> Result<(), Error> {
        let old: std::collections::HashSet<u128> = before.lines().filter_map(key).collect();
        let is_new = |line: &&str| key(line).is_some_and(|key| !old.contains(&key));
        let new: Vec<&str> = after.lines().filter(is_new).collect();
        match new.is_empty() {
            true => Ok(()),
            false => self.record(&new.join("\n"), written),
        }
    }

    /// How many lines have a label.
    pub fn len(&mut self) -> Result<usize, Error> {
        self.catch_up()?;
        Ok(self.labels.len())
    }

    /// Whether no line has one.
    pub fn is_empty(&mut self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Reads what was added to the log since, by whichever process.
    fn catch_up(&mut self) -> Result<(), Error> {
        let failed = |error: io::Error| {
            let path = self.path.display().to_string();
            Error::Read { path, reason: unreadable(&error) }
        };
        let mut log = match File::open(&self.path) {
            Ok(log) => log,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.labels.clear();
                self.read = 0;
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        };
        let length = log.metadata().map_err(failed)?.len();
        if length < self.read {
            // It is another log now.
            self.labels.clear();
            self.read = 0;
        }
        if length == self.read {
            return Ok(());
        }
        log.seek(SeekFrom::Start(self.read)).map_err(failed)?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes).map_err(failed)?;
        // What a crash left unfinished was never acknowledged.
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        for line in bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n') {
            match parse(line) {
                Some((PROGRAM, _)) => self.programs_ran = true,
                Some((key, label)) => {
                    let label = merged(self.labels.get(&key).copied(), label);
                    self.labels.insert(key, label);
                }
                None => {}
            }
        }
        self.read += whole as u64;
        Ok(())
    }
}

/// The label of a line that has one and gets another: the less trusted one, unless a person vouches for it.
fn merged(known: Option<Label>, new: Label) -> Label {
    match known {
        Some(known) if new != Label::of(Origin::Human) => known.and(new),
        Some(_) | None => new,
    }
}

/// The key of a line, wherever it is indented; none if it says nothing. A mark at the beginning of a file is shown by
/// some readers and not by others.
fn key(line: &str) -> Option<u128> {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.contains(char::is_alphanumeric).then(|| Digest::of(line.as_bytes()).short())
}

fn line(key: u128, label: Label, written: Written<'_>) -> String {
    let by = if label.by_model { "model" } else { "person" };
    let who: String = one_line(written.by).chars().take(200).collect();
    format!("{key:032x}\t{}\t{by}\t{}\t{who}\n", label.origin, written.at.as_second())
}

fn parse(line: &[u8]) -> Option<(u128, Label)> {
    let line = str::from_utf8(line).ok().filter(|line| line.len() <= LONGEST)?;
    let mut fields = line.split('\t');
    let key = u128::from_str_radix(fields.next()?, 16).ok()?;
    let origin = Origin::named(fields.next()?);
    // What cannot be read proves nothing.
    let by_model = fields.next()? != "person";
    Some((key, Label { origin, by_model }))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let is_new = !fs::exists(path)?;
    let log = options.open(path)?;
    if is_new && let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(log)
}

/// Cuts off a last line that a crash left unfinished, so that the next one begins a line.
fn cut_torn_end(log: &mut File) -> io::Result<()> {
    let length = log.metadata()?.len();
    let back = length.min(LONGEST as u64 * 2);
    log.seek(SeekFrom::Start(length - back))?;
    let mut end = Vec::new();
    log.read_to_end(&mut end)?;
    if end.last().is_some_and(|byte| *byte != b'\n') {
        let whole = memchr::memrchr(b'\n', &end).map_or(0, |at| at as u64 + 1);
        log.set_len(length - back + whole)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn written(label: Label) -> Written<'static> {
        Written { label, at: at(), by: "test" }
    }

    #[test]
    fn a_line_keeps_its_label_wherever_it_moves_and_through_every_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/provenance.log");
        let mut one = Provenance::new(path.clone());
        let mut other = Provenance::new(path);
        assert_eq!(other.of("- The pump is new.").unwrap().origin, Origin::Unknown);
        one.record("- The pump is new.\n", written(Label::by_model(Origin::Web))).unwrap();
        let found = other.of("\n---\n  - The pump is new.\n").unwrap();
        assert_eq!(found, Label { origin: Origin::Web, by_model: true });
        assert_eq!(other.of("\n---\n").unwrap(), Label::NOTHING);
        let mixed = other.of("- The pump is new.\n- Another line.").unwrap();
        assert_eq!(mixed, Label { origin: Origin::Unknown, by_model: true });
    }

    #[test]
    fn a_label_only_gets_worse_unless_a_person_vouches() {
        let folder = tempfile::tempdir().unwrap();
        let mut labels = Provenance::new(folder.path().join("p.log"));
        labels.record("fact", written(Label::by_model(Origin::Web))).unwrap();
        labels.record("fact", written(Label::by_model(Origin::Human))).unwrap();
        assert_eq!(labels.of("fact").unwrap().origin, Origin::Web);
        labels.record("fact", written(Label::of(Origin::Human))).unwrap();
        assert_eq!(labels.of("fact").unwrap(), Label::NOTHING);
        assert_eq!(labels.len().unwrap(), 1);
    }

    #[test]
    fn an_unfinished_line_is_cut_off_and_the_next_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.log");
        let mut labels = Provenance::new(path.clone());
        labels.record("one", written(Label::of(Origin::Human))).unwrap();
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"0123456789\thum").unwrap();
        let mut labels = Provenance::new(path.clone());
        labels.record("two", written(Label::of(Origin::Human))).unwrap();
        let mut labels = Provenance::new(path);
        assert_eq!(labels.of("one\ntwo").unwrap(), Label::NOTHING);
        assert_eq!(labels.len().unwrap(), 2);
    }

    #[test]
    fn once_a_program_has_run_a_line_without_a_label_proves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.log");
        let mut labels = Provenance::new(path.clone());
        assert!(labels.of("https://a.example").unwrap().is_evidence());
        labels.program_runs(at(), "test").unwrap();
        assert!(!labels.of("https://a.example").unwrap().is_evidence());
        let mut other = Provenance::new(path);
        assert!(!other.of("https://a.example").unwrap().is_evidence());
        other.record("https://a.example", written(Label::of(Origin::Human))).unwrap();
        assert!(other.of("https://a.example").unwrap().is_evidence());
    }

    #[test]
    fn only_what_a_change_added_is_labelled() {
        let folder = tempfile::tempdir().unwrap();
        let mut labels = Provenance::new(folder.path().join("p.log"));
        let by = written(Label::by_model(Origin::Human));
        labels.record_change("old\n", "old\nnew\n", by).unwrap();
        assert_eq!(labels.of("old").unwrap().origin, Origin::Unknown);
        assert_eq!(labels.of("new").unwrap().origin, Origin::Assistant);
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_in_the_log_nothing_panics(bytes: Vec<u8>) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("p.log");
            fs::write(&path, &bytes).unwrap();
            let mut labels = Provenance::new(path);
            labels.of("a line").unwrap();
            labels.record("a line", written(Label::of(Origin::Human))).unwrap();
            proptest::prop_assert_eq!(labels.of("a line").unwrap(), Label::NOTHING);
        }
    }
}
