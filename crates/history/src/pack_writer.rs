//! Writing a pack: one file, one fsync for many objects.
//!
//! Invariant: the index gets its name last, so a pack that a crash left unfinished is never seen.

use std::{
    fs,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use flate2::Crc;
use rustc_hash::FxHashMap;
use sha1::{Digest as _, Sha1};
use tempfile::NamedTempFile;

use crate::{
    delta,
    durable::{TEMPORARY, sync_folder},
    id::ObjectId,
    inflate::deflate,
    object::Kind,
    pack::INDEX_MAGIC,
};

/// A pack that is being written.
#[derive(Debug)]
pub(crate) struct PackWriter {
    folder: PathBuf,
    file: BufWriter<NamedTempFile>,
    offset: u64,
    entries: FxHashMap<ObjectId, (u32, u64)>,
}

const DIFFERS_FROM_OBJECT: u8 = 7;

impl PackWriter {
    /// Begins a pack in a folder.
    pub(crate) fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
        let mut file = BufWriter::with_capacity(1 << 18, file);
        // The number of objects is put in at the end.
        file.write_all(b"PACK\0\0\0\x02\0\0\0\0")?;
        Ok(Self { folder: folder.to_owned(), file, offset: 12, entries: FxHashMap::default() })
    }

    /// Whether an object is in it already.
    pub(crate) fn contains(&self, id: ObjectId) -> bool {
        self.entries.contains_key(&id)
    }

    /// Adds an object.
    pub(crate) fn add(&mut self, id: ObjectId, kind: Kind, bytes: &[u8]) -> io::Result<()> {
        let mut entry = Vec::with_capacity(16);
        delta::push_head(&mut entry, kind.number(), bytes.len());
        self.push(id, entry, bytes)
    }

    /// Adds an object as a difference to one that is in this pack.
    pub(crate) fn add_difference(
        &mut self,
        id: ObjectId,
        base: ObjectId,
        difference: &[u8],
    ) -> io::Result<()> {
        let mut entry = Vec::with_capacity(32);
        delta::push_head(&mut entry, DIFFERS_FROM_OBJECT, difference.len());
        entry.extend_from_slice(&base.0);
        self.push(id, entry, difference)
    }

    fn push(&mut self, id: ObjectId, mut entry: Vec<u8>, content: &[u8]) -> io::Result<()> {
        if self.contains(id) {
            return Ok(());
        }
        entry.extend_from_slice(&deflate(&[content])?);
        let mut crc = Crc::new();
        crc.update(&entry);
        self.file.write_all(&entry)?;
        self.entries.insert(id, (crc.sum(), self.offset));
        self.offset += entry.len() as u64;
        Ok(())
    }

    /// Makes the pack durable and gives it its name, which is returned without an ending.
    pub(crate) fn finish(self) -> io::Result<String> {
        let Self { folder, file, entries, .. } = self;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let count = u32::try_from(entries.len()).map_err(io::Error::other)?;
        file.seek(SeekFrom::Start(8))?;
        file.write_all(&count.to_be_bytes())?;
        file.seek(SeekFrom::Start(0))?;
        let mut sha = Sha1::new();
        let mut chunk = vec![0; 1 << 18];
        loop {
            let read = file.read(&mut chunk)?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            sha.update(bytes);
        }
        let checksum = ObjectId(sha.finalize().into());
        file.write_all(&checksum.0)?;
        file.as_file().sync_all()?;
        let mut index = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&folder)?;
        index.write_all(&index_of(&entries, checksum))?;
        index.as_file().sync_all()?;
        let name = format!("pack-{checksum}");
        for (file, ending) in [(file, "pack"), (index, "idx")] {
            let path = folder.join(format!("{name}.{ending}"));
            file.persist(path).map_err(|error| error.error)?;
        }
        sync_folder(&folder)?;
        Ok(name)
    }
}

fn index_of(entries: &FxHashMap<ObjectId, (u32, u64)>, pack: ObjectId) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_unstable();
    let mut index = INDEX_MAGIC.to_vec();
    let mut counts = [0_u32; 256];
    for (id, _) in &sorted {
        if let Some(count) = id.0.first().and_then(|&first| counts.get_mut(usize::from(first))) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in counts {
        sum += count;
        index.extend_from_slice(&u32::to_be_bytes(sum));
    }
    sorted.iter().for_each(|(id, _)| index.extend_from_slice(&id.0));
    sorted.iter().for_each(|(_, (crc, _))| index.extend_from_slice(&crc.to_be_bytes()));
    let mut far = Vec::new();
    for (_, (_, offset)) in &sorted {
        let short = match u32::try_from(*offset) {
            Ok(offset) if offset < 0x8000_0000 => offset,
            Ok(_) | Err(_) => {
                far.push(*offset);
                0x8000_0000 | u32::try_from(far.len() - 1).unwrap_or(0)
            }
        };
        index.extend_from_slice(&short.to_be_bytes());
    }
    far.iter().for_each(|offset| index.extend_from_slice(&offset.to_be_bytes()));
    index.extend_from_slice(&pack.0);
    let checksum = ObjectId::checksum(&index);
    index.extend_from_slice(&checksum.0);
    index
}
