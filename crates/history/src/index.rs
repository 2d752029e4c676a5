//! Git's index: what is recorded, with the stamps of the files, so that an unchanged file is not read again.
//! It is a cache: what cannot be read is made again.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use crate::{durable, id::ObjectId, object::Mode};

/// What tells a file that was changed from one that was not, as far as git keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stamp {
    pub(crate) changed: (u32, u32),
    pub(crate) modified: (u32, u32),
    pub(crate) device: u32,
    pub(crate) inode: u32,
    pub(crate) user: u32,
    pub(crate) group: u32,
    pub(crate) size: u32,
}

impl Stamp {
    /// Of no file.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Of a file.
    pub(crate) fn of(stat: &rustix::fs::Stat) -> Self {
        // The lower half of each number, as git keeps them.
        let low = |number: i64| u32::try_from(number & 0xffff_ffff).unwrap_or(0);
        Self {
            changed: (low(stat.st_ctime as _), low(stat.st_ctime_nsec as _)),
            modified: (low(stat.st_mtime as _), low(stat.st_mtime_nsec as _)),
            device: low(stat.st_dev as _),
            inode: low(stat.st_ino as _),
            user: stat.st_uid,
            group: stat.st_gid,
            size: low(stat.st_size as _),
        }
    }
}

/// A file that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    pub(crate) path: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) id: ObjectId,
    pub(crate) stamp: Stamp,
}

/// All of them, in the order of their paths, with the time the index was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<IndexEntry>,
    written: (u32, u32),
}

impl Index {
    /// An index whose stamps are not to be believed.
    pub(crate) fn of(entries: Vec<IndexEntry>) -> Self {
        Self { entries, written: (0, 0) }
    }

    /// Reads the index, if there is one of a kind that is understood.
    pub(crate) fn load(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let entries = read(&bytes)?;
        let metadata = fs::metadata(path).ok()?;
        let low = |number: i64| u32::try_from(number & 0xffff_ffff).unwrap_or(0);
        Some(Self { entries, written: (low(metadata.mtime()), low(metadata.mtime_nsec())) })
    }

    /// Writes entries as the index.
    pub(crate) fn store(path: &Path, entries: &[IndexEntry]) -> io::Result<()> {
        durable::replace_cache(path, &write(entries))
    }

    /// Whether a file may have been changed in the same tick in which the index was written.
    pub(crate) fn is_racy(&self, stamp: &Stamp) -> bool {
        stamp.modified >= self.written || stamp.changed >= self.written
    }
}

const NAME_LENGTH: u16 = 0xfff;
const STAGE: u16 = 0x3000;
const EXTENDED: u16 = 0x4000;
const FIXED: usize = 62;

fn read(bytes: &[u8]) -> Option<Vec<IndexEntry>> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(20)?)?;
    let is_whole = checksum == [0; 20] || ObjectId::checksum(content).0 == checksum;
    let version = number(content, 4)?;
    if !is_whole || !content.starts_with(b"DIRC") || !(2..=3).contains(&version) {
        return None;
    }
    let count = number(content, 8)? as usize;
    let mut entries = Vec::with_capacity(count.min(content.len() / FIXED));
    let mut place = 12;
    for _ in 0..count {
        let entry = content.get(place..)?;
        let field = |number_of: usize| number(entry, number_of * 4);
        let flags = u16::from_be_bytes(entry.get(60..62)?.try_into().ok()?);
        let start = if flags & EXTENDED == 0 { FIXED } else { FIXED + 2 };
        let rest = entry.get(start..)?;
        let length = match usize::from(flags & NAME_LENGTH) {
            0xfff => memchr::memchr(0, rest)?,
            length => length,
        };
        let stamp = Stamp {
            changed: (field(0)?, field(1)?),
            modified: (field(2)?, field(3)?),
            device: field(4)?,
            inode: field(5)?,
            user: field(7)?,
            group: field(8)?,
            size: field(9)?,
        };
        let id = ObjectId::from_bytes(entry.get(40..60)?)?;
        let path = rest.get(..length)?.to_vec();
        if flags & STAGE == 0 {
            entries.push(IndexEntry { path, mode: Mode(field(6)?), id, stamp });
        }
        place += (start + length + 8) & !7;
    }
    let mut rest = content.get(place..)?;
    while !rest.is_empty() {
        // An extension that begins with a small letter changes what the entries mean.
        if !rest.first()?.is_ascii_uppercase() {
            return None;
        }
        let length = number(rest, 4)? as usize;
        rest = rest.get(8 + length..)?;
    }
    entries.is_sorted_by(|one, other| one.path < other.path).then_some(entries)
}

fn write(entries: &[IndexEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 100 + 32);
    bytes.extend_from_slice(b"DIRC\0\0\0\x02");
    bytes.extend_from_slice(&u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    for IndexEntry { path, mode, id, stamp } in entries {
        let start = bytes.len();
        let fields = [
            stamp.changed.0,
            stamp.changed.1,
            stamp.modified.0,
            stamp.modified.1,
            stamp.device,
            stamp.inode,
            mode.0,
            stamp.user,
            stamp.group,
            stamp.size,
        ];
        fields.iter().for_each(|field| bytes.extend_from_slice(&field.to_be_bytes()));
        bytes.extend_from_slice(&id.0);
        let length = u16::try_from(path.len()).unwrap_or(NAME_LENGTH).min(NAME_LENGTH);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(path);
        let length = bytes.len() - start;
        bytes.resize(start + ((length + 8) & !7), 0);
    }
    let checksum = ObjectId::checksum(&bytes);
    bytes.extend_from_slice(&checksum.0);
    bytes
}

fn number(bytes: &[u8], place: usize) -> Option<u32> {
    bytes.get(place..place + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let stamp = Stamp { modified: (5, 6), size: 7, ..Stamp::none() };
        let entry = |path: &str| IndexEntry {
            path: path.as_bytes().to_vec(),
            mode: Mode::PROGRAM,
            id: ObjectId([3; 20]),
            stamp,
        };
        let long = "x/".repeat(3_000);
        let entries: Vec<_> = ["a", "a\nb", "bcdefgh", &long].map(entry).to_vec();
        assert_eq!(read(&write(&entries)), Some(entries.clone()));
        let mut torn = write(&entries);
        torn.truncate(torn.len() / 2);
        assert_eq!(read(&torn), None);
        assert_eq!(read(b""), None);
    }
}
