//! What a search looks at for every chunk, in columns, 1,024 chunks to a block.
//!
//! A chunk's number never changes and is never used again while the index lives; a removed chunk leaves
//! a dead slot, and a block of dead slots is dropped.

use std::{cell::RefCell, ops::Range};

use localgpt_embedding::Code;
use rusqlite::{Connection, params};
use rustc_hash::FxHashMap;

use crate::{
    changes::Standing,
    packed::kind,
    score::{self, Postings},
    vectors,
};

/// Chunks of a block.
pub(crate) const BLOCK: usize = 1_024;
const META_BYTES: usize = 10;
const CODE_BYTES: usize = 48;

/// The columns of one chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The file it is in; 0 if the slot is dead.
    pub file: u32,
    /// Its words.
    pub words: u16,
    /// The chunks that lie under it, if it is a heading.
    pub section: u16,
    /// What it is, as [`crate::chunk::Kind`] is stored, and what it says of itself in the upper four bits.
    pub kind: u8,
    /// How many chunks before and after it its window has: before in the upper four bits.
    pub window: u8,
}

impl Slot {
    /// The places of the chunks in its window, if it is at `place`.
    pub(crate) fn window(&self, place: usize) -> Range<usize> {
        let (before, after) = (usize::from(self.window >> 4), usize::from(self.window & 15));
        place.saturating_sub(before)..place + after + 1
    }

    /// What it says of itself.
    pub(crate) fn standing(&self) -> Standing {
        match self.kind >> 4 {
            1 => Standing::Replaces,
            2 => Standing::Past,
            _ => Standing::Plain,
        }
    }

    /// Whether it is a heading.
    pub(crate) fn is_heading(&self) -> bool {
        self.kind & 15 == crate::chunk::Kind::Heading as u8
    }

    fn to_bytes(self) -> [u8; META_BYTES] {
        let mut bytes = [0; META_BYTES];
        bytes[..4].copy_from_slice(&self.file.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.words.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.section.to_le_bytes());
        bytes[8] = self.kind;
        bytes[9] = self.window;
        bytes
    }

    fn from_bytes(bytes: &[u8; META_BYTES]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, number, window] = *bytes;
        let slot = Self {
            file: u32::from_le_bytes([a, b, c, d]),
            words: u16::from_le_bytes([e, f]),
            section: u16::from_le_bytes([g, h]),
            kind: number,
            window,
        };
        (slot.file == 0 || kind(number & 15).is_some()).then_some(slot)
    }
}

/// The most places that are remembered: 12 MB.
const MOST_REMEMBERED: usize = 1_500_000;

/// Places of terms by the query that found them: common words come again with the next question.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    postings: FxHashMap<Box<str>, Postings>,
    places: usize,
}

impl Remembered {
    /// What a query found before.
    pub(crate) fn get(&self, query: &str) -> Option<Postings> {
        self.postings.get(query).cloned()
    }

    /// Remembers what a query found, if there is room.
    pub(crate) fn keep(&mut self, query: &str, postings: &Postings) {
        if self.places + postings.len() <= MOST_REMEMBERED {
            self.places += postings.len();
            self.postings.insert(query.into(), postings.clone());
        }
    }
}

/// All chunks of an index, live and dead, by ascending number.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The first chunk number of each block, ascending.
    starts: Vec<i64>,
    slots: Vec<Slot>,
    codes: Vec<Code>,
    /// By place, what the length of its window does to the worth of a term there.
    lengths: Vec<f32>,
    /// By place, which windows it is in: bit 0 for that of the place before it, 1 for its own, 2 for
    /// that of the place after it.
    reaches: Vec<u8>,
    /// Where terms stand that were looked up since the columns were read.
    pub(crate) remembered: RefCell<Remembered>,
    live: usize,
}

