//! The words of the table nearest to a word, so that a German question reaches English notes.

use pulp::{Arch, Simd, WithSimd};

use crate::table::{ROW_BYTES, Row, WORDS};

/// A set of rows: one bit each, 9,375 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet(Vec<u8>);

impl Default for RowSet {
    fn default() -> Self {
        Self(vec![0; WORDS.div_ceil(8)])
    }
}

impl RowSet {
    /// Reads a set back from its bytes; none if they are of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == WORDS.div_ceil(8)).then(|| Self(bytes.to_vec()))
    }

    /// The set as bytes, for storage.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds a row; true if it was not there.
    pub fn insert(&mut self, row: Row) -> bool {
        let bit = 1 << (row.index() % 8);
        self.0.get_mut(row.index() / 8).is_some_and(|byte| {
            let fresh = *byte & bit == 0;
            *byte |= bit;
            fresh
        })
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        (0_u32..).step_by(8).zip(&self.0).flat_map(|(first, byte)| {
            (0..8)
                .filter(move |bit| byte >> bit & 1 == 1)
                .filter_map(move |bit| Row::new(first + bit))
        })
    }
}

/// A word near another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The word.
    pub row: Row,
    /// The cosine of the two rows, without weights.
    pub cosine: f32,
}

/// For each row of `of`, its `most` nearest rows `among` with a cosine above `floor`, nearest first.
/// A row is not its own neighbour.
pub fn neighbours(of: &[Row], among: &RowSet, most: usize, floor: f32) -> Vec<Vec<Neighbour>> {
    let mut found = Arch::new().dispatch(Scan { of, among, floor });
    for found in &mut found {
        found.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row)));
        found.truncate(most);
    }
    found
}

/// The cosine of two rows, without weights.
pub fn cosine(a: Row, b: Row) -> f32 {
    let (a, b) = (Packed::of(a), Packed::of(b));
    a.dot(&b) as f32 / (a.square() as f32 * b.square() as f32).sqrt()
}

/// The scan of [`neighbours`] with the widest instructions of this processor: it looks at every word
/// of an index.
struct Scan<'a> {
    of: &'a [Row],
    among: &'a RowSet,
    floor: f32,
}

impl WithSimd for Scan<'_> {
    type Output = Vec<Vec<Neighbour>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Self::Output {
        let asked: Vec<(Packed, f32)> = self
            .of
            .iter()
            .map(|row| {
                let packed = Packed::of(*row);
                let length = packed.square() as f32;
                (packed, length)
            })
            .collect();
        let mut found = vec![Vec::new(); self.of.len()];
        let rows: Vec<Row> = self.among.iter().collect();
        for row in rows {
            let packed = Packed::of(row);
            for (((other, length), asked), found) in asked.iter().zip(self.of).zip(&mut found) {
                if packed.high_differences(other) > FAR {
                    continue;
                }
                let cosine = packed.dot(other) as f32 / (packed.square() as f32 * length).sqrt();
                if cosine > self.floor && row != *asked {
                    found.push(Neighbour { row, cosine });
                }
            }
        }
        found
    }
}

/// Signs, of 384, in which words with a cosine above 0.4 do not differ: at that angle 142 do on
/// average, with a deviation of 9.5, and of two words that have nothing to do with each other 192.
const FAR: u32 = 170;
const LANES: usize = ROW_BYTES / 8;
const LOW: u64 = 0x5555_5555_5555_5555;

/// A row's codes as they lie: 12 words of 32 codes, each a high bit beside a low bit.
///
/// A coordinate is `2h + l` with `h` and `l` read as -1 or +1, so a dot product is
/// `4·hh + 2·(hl + lh) + ll`, and each of these is the number of bits minus twice the bits that differ.
struct Packed([u64; LANES]);

impl Packed {
    #[inline(always)]
    fn of(row: Row) -> Self {
        let mut lanes = [0; LANES];
        let (codes, _) = row.codes().as_chunks::<8>();
        for (lane, bytes) in lanes.iter_mut().zip(codes) {
            *lane = u64::from_le_bytes(*bytes);
        }
        Self(lanes)
    }

    /// In how many signs two rows differ.
    #[inline(always)]
    fn high_differences(&self, other: &Self) -> u32 {
        let mut bits = 0;
        for (a, b) in self.0.iter().zip(&other.0) {
            bits += ((a ^ b) & !LOW).count_ones();
        }
        bits
    }

    #[inline(always)]
    fn dot(&self, other: &Self) -> i32 {
        let (mut straight, mut high, mut crossed) = (0, 0, 0);
        for (a, b) in self.0.iter().zip(&other.0) {
            let differ = a ^ b;
            straight += differ.count_ones();
            high += (differ & !LOW).count_ones();
            crossed += ((((a >> 1) ^ b) & LOW) | (((a ^ (b >> 1)) & LOW) << 1)).count_ones();
        }
        // 384 bits of each kind; `straight` holds the low and the high ones.
        let low = straight - high;
        let agree = |differ: u32, bits: i32| bits - 2 * differ as i32;
        4 * agree(high, 384) + agree(low, 384) + 2 * agree(crossed, 768)
    }

    /// The dot product with itself: 9 for each outer code (0 or 3), 1 for each inner one.
    #[inline(always)]
    fn square(&self) -> i32 {
        let mut inner = 0;
        for lane in &self.0 {
            inner += ((lane ^ (lane >> 1)) & LOW).count_ones();
        }
        9 * (384 - inner as i32) + inner as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{DIMENSIONS, lookup};

    fn coordinates(row: Row) -> Vec<i32> {
        let codes = row.codes();
        (0..DIMENSIONS)
            .map(|j| 2 * i32::from((codes[j % ROW_BYTES] >> (2 * (j / ROW_BYTES))) & 3) - 3)
            .collect()
    }

    #[test]
    fn the_packed_product_is_the_product_of_the_coordinates() {
        for (a, b) in [("haus", "house"), ("haus", "haus"), ("termin", "xylophon"), ("a", "zug")] {
            let (Some(a), Some(b)) = (lookup(a), lookup(b)) else { continue };
            let expected: i32 = coordinates(a).iter().zip(coordinates(b)).map(|(x, y)| x * y).sum();
            assert_eq!(Packed::of(a).dot(&Packed::of(b)), expected);
            assert_eq!(Packed::of(a).square(), Packed::of(a).dot(&Packed::of(a)));
        }
    }

    #[test]
    fn a_german_word_has_english_neighbours() {
        let mut all = RowSet::default();
        (0..WORDS as u32).filter_map(Row::new).for_each(|row| {
            all.insert(row);
        });
        let near = neighbours(&[lookup("zahnarzt").unwrap()], &all, 8, 0.45);
        let words: Vec<_> = near[0].iter().map(|near| near.row.word()).collect();
        assert!(words.contains(&"dentist"), "{words:?}");
    }

    #[test]
    fn a_set_reads_back_from_its_bytes() {
        let mut set = RowSet::default();
        let row = lookup("haus").unwrap();
        assert!(set.insert(row) && !set.insert(row));
        assert_eq!(RowSet::from_bytes(set.as_bytes()), Some(set.clone()));
        assert_eq!(set.iter().collect::<Vec<_>>(), [row]);
        assert_eq!(RowSet::from_bytes(b"short"), None);
    }
}
