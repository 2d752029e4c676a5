//! Everything in the folder of a skill, as one hash and file by file.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use localgpt_guard::Digest;

use crate::{
    folder::{Folder, Kind, Names, in_words},
    stamps::{Files, Stamped},
};

/// The file that makes a folder a skill.
pub(crate) const MANIFEST: &str = "SKILL.md";
/// A larger one is not read.
const MOST_MANIFEST_BYTES: u64 = 256_000;
/// A skill with more than that is not accepted, because nobody could have looked at it.
const MOST_FILES: usize = 5_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_DEPTH: usize = 16;
/// A larger text is known by its hash alone.
const MOST_TEXT: usize = 64 * 1024;

/// Whether the texts of a skill are kept beside their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Hashes,
    Texts,
}

/// What is in the folder of a skill.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The bytes of `SKILL.md`.
    pub(crate) manifest: Vec<u8>,
    /// Stands for all of it.
    pub(crate) digest: Digest,
    /// The hash of every file and link, by its path in the folder.
    pub(crate) files: BTreeMap<String, String>,
    /// The texts among the files, where they were wanted.
    pub(crate) texts: BTreeMap<String, String>,
    /// How the files looked that were hashed, but for `SKILL.md`, which is always read.
    pub(crate) stamps: Files,
}

/// Reads the folder of a skill; `path` is where it is, without links. A file that looks as in `known` is not read again.
pub(crate) fn read(
    folder: &Folder,
    path: &Path,
    keep: Keep,
    known: Option<&Files>,
) -> Result<Content, String> {
    let manifest = read_manifest(folder, path)?;
    // What looks the same has no text to be kept.
    let known = known.filter(|_| keep == Keep::Hashes);
    let mut walk = Walk {
        keep,
        path,
        known,
        bytes: 0,
        files: BTreeMap::new(),
        texts: BTreeMap::new(),
        stamps: Files::new(),
    };
    walk.folder(folder, "", 0)?;
    // What is used is what was hashed, though the file may change between the two readings.
    walk.take(MANIFEST.to_owned(), &manifest);
    let Walk { files, texts, stamps, .. } = walk;
    Ok(Content { manifest, digest: digest(&files), files, texts, stamps })
}

/// Stands for all files: their paths and hashes.
fn digest(files: &BTreeMap<String, String>) -> Digest {
    let lines = files.iter().flat_map(|(path, digest)| {
        [path.len().to_string(), path.clone(), digest.clone(), String::new()]
    });
    Digest::of(lines.collect::<Vec<_>>().join("\n").as_bytes())
}

fn read_manifest(folder: &Folder, path: &Path) -> Result<Vec<u8>, String> {
    let name = MANIFEST.as_bytes();
    match folder.kind(name).map_err(|error| in_words(&error))? {
        Kind::File => folder.read(name, MOST_MANIFEST_BYTES, Names::One),
        Kind::Link => {
            let target = inside(path, Path::new(MANIFEST))
                .ok_or("it is a link that leaves the folder of the skill")?;
            let parent = target.parent().ok_or("it leads nowhere")?;
            let name = target.file_name().ok_or("it leads nowhere")?;
            let folder = Folder::below(path, parent).map_err(|error| in_words(&error))?;
            folder.read(name.as_encoded_bytes(), MOST_MANIFEST_BYTES, Names::One)
        }
        Kind::Folder | Kind::Other => Err("it is not a regular file".to_owned()),
    }
}

/// Where a path in the folder leads, if it stays there.
fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let target = folder.join(path).canonicalize().ok()?;
    target.starts_with(folder).then_some(target)
}

struct Walk<'a> {
    keep: Keep,
    path: &'a Path,
    known: Option<&'a Files>,
    bytes: u64,
    files: BTreeMap<String, String>,
    texts: BTreeMap<String, String>,
    stamps: Files,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder, below: &str, depth: usize) -> Result<(), String> {
        if depth > MOST_DEPTH {
            return Err(format!("`{below}` lies more than {MOST_DEPTH} folders deep"));
        }
        for name in folder.names().map_err(|error| in_words(&error))? {
            let path = format!("{below}{}", written(&name));
            if self.files.len() >= MOST_FILES {
                return Err(format!("it holds more than {MOST_FILES} files"));
            }
            let of = |reason: String| format!("`{path}`: {reason}");
            let (kind, stamp) = folder.look(&name).map_err(|error| of(in_words(&error)))?;
            match kind {
                Kind::Folder => {
                    let inner = folder.folder(&name).map_err(|error| of(in_words(&error)))?;
                    self.folder(&inner, &format!("{path}/"), depth + 1)?;
                }
                // Read before all others.
                Kind::File if path == MANIFEST => {}
                Kind::File => {
                    let left = MOST_BYTES.saturating_sub(self.bytes);
                    let known = self.known.and_then(|known| known.get(&path));
                    let known = known.filter(|known| known.stamp == stamp && stamp.bytes <= left);
                    let digest = match known {
                        Some(known) => {
                            self.bytes = self.bytes.saturating_add(stamp.bytes);
                            self.files.insert(path.clone(), known.digest.clone());
                            known.digest.clone()
                        }
                        None => {
                            let bytes = folder.read(&name, left, Names::Any).map_err(of)?;
                            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                            self.bytes = self.bytes.saturating_add(length);
                            self.take(path.clone(), &bytes)
                        }
                    };
                    // It looked like that before it was read: one that changes meanwhile is read again.
                    self.stamps.insert(path, Stamped { stamp, digest });
                }
                Kind::Link => {
                    let target = folder.link(&name).map_err(|error| of(in_words(&error)))?;
                    if !stays(&path, &target) || inside(self.path, Path::new(&path)).is_none() {
                        return Err(of("it is a link that leaves the folder of the skill".into()));
                    }
                    let said = [b"link to ".as_slice(), &target].concat();
                    self.files.insert(path, Digest::of(&said).to_string());
                }
                Kind::Other => return Err(of("it is not a regular file".to_owned())),
            }
        }
        Ok(())
    }

    fn take(&mut self, path: String, bytes: &[u8]) -> String {
        if self.keep == Keep::Texts
            && bytes.len() <= MOST_TEXT
            && let Ok(text) = std::str::from_utf8(bytes)
            && !text.contains('\0')
        {
            self.texts.insert(path.clone(), text.to_owned());
        }
        let digest = Digest::of(bytes).to_string();
        self.files.insert(path, digest.clone());
        digest
    }
}

/// Whether a link is written so that it cannot lead out, whatever lies there later.
fn stays(path: &str, target: &[u8]) -> bool {
    let Ok(target) = std::str::from_utf8(target) else { return false };
    let mut depth = path.matches('/').count();
    for component in Path::new(target).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(_) => depth += 1,
            Component::ParentDir => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return false,
            },
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

/// A name as text; two names that are not the same are not written the same.
fn written(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => {
            let mark = format!("{:08x}", Digest::of(name).short() as u32);
            format!("{}#{mark}", String::from_utf8_lossy(name))
        }
    }
}
