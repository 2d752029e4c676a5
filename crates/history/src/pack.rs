//! Reading packs: many objects in one file, with a sorted index beside it. Ordinary git writes such packs too.

use std::{
    cell::RefCell,
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use flate2::Decompress;
use rustc_hash::FxHashMap;

use crate::{
    delta,
    id::ObjectId,
    inflate::{Inflated, inflate},
    object::Kind,
};

/// Read at once where reading goes on from where it was.
const AHEAD: usize = 256 * 1024;
/// Read at once elsewhere.
const JUMP: usize = 4 * 1024;
/// How long a chain of differences may be; git makes them 50 long, or 250 when told so.
const DEEPEST: usize = 4_096;
/// Objects kept because others are told as a difference to them.
const KEPT_BYTES: usize = 16 << 20;

pub(crate) const INDEX_MAGIC: &[u8] = b"\xfftOc\0\0\0\x02";
const FANOUT_END: usize = 8 + 256 * 4;

/// An opened pack.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) path: PathBuf,
    index: Vec<u8>,
    count: usize,
    file: File,
    length: u64,
    window: RefCell<Window>,
    bases: RefCell<Bases>,
}

#[derive(Debug, Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Bases {
    bytes: usize,
    objects: FxHashMap<u64, (Kind, Vec<u8>)>,
}

/// An entry before what it differs from is known.
enum Entry {
    Whole(Kind, Vec<u8>),
    FromOffset(u64, Vec<u8>),
    FromObject(ObjectId, Vec<u8>),
}

impl Pack {
    /// Opens the pack whose index lies at `index`.
    pub(crate) fn open(index: &Path) -> io::Result<Self> {
        let path = index.with_extension("pack");
        let bytes = fs::read(index)?;
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        let fine = bytes.starts_with(INDEX_MAGIC);
        let count = number(&bytes, FANOUT_END - 4).filter(|_| fine).ok_or_else(damaged)? as usize;
        if bytes.len() < FANOUT_END + count.saturating_mul(28) + 40 {
            return Err(damaged());
        }
        let (window, bases) = Default::default();
        Ok(Self { path, index: bytes, count, file, length, window, bases })
    }

