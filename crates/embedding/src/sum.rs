//! Summing rows: the one hot loop of embedding.

use pulp::{Arch, Simd, WithSimd};

use crate::{
    Vector,
    fold::for_each_word,
    memo::{Few, WordMap},
    split::{Whole, split},
    table::{DIMENSIONS, ROW_BYTES, Row, WORDS, lookup},
};

/// Rows that occur once go to 16-bit sums: `weight × code` is at most 765, so 85 of them fit.
const NARROW_ROWS: u32 = 85;

/// A weighted sum of rows, not yet a unit vector.
///
/// Codes 0 to 3 are summed as they are; `2c - 3` is applied once at the end.
#[derive(Debug, Clone)]
pub struct Sum {
    narrow: Box<[u16; DIMENSIONS]>,
    narrow_rows: u32,
    wide: Box<[f32; DIMENSIONS]>,
    weights: f32,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            narrow: Box::new([0; DIMENSIONS]),
            narrow_rows: 0,
            wide: Box::new([0.0; DIMENSIONS]),
            weights: 0.0,
        }
    }
}

impl Sum {
    /// Adds a row with its own weight, once.
    #[inline(always)]
    pub fn add(&mut self, row: Row) {
        if self.narrow_rows == NARROW_ROWS {
            self.widen();
        }
        self.narrow_rows += 1;
        let weight = row.weight();
        self.weights += f32::from(weight);
        add_narrow(&mut self.narrow, row.codes(), weight.into());
    }

    /// Adds a row with its own weight times `factor`.
    #[inline(always)]
    pub fn add_scaled(&mut self, row: Row, factor: f32) {
        let weight = f32::from(row.weight()) * factor;
        self.weights += weight;
        add_wide(&mut self.wide, row.codes(), weight);
    }

    /// The coordinates of the sum so far; the sum becomes empty.
    pub fn take(&mut self) -> Box<[f32; DIMENSIONS]> {
        let mut coordinates = Box::new([0.0; DIMENSIONS]);
        self.take_into(&mut coordinates);
        coordinates
    }

    /// Writes the coordinates of the sum so far; the sum becomes empty.
    #[inline(always)]
    fn take_into(&mut self, coordinates: &mut [f32; DIMENSIONS]) {
        self.widen();
        let bias = 3.0 * std::mem::take(&mut self.weights);
        for (coordinate, sum) in coordinates.iter_mut().zip(self.wide.iter_mut()) {
            *coordinate = 2.0 * std::mem::take(sum) - bias;
        }
    }

    #[inline(always)]
    fn widen(&mut self) {
        if self.narrow_rows > 0 {
            for (wide, narrow) in self.wide.iter_mut().zip(self.narrow.iter_mut()) {
                *wide += f32::from(std::mem::take(narrow));
            }
            self.narrow_rows = 0;
        }
    }
}

#[inline(always)]
fn add_narrow(sums: &mut [u16; DIMENSIONS], codes: &[u8; ROW_BYTES], weight: u16) {
    for (quarter, sums) in sums.chunks_exact_mut(ROW_BYTES).enumerate() {
        for (sum, code) in sums.iter_mut().zip(codes) {
            *sum = sum.wrapping_add(u16::from((code >> (2 * quarter)) & 3) * weight);
        }
    }
}

#[inline(always)]
fn add_wide(sums: &mut [f32; DIMENSIONS], codes: &[u8; ROW_BYTES], weight: f32) {
    for (quarter, sums) in sums.chunks_exact_mut(ROW_BYTES).enumerate() {
        for (sum, code) in sums.iter_mut().zip(codes) {
            *sum += f32::from((code >> (2 * quarter)) & 3) * weight;
        }
    }
}

/// How often each row occurs in a text.
#[derive(Debug)]
pub struct RowCounts {
    counts: Vec<u16>,
    distinct: Vec<Row>,
}

impl Default for RowCounts {
    fn default() -> Self {
        Self { counts: vec![0; WORDS], distinct: Vec::new() }
    }
}

impl RowCounts {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.distinct.is_empty()
    }

    /// Counts a row once more.
    pub fn count(&mut self, row: Row) {
        if let Some(count) = self.counts.get_mut(row.index()) {
            if *count == 0 {
                self.distinct.push(row);
            }
            *count = count.saturating_add(1);
        }
    }

    /// Writes the sum of `sqrt(count) × weight × coordinates` over every row; the counts become empty.
    /// `sum` is only worked with.
    pub fn drain_into(&mut self, sum: &mut Sum, coordinates: &mut [f32; DIMENSIONS]) {
        Arch::new().dispatch(Drain { counts: self, sum, coordinates });
    }
}

/// [`RowCounts::drain_into`] with the widest instructions of this processor: the hot loop of indexing.
struct Drain<'a> {
    counts: &'a mut RowCounts,
    sum: &'a mut Sum,
    coordinates: &'a mut [f32; DIMENSIONS],
}

impl WithSimd for Drain<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.counts.distinct.drain(..) {
            if let Some(count) = self.counts.counts.get_mut(row.index()) {
                match std::mem::take(count) {
                    1 => self.sum.add(row),
                    several => self.sum.add_scaled(row, f32::from(several).sqrt()),
                }
            }
        }
        self.sum.take_into(self.coordinates);
    }
}

/// The rows of a folded word: its own, or those of its parts, or none.
pub fn rows_of(word: &str) -> Vec<Row> {
    lookup(word).map_or_else(|| split(word, Whole::Allowed), |row| vec![row])
}

/// Most folded words an [`Embedder`] remembers before it forgets them all and starts again.
const MEMO_WORDS: usize = 100_000;

/// Turns texts into vectors, remembering the words it has seen.
#[derive(Debug, Default)]
pub struct Embedder {
    memo: WordMap<Few<Row>>,
    counts: RowCounts,
    sum: Sum,
}

impl Embedder {
    /// The unit vector of a text; all zero if no word of it is known.
    pub fn embed(&mut self, text: &str) -> Vector {
        if self.memo.len() > MEMO_WORDS {
            self.memo.clear();
        }
        for_each_word(text, |word, _| {
            if let Some(rows) = self.memo.get(word) {
                rows.as_slice().iter().for_each(|row| self.counts.count(*row));
            } else {
                let rows = Few::from(rows_of(word));
                rows.as_slice().iter().for_each(|row| self.counts.count(*row));
                self.memo.insert(word, rows);
            }
        });
        let mut coordinates = Box::new([0.0; DIMENSIONS]);
        self.counts.drain_into(&mut self.sum, &mut coordinates);
        Vector::normalised(coordinates)
    }
}
