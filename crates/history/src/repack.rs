//! Many small objects into one pack, older versions told as differences to newer ones.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    delta,
    error::{Error, Result},
    id::ObjectId,
    object::Mode,
    pack_writer::PackWriter,
    store::ObjectStore,
};

/// How many differences stand one on another at most: each costs a reader.
const DEEPEST: usize = 40;
/// Larger objects are packed whole.
const LARGEST_DIFFERENCE: usize = 4 << 20;

/// Packs the objects that have files of their own.
pub(crate) fn loose(store: &ObjectStore, head: ObjectId) -> Result<()> {
    let ids = store.loose()?;
    write(store, head, &ids)?;
    store.remove_loose(&ids)?;
    store.reload()
}

/// Packs everything into one pack.
pub(crate) fn all(store: &ObjectStore, head: ObjectId) -> Result<()> {
    let loose = store.loose()?;
    let ids: Vec<ObjectId> = store.packed().into_iter().chain(loose.iter().copied()).collect();
    let name = write(store, head, &ids)?;
    store.remove_other_packs(&name)?;
    store.remove_loose(&loose)
}

/// Writes objects into a pack and returns its name: commits first, from the newest on, as they are listed.
pub(crate) fn write(store: &ObjectStore, head: ObjectId, ids: &[ObjectId]) -> Result<String> {
    let wanted: FxHashSet<ObjectId> = ids.iter().copied().collect();
    let mut order =
        Order { store, wanted: &wanted, bases: FxHashMap::default(), trees: Vec::new() };
    let commits = order.follow(head)?;
    let Order { bases, trees, .. } = order;
    let folder = store.pack_folder();
    let mut pack = PackWriter::begin(&folder).map_err(Error::write(&folder))?;
    let mut depths = FxHashMap::<ObjectId, usize>::default();
    for &id in commits.iter().chain(&trees).chain(ids) {
        if pack.contains(id) {
            continue;
        }
        let (kind, bytes) = store.read(id)?;
        let base = bases.get(&id).filter(|base| pack.contains(**base));
        let depth = base.map_or(0, |base| depths.get(base).copied().unwrap_or(0) + 1);
        let difference = match base {
            Some(base) if depth <= DEEPEST && bytes.len() <= LARGEST_DIFFERENCE => {
                let (_, base_bytes) = store.read(*base)?;
                delta::between(&base_bytes, &bytes).map(|difference| (*base, difference))
            }
            _ => None,
        };
        let added = match difference {
            Some((base, difference)) => {
                depths.insert(id, depth);
                pack.add_difference(id, base, &difference)
            }
            None => pack.add(id, kind, &bytes),
        };
        added.map_err(Error::write(&folder))?;
    }
    pack.finish().map_err(Error::write(&folder))
}

/// In which order objects are written, and which newer one each older one resembles.
struct Order<'a> {
    store: &'a ObjectStore,
    wanted: &'a FxHashSet<ObjectId>,
    bases: FxHashMap<ObjectId, ObjectId>,
    /// Trees and blobs, newer before older.
    trees: Vec<ObjectId>,
}

impl Order<'_> {
    fn follow(&mut self, head: ObjectId) -> Result<Vec<ObjectId>> {
        let mut commits = Vec::new();
        let mut newer = None;
        let mut next = Some(head);
        while let Some(id) = next.filter(|id| self.wanted.contains(id)) {
            let commit = self.store.commit(id)?;
            commits.push(id);
            match newer {
                Some(newer) => self.pair(newer, commit.tree)?,
                None => self.trees.extend(Some(commit.tree).filter(|it| self.wanted.contains(it))),
            }
            newer = Some(commit.tree);
            next = commit.parents.first().copied();
        }
        Ok(commits)
    }

    /// Pairs what stands at the same path in two trees.
    fn pair(&mut self, newer: ObjectId, older: ObjectId) -> Result<()> {
        if newer == older || !self.resembles(newer, older) {
            return Ok(());
        }
        let names: FxHashMap<Vec<u8>, (Mode, ObjectId)> = self
            .store
            .tree(newer)?
            .into_iter()
            .map(|entry| (entry.name, (entry.mode, entry.id)))
            .collect();
        for entry in self.store.tree(older)? {
            match names.get(&entry.name) {
                Some(&(mode, id)) if mode == entry.mode && id != entry.id => {
                    if mode == Mode::FOLDER {
                        self.pair(id, entry.id)?;
                    } else if mode.is_file() {
                        self.resembles(id, entry.id);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes that an older object resembles a newer one; `false` if it is not written, or noted already.
    fn resembles(&mut self, newer: ObjectId, older: ObjectId) -> bool {
        if !self.wanted.contains(&older) || self.bases.contains_key(&older) {
            return false;
        }
        if self.wanted.contains(&newer) && !self.leads_to(newer, older) {
            self.bases.insert(older, newer);
            self.trees.extend([newer, older]);
        }
        true
    }

    /// Whether one is told, over others, by the other: files that go back and forth must not go in a circle.
    fn leads_to(&self, mut from: ObjectId, to: ObjectId) -> bool {
        for _ in 0..DEEPEST * 4 {
            if from == to {
                return true;
            }
            match self.bases.get(&from) {
                Some(&base) => from = base,
                None => return false,
            }
        }
        true
    }
}
