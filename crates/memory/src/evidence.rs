//! What of a question a text has: its words, their parts, or words that say nearly the same.

use std::rc::Rc;

use localgpt_embedding::{Row, cosine, for_each_word, lookup};
use rustc_hash::FxHashMap;

use crate::{
    question::Question,
    words::{Language, compound, for_each_identifier, word},
};

/// How near a word must be to count as saying nearly the same, as a cosine.
const NEAR: f32 = 0.5;
/// What a part of an asked compound gives of the whole word.
const PART: f32 = 0.8;

/// The letters of a stem that a text must have before its words are stemmed.
const BEGINNING: usize = 3;

/// Whether a word that only says nearly the same counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nearness {
    Counts,
    DoesNot,
}

/// Compares texts with a question, each different word once.
pub(crate) struct Evidence<'a> {
    question: &'a Question,
    nearness: Nearness,
    /// What is looked for: each word of the question, then its parts.
    wanted: Vec<Wanted<'a>>,
    memo: FxHashMap<(Box<str>, bool), Rc<Gives>>,
}

struct Wanted<'a> {
    /// The word of the question.
    word: usize,
    /// Whether it is the word itself and not a part of it.
    is_whole: bool,
    stems: &'a [Box<str>],
    rows: &'a [Row],
}

/// What one word of a text gives: which of the wanted, or how near it comes.
struct Gives {
    found: Vec<usize>,
    near: Vec<(usize, f32)>,
}

/// What was found so far.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// For each of the wanted, whether it was found.
    found: Vec<bool>,
    /// For each word of the question, how near the nearest word came.
    near: Vec<f32>,
}

impl<'a> Evidence<'a> {
    /// Prepares to compare texts with `question`.
    pub(crate) fn new(question: &'a Question, nearness: Nearness) -> Self {
        let mut wanted = Vec::new();
        for (number, word) in question.words.iter().enumerate() {
            wanted.push(Wanted {
                word: number,
                is_whole: true,
                stems: &word.stems,
                rows: &word.rows,
            });
            for part in &word.parts {
                wanted.push(Wanted { word: number, is_whole: false, stems: part, rows: &[] });
            }
        }
        Self { question, nearness, wanted, memo: FxHashMap::default() }
    }

    /// Nothing found yet.
    pub(crate) fn nothing(&self) -> Seen {
        Seen { found: vec![false; self.wanted.len()], near: vec![0.0; self.question.words.len()] }
    }

    /// Adds what `text` has.
    pub(crate) fn add(&mut self, seen: &mut Seen, text: &str) {
        for_each_word(text, |folded, range| {
            let raw = text.get(range).unwrap_or_default();
            let key = (Box::from(folded), raw.is_ascii());
            let gives = match self.memo.get(&key) {
                Some(gives) => Rc::clone(gives),
                None => {
                    let gives = Rc::new(gives(&self.wanted, folded, raw, self.nearness));
                    self.memo.insert(key, Rc::clone(&gives));
                    gives
                }
            };
            seen.take(&gives);
        });
        for_each_identifier(text, |term| {
            for (wanted, found) in self.wanted.iter().zip(&mut seen.found) {
                *found |= wanted.stems.iter().any(|stem| **stem == *term);
            }
        });
    }

    /// Counts what the question says about time as found: the text is from that time.
    pub(crate) fn add_time(&self, seen: &mut Seen) {
        for (wanted, found) in self.wanted.iter().zip(&mut seen.found) {
            *found |= self.question.words.get(wanted.word).is_some_and(|word| word.is_time);
        }
    }

    /// How much of each word of the question was found: 1 for the word itself, less for parts and for
    /// words that come near.
    pub(crate) fn shares(&self, seen: &Seen) -> Vec<f32> {
        let mut parts = vec![(0_u16, 0_u16); self.question.words.len()];
        let mut shares = vec![0.0_f32; self.question.words.len()];
        for (wanted, found) in self.wanted.iter().zip(&seen.found) {
            let (Some(share), Some((have, all))) =
                (shares.get_mut(wanted.word), parts.get_mut(wanted.word))
            else {
                continue;
            };
            if wanted.is_whole {
                *share = f32::from(u8::from(*found));
            } else {
                *all += 1;
                *have += u16::from(*found);
            }
        }
        for ((share, (have, all)), near) in shares.iter_mut().zip(parts).zip(&seen.near) {
            *share = share.max(PART * f32::from(have) / f32::from(all.max(1))).max(*near);
        }
        shares
    }

    /// The words of the question that were found, as they were asked.
    pub(crate) fn names(&self, seen: &Seen) -> Vec<String> {
        let shares = self.shares(seen);
        let words = self.question.words.iter().zip(shares);
        words.filter(|(_, share)| *share >= NEAR).map(|(word, _)| word.asked.clone()).collect()
    }
}

impl Seen {
    fn take(&mut self, gives: &Gives) {
        for wanted in &gives.found {
            if let Some(found) = self.found.get_mut(*wanted) {
                *found = true;
            }
        }
        for (word, cosine) in &gives.near {
            if let Some(near) = self.near.get_mut(*word) {
                *near = near.max(*cosine);
            }
        }
    }
}

fn gives(wanted: &[Wanted<'_>], folded: &str, raw: &str, nearness: Nearness) -> Gives {
    // Stemming is what takes time here, and a word that has not even the beginning of a stem in it is
    // neither the word nor a compound with it. With an umlaut it may be all the same.
    let may_have = |stem: &str| {
        let beginning = stem
            .char_indices()
            .nth(BEGINNING)
            .map_or(stem, |(end, _)| stem.get(..end).unwrap_or(stem));
        folded.contains(beginning)
    };
    let mut found = Vec::new();
    if !raw.is_ascii() || wanted.iter().any(|wanted| wanted.stems.iter().any(|stem| may_have(stem)))
    {
        let words =
            [Language::German, Language::English].map(|language| word(folded, raw, language));
        let terms: Vec<&Box<str>> =
            words.iter().flat_map(|word| word.stems.iter().chain(&word.parts)).collect();
        let numbered = wanted.iter().enumerate();
        found.extend(
            numbered
                .filter(|(_, wanted)| wanted.stems.iter().any(|stem| terms.contains(&stem)))
                .map(|(number, _)| number),
        );
    }
    let mut near = Vec::new();
    if nearness == Nearness::Counts {
        let rows = lookup(folded).map_or_else(|| compound(folded), |row| vec![row]);
        for (number, wanted) in wanted.iter().enumerate() {
            if !found.contains(&number)
                && let Some(cosine) = nearest(wanted.rows, &rows)
            {
                near.push((wanted.word, cosine));
            }
        }
    }
    Gives { found, near }
}

/// How near a word with rows `text` comes to one with rows `asked`: for a compound the mean over its
/// parts of the best cosine, where that is near enough.
fn nearest(asked: &[Row], text: &[Row]) -> Option<f32> {
    if asked.is_empty() || text.is_empty() {
        return None;
    }
    let best = |row: &Row| {
        let best = text.iter().map(|other| cosine(*row, *other)).fold(0.0_f32, f32::max);
        if best >= NEAR { best } else { 0.0 }
    };
    let mean = asked.iter().map(best).sum::<f32>() / asked.len() as f32;
    (mean > 0.0).then_some(mean.min(1.0))
}
