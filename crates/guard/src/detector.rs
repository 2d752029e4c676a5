//! The small detector: a hashed n-gram linear model over windows of folded text.
//!
//! Its table is made by `cargo xtask guard DIR --train`; `NOTICE` beside it says from what. A score is a label for
//! people, never a permission.

use std::{ops::Range, sync::OnceLock};

use crate::screen::{concepts::concept, fold::fold};

/// How many weights there are, one byte each.
pub const BUCKETS: usize = 1 << 16;
/// The length of a window, in folded bytes.
pub const WINDOW: usize = 320;
/// How far apart windows begin.
pub const STRIDE: usize = 80;
/// The shorter window, for an order in the middle of a long paragraph.
pub const SMALL_WINDOW: usize = 160;

/// How far apart, in folded bytes, a feature must stand from itself to count again.
const ECHO: u32 = 240;

const CHARACTERS: u32 = 44 << 10;
const WORDS: u32 = 14 << 10;
const CONCEPTS: u32 = 6 << 10;
/// How many characters an n-gram has.
const GRAMS: [usize; 3] = [3, 4, 5];
const SHORTEST_GRAM: usize = 3;
const LONGEST_GRAM: usize = 5;
/// How much a character n-gram counts beside a word.
const CHARACTER_VALUE: f32 = 0.3;
/// How much the score of the best window falls with the number of windows it is the best of.
const CROWD: f32 = 0.5;
/// Numbers before the weights: scale, bias and threshold.
const HEAD: usize = 12;

static SHIPPED: OnceLock<Option<Detector<'static>>> = OnceLock::new();

/// A trained table.
#[derive(Debug, Clone)]
pub struct Detector<'a> {
    weights: &'a [u8; BUCKETS],
    scale: f32,
    bias: f32,
    threshold: f32,
}

impl Detector<'static> {
    /// The one that is compiled in.
    pub(crate) fn shipped() -> Option<&'static Self> {
        SHIPPED.get_or_init(|| Detector::read(include_bytes!("../data/detector.bin"))).as_ref()
    }
}

impl<'a> Detector<'a> {
    /// Reads a table: scale, bias and threshold as little-endian `f32`, then a signed byte for each bucket.
    ///
    /// Returns nothing where the length is wrong.
    pub fn read(table: &'a [u8]) -> Option<Self> {
        let (head, weights) = table.split_at_checked(HEAD)?;
        let mut numbers =
            head.chunks_exact(4).filter_map(|bytes| bytes.try_into().ok()).map(f32::from_le_bytes);
        let (scale, bias, threshold) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some(Self { weights: weights.try_into().ok()?, scale, bias, threshold })
    }

    /// Whether a score is as high as that of one benign text in a hundred at most.
    pub fn is_suspicious(&self, score: f32) -> bool {
        score >= self.threshold
    }

    /// The score of the worst window: the higher, the more it reads like an order to the assistant.
    pub fn score(&self, text: &str) -> f32 {
        let folded = fold(text);
        let layout = Layout::of(&folded);
        let mut blocks = vec![Sums::default(); layout.blocks.len()];
        let (mut current, mut sums) = (0, Sums::default());
        layout.visit(&folded, |block, bucket| {
            // Kept at hand while a block lasts.
            if block != current {
                if let Some(slot) = blocks.get_mut(current) {
                    *slot = std::mem::take(&mut sums);
                }
                current = block;
            }
            // A table has a weight for every number of 16 bits.
            sums.add(bucket, i32::from(self.weights[usize::from(bucket)].cast_signed()));
        });
        if let Some(slot) = blocks.get_mut(current) {
            *slot = sums;
        }
        let scores = layout.windows().map(|window| {
            let blocks = blocks.get(window).unwrap_or_default();
            let sums = blocks.iter().fold(Sums::default(), Sums::and);
            self.bias + self.scale * sums.weight() * measure(sums.squares())
        });
        let (best, count) =
            scores.fold((f32::MIN, 0.0_f32), |(best, count), score| (best.max(score), count + 1.0));
        // A long text has more chances to look bad.
        best - CROWD * count.max(1.0).ln()
    }
}