impl Table {
    /// Reads the blocks of an index.
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut table = Self::default();
        let mut statement =
            connection.prepare_cached("SELECT id, meta, codes FROM blocks ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let (slots, codes) = unpack(row.get_ref(1)?.as_blob()?, row.get_ref(2)?.as_blob()?)
                .ok_or(rusqlite::Error::InvalidQuery)?;
            table.starts.push(id * BLOCK as i64);
            table.slots.extend(slots);
            table.codes.extend(codes);
        }
        table.measure();
        Ok(table)
    }

    fn measure(&mut self) {
        let mut total = 0_u64;
        let mut window_words = vec![0_u32; self.slots.len()];
        self.reaches = vec![0; self.slots.len()];
        for (place, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.file != 0) {
            let window = slot.window(place);
            let members = self.slots.get(window.clone()).unwrap_or_default();
            let words = members.iter().map(|slot| u32::from(slot.words)).sum();
            if let Some(sum) = window_words.get_mut(place) {
                *sum = words;
            }
            self.live += 1;
            total += u64::from(words);
            for member in window.start.max(place.saturating_sub(1))..window.end.min(place + 2) {
                if let Some(reach) = self.reaches.get_mut(member) {
                    *reach |= 1 << (place + 1 - member);
                }
            }
        }
        let mean_words = (total as f32 / self.live.max(1) as f32).max(1.0);
        self.lengths =
            window_words.into_iter().map(|words| score::length(words, mean_words)).collect();
    }

    /// By place, what [`score::length`] says of the window around the chunk there.
    pub(crate) fn lengths(&self) -> &[f32] {
        &self.lengths
    }

    /// The places of the windows that the chunk at `place` is in: its own and those beside it.
    pub(crate) fn windows_with(&self, place: usize) -> impl Iterator<Item = usize> {
        let reach = self.reaches.get(place).copied().unwrap_or_default();
        (0..3).filter(move |bit| reach >> bit & 1 == 1).map(move |bit| place + bit - 1)
    }

    /// Chunks that are not dead, which is also the number of windows.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    /// The slots, by place.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The codes, by place.
    pub(crate) fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The place of a chunk, if its block is there.
    pub(crate) fn place(&self, chunk: i64) -> Option<usize> {
        let start = chunk - chunk.rem_euclid(BLOCK as i64);
        // Where no block was dropped, its place tells itself.
        let first = self.starts.first()?;
        let guess = usize::try_from((start - first) / BLOCK as i64).ok()?;
        let block = match self.starts.get(guess) {
            Some(found) if *found == start => guess,
            _ => self.starts.binary_search(&start).ok()?,
        };
        Some(block * BLOCK + usize::try_from(chunk - start).ok()?)
    }

    /// The number of the chunk at a place.
    pub(crate) fn number(&self, place: usize) -> i64 {
        self.starts.get(place / BLOCK).copied().unwrap_or_default() + (place % BLOCK) as i64
    }
}

/// Changes the blocks of an index, each read at most once and written once.
#[derive(Default)]
pub(crate) struct TableWriter {
    blocks: FxHashMap<i64, (Vec<Slot>, Vec<Code>)>,
}

impl TableWriter {
    /// Sets the columns of a chunk; the default slot kills it.
    pub(crate) fn set(
        &mut self,
        connection: &Connection,
        chunk: i64,
        slot: Slot,
        code: Code,
    ) -> rusqlite::Result<()> {
        let id = chunk.div_euclid(BLOCK as i64);
        let block = match self.blocks.entry(id) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(read_block(connection, id)?)
            }
        };
        let at = chunk.rem_euclid(BLOCK as i64) as usize;
        if let (Some(to), Some(code_to)) = (block.0.get_mut(at), block.1.get_mut(at)) {
            (*to, *code_to) = (slot, code);
        }
        Ok(())
    }

    /// Writes what was changed.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for (id, (slots, codes)) in self.blocks.drain() {
            if slots.iter().all(|slot| slot.file == 0) {
                connection.prepare_cached("DELETE FROM blocks WHERE id = ?1")?.execute([id])?;
                vectors::remove(connection, id)?;
                continue;
            }
            let meta: Vec<u8> = slots.iter().flat_map(|slot| slot.to_bytes()).collect();
            let codes: Vec<u8> =
                codes.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
            connection
                .prepare_cached("INSERT OR REPLACE INTO blocks VALUES (?1, ?2, ?3)")?
                .execute(params![id, meta, codes])?;
        }
        Ok(())
    }
}

fn read_block(connection: &Connection, id: i64) -> rusqlite::Result<(Vec<Slot>, Vec<Code>)> {
    let mut statement =
        connection.prepare_cached("SELECT meta, codes FROM blocks WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    match rows.next()? {
        None => Ok((vec![Slot::default(); BLOCK], vec![Code::default(); BLOCK])),
        Some(row) => unpack(row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?)
            .ok_or(rusqlite::Error::InvalidQuery),
    }
}

fn unpack(meta: &[u8], codes: &[u8]) -> Option<(Vec<Slot>, Vec<Code>)> {
    if meta.len() != BLOCK * META_BYTES || codes.len() != BLOCK * CODE_BYTES {
        return None;
    }
    let (meta, _) = meta.as_chunks::<META_BYTES>();
    let slots = meta.iter().map(Slot::from_bytes).collect::<Option<Vec<_>>>()?;
    let (words, _) = codes.as_chunks::<8>();
    let (codes, _) = words.as_chunks::<6>();
    let codes = codes.iter().map(|code| code.map(u64::from_le_bytes)).collect();
    Some((slots, codes))
}
