//! Trees of a snapshot, and the snapshot of a tree.

use crate::{
    error::Result,
    id::ObjectId,
    index::{IndexEntry, Stamp},
    object::{Kind, Mode, push_entry},
    store::ObjectStore,
};

/// Makes the trees of files that come in the order of their paths, innermost first, and returns the outermost.
pub(crate) fn build(
    entries: &[IndexEntry],
    put: &mut dyn FnMut(&[u8]) -> Result<ObjectId>,
) -> Result<ObjectId> {
    build_below(entries, 0, put)
}

fn build_below(
    mut entries: &[IndexEntry],
    prefix: usize,
    put: &mut dyn FnMut(&[u8]) -> Result<ObjectId>,
) -> Result<ObjectId> {
    let mut tree = Vec::with_capacity(entries.len().min(4_096) * 40);
    while let Some(first) = entries.first() {
        let name = first.path.get(prefix..).unwrap_or_default();
        let Some(slash) = memchr::memchr(b'/', name) else {
            push_entry(&mut tree, first.mode, name, first.id);
            entries = entries.get(1..).unwrap_or_default();
            continue;
        };
        let (name, end) = (name.get(..slash).unwrap_or_default(), prefix + slash + 1);
        let folder = first.path.get(..end).unwrap_or_default();
        let count = entries.partition_point(|entry| entry.path.starts_with(folder));
        let (inner, rest) = entries.split_at_checked(count).unwrap_or_default();
        let id = build_below(inner, end, put)?;
        push_entry(&mut tree, Mode::FOLDER, name, id);
        entries = rest;
    }
    put(&tree)
}

/// Only names the trees.
pub(crate) fn name(entries: &[IndexEntry]) -> Result<ObjectId> {
    build(entries, &mut |tree| Ok(ObjectId::of(Kind::Tree, tree)))
}

/// Lists the files of a tree in the order of their paths.
pub(crate) fn list(store: &ObjectStore, tree: ObjectId) -> Result<Vec<IndexEntry>> {
    let mut entries = Vec::new();
    list_below(store, tree, &mut Vec::new(), &mut entries)?;
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

fn list_below(
    store: &ObjectStore,
    tree: ObjectId,
    path: &mut Vec<u8>,
    entries: &mut Vec<IndexEntry>,
) -> Result<()> {
    for entry in store.tree(tree)? {
        let length = path.len();
        path.extend_from_slice(&entry.name);
        if entry.mode == Mode::FOLDER {
            path.push(b'/');
            list_below(store, entry.id, path, entries)?;
        } else {
            let (path, mode, id) = (path.clone(), entry.mode, entry.id);
            entries.push(IndexEntry { path, mode, id, stamp: Stamp::none() });
        }
        path.truncate(length);
    }
    Ok(())
}

/// A path that differs between two trees, with what stands there in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) path: Vec<u8>,
    pub(crate) old: Option<Version>,
    pub(crate) new: Option<Version>,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Version {
    pub(crate) mode: Mode,
    pub(crate) id: ObjectId,
}

/// Lists what differs between two trees, without looking into folders that are the same.
pub(crate) fn differences(
    store: &ObjectStore,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    differences_below(store, (old, new), &mut Vec::new(), &mut found)?;
    found.sort_unstable_by(|one: &Difference, other| one.path.cmp(&other.path));
    Ok(found)
}

fn differences_below(
    store: &ObjectStore,
    (old, new): (Option<ObjectId>, Option<ObjectId>),
    path: &mut Vec<u8>,
    found: &mut Vec<Difference>,
) -> Result<()> {
    if old == new {
        return Ok(());
    }
    let read = |tree: Option<ObjectId>| tree.map_or(Ok(Vec::new()), |tree| store.tree(tree));
    let mut names = std::collections::BTreeMap::<Vec<u8>, [Option<Version>; 2]>::new();
    for (side, tree) in [old, new].into_iter().enumerate() {
        for entry in read(tree)? {
            let version = Version { mode: entry.mode, id: entry.id };
            if let Some(place) = names.entry(entry.name).or_default().get_mut(side) {
                *place = Some(version);
            }
        }
    }
    for (name, [old, new]) in names {
        if old == new {
            continue;
        }
        let length = path.len();
        path.extend_from_slice(&name);
        let file = |version: Option<Version>| version.filter(|it| it.mode != Mode::FOLDER);
        let folder = |version: Option<Version>| {
            version.filter(|it| it.mode == Mode::FOLDER).map(|version| version.id)
        };
        if file(old) != file(new) {
            found.push(Difference { path: path.clone(), old: file(old), new: file(new) });
        }
        path.push(b'/');
        differences_below(store, (folder(old), folder(new)), path, found)?;
        path.truncate(length);
    }
    Ok(())
}