    /// The names of all objects in it, in their order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ObjectId> {
        (0..self.count).filter_map(|place| self.id(place))
    }

    /// Whether it holds an object.
    pub(crate) fn contains(&self, id: ObjectId) -> bool {
        self.offset(id).is_some()
    }

    /// Reads an object; `None` if it is not in this pack.
    pub(crate) fn read(
        &self,
        id: ObjectId,
        state: &mut Decompress,
    ) -> Option<io::Result<(Kind, Vec<u8>)>> {
        self.offset(id).map(|offset| self.resolve(offset, state))
    }

    fn id(&self, place: usize) -> Option<ObjectId> {
        let start = FANOUT_END + place * 20;
        self.index.get(start..start + 20).and_then(ObjectId::from_bytes)
    }

    fn offset(&self, id: ObjectId) -> Option<u64> {
        let first = usize::from(*id.0.first()?);
        let bound = |place: usize| number(&self.index, 8 + place * 4).map(|bound| bound as usize);
        let mut low = if first == 0 { 0 } else { bound(first - 1)? };
        let mut high = bound(first)?.min(self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.id(middle)?.cmp(&id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.offset_at(middle),
            }
        }
        None
    }

    fn offset_at(&self, place: usize) -> Option<u64> {
        let short = number(&self.index, FANOUT_END + self.count * 24 + place * 4)?;
        if short & 0x8000_0000 == 0 {
            return Some(u64::from(short));
        }
        let long = FANOUT_END + self.count * 28 + (short & 0x7fff_ffff) as usize * 8;
        let (high, low) = (number(&self.index, long)?, number(&self.index, long + 4)?);
        Some(u64::from(high) << 32 | u64::from(low))
    }

    fn resolve(&self, offset: u64, state: &mut Decompress) -> io::Result<(Kind, Vec<u8>)> {
        let mut deltas = Vec::new();
        let mut place = offset;
        let (kind, mut bytes) = loop {
            if let Some(kept) = self.bases.borrow().objects.get(&place) {
                break kept.clone();
            }
            let from = match self.entry(place, state)? {
                Entry::Whole(kind, bytes) => break (kind, bytes),
                Entry::FromOffset(from, delta) => (from, delta),
                Entry::FromObject(id, delta) => (self.offset(id).ok_or_else(damaged)?, delta),
            };
            deltas.push((place, from.1));
            if deltas.len() > DEEPEST {
                return Err(damaged());
            }
            place = from.0;
        };
        while let Some((next, delta)) = deltas.pop() {
            self.keep(place, kind, &bytes);
            bytes = delta::apply(&bytes, &delta).ok_or_else(damaged)?;
            place = next;
        }
        Ok((kind, bytes))
    }

    fn keep(&self, place: u64, kind: Kind, bytes: &[u8]) {
        let mut bases = self.bases.borrow_mut();
        if bases.bytes + bytes.len() > KEPT_BYTES {
            *bases = Bases::default();
        }
        if bases.objects.insert(place, (kind, bytes.to_vec())).is_none() {
            bases.bytes += bytes.len();
        }
    }

    fn entry(&self, offset: u64, state: &mut Decompress) -> io::Result<Entry> {
        // Type and length take ten bytes at most, what it differs from twenty.
        let head = self.with_window(offset, 32, |bytes| {
            let (kind, length, mut used) = delta::head(bytes)?;
            let from = match kind {
                6 => {
                    let (back, more) = delta::back(bytes.get(used..)?)?;
                    used += more;
                    From::Offset(offset.checked_sub(back)?)
                }
                7 => {
                    let id = ObjectId::from_bytes(bytes.get(used..used + 20)?)?;
                    used += 20;
                    From::Object(id)
                }
                kind => From::Nothing(Kind::numbered(kind)?),
            };
            Some((from, length, used))
        })?;
        let (from, length, used) = head.ok_or_else(damaged)?;
        let content = self.content(offset + used as u64, length, state)?;
        Ok(match from {
            From::Nothing(kind) => Entry::Whole(kind, content),
            From::Offset(offset) => Entry::FromOffset(offset, content),
            From::Object(id) => Entry::FromObject(id, content),
        })
    }

    fn content(&self, offset: u64, length: usize, state: &mut Decompress) -> io::Result<Vec<u8>> {
        let mut wanted = length + length / 512 + 64;
        loop {
            match self.with_window(offset, wanted, |bytes| inflate(state, bytes, length))? {
                Inflated::Whole(content) if content.len() == length => return Ok(content),
                Inflated::MoreWanted if offset + (wanted as u64) < self.length => wanted *= 2,
                Inflated::Whole(_) | Inflated::MoreWanted | Inflated::Broken => {
                    return Err(damaged());
                }
            }
        }
    }

    /// Shows at least `wanted` bytes from `offset`, or what there is of them.
    fn with_window<T>(
        &self,
        offset: u64,
        wanted: usize,
        look: impl FnOnce(&[u8]) -> T,
    ) -> io::Result<T> {
        let mut window = self.window.borrow_mut();
        let rest = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = wanted.min(rest);
        let end = window.start + window.bytes.len() as u64;
        if offset < window.start || offset + wanted as u64 > end {
            let goes_on = offset >= window.start && offset <= end;
            let length = wanted.max(if goes_on { AHEAD } else { JUMP }).min(rest);
            window.bytes.resize(length, 0);
            window.start = offset;
            if let Err(error) = self.file.read_exact_at(&mut window.bytes, offset) {
                window.bytes.clear();
                return Err(error);
            }
        }
        let start = usize::try_from(offset - window.start).unwrap_or(usize::MAX);
        Ok(look(window.bytes.get(start..).unwrap_or_default()))
    }
}

/// What an entry is told as a difference to.
enum From {
    Nothing(Kind),
    Offset(u64),
    Object(ObjectId),
}

fn number(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..place + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is no pack that can be read")
}
