//! The words that were met while indexing, each analysed once.

use std::cmp::Ordering;

use localgpt_embedding::{Few, Row, WordMap, for_each_word, rows_of};

use crate::changes::{Hint, hint};

use super::{Grammar, Language, grammar, word};

/// Words remembered before all are forgotten.
const MOST_WORDS: usize = 200_000;

/// A term, by its number in a [`Lexicon`].
pub(crate) type TermId = u32;

/// Turns texts into terms and rows, remembering the words it has met.
#[derive(Default)]
pub(crate) struct Lexicon {
    numbers: WordMap<Number>,
    words: Vec<Met>,
    terms: Terms,
}

#[derive(Default)]
struct Terms {
    numbers: WordMap<TermId>,
    texts: Vec<Box<str>>,
}

/// The place of a word among those that were met, and what it says of the language.
#[derive(Clone, Copy)]
struct Number {
    number: u32,
    grammar: Option<Grammar>,
    is_ascii: bool,
}

/// A word that was met: what is the same however it is written, and what depends on it.
struct Met {
    folded: Box<str>,
    is_grammar: bool,
    hint: Hint,
    rows: Few<Row>,
    /// Its terms: in English, in German, and each of these written with other letters than ASCII. None
    /// where it was not met so.
    terms: [Few<TermId>; 4],
}

/// A word of a text: which one, and whether it was written with other letters than ASCII.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    number: u32,
    start: u32,
    end: u32,
    is_ascii: bool,
    /// What it says of the language of the text.
    language: Option<Language>,
}

impl Written {
    /// Where it begins in the text it was read from.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// Its words that mean something, as terms; a term as often as it occurs.
    pub terms: Vec<TermId>,
    /// Its rows in the word table, a row as often as it occurs.
    pub rows: Vec<Row>,
    /// How many words it has, grammar too.
    pub words: u16,
    /// The strongest hint of its words.
    pub hint: Hint,
}

/// The language of words by their grammar; `otherwise` if they do not say.
pub(crate) fn language(words: &[Written], otherwise: Language) -> Language {
    let (mut german, mut english) = (0_u32, 0_u32);
    for written in words {
        german += u32::from(written.language == Some(Language::German));
        english += u32::from(written.language == Some(Language::English));
    }
    match german.cmp(&english) {
        Ordering::Greater => Language::German,
        Ordering::Less => Language::English,
        Ordering::Equal => otherwise,
    }
}

impl Analysis {
    /// Makes it that of no text.
    pub(crate) fn clear(&mut self) {
        self.terms.clear();
        self.rows.clear();
        (self.words, self.hint) = (0, Hint::None);
    }
}

impl Lexicon {
    /// Forgets everything if that is much; words that were read before are not to be used after it.
    pub(crate) fn make_room(&mut self) {
        if self.words.len() > MOST_WORDS {
            *self = Self::default();
        }
    }

    /// The words of a text.
    pub(crate) fn read(&mut self, text: &str) -> Vec<Written> {
        let mut written = Vec::with_capacity(text.len() / 5);
        for_each_word(text, |folded, range| {
            let Number { number, grammar, is_ascii: is_folded_ascii } = self.number(folded);
            let is_ascii = range.len() == folded.len()
                && text.as_bytes().get(range.clone()).is_some_and(<[u8]>::is_ascii);
            let language = match grammar {
                Some(Grammar::German) => Some(Language::German),
                Some(Grammar::English) => Some(Language::English),
                Some(Grammar::Both) => None,
                // An umlaut is nearly always German here, and weak evidence beside a grammar word.
                None => (!is_ascii && is_folded_ascii).then_some(Language::German),
            };
            let (start, end) = (range.start as u32, range.end as u32);
            written.push(Written { number, start, end, is_ascii, language });
        });
        written
    }

    fn number(&mut self, folded: &str) -> Number {
        if let Some(number) = self.numbers.get(folded) {
            return *number;
        }
        let grammar = grammar(folded);
        let number = self.words.len() as u32;
        let number = Number { number, grammar, is_ascii: folded.is_ascii() };
        self.words.push(Met {
            folded: folded.into(),
            is_grammar: grammar.is_some(),
            hint: hint(folded),
            rows: rows_of(folded).into(),
            terms: Default::default(),
        });
        self.numbers.insert(folded, number);
        number
    }

    /// Adds the terms and rows of words that were read from `text`.
    pub(crate) fn analyse(
        &mut self,
        (text, words): (&str, &[Written]),
        language: Language,
        analysis: &mut Analysis,
    ) {
        for written in words {
            let Some(met) = self.words.get_mut(written.number as usize) else { continue };
            analysis.rows.extend_from_slice(met.rows.as_slice());
            analysis.words = analysis.words.saturating_add(1);
            analysis.hint = analysis.hint.max(met.hint);
            if met.is_grammar {
                continue;
            }
            let slot =
                usize::from(!written.is_ascii) * 2 + usize::from(language == Language::German);
            let Some(found) = met.terms.get_mut(slot) else { continue };
            if found.as_slice().is_empty() {
                let raw = text.get(written.start as usize..written.end as usize);
                let word = word(&met.folded, raw.unwrap_or_default(), language);
                let terms = word.stems.iter().chain(&word.parts);
                *found = terms.map(|term| self.terms.number(term)).collect::<Vec<_>>().into();
            }
            analysis.terms.extend_from_slice(found.as_slice());
        }
    }

    /// The number of a term that is no word.
    pub(crate) fn term(&mut self, term: &str) -> TermId {
        self.terms.number(term)
    }

    /// The text of a term.
    pub(crate) fn text(&self, term: TermId) -> &str {
        self.terms.texts.get(term as usize).map_or("", |text| text)
    }
}

impl Terms {
    fn number(&mut self, term: &str) -> TermId {
        if let Some(number) = self.numbers.get(term) {
            return *number;
        }
        let number = self.texts.len() as TermId;
        self.texts.push(term.into());
        self.numbers.insert(term, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language_of(text: &str, otherwise: Language) -> Language {
        let mut lexicon = Lexicon::default();
        let words = lexicon.read(text);
        language(&words, otherwise)
    }

    #[test]
    fn grammar_words_tell_the_language() {
        assert_eq!(language_of("Wann ist der Termin?", Language::English), Language::German);
        assert_eq!(language_of("When is the appointment?", Language::German), Language::English);
        assert_eq!(language_of("Termin", Language::German), Language::German);
    }

    #[test]
    fn grammar_words_have_rows_but_no_terms() {
        let mut lexicon = Lexicon::default();
        let text = "the kiln";
        let words = lexicon.read(text);
        let mut analysis = Analysis::default();
        lexicon.analyse((text, &words), Language::English, &mut analysis);
        let terms: Vec<&str> = analysis.terms.iter().map(|term| lexicon.text(*term)).collect();
        assert_eq!((terms, analysis.rows.len(), analysis.words), (vec!["kiln"], 2, 2));
    }
}
