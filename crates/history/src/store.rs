//! The objects of a repository, in files of their own and in packs.
//!
//! Invariant: an object that [`Batch::finish`] has returned for is on disk, so a reference may name it.

use std::{
    cell::RefCell,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use flate2::Decompress;
use rustc_hash::FxHashMap;

use crate::{
    durable,
    error::{Error, Result},
    id::{ObjectId, header},
    inflate::{Inflated, deflate, inflate},
    object::{Commit, Kind, TreeEntry, read_tree, split_once},
    pack::Pack,
    pack_writer::PackWriter,
};

/// More than these at once go into a pack.
const MOST_LOOSE: usize = 48;
const MOST_LOOSE_BYTES: usize = 4 << 20;

/// The folder `objects`.
#[derive(Debug)]
pub(crate) struct ObjectStore {
    folder: PathBuf,
    packs: RefCell<Vec<Pack>>,
    state: RefCell<Decompress>,
}

impl ObjectStore {
    /// Opens the folder.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        let (packs, state) = (RefCell::default(), RefCell::new(Decompress::new(true)));
        let store = Self { folder, packs, state };
        store.reload()?;
        Ok(store)
    }

    /// Looks again which packs there are: git may have made others.
    pub(crate) fn reload(&self) -> Result<()> {
        let folder = self.pack_folder();
        let names = match fs::read_dir(&folder) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.packs.borrow_mut().clear();
                return Ok(());
            }
            Err(error) => return Err(Error::read(&folder)(error)),
        };
        let mut packs = Vec::new();
        for name in names {
            let path = name.map_err(Error::read(&folder))?.path();
            let is_temporary = path
                .file_name()
                .and_then(OsStr::to_str)
                .is_some_and(|name| name.starts_with(durable::TEMPORARY));
            if path.extension() == Some(OsStr::new("idx")) && !is_temporary {
                packs.push(Pack::open(&path).map_err(Error::read(&path))?);
            }
        }
        packs.sort_by(|one, other| one.path.cmp(&other.path));
        *self.packs.borrow_mut() = packs;
        Ok(())
    }

    /// The folder of the packs.
    pub(crate) fn pack_folder(&self) -> PathBuf {
        self.folder.join("pack")
    }

    /// How many packs there are.
    pub(crate) fn pack_count(&self) -> usize {
        self.packs.borrow().len()
    }

    /// Whether an object is there.
    pub(crate) fn contains(&self, id: ObjectId) -> bool {
        self.packs.borrow().iter().any(|pack| pack.contains(id)) || self.loose_path(id).is_file()
    }

    /// Reads an object, and checks that it is the one that was asked for.
    pub(crate) fn read(&self, id: ObjectId) -> Result<(Kind, Vec<u8>)> {
        let object = match self.look(id)? {
            Some(object) => object,
            None => {
                self.reload()?;
                self.look(id)?.ok_or_else(|| self.damaged(format!("{id} is missing")))?
            }
        };
        match ObjectId::of(object.0, &object.1) == id {
            true => Ok(object),
            false => Err(self.damaged(format!("{id} is not what it was"))),
        }
    }

    /// Reads a commit.
    pub(crate) fn commit(&self, id: ObjectId) -> Result<Commit> {
        match self.read(id)? {
            (Kind::Commit, bytes) => Commit::read(&bytes),
            _ => None,
        }
        .ok_or_else(|| self.damaged(format!("{id} is no commit")))
    }

    /// Reads a tree.
    pub(crate) fn tree(&self, id: ObjectId) -> Result<Vec<TreeEntry>> {
        match self.read(id)? {
            (Kind::Tree, bytes) => read_tree(&bytes),
            _ => None,
        }
        .ok_or_else(|| self.damaged(format!("{id} is no tree")))
    }

    /// Reads a blob.
    pub(crate) fn blob(&self, id: ObjectId) -> Result<Vec<u8>> {
        match self.read(id)? {
            (Kind::Blob, bytes) => Ok(bytes),
            _ => Err(self.damaged(format!("{id} is no blob"))),
        }
    }

    /// Says that something is wrong with the repository.
    pub(crate) fn damaged(&self, what: String) -> Error {
        Error::Damaged { path: self.folder.parent().unwrap_or(&self.folder).to_owned(), what }
    }

    fn look(&self, id: ObjectId) -> Result<Option<(Kind, Vec<u8>)>> {
        let mut state = self.state.borrow_mut();
        for pack in self.packs.borrow().iter() {
            if let Some(object) = pack.read(id, &mut state) {
                return object.map(Some).map_err(Error::read(&pack.path));
            }
        }
        let path = self.loose_path(id);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::read(&path)(error)),
        };
        let object = read_loose(&bytes, &mut state);
        object.map(Some).ok_or_else(|| self.damaged(format!("{id} cannot be read")))
    }

    fn loose_path(&self, id: ObjectId) -> PathBuf {
        let name = id.to_string();
        let (folder, file) = name.split_at_checked(2).unwrap_or_default();
        self.folder.join(folder).join(file)
    }

    /// The objects that have a file of their own.
    pub(crate) fn loose(&self) -> Result<Vec<ObjectId>> {
        let mut ids = Vec::new();
        for first in 0..=u8::MAX {
            ids.extend(self.loose_under(first)?);
        }
        Ok(ids)
    }

    /// Those whose name begins with a byte.
    pub(crate) fn loose_under(&self, first: u8) -> Result<Vec<ObjectId>> {
        let folder = self.folder.join(format!("{first:02x}"));
        let names = match fs::read_dir(&folder) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::read(&folder)(error)),
        };
        let mut ids = Vec::new();
        for name in names {
            let name = name.map_err(Error::read(&folder))?.file_name();
            let hex = format!("{first:02x}{}", name.to_string_lossy());
            ids.extend(ObjectId::from_hex(hex.as_bytes()));
        }
        Ok(ids)
    }

    /// All objects in packs.
    pub(crate) fn packed(&self) -> Vec<ObjectId> {
        self.packs.borrow().iter().flat_map(|pack| pack.ids().collect::<Vec<_>>()).collect()
    }

    /// Removes everything but the pack `kept`: other packs, objects with files of their own, and what git derived
    /// from them.
    pub(crate) fn keep_only(&self, kept: &str) -> Result<()> {
        let remove = |path: &Path| durable::remove(path).map_err(Error::write(path));
        for folder in [&self.folder, &self.pack_folder()] {
            for name in fs::read_dir(folder).map_err(Error::read(folder))? {
                let path = name.map_err(Error::read(folder))?.path();
                let is_pack_folder = path == self.pack_folder();
                let is_kept = path.file_stem() == Some(OsStr::new(kept))
                    && matches!(path.extension().and_then(OsStr::to_str), Some("pack" | "idx"));
                if !is_pack_folder && !is_kept {
                    remove(&path)?;
                }
            }
            durable::sync_folder(folder).map_err(Error::write(folder))?;
        }
        self.reload()
    }

    /// Removes files of objects that are in packs as well.
    pub(crate) fn remove_loose(&self, ids: &[ObjectId]) -> Result<()> {
        for &id in ids {
            let path = self.loose_path(id);
            durable::remove(&path).map_err(Error::write(&path))?;
        }
        Ok(())
    }

    /// Removes packs whose objects are all in `kept`.
    pub(crate) fn remove_other_packs(&self, kept: &str) -> Result<()> {
        let folder = self.pack_folder();
        let mut paths = Vec::new();
        for name in fs::read_dir(&folder).map_err(Error::read(&folder))? {
            let path = name.map_err(Error::read(&folder))?.path();
            if path.file_stem() != Some(OsStr::new(kept)) {
                paths.push(path);
            }
        }
        // The index first: a pack without one is not looked at.
        paths.sort_by_key(|path| path.extension() != Some(OsStr::new("idx")));
        for path in paths {
            durable::remove(&path).map_err(Error::write(&path))?;
        }
        self.reload()
    }

    /// Begins to write objects.
    pub(crate) fn batch(&self) -> Batch<'_> {
        Batch { store: self, waiting: FxHashMap::default(), bytes: 0, pack: None }
    }
}

