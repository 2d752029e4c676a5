//! What a person accepted: the hash of every skill, and its texts, so that a change can be shown.
//!
//! Invariant: the book is on disk before a skill counts as accepted, and it is never in the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use localgpt_guard::Digest;
use localgpt_protocol::SkillStanding;
use serde::Deserialize;
use serde_json::json;

use crate::{content::Content, error::Error};

const BOOK: &str = "accepted.json";
const TEXTS: &str = "texts.json";
const LOCK: &str = "accepted.lock";
const VERSION: u64 = 1;

/// Who said yes to a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AcceptedBy {
    /// A person looked at it.
    Person,
    /// It was there when the program first saw the workspace.
    FirstSight,
}

/// What was accepted of one skill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Pin {
    /// Stands for all of it.
    digest: String,
    by: AcceptedBy,
    /// Every file with its hash.
    pub(crate) files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Book {
    version: u64,
    skills: BTreeMap<String, Pin>,
}

/// The texts of files by their hash.
pub(crate) type Texts = BTreeMap<String, String>;

/// What was accepted in one workspace.
#[derive(Debug)]
pub(crate) struct Pins {
    folder: PathBuf,
    pins: BTreeMap<String, Pin>,
}

/// What is on disk.
#[derive(Debug)]
pub(crate) enum Kept {
    /// The program sees this workspace for the first time.
    Nothing(Unsealed),
    Book(Pins),
    /// Nothing counts as accepted.
    Broken(Pins, String),
}

/// A workspace that was never seen.
#[derive(Debug)]
pub(crate) struct Unsealed(PathBuf);

impl Pin {
    fn of(content: &Content, by: AcceptedBy) -> Self {
        Self { digest: content.digest.to_string(), by, files: content.files.clone() }
    }
}

impl Kept {
    /// Whether there is a book in this folder; it is not read.
    pub(crate) fn is_there(folder: &Path) -> bool {
        fs::symlink_metadata(folder.join(BOOK)).is_ok()
    }

    /// Reads the book in this folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let empty = || Pins { folder: folder.to_owned(), pins: BTreeMap::new() };
        match fs::read(folder.join(BOOK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::Nothing(Unsealed(folder.to_owned()))
            }
            Err(error) => Self::Broken(empty(), error.to_string()),
            Ok(bytes) => match serde_json::from_slice::<Book>(&bytes) {
                Ok(book) if book.version == VERSION => {
                    Self::Book(Pins { pins: book.skills, ..empty() })
                }
                Ok(_) => Self::Broken(empty(), "it is of another version".to_owned()),
                Err(error) => Self::Broken(empty(), error.to_string()),
            },
        }
    }
}

impl Unsealed {
    /// Takes everything as accepted that is there now; from here on nothing is without a person.
    pub(crate) fn seal<'a>(
        self,
        found: impl Iterator<Item = (String, &'a Content)>,
    ) -> Result<Pins, Error> {
        let Self(folder) = self;
        let _lock = lock(&folder)?;
        // Another process may have been here first; then its book counts.
        match Kept::read(&folder) {
            Kept::Nothing(_) => {}
            Kept::Book(pins) | Kept::Broken(pins, _) => return Ok(pins),
        }
        let mut pins = Pins { folder, pins: BTreeMap::new() };
        let mut texts = Texts::new();
        for (key, content) in found {
            keep_texts(content, &mut texts);
            pins.pins.insert(key, Pin::of(content, AcceptedBy::FirstSight));
        }
        pins.write(&texts)?;
        Ok(pins)
    }
}

impl Pins {
    /// No book: nothing is accepted.
    pub(crate) fn none(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), pins: BTreeMap::new() }
    }

    /// What is known of a skill with this content.
    pub(crate) fn standing(&self, key: &str, digest: &Digest) -> SkillStanding {
        match self.pins.get(key) {
            None => SkillStanding::New,
            Some(pin) if pin.digest != digest.to_string() => SkillStanding::Changed,
            Some(pin) => match pin.by {
                AcceptedBy::Person => SkillStanding::Accepted,
                AcceptedBy::FirstSight => SkillStanding::FirstSeen,
            },
        }
    }

    /// What was accepted of a skill.
    pub(crate) fn pin(&self, key: &str) -> Option<&Pin> {
        self.pins.get(key)
    }

    /// The texts that were accepted; those that cannot be read are shown by their hash.
    pub(crate) fn texts(&self) -> Texts {
        let bytes = fs::read(self.folder.join(TEXTS)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes down that a person accepted this content.
    pub(crate) fn accept(folder: &Path, key: &str, content: &Content) -> Result<(), Error> {
        let _lock = lock(folder)?;
        let mut pins = match Kept::read(folder) {
            Kept::Nothing(_) => Self::none(folder),
            Kept::Book(pins) => pins,
            Kept::Broken(pins, _) => {
                // It may still be of use to somebody.
                let (from, to) = (folder.join(BOOK), folder.join("accepted.broken.json"));
                fs::rename(&from, &to).map_err(|source| Error::Write { path: from, source })?;
                pins
            }
        };
        let mut texts = pins.texts();
        keep_texts(content, &mut texts);
        pins.pins.insert(key.to_owned(), Pin::of(content, AcceptedBy::Person));
        let in_use: BTreeSet<&String> =
            pins.pins.values().flat_map(|pin| pin.files.values()).collect();
        texts.retain(|digest, _| in_use.contains(digest));
        pins.write(&texts)
    }

    /// The texts first: a book never speaks of texts that are not there yet.
    fn write(&self, texts: &Texts) -> Result<(), Error> {
        let skills: serde_json::Map<String, serde_json::Value> = self
            .pins
            .iter()
            .map(|(key, pin)| {
                let by = match pin.by {
                    AcceptedBy::Person => "person",
                    AcceptedBy::FirstSight => "first_sight",
                };
                (key.clone(), json!({ "digest": pin.digest, "by": by, "files": pin.files }))
            })
            .collect();
        if !texts.is_empty() || self.folder.join(TEXTS).exists() {
            replace(&self.folder, TEXTS, &json!(texts))?;
        }
        replace(&self.folder, BOOK, &json!({ "version": VERSION, "skills": skills }))
    }
}

fn keep_texts(content: &Content, texts: &mut Texts) {
    for (path, text) in &content.texts {
        if let Some(digest) = content.files.get(path) {
            texts.insert(digest.clone(), text.clone());
        }
    }
}

/// Held while the book is written; it is given back when it is dropped.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let open = || {
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(folder)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|source| Error::Write { path: path.clone(), source })
}

/// The file is the old one or the new one, and after `Ok` it is on disk.
fn replace(folder: &Path, name: &str, document: &serde_json::Value) -> Result<(), Error> {
    let path = folder.join(name);
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".localgpt-").tempfile_in(folder)?;
        file.write_all(document.to_string().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source: io::Error| Error::Write { path: path.clone(), source })
}