/// Weights and numbers of the features of a block, characters apart from the rest.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    characters: (i32, i32),
    others: (i32, i32),
}

impl Sums {
    fn add(&mut self, bucket: u16, weight: i32) {
        let sums =
            if u32::from(bucket) < CHARACTERS { &mut self.characters } else { &mut self.others };
        sums.0 += weight;
        sums.1 += 1;
    }

    fn and(self, other: &Self) -> Self {
        let add = |one: (i32, i32), other: (i32, i32)| (one.0 + other.0, one.1 + other.1);
        Self {
            characters: add(self.characters, other.characters),
            others: add(self.others, other.others),
        }
    }

    fn weight(self) -> f32 {
        self.characters.0 as f32 * CHARACTER_VALUE + self.others.0 as f32
    }

    fn squares(self) -> f32 {
        self.characters.1 as f32 * CHARACTER_VALUE * CHARACTER_VALUE + self.others.1 as f32
    }
}

/// How much a feature counts: single letters say less than words.
pub fn value(bucket: u16) -> f32 {
    if u32::from(bucket) < CHARACTERS { CHARACTER_VALUE } else { 1.0 }
}

/// What the sum of a window is multiplied by, given the sum of the squared values of its features.
pub fn measure(squares: f32) -> f32 {
    1.0 / squares.max(60.0).sqrt()
}

/// The features of a text in order, and where in them its blocks and windows begin and end.
#[derive(Debug, Clone, Default)]
pub struct Features {
    /// The buckets, in the order of the text.
    pub buckets: Vec<u16>,
    /// The blocks, as ranges of `buckets`, without gaps.
    pub blocks: Vec<Range<usize>>,
    /// The windows, as ranges of `blocks`.
    pub windows: Vec<Range<usize>>,
}

impl Features {
    /// The buckets of a window, none where there is no such window.
    pub fn window(&self, number: usize) -> &[u16] {
        let blocks = self.windows.get(number).and_then(|window| self.blocks.get(window.clone()));
        let (Some([first, ..]), Some([.., last])) = (blocks, blocks) else { return &[] };
        self.buckets.get(first.start..last.end).unwrap_or_default()
    }
}

/// The features of `text`, for training.
pub fn features(text: &str) -> Features {
    let folded = fold(text);
    let layout = Layout::of(&folded);
    let mut buckets = Vec::with_capacity(folded.len() * 5);
    let mut ends = vec![0; layout.blocks.len()];
    layout.visit(&folded, |block, bucket| {
        buckets.push(bucket);
        if let Some(end) = ends.get_mut(block) {
            *end = buckets.len();
        }
    });
    let mut begin = 0;
    // A block without features ends where the one before it did.
    let blocks = ends.into_iter().map(|end| {
        let block = begin..end.max(begin);
        begin = block.end;
        block
    });
    let blocks = blocks.collect();
    Features { buckets, blocks, windows: layout.windows().collect() }
}

/// A folded text cut into blocks. No block reaches over an empty line.
#[derive(Debug)]
struct Layout {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    /// Where it begins.
    begin: usize,
    /// The number of its paragraph.
    paragraph: u32,
}

impl Layout {
    fn of(folded: &[u8]) -> Self {
        let mut blocks = vec![Block { begin: 0, paragraph: 0 }];
        let (mut begin, mut paragraph) = (0, 0);
        for (place, byte) in folded.iter().enumerate() {
            if *byte == b'\n' {
                paragraph += 1;
            } else if place - begin < STRIDE {
                continue;
            }
            begin = place;
            blocks.push(Block { begin, paragraph });
        }
        Self { blocks }
    }

