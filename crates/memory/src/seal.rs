//! The folder of an index, and the seal that proves that nobody else wrote to it.
//!
//! SQLite does not notice a flipped bit in a value. So whoever writes to the index breaks its seal
//! first and, when everything is in the file, seals it again: with the file's name, times and hash. A
//! file whose times still match is trusted; one whose times do not is hashed; one whose hash does not
//! match is built again under another name, because a process may still have the old one open.
//!
//! Only the holder of the lock file writes; the lock dies with its holder. No name is used twice: a
//! process that has a deleted file open would mistake another of the same name for it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use twox_hash::XxHash3_128;

use crate::{
    durable::{create_private_folder, keep_private},
    folder::{Entry, Folder, Stamp},
};

/// The version of the index's layout: the schema, the terms, the vectors.
pub(crate) const LAYOUT: u32 = 6;
/// The file that its writer locks.
pub(crate) const LOCK: &str = "lock";
/// How the name of a file begins that is being built from nothing. It is built without a journal, so it
/// is worth nothing if that is interrupted.
const UNFINISHED: &str = "unfinished-";
/// How often the lock is looked for again because the folder was deleted meanwhile.
const LOCK_TRIES: usize = 20;

/// The folder that holds one workspace's index.
#[derive(Debug)]
pub(crate) struct IndexFolder(PathBuf);

/// An index file, which its path alone does not identify: it can be put back by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The file behind the name.
    pub inode: u64,
}