fn read_loose(bytes: &[u8], state: &mut Decompress) -> Option<(Kind, Vec<u8>)> {
    let mut guess = bytes.len().saturating_mul(4).max(1_024);
    let whole = loop {
        match inflate(state, bytes, guess) {
            Inflated::Whole(whole) => break whole,
            // A header that promises more than there is room for is no reason to take all memory.
            Inflated::Broken if guess < bytes.len().saturating_mul(1_100) => guess *= 4,
            Inflated::Broken | Inflated::MoreWanted => return None,
        }
    };
    let (head, content) = split_once(&whole, 0)?;
    let (kind, length) = split_once(head, b' ')?;
    let length: usize = str::from_utf8(length).ok()?.parse().ok()?;
    (length == content.len()).then_some((Kind::named(kind)?, content.to_vec()))
}

/// Objects that are written together.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    store: &'a ObjectStore,
    waiting: FxHashMap<ObjectId, (Kind, Vec<u8>)>,
    bytes: usize,
    pack: Option<PackWriter>,
}

impl Batch<'_> {
    /// Adds an object, unless it is there.
    pub(crate) fn put(&mut self, kind: Kind, bytes: &[u8]) -> Result<ObjectId> {
        let id = ObjectId::of(kind, bytes);
        let is_here = self.waiting.contains_key(&id)
            || self.pack.as_ref().is_some_and(|pack| pack.contains(id));
        if is_here || self.store.contains(id) {
            return Ok(id);
        }
        let folder = self.store.pack_folder();
        if let Some(pack) = &mut self.pack {
            pack.add(id, kind, bytes).map_err(Error::write(&folder))?;
            return Ok(id);
        }
        self.waiting.insert(id, (kind, bytes.to_vec()));
        self.bytes += bytes.len();
        if self.waiting.len() > MOST_LOOSE || self.bytes > MOST_LOOSE_BYTES {
            let mut pack = PackWriter::begin(&folder).map_err(Error::write(&folder))?;
            for (id, (kind, bytes)) in self.waiting.drain() {
                pack.add(id, kind, &bytes).map_err(Error::write(&folder))?;
            }
            self.pack = Some(pack);
        }
        Ok(id)
    }

    /// Makes all of them durable.
    pub(crate) fn finish(self) -> Result<()> {
        if let Some(pack) = self.pack {
            pack.finish().map_err(Error::write(&self.store.pack_folder()))?;
            return self.store.reload();
        }
        for (id, (kind, bytes)) in self.waiting {
            let path = self.store.loose_path(id);
            let write = || {
                durable::create_folder(path.parent().unwrap_or(&path))?;
                let head = header(kind, bytes.len());
                durable::replace(&path, &deflate(&[&head, &bytes])?)
            };
            write().map_err(Error::write(&path))?;
        }
        Ok(())
    }
}
