//! Compounds into parts: the cheapest cover of a word by words of the table.
//!
//! Dynamic programming over end positions. A part costs its cost byte + 96, + 96 more if it has 3
//! letters, + 24 if it has 4; a linking `s` 8, another link 32; an ending after the last part 40.
//! Ties go to the cover found first: start ascending, part end ascending, no link before the links.

use crate::table::{Row, lookup_bytes};

const LINKS: [&[u8]; 8] = [b"s", b"es", b"n", b"en", b"er", b"e", b"ns", b"ens"];
const ENDINGS: [&[u8]; 8] = [b"s", b"n", b"en", b"e", b"es", b"er", b"ern", b"em"];
const MIN_PART: usize = 3;
const MAX_PART: usize = 26;
const MAX_WORD: usize = 60;
const UNREACHED: u32 = u32::MAX;

/// Whether the word itself may be its only part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Yes: used for vectors, where a word of the table never gets here.
    Allowed,
    /// No: used for the word index, where a known compound shall be found by its parts too.
    Forbidden,
}

/// The parts of a folded word, first to last; empty if the table has no cover for it.
pub fn split(word: &str, whole: Whole) -> Vec<Row> {
    let letters = word.as_bytes();
    let length = letters.len();
    if !(2 * MIN_PART..=MAX_WORD).contains(&length) || !letters.iter().all(u8::is_ascii_lowercase) {
        return Vec::new();
    }
    let cover = Cover::cheapest(letters, whole);
    let mut end = length;
    let mut lowest = cover.cost(length);
    for ending in ENDINGS {
        let before = length.saturating_sub(ending.len());
        if letters.ends_with(ending) && cover.cost(before) != UNREACHED {
            let cost = cover.cost(before) + 40;
            if cost < lowest {
                (lowest, end) = (cost, before);
            }
        }
    }
    if lowest == UNREACHED { Vec::new() } else { cover.parts(end) }
}

/// The cheapest way to each end position.
struct Cover {
    best: [u32; MAX_WORD + 1],
    back: [Option<(u8, Row)>; MAX_WORD + 1],
}

impl Cover {
    fn cheapest(letters: &[u8], whole: Whole) -> Self {
        let length = letters.len();
        let mut cover = Self { best: [UNREACHED; MAX_WORD + 1], back: [None; MAX_WORD + 1] };
        cover.reach(0, 0, None);
        for start in 0..length {
            let so_far = cover.cost(start);
            if so_far == UNREACHED {
                continue;
            }
            for end in start + MIN_PART..=length.min(start + MAX_PART) {
                if whole == Whole::Forbidden && start == 0 && end + 2 >= length {
                    // The word without its ending is still the whole word.
                    continue;
                }
                let Some(row) = letters.get(start..end).and_then(lookup_bytes) else { continue };
                let short = match end - start {
                    3 => 96,
                    4 => 24,
                    _ => 0,
                };
                let cost = so_far + row.cost() + 96 + short;
                cover.reach(end, cost, Some((start as u8, row)));
                for link in LINKS {
                    let after = end + link.len();
                    if after < length && letters.get(end..after) == Some(link) {
                        let link_cost = if link == b"s" { 8 } else { 32 };
                        cover.reach(after, cost + link_cost, Some((start as u8, row)));
                    }
                }
            }
        }
        cover
    }

    fn cost(&self, end: usize) -> u32 {
        self.best.get(end).copied().unwrap_or(UNREACHED)
    }

    fn reach(&mut self, end: usize, cost: u32, from: Option<(u8, Row)>) {
        if let (Some(best), Some(back)) = (self.best.get_mut(end), self.back.get_mut(end))
            && cost < *best
        {
            (*best, *back) = (cost, from);
        }
    }

    fn parts(&self, end: usize) -> Vec<Row> {
        let mut parts = Vec::new();
        let mut at = end;
        while let Some(Some((start, row))) = self.back.get(at) {
            parts.push(*row);
            at = usize::from(*start);
        }
        parts.reverse();
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(word: &str, whole: Whole) -> Vec<&'static str> {
        split(word, whole).into_iter().map(Row::word).collect()
    }

    #[test]
    fn a_compound_is_cut_into_its_words() {
        assert_eq!(parts("waermepumpenwartung", Whole::Allowed), ["waerme", "pumpen", "wartung"]);
        assert_eq!(parts("zahnarzttermin", Whole::Allowed), ["zahnarzt", "termin"]);
        assert_eq!(parts("steuererklaerung", Whole::Forbidden), ["steuer", "erklaerung"]);
    }

    #[test]
    fn what_is_no_compound_has_no_parts() {
        for word in ["", "haus", "r2d2c3po", "xqzjkvwpfgh"] {
            assert!(split(word, Whole::Allowed).is_empty(), "{word}");
        }
    }

    proptest! {
        #[test]
        fn any_word_is_split_without_trouble(word in "[a-zäß0-9]{0,80}") {
            let _parts = split(&word, Whole::Forbidden);
        }
    }
}