    /// The windows, as ranges of blocks: whole paragraphs where they are short, else pieces that overlap.
    fn windows(&self) -> impl Iterator<Item = Range<usize>> {
        let (small, large) = (SMALL_WINDOW / STRIDE, WINDOW / STRIDE);
        self.blocks
            .chunk_by(|one, other| one.paragraph == other.paragraph)
            .scan(0, |begin, blocks| {
                let from = *begin;
                *begin += blocks.len();
                Some((from, *begin))
            })
            .flat_map(move |(from, end)| {
                [small, large]
                    .into_iter()
                    .filter(move |size| *size == large || end - from > small)
                    .flat_map(move |size| {
                        let last = end.saturating_sub(size).max(from);
                        (from..=last).map(move |begin| begin..(begin + size).min(end))
                    })
            })
    }

    /// Calls `emit` with the block and bucket of every feature, in order.
    ///
    /// What was there a moment ago does not count again, so that a table or a ruler is not an avalanche.
    fn visit(&self, folded: &[u8], mut emit: impl FnMut(usize, u16)) {
        let mut seen: Box<[u32; BUCKETS]> = Box::new([0; BUCKETS]);
        let paragraphs = self.blocks.chunk_by(|one, other| one.paragraph == other.paragraph);
        let mut number = 0;
        for blocks in paragraphs {
            let begin = blocks.first().map_or(0, |block| block.begin);
            let rest = folded.get(begin..).unwrap_or_default();
            // All but the first begin with the line break that ends the one before.
            let skipped = usize::from(rest.first() == Some(&b'\n'));
            let rest = rest.get(skipped..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (mut at, mut next) = (number, blocks.iter().skip(1).peekable());
            // Moved by one echo, so that 0 is never.
            let moved =
                |place: usize| u32::try_from(place).unwrap_or(u32::MAX).saturating_add(ECHO);
            let first = moved(begin);
            visit(rest.get(..end).unwrap_or_default(), |place, buckets| {
                let place = begin + skipped + place;
                while next.next_if(|block| block.begin <= place).is_some() {
                    at += 1;
                }
                let now = moved(place);
                let limit = first.max((now - ECHO).saturating_add(1));
                for bucket in buckets {
                    let seen = &mut seen[usize::from(*bucket)];
                    if *seen < limit {
                        *seen = now;
                        emit(at, *bucket);
                    }
                }
            });
            number += blocks.len();
        }
    }
}

/// Calls `emit` with the place and buckets of every n-gram of a paragraph, places in order.
fn visit(paragraph: &[u8], mut emit: impl FnMut(usize, &[u16])) {
    let mut words = Words { is_start: true, ..Words::default() };
    let mut begin = None;
    let mut ahead = paragraph.iter().skip(LONGEST_GRAM - 1);
    // The five characters from here on, the nearest in the lowest byte.
    let mut five = paragraph
        .iter()
        .take(LONGEST_GRAM - 1)
        .zip(1..)
        .fold(0_u64, |five, (byte, place)| five | (u64::from(*byte) << (8 * place)));
    for (place, first) in paragraph.iter().enumerate() {
        five = (five >> 8) | (u64::from(ahead.next().copied().unwrap_or(0)) << 32);
        let buckets = GRAMS.map(|length| characters(five, length));
        let fit = (paragraph.len() - place).saturating_sub(SHORTEST_GRAM - 1).min(buckets.len());
        emit(place, buckets.get(..fit).unwrap_or_default());
        let is_word = first.is_ascii_alphanumeric() || *first >= 0x80 || *first == b'\'';
        match (begin, is_word) {
            (None, true) => begin = Some(place),
            (Some(from), false) => {
                let word = paragraph.get(from..place).unwrap_or_default();
                words.take(word, |bucket| emit(place, &[bucket]));
                begin = None;
            }
            (None, false) | (Some(_), true) => {}
        }
        words.is_start |= matches!(first, b'.' | b'!' | b'?' | b':' | b';' | b'\r' | b'"');
    }
    if let (Some(from), Some(last)) = (begin, paragraph.len().checked_sub(1)) {
        words.take(paragraph.get(from..).unwrap_or_default(), |bucket| emit(last, &[bucket]));
    }
}

/// The bucket of the first `length` of five characters: one multiplication spreads them.
#[inline]
fn characters(five: u64, length: usize) -> u16 {
    let gram = five & (u64::MAX >> (64 - 8 * length));
    let mixed = gram.wrapping_add(length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The high half of a product with the size is even over `0..size`.
    u16::try_from(((mixed >> 32) * u64::from(CHARACTERS)) >> 32).unwrap_or(0)
}

/// Which part of the table a feature belongs to.
#[derive(Debug, Clone, Copy)]
enum Part {
    Words,
    Concepts,
}

fn bucket(hash: u32, part: Part) -> u16 {
    let mut mixed = hash ^ (hash >> 15);
    mixed = mixed.wrapping_mul(0x2c1b_3c6d);
    mixed ^= mixed >> 13;
    let (from, size) = match part {
        Part::Words => (CHARACTERS, WORDS),
        Part::Concepts => (CHARACTERS + WORDS, CONCEPTS),
    };
    // The high half of a product with the size is even over `0..size`.
    let place = (u64::from(mixed) * u64::from(size)) >> 32;
    u16::try_from(u64::from(from) + place).unwrap_or(0)
}

/// The words just read, for n-grams of them and of what they mean.
#[derive(Debug, Default)]
struct Words {
    before: [u32; 2],
    count: u32,
    /// The last concepts and the number of the word each stood at, the newest first.
    concepts: [(u8, u32); 4],
    /// Whether the next word begins a sentence, and whether the last one did.
    is_start: bool,
    was_start: bool,
}

impl Words {
    /// How many words two concepts may stand apart.
    const NEAR: u32 = 9;

    fn take(&mut self, word: &[u8], mut emit: impl FnMut(u16)) {
        let mut hash = 0x9e37_79b9_u32;
        for byte in word {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
        let [last, one_before] = self.before;
        let two = hash.wrapping_mul(31).wrapping_add(last);
        let three = two.wrapping_mul(31).wrapping_add(one_before);
        for gram in [hash, two ^ 0x5555, three ^ 0xaaaa] {
            emit(bucket(gram, Part::Words));
        }
        // What a sentence begins with tells orders from reports.
        if self.is_start {
            emit(bucket(hash ^ 0x7777_0000, Part::Words));
        }
        if self.was_start {
            emit(bucket(two ^ 0x1234_0000, Part::Words));
        }
        self.was_start = std::mem::take(&mut self.is_start);
        self.before = [hash, last];
        self.count += 1;
        let found = concept(word);
        if found != 0 {
            self.meet(found, emit);
        }
    }

    /// Concepts count alone, in pairs and in threes, whatever their order: German puts the verb last.
    fn meet(&mut self, found: u8, mut emit: impl FnMut(u16)) {
        let mut feature = |mut concepts: [u8; 3]| {
            concepts.sort_unstable();
            let hash = concepts
                .iter()
                .fold(7_u32, |hash, concept| hash.wrapping_mul(0x0100_0193) ^ u32::from(*concept));
            emit(bucket(hash, Part::Concepts));
        };
        feature([0, 0, found]);
        let near = |(concept, at): (u8, u32)| {
            (concept != 0 && concept != found && self.count - at <= Self::NEAR).then_some(concept)
        };
        let [first, second, third, fourth] = self.concepts.map(near);
        for other in [first, second, third, fourth].into_iter().flatten() {
            feature([0, other, found]);
        }
        for (one, other) in [(first, second), (first, third), (second, third)] {
            if let (Some(one), Some(other)) = (one, other) {
                feature([one, other, found]);
            }
        }
        let [first, second, third, _] = self.concepts;
        self.concepts = [(found, self.count), first, second, third];
    }
}
