//! The words that were met while indexing, each analysed once.

use localgpt_embedding::{Row, for_each_word};
use rustc_hash::FxHashMap;

use crate::changes::{Hint, hint};

use super::{Grammar, Language, grammar, language, word};

/// Words remembered before all are forgotten.
const MOST_WORDS: usize = 200_000;

/// A term, by its number in a [`Lexicon`].
pub(crate) type TermId = u32;

/// Turns texts into terms and rows, remembering the words it has met.
#[derive(Default)]
pub(crate) struct Lexicon {
    numbers: FxHashMap<Box<str>, u32>,
    words: Vec<Met>,
    terms: Terms,
}

#[derive(Default)]
struct Terms {
    numbers: FxHashMap<Box<str>, TermId>,
    texts: Vec<Box<str>>,
}

/// A word that was met: what is the same however it is written, and what depends on it.
struct Met {
    folded: Box<str>,
    grammar: Option<Grammar>,
    hint: Hint,
    rows: Box<[Row]>,
    /// Its terms: in English, in German, and each of these written with other letters than ASCII.
    terms: [Option<Box<[TermId]>>; 4],
}

/// A word of a text: which one, and whether it was written with other letters than ASCII.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    number: u32,
    start: u32,
    end: u32,
    is_ascii: bool,
}

impl Written {
    /// Where it begins in the text it was read from.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }
}

/// What a text is made of.
#[derive(Debug)]
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
            let number = self.number(folded);
            let is_ascii = range.len() == folded.len()
                && text.as_bytes().get(range.clone()).is_some_and(<[u8]>::is_ascii);
            let (start, end) = (range.start as u32, range.end as u32);
            written.push(Written { number, start, end, is_ascii });
        });
        written
    }

    fn number(&mut self, folded: &str) -> u32 {
        if let Some(number) = self.numbers.get(folded) {
            return *number;
        }
        let number = self.words.len() as u32;
        self.words.push(Met {
            folded: folded.into(),
            grammar: grammar(folded),
            hint: hint(folded),
            rows: localgpt_embedding::rows_of(folded).into(),
            terms: [const { None }; 4],
        });
        self.numbers.insert(folded.into(), number);
        number
    }

    /// The language of words by their grammar; `otherwise` if they do not say.
    pub(crate) fn language(&self, words: &[Written], otherwise: Language) -> Language {
        let (mut german, mut english) = (0_u32, 0_u32);
        for written in words {
            let Some(met) = self.words.get(written.number as usize) else { continue };
            match met.grammar {
                Some(Grammar::German) => german += 1,
                Some(Grammar::English) => english += 1,
                Some(Grammar::Both) => {}
                // An umlaut is nearly always German here, and weak evidence beside a grammar word.
                None => german += u32::from(!written.is_ascii && met.folded.is_ascii()),
            }
        }
        language(german, english, otherwise)
    }

    /// The terms and rows of words that were read from `text`.
    pub(crate) fn analyse(
        &mut self,
        text: &str,
        words: &[Written],
        language: Language,
    ) -> Analysis {
        let terms = Vec::with_capacity(2 * words.len());
        let rows = Vec::with_capacity(words.len() + 8);
        let mut analysis = Analysis { terms, rows, words: 0, hint: Hint::None };
        for written in words {
            let Some(met) = self.words.get_mut(written.number as usize) else { continue };
            analysis.rows.extend_from_slice(&met.rows);
            analysis.words = analysis.words.saturating_add(1);
            analysis.hint = analysis.hint.max(met.hint);
            if met.grammar.is_some() {
                continue;
            }
            let slot =
                usize::from(!written.is_ascii) * 2 + usize::from(language == Language::German);
            if let Some(terms) = met.terms.get_mut(slot) {
                let terms = terms.get_or_insert_with(|| {
                    let raw =
                        text.get(written.start as usize..written.end as usize).unwrap_or_default();
                    let word = word(&met.folded, raw, language);
                    word.stems
                        .iter()
                        .chain(&word.parts)
                        .map(|term| self.terms.number(term))
                        .collect()
                });
                analysis.terms.extend_from_slice(terms);
            }
        }
        analysis
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
        self.numbers.insert(term.into(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language_of(text: &str, otherwise: Language) -> Language {
        let mut lexicon = Lexicon::default();
        let words = lexicon.read(text);
        lexicon.language(&words, otherwise)
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
        let analysis = lexicon.analyse(text, &words, Language::English);
        let terms: Vec<&str> = analysis.terms.iter().map(|term| lexicon.text(*term)).collect();
        assert_eq!((terms, analysis.rows.len(), analysis.words), (vec!["kiln"], 2, 2));
    }
}
