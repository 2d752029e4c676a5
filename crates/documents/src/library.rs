//! The documents of a session, searchable in memory.
//!
//! Only the beginning of a large document fits into a prompt; this is how a model gets to the rest. It ranks
//! by BM25 over folded words: small, and enough where a person knows which files they attached.

mod pieces;
mod words;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
    ops::RangeInclusive,
};

use crate::Document;

/// How soon another occurrence of a word in a piece stops to matter, and how much the length of a piece does.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;
/// What a word counts that only contains the word that was asked for: `Kündigungsfrist` for `Frist`.
const CONTAINED: f64 = 0.4;
/// The shortest word that is looked for inside of others.
const CONTAINED_FROM: usize = 4;
/// The most words of a question that are looked for.
const MOST_WORDS: usize = 32;

/// The texts that were attached in a session.
#[derive(Debug, Clone, Default)]
pub struct Library {
    pieces: Vec<Piece>,
    /// For each word the pieces it is in, and how often.
    words: HashMap<Box<str>, Vec<(usize, u32)>>,
    /// The words of all pieces together.
    length: u64,
}

/// A passage that was found. Its text is text from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The name of the document.
    pub name: String,
    /// The section: `page 3`, or a heading.
    pub label: Option<String>,
    /// The lines of the section, from 1.
    pub lines: RangeInclusive<u32>,
    /// What stands there.
    pub text: String,
    /// How well it fits, beside the others of one search.
    pub score: f64,
}

impl Passage {
    /// Where it stands, as it is cited: `report.pdf, page 3` or `notes.txt, lines 5-9`.
    pub fn citation(&self) -> String {
        match &self.label {
            Some(label) => format!("{}, {label}", self.name),
            None => format!("{}, lines {}-{}", self.name, self.lines.start(), self.lines.end()),
        }
    }
}

/// An indexed piece of a section.
#[derive(Debug, Clone)]
struct Piece {
    name: String,
    label: Option<String>,
    lines: RangeInclusive<u32>,
    text: String,
    length: u32,
}

impl Library {
    /// Starts without a document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the text of a document. One of the same name is replaced: it was attached again.
    pub fn add(&mut self, document: &Document) {
        self.remove(document.name());
        let Document::Text { name, sections, .. } = document else { return };
        for section in sections {
            for cut in pieces::cut(&section.text) {
                self.index(Piece {
                    name: name.clone(),
                    label: section.label.clone(),
                    lines: cut.lines,
                    text: cut.text.to_owned(),
                    length: 0,
                });
            }
        }
    }

