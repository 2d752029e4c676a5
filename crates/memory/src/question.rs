//! A question into what is looked up for it. No I/O.

use jiff::civil::Date;
use localgpt_embedding::{Neighbour, Row, RowSet, for_each_word, neighbours, rows_of};

use crate::{
    dates::{self, Time},
    words::{Language, compound, for_each_identifier, grammar, stem, word},
};

/// The most words of a question that are looked up; the rest of a pasted page is left to the vector.
const MOST_WORDS: usize = 48;
/// Words of the table that stand in for one of the question's.
const SYNONYMS: usize = 4;
/// How near a word must be to stand in for another, as a cosine.
const SYNONYM_FLOOR: f32 = 0.45;
/// What a stand-in counts, times its cosine.
const SYNONYM_WEIGHT: f32 = 0.3;

/// What is looked up for a question.
#[derive(Debug)]
pub(crate) struct Question {
    /// Its words that carry meaning.
    pub words: Vec<AskedWord>,
    /// Stems that stand in for its words, each with the most it counts.
    pub synonyms: Vec<(Vec<Box<str>>, f32)>,
    /// The time it asks about.
    pub time: Time,
}

/// A word of a question.
#[derive(Debug)]
pub(crate) struct AskedWord {
    /// As it was asked.
    pub asked: String,
    /// Folded.
    pub folded: String,
    /// Its stems, in German and in English; a text has it if it has one of them.
    pub stems: Vec<Box<str>>,
    /// The parts of a compound, each with its stems.
    pub parts: Vec<Vec<Box<str>>>,
    /// Its rows in the word table, or those of its parts.
    pub rows: Vec<Row>,
    /// Whether it is a part of what the question says about time: a note of that time has it.
    pub is_time: bool,
}

impl Question {
    /// Whether a note of that day is of the time that the question asks about.
    pub(crate) fn is_about(&self, date: Option<Date>) -> bool {
        match (self.time, date) {
            (Time::Any, _) | (_, None) => false,
            (Time::Within(first, last), Some(date)) => first <= date && date <= last,
            // Which one is the newest is a matter of order.
            (Time::Latest | Time::Earliest, Some(_)) => true,
        }
    }
}

/// Reads a question, asked on the day `today`, against an index in which the words `known` occur.
pub(crate) fn read(question: &str, known: &RowSet, today: Date) -> Question {
    let mut words = asked_words(question, true);
    if words.is_empty() {
        words = asked_words(question, false);
    }
    let time = dates::of_question(question, today);
    for word in &mut words {
        word.is_time = time != Time::Any && dates::is_time_word(&word.folded);
    }
    Question { synonyms: synonyms(&words, known), words, time }
}

fn asked_words(question: &str, only_meaning: bool) -> Vec<AskedWord> {
    let mut words: Vec<AskedWord> = Vec::new();
    let mut push = |asked: AskedWord| {
        let known =
            words.iter().any(|other| other.stems.iter().any(|stem| asked.stems.contains(stem)));
        if !known && words.len() < MOST_WORDS {
            words.push(asked);
        }
    };
    for_each_identifier(question, |term| {
        push(AskedWord {
            asked: term.to_owned(),
            folded: term.to_owned(),
            stems: vec![term.into()],
            parts: Vec::new(),
            rows: Vec::new(),
            is_time: false,
        });
    });
    for_each_word(question, |folded, range| {
        if only_meaning && grammar(folded).is_some() {
            return;
        }
        let raw = question.get(range).unwrap_or_default();
        push(asked_word(folded, raw));
    });
    words
}

fn asked_word(folded: &str, raw: &str) -> AskedWord {
    let mut stems = word(folded, raw, Language::German).stems;
    for stem in word(folded, raw, Language::English).stems {
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    let mut parts: Vec<Vec<Box<str>>> = Vec::new();
    for row in compound(folded) {
        let part = stems_of(row.word());
        if !part.iter().any(|stem| stems.contains(stem)) && !parts.contains(&part) {
            parts.push(part);
        }
    }
    AskedWord {
        asked: raw.to_owned(),
        folded: folded.to_owned(),
        stems,
        parts,
        rows: rows_of(folded),
        is_time: false,
    }
}

/// The stems of a folded word in both languages.
pub(crate) fn stems_of(folded: &str) -> Vec<Box<str>> {
    let mut stems = vec![stem(folded, Language::German)];
    let english = stem(folded, Language::English);
    if !stems.contains(&english) {
        stems.push(english);
    }
    stems
}

/// The table's words in the index nearest to those of the question.
fn synonyms(words: &[AskedWord], known: &RowSet) -> Vec<(Vec<Box<str>>, f32)> {
    let mut rows: Vec<Row> = words.iter().flat_map(|word| word.rows.iter().copied()).collect();
    rows.sort_unstable();
    rows.dedup();
    // More are asked for than used: some are other forms of a word that is asked or chosen already.
    let near = neighbours(&rows, known, 6 * SYNONYMS, SYNONYM_FLOOR);
    let mut synonyms: Vec<(Vec<Box<str>>, f32)> = Vec::new();
    let asked = |stems: &[Box<str>]| {
        words.iter().any(|word| {
            let mut own = word.stems.iter().chain(word.parts.iter().flatten());
            own.any(|stem| stems.contains(stem))
        })
    };
    for near in near {
        let mut chosen = 0;
        for Neighbour { row, cosine } in near {
            let stems = stems_of(row.word());
            if chosen == SYNONYMS || asked(&stems) {
                continue;
            }
            chosen += 1;
            let weight = SYNONYM_WEIGHT * cosine;
            match synonyms
                .iter_mut()
                .find(|(other, _)| other.iter().any(|stem| stems.contains(stem)))
            {
                Some((_, most)) => *most = most.max(weight),
                None => synonyms.push((stems, weight)),
            }
        }
    }
    synonyms
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use localgpt_embedding::lookup;

    use super::*;

    fn read_shown(question: &str) -> String {
        let mut known = RowSet::default();
        for word in ["dentist", "appointment", "banana"] {
            known.insert(lookup(word).unwrap());
        }
        let question = read(question, &known, date(2026, 11, 24));
        let words: Vec<&str> = question.words.iter().map(|word| word.asked.as_str()).collect();
        let synonyms: Vec<String> =
            question.synonyms.iter().map(|(stems, _)| stems.join("/")).collect();
        format!("{} | {}", words.join(" "), synonyms.join(" "))
    }

    #[test]
    fn grammar_is_left_out_unless_there_is_nothing_else() {
        assert_eq!(read_shown("What is the kiln?"), "kiln | ");
        assert_eq!(read_shown("who am I"), "who am I | ");
    }

    #[test]
    fn a_german_word_brings_english_ones() {
        let shown = read_shown("Wann ist der Zahnarzttermin?");
        assert!(shown.contains("dentist") && !shown.contains("banana"), "{shown}");
    }
}