/// How an index file was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Sealed, and the seal holds.
    Sealed(IndexFile),
    /// Not sealed: its writer died, or has not finished yet.
    Unsealed(IndexFile),
    /// Not there, damaged or of another layout.
    Useless,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct WriteLock(#[expect(dead_code, reason = "held for its lock")] File);

impl IndexFolder {
    /// Opens the folder, creating it if needed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        create_private_folder(path)?;
        keep_private(path)?;
        Ok(Self(path.to_owned()))
    }

    /// A folder that is only looked at, whether or not it is there.
    pub(crate) fn existing(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Waits for the right to write, in a folder that may have been deleted since it was opened.
    pub(crate) fn lock(&self) -> io::Result<WriteLock> {
        for _ in 0..LOCK_TRIES {
            match self.try_lock() {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// Takes the lock; none if it is no longer the one that others would take.
    fn try_lock(&self) -> io::Result<Option<WriteLock>> {
        create_private_folder(&self.0)?;
        let path = self.0.join(LOCK);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        let is_current = fs::metadata(path)?.ino() == file.metadata()?.ino();
        Ok(is_current.then_some(WriteLock(file)))
    }

    /// The index file as its seal describes it, without reading it.
    pub(crate) fn glance(&self) -> Option<IndexFile> {
        let seal = self.seal()?;
        let stamp = self.stamp(&seal.name)?;
        let holds = seal.proves(&stamp) && self.is_closed(&seal.name);
        holds.then(|| self.file(&seal.name, &stamp))
    }

    /// The file that was sealed last, if nothing lies beside it: good enough to look at, not to trust.
    pub(crate) fn sealed(&self) -> Option<PathBuf> {
        let seal = self.seal()?;
        self.is_closed(&seal.name).then(|| self.0.join(&seal.name))
    }

    /// Looks closer; for the holder of the lock.
    pub(crate) fn examine(&self, _lock: &WriteLock) -> io::Result<Found> {
        let Some(seal) = self.seal() else { return self.unsealed() };
        let Some(stamp) = self.stamp(&seal.name).filter(|_| self.is_closed(&seal.name)) else {
            return Ok(Found::Useless);
        };
        let file = self.file(&seal.name, &stamp);
        if !seal.proves(&stamp) {
            if !hash(&file.path).is_ok_and(|hash| hash == seal.hash) {
                return Ok(Found::Useless);
            }
            self.close(&file)?;
        }
        Ok(Found::Sealed(file))
    }

    /// The only index file of this layout.
    fn unsealed(&self) -> io::Result<Found> {
        let prefix = format!("index-{LAYOUT}-");
        let mut names = self.index_names()?;
        names.retain(|name| name.starts_with(&prefix) && name.ends_with(".sqlite"));
        let (Some(name), None) = (names.pop(), names.pop()) else { return Ok(Found::Useless) };
        let stamp = self.stamp(&name);
        Ok(stamp.map_or(Found::Useless, |stamp| Found::Unsealed(self.file(&name, &stamp))))
    }

    /// Removes every index file and creates an empty one, which is nobody's until it is finished.
    pub(crate) fn fresh(&self, lock: &WriteLock) -> io::Result<IndexFile> {
        self.break_seal(lock)?;
        for name in self.index_names()? {
            removed(fs::remove_file(self.0.join(name)))?;
        }
        let file =
            tempfile::Builder::new().prefix(UNFINISHED).suffix(".sqlite").tempfile_in(&self.0)?;
        let (file, path) = file.keep()?;
        Ok(IndexFile { path, inode: file.metadata()?.ino() })
    }

    /// Makes a file that was created by [`Self::fresh`] the index.
    pub(crate) fn finish(&self, _lock: &WriteLock, file: &IndexFile) -> io::Result<IndexFile> {
        let name = file.path.file_name().and_then(|name| name.to_str()?.strip_prefix(UNFINISHED));
        let name = name.ok_or(io::ErrorKind::InvalidInput)?;
        let path = self.0.join(format!("index-{LAYOUT}-{name}"));
        fs::rename(&file.path, &path)?;
        Ok(IndexFile { path, inode: file.inode })
    }

    /// Breaks the seal, before anything is written.
    pub(crate) fn break_seal(&self, _lock: &WriteLock) -> io::Result<()> {
        removed(fs::remove_file(self.0.join("seal")))
    }

    /// Seals an index file that has everything in it.
    pub(crate) fn close(&self, file: &IndexFile) -> io::Result<()> {
        let name = file
            .path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or(io::ErrorKind::InvalidInput)?;
        let hash = hash(&file.path)?;
        let stamp = self.stamp(name).ok_or(io::ErrorKind::NotFound)?;
        let Stamp { size, modified, changed, inode } = stamp;
        let line = format!("{LAYOUT} {name} {size} {modified} {changed} {inode} {hash:032x}\n");
        let part = self.0.join("seal.part");
        fs::write(&part, line)?;
        fs::rename(part, self.0.join("seal"))
    }

    fn seal(&self) -> Option<Seal> {
        let written = self.stamp("seal")?.modified;
        let line = fs::read_to_string(self.0.join("seal")).ok()?;
        let mut words = line.split_ascii_whitespace();
        let mut word = || words.next();
        if word()?.parse::<u32>().ok()? != LAYOUT {
            return None;
        }
        let name = word()?.to_owned();
        let stamp = Stamp {
            size: word()?.parse().ok()?,
            modified: word()?.parse().ok()?,
            changed: word()?.parse().ok()?,
            inode: word()?.parse().ok()?,
        };
        let is_ours = name.starts_with("index-") && !name.contains('/');
        let hash = u128::from_str_radix(word()?, 16).ok()?;
        is_ours.then_some(Seal { name, stamp, hash, written })
    }

    fn stamp(&self, name: &str) -> Option<Stamp> {
        match Folder::open(&self.0).ok()?.entry(name.as_bytes(), u64::MAX).ok()? {
            Entry::File(stamp) => Some(stamp),
            Entry::Folder | Entry::Refused(_) => None,
        }
    }

    fn file(&self, name: &str, stamp: &Stamp) -> IndexFile {
        IndexFile { path: self.0.join(name), inode: stamp.inode }
    }

    /// Whether no log lies beside an index file from which SQLite would change it.
    fn is_closed(&self, name: &str) -> bool {
        let length =
            |end| fs::metadata(self.0.join(format!("{name}{end}"))).map_or(0, |found| found.len());
        length("-wal") == 0 && length("-journal") == 0
    }

    /// The names of index files and of what SQLite puts beside them.
    fn index_names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            names.extend(entry?.file_name().into_string());
        }
        names.retain(|name| name.starts_with("index-") || name.starts_with(UNFINISHED));
        Ok(names)
    }
}

/// What is gone already need not be removed.
fn removed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

struct Seal {
    name: String,
    stamp: Stamp,
    hash: u128,
    /// When it was written.
    written: i64,
}

impl Seal {
    /// Whether the index file with this stamp is the one that was sealed. A change so soon after the
    /// sealing that the file system's clock stood still would leave the same stamp.
    fn proves(&self, stamp: &Stamp) -> bool {
        *stamp == self.stamp && stamp.changed.max(stamp.modified) < self.written
    }
}

fn hash(path: &Path) -> io::Result<u128> {
    use io::Read as _;
    let mut file = File::open(path)?;
    let mut hasher = XxHash3_128::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finish_128());
        }
        hasher.write(buffer.get(..read).unwrap_or_default());
    }
}
