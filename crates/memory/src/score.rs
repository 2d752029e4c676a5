//! Scoring every window against a question: words by BM25, meaning by the distance of codes.
//!
//! The word index counts chunks, but what is scored is a window, a chunk with its neighbours; the counts
//! of a window are the sums of its chunks'. See `docs/decisions/0003-ranking.md` for the recipe.

use std::sync::LazyLock;

use localgpt_embedding::DIMENSIONS;

use crate::table::Table;

/// BM25's saturation of repeated terms and its correction for length (Robertson and Walker 1994; the
/// usual values).
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What a part of an asked compound counts.
const PART_WEIGHT: f32 = 0.5;
/// How often a term of the heading counts as standing in each window below it.
const HEADING_COUNT: f32 = 0.5;
/// The most chunks below a heading that its terms reach.
const HEADING_REACH: usize = 400;

/// Where a term stands: places, ascending, each with how often.
pub(crate) type Postings = Vec<(u32, f32)>;

/// A term of a question with everything that scoring needs.
#[derive(Debug, Default)]
pub(crate) struct Term {
    /// Where it stands.
    pub postings: Postings,
    /// What it counts: 1 for an asked word.
    pub weight: f32,
    /// Whether it was asked itself or stands in for a word that was.
    pub asked: bool,
}

/// The words' share of the score of every window.
#[derive(Debug)]
pub(crate) struct WordScores {
    /// By place: the window's share of what one with all asked words would have.
    pub shares: Vec<f32>,
    /// By place: what of its window's share the chunk has by itself.
    pub own: Vec<f32>,
    /// The idf of each term, in their order.
    pub idf: Vec<f32>,
}

/// What a part of an asked word counts.
pub(crate) fn part_weight() -> f32 {
    PART_WEIGHT
}

/// Rarity of a term that stands in `found` of `all` windows (Robertson and Spärck Jones 1976, as Lucene
/// keeps it positive).
pub(crate) fn idf(found: usize, all: usize) -> f32 {
    let (found, all) = (found as f32, all as f32);
    ((all - found + 0.5).max(0.0) / (found + 0.5)).ln_1p()
}

/// Scores the windows by words.
pub(crate) fn words(table: &Table, terms: &[Term]) -> WordScores {
    let places = table.slots().len();
    let mut shares = vec![0.0_f32; places];
    let mut own = vec![0.0_f32; places];
    let mut counts = vec![0.0_f32; places];
    let mut touched: Vec<u32> = Vec::new();
    let mut idfs = Vec::with_capacity(terms.len());
    let mut whole = 0.0;
    for term in terms {
        spread(table, &term.postings, &mut counts, &mut touched);
        let idf = idf(touched.len(), table.live());
        idfs.push(idf);
        if term.asked {
            whole += idf * term.weight;
        }
        let weight = term.weight * idf;
        for &(place, count) in &term.postings {
            if let Some(own) = own.get_mut(place as usize) {
                *own += weight * saturated(count, 1.0);
            }
        }
        spread_headings(table, &term.postings, &mut counts, &mut touched);
        for place in touched.drain(..) {
            let place = place as usize;
            let (Some(count), Some(share), Some(length)) =
                (counts.get_mut(place), shares.get_mut(place), table.lengths().get(place))
            else {
                continue;
            };
            *share += weight * saturated(*count, *length);
            *count = 0.0;
        }
    }
    let best = (whole * (K1 + 1.0)).max(f32::MIN_POSITIVE);
    shares.iter_mut().chain(&mut own).for_each(|share| *share /= best);
    WordScores { shares, own, idf: idfs }
}

/// BM25's correction for a window of so many words.
pub(crate) fn length(words: u32, mean_words: f32) -> f32 {
    1.0 - B + B * words as f32 / mean_words
}

/// BM25's worth of a term that occurs `count` times.
fn saturated(count: f32, length: f32) -> f32 {
    count * (K1 + 1.0) / (count + K1 * length)
}

/// Adds the counts of chunks to the windows they are in.
fn spread(table: &Table, postings: &Postings, counts: &mut [f32], touched: &mut Vec<u32>) {
    for &(place, count) in postings {
        for window in table.windows_with(place as usize) {
            add(window, count, counts, touched);
        }
    }
}

/// Adds a heading's terms to the windows below it.
fn spread_headings(table: &Table, postings: &Postings, counts: &mut [f32], touched: &mut Vec<u32>) {
    for &(place, _) in postings {
        let heading = place as usize;
        let Some(slot) = table.slots().get(heading).filter(|slot| slot.is_heading()) else {
            continue;
        };
        let reach = usize::from(slot.section).min(HEADING_REACH);
        for window in heading + 1..=heading + reach {
            add(window, HEADING_COUNT, counts, touched);
        }
    }
}

fn add(window: usize, count: f32, counts: &mut [f32], touched: &mut Vec<u32>) {
    if let Some(sum) = counts.get_mut(window) {
        if *sum == 0.0 {
            touched.push(window as u32);
        }
        *sum += count;
    }
}

/// The cosine of two vectors whose codes differ in `distance` bits.
///
/// Two random unit vectors with angle `a` differ in a share `a / pi` of their signs (Goemans and
/// Williamson 1995).
pub(crate) fn estimated_cosine(distance: u16) -> f32 {
    COSINES.get(usize::from(distance)).copied().unwrap_or(-1.0)
}

static COSINES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..=DIMENSIONS)
        .map(|distance| (std::f32::consts::PI * distance as f32 / DIMENSIONS as f32).cos())
        .collect()
});