    /// Removes the document of this name.
    pub fn remove(&mut self, name: &str) {
        if self.pieces.iter().all(|piece| piece.name != name) {
            return;
        }
        let kept = std::mem::take(&mut self.pieces).into_iter().filter(|piece| piece.name != name);
        self.words.clear();
        self.length = 0;
        kept.for_each(|piece| self.index(piece));
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The names of the documents, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.pieces.iter().map(|piece| piece.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Finds the passages that fit a question, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Passage> {
        let asked: HashSet<Box<str>> = words::of(query).take(MOST_WORDS).collect();
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for word in &asked {
            let found = self.occurrences(word);
            let rarity = rarity(self.pieces.len(), found.len());
            for (piece, count) in found {
                *scores.entry(piece).or_default() += rarity * self.saturated(piece, count);
            }
        }
        let mut found: Vec<(usize, f64)> = scores.into_iter().collect();
        found.sort_by(|one, other| other.1.partial_cmp(&one.1).unwrap_or(Ordering::Equal));
        let passage = |(place, score): (usize, f64)| {
            let Piece { name, label, lines, text, .. } = self.pieces.get(place)?.clone();
            Some(Passage { name, label, lines, text, score })
        };
        found.into_iter().take(limit).filter_map(passage).collect()
    }

    fn index(&mut self, mut piece: Piece) {
        let place = self.pieces.len();
        let mut counts: HashMap<Box<str>, u32> = HashMap::new();
        piece.length = 0;
        for word in words::of(&piece.text) {
            *counts.entry(word).or_default() += 1;
            piece.length = piece.length.saturating_add(1);
        }
        for (word, count) in counts {
            self.words.entry(word).or_default().push((place, count));
        }
        self.length = self.length.saturating_add(piece.length.into());
        self.pieces.push(piece);
    }

    /// How often each piece has a word, or a longer one with it inside, which counts less.
    fn occurrences(&self, word: &str) -> BTreeMap<usize, f64> {
        let mut found: BTreeMap<usize, f64> = BTreeMap::new();
        let mut add = |places: &[(usize, u32)], weight: f64| {
            for (place, count) in places {
                *found.entry(*place).or_default() += weight * f64::from(*count);
            }
        };
        if let Some(places) = self.words.get(word) {
            add(places, 1.0);
        }
        if word.chars().count() >= CONTAINED_FROM {
            let longer = self
                .words
                .iter()
                .filter(|(known, _)| known.len() > word.len() && known.contains(word));
            longer.for_each(|(_, places)| add(places, CONTAINED));
        }
        found
    }

    fn saturated(&self, piece: usize, count: f64) -> f64 {
        let length = self.pieces.get(piece).map_or(0, |piece| piece.length);
        let mean = wide(self.length) / wide(self.pieces.len().max(1)).max(1.0);
        let share = 1.0 - LENGTH + LENGTH * f64::from(length) / mean.max(1.0);
        count * (SATURATION + 1.0) / (count + SATURATION * share)
    }
}

/// How much a word tells that is in `with` of `all` pieces.
fn rarity(all: usize, with: usize) -> f64 {
    (1.0 + (wide(all) - wide(with) + 0.5) / (wide(with) + 0.5)).ln()
}

fn wide(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Section};

    fn document(name: &str, sections: &[(Option<&str>, &str)]) -> Document {
        let section = |(label, text): &(Option<&str>, &str)| Section {
            label: label.map(str::to_owned),
            text: (*text).to_owned(),
        };
        Document::Text {
            name: name.to_owned(),
            kind: Kind::Text,
            sections: sections.iter().map(section).collect(),
            cut: None,
            notes: Vec::new(),
        }
    }

    #[track_caller]
    fn check(query: &str, expected: &[&str]) {
        let mut library = Library::new();
        library.add(&document(
            "contract.pdf",
            &[
                (Some("page 1"), "Der Vertrag beginnt am 1. Mai. Die Miete beträgt 900 Euro."),
                (Some("page 2"), "Die Kündigungsfristen betragen drei Monate.\nNicht zwei."),
            ],
        ));
        library.add(&document("notes.txt", &[(None, "Milch\nKäse, Äpfel\nthe prices of apples")]));
        let found: Vec<String> = library.search(query, 5).iter().map(Passage::citation).collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn passages_are_found_by_their_words_whatever_their_form() {
        check("Miete", &["contract.pdf, page 1"]);
        check("Kündigungsfrist", &["contract.pdf, page 2"]);
        check("kundigungsfristen", &["contract.pdf, page 2"]);
        check("wie lang ist die Frist?", &["contract.pdf, page 2", "contract.pdf, page 1"]);
        check("KAESE kase", &["notes.txt, lines 1-3"]);
        check("price", &["notes.txt, lines 1-3"]);
        check("Fahrrad", &[]);
        check("", &[]);
        check("?!", &[]);
    }

    #[test]
    fn a_document_that_is_attached_again_replaces_the_one_before() {
        let mut library = Library::new();
        library.add(&document("a.txt", &[(None, "first version")]));
        library.add(&document("b.txt", &[(None, "another file")]));
        library.add(&document("a.txt", &[(None, "second version")]));
        assert_eq!(library.names(), ["a.txt", "b.txt"]);
        assert!(library.search("first", 5).is_empty());
        let found = library.search("version", 5);
        assert_eq!(
            found.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>(),
            ["second version"]
        );
        library.remove("a.txt");
        library.remove("b.txt");
        assert!(library.is_empty());
    }

    #[test]
    fn one_page_of_thousands_is_found() {
        let pages: Vec<(String, String)> = (1..=2000)
            .map(|page| {
                (format!("page {page}"), format!("This page has the number n{page}x and words."))
            })
            .collect();
        let pages: Vec<(Option<&str>, &str)> =
            pages.iter().map(|(label, text)| (Some(label.as_str()), text.as_str())).collect();
        let mut library = Library::new();
        library.add(&document("long.pdf", &pages));
        let found = library.search("number n1789x", 1);
        assert_eq!(found.first().map(Passage::citation).as_deref(), Some("long.pdf, page 1789"));
    }
}
