//! The word table, read where it lies in the binary: no parsing at start, pages touched on demand.
//!
//! Layout of the data (little-endian): magic `DEWT0001`, u32 words, u32 dimensions, u32 bits, u32
//! vocabulary bytes, then `weight[n]`, `cost[n]`, `rows[n][96]`, and a front-coded vocabulary that
//! only the build script reads. Dimension `j` of a row is `(byte[j % 96] >> 2 * (j / 96)) & 3`, a
//! code `c` that stands for the coordinate `2c - 3`.

use localgpt_embedding_data::TABLE;

use crate::hash;

/// Coordinates of a vector.
pub const DIMENSIONS: usize = 384;
/// Bytes of a packed row.
pub(crate) const ROW_BYTES: usize = DIMENSIONS / 4;
/// Words in the table.
pub const WORDS: usize = 75_000;

const HEADER: usize = 24;
const RESTART: usize = 16;
static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));

/// One word of the table, by its place in byte order: below [`WORDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(u32);

impl Row {
    /// The row with this number, if the table has it.
    pub fn new(number: u32) -> Option<Self> {
        ((number as usize) < WORDS).then_some(Self(number))
    }

    /// Its place in the table.
    pub fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// How much the word counts in a sum: rarer words more, 1 to 255.
    pub fn weight(self) -> u8 {
        byte(TABLE, HEADER + self.index())
    }

    /// What the word costs as a part of a compound: `16 * ln(rank + 50)`.
    pub(crate) fn cost(self) -> u32 {
        byte(TABLE, HEADER + WORDS + self.index()).into()
    }

    /// The packed coordinates.
    pub(crate) fn codes(self) -> &'static [u8; ROW_BYTES] {
        const EMPTY: &[u8; ROW_BYTES] = &[0; ROW_BYTES];
        let start = HEADER + 2 * WORDS + self.index() * ROW_BYTES;
        TABLE.get(start..).and_then(<[u8]>::first_chunk).unwrap_or(EMPTY)
    }

    /// The word, folded.
    pub fn word(self) -> &'static str {
        let restart = hash::SLOTS + self.index() / RESTART;
        let mut offset = number(restart) as usize;
        for _ in 0..self.index() % RESTART {
            offset += 4 + usize::from(byte(entries(), offset));
        }
        std::str::from_utf8(letters(offset)).unwrap_or_default()
    }
}

/// The row of a folded word.
pub fn lookup(word: &str) -> Option<Row> {
    lookup_bytes(word.as_bytes())
}

pub(crate) fn lookup_bytes(word: &[u8]) -> Option<Row> {
    let hash = hash::hash(word);
    let fingerprint = hash::fingerprint(hash);
    let mut slot = hash::slot(hash);
    loop {
        let entry = number(slot);
        if entry == 0 {
            return None;
        }
        let offset = (entry & 0xf_ffff) as usize;
        if entry >> 20 == fingerprint && letters(offset) == word {
            let entries = entries();
            let row = [
                byte(entries, offset + 1),
                byte(entries, offset + 2),
                byte(entries, offset + 3),
                0,
            ];
            return Row::new(u32::from_le_bytes(row));
        }
        slot = (slot + 1) % hash::SLOTS;
    }
}

fn entries() -> &'static [u8] {
    const START: usize = 4 * (hash::SLOTS + WORDS.div_ceil(RESTART));
    INDEX.get(START..).unwrap_or_default()
}

fn letters(offset: usize) -> &'static [u8] {
    let entries = entries();
    let length = usize::from(byte(entries, offset));
    entries.get(offset + 4..offset + 4 + length).unwrap_or_default()
}

fn number(index: usize) -> u32 {
    let bytes = INDEX.get(4 * index..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_at_its_own_row() {
        let mut last = "";
        for number in 0..WORDS as u32 {
            let row = Row::new(number).unwrap();
            let word = row.word();
            assert!(word > last, "{word} after {last}");
            assert_eq!(lookup(word), Some(row), "{word}");
            last = word;
        }
        assert_eq!(lookup("qqqqzzzz"), None);
        assert_eq!(Row::new(WORDS as u32), None);
    }
}
