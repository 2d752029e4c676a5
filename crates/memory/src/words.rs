//! Text into the terms of the word index.
//!
//! A word becomes its stem in the language of the text; a German word with an umlaut also the stem
//! without it (`Häuser` is found by `Haus`); a word of eight letters or more also the stems of its
//! parts; a part number or other identifier also one term without its separators (`UP-25-60` is
//! `up2560`); scripts without spaces become pairs of characters.

mod lexicon;
mod stopwords;

use localgpt_embedding::{Row, Whole, for_each_word, lookup, split};
use rust_stemmers::{Algorithm, Stemmer};

pub(crate) use lexicon::{Analysis, Lexicon, TermId, Written, language};
pub(crate) use stopwords::{Grammar, grammar};

/// A language whose words are stemmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// German.
    German,
    /// English, and any language that is not German.
    English,
}

/// The letters from which on a word is split into parts.
const SPLIT_FROM: usize = 8;
/// The fewest letters of a word that an unknown compound is taken to end in.
const SHORTEST_HEAD: usize = 4;
/// The most bytes of a word that is stemmed; what is longer is cut there and taken as it is.
const LONGEST_WORD: usize = 64;
/// A word and what it is indexed as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its stem, and the stem without umlauts if that is another one.
    pub stems: Vec<Box<str>>,
    /// The stems of its parts.
    pub parts: Vec<Box<str>>,
}

/// What one folded word, written as `raw`, is indexed as.
pub(crate) fn word(folded: &str, raw: &str, language: Language) -> Word {
    let short = folded.get(..LONGEST_WORD.min(folded.len())).unwrap_or(folded);
    if short.chars().any(is_unspaced) {
        return Word { stems: pairs(short), parts: Vec::new() };
    }
    let mut stems = vec![stem(short, language)];
    if language == Language::German
        && let Some(plain) = without_umlauts(raw)
    {
        let stem = stem(&plain, language);
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    Word { parts: parts(short, language, &stems), stems }
}

/// The stem of a folded word.
pub(crate) fn stem(folded: &str, language: Language) -> Box<str> {
    let algorithm = match language {
        Language::German => Algorithm::German,
        Language::English => Algorithm::English,
    };
    Stemmer::create(algorithm).stem(folded).into()
}

fn parts(folded: &str, language: Language, stems: &[Box<str>]) -> Vec<Box<str>> {
    let mut parts: Vec<Box<str>> = Vec::new();
    for row in compound(folded) {
        let part = stem(row.word(), language);
        if !stems.contains(&part) && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// The words of the table that a compound is made of; of one with a part that the table does not know
/// (`Söllereckhütte`), the longest word that it ends in.
pub(crate) fn compound(folded: &str) -> Vec<Row> {
    if folded.len() < SPLIT_FROM || !folded.is_ascii() {
        return Vec::new();
    }
    let parts = split(folded, Whole::Forbidden);
    if !parts.is_empty() || lookup(folded).is_some() {
        return parts;
    }
    let last = folded.len() - SHORTEST_HEAD;
    (3..=last).find_map(|at| lookup(folded.get(at..)?)).into_iter().collect()
}

/// The word with `a o u` for its umlauts, if it has any.
fn without_umlauts(raw: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    let plain = |character| match character {
        'ä' | 'Ä' => Some('a'),
        'ö' | 'Ö' => Some('o'),
        'ü' | 'Ü' => Some('u'),
        _ => None,
    };
    let composed: String = raw.nfc().collect();
    composed.chars().any(|character| plain(character).is_some()).then(|| {
        let replaced: String =
            composed.chars().map(|character| plain(character).unwrap_or(character)).collect();
        let mut folded = String::new();
        for_each_word(&replaced, |word, _| folded.push_str(word));
        folded
    })
}

/// Whether a character belongs to a script that puts no spaces between words.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

fn pairs(word: &str) -> Vec<Box<str>> {
    let characters: Vec<char> = word.chars().collect();
    let mut pairs: Vec<Box<str>> =
        characters.windows(2).map(|pair| pair.iter().collect::<String>().into()).collect();
    if pairs.is_empty() {
        pairs.push(word.into());
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Calls `each` for every identifier of `text`: runs of ASCII letters and digits joined by single
/// separators, with a digit or an underscore in them. The term has no separators and is lower case.
pub(crate) fn for_each_identifier(text: &str, mut each: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    // Most texts have none; without a way out of it the loop looks at many bytes at once.
    let is_mark = |byte: &u8| byte.is_ascii_digit() || *byte == b'_';
    if !bytes.iter().fold(false, |found, byte| found | is_mark(byte)) {
        return;
    }
    let mut at = 0;
    let mut term = String::new();
    while let Some(&byte) = bytes.get(at) {
        if !byte.is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        let (mut separators, mut marked) = (0, false);
        while let Some(&byte) = bytes.get(at) {
            let joins = matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'+' | b'#')
                && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
            if joins {
                separators += 1;
                marked |= byte == b'_';
            } else if !byte.is_ascii_alphanumeric() {
                break;
            }
            marked |= byte.is_ascii_digit();
            at += 1;
        }
        if separators > 0 && marked && at - start <= LONGEST_WORD {
            term.clear();
            let run = text.get(start..at).unwrap_or_default();
            term.extend(
                run.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()),
            );
            each(&term);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, language: Language) -> Vec<String> {
        let mut terms = Vec::new();
        for_each_word(text, |folded, range| {
            let word = word(folded, &text[range], language);
            terms.extend(word.stems.iter().chain(&word.parts).map(ToString::to_string));
        });
        for_each_identifier(text, |term| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn a_compound_is_also_its_parts() {
        assert_eq!(
            terms("Wärmepumpenwartung", Language::German),
            ["waermepumpenwart", "warmepumpenwart", "waerm", "pump", "wartung"]
        );
    }

    #[test]
    fn an_umlaut_plural_meets_its_singular() {
        let (plural, singular) =
            (terms("Erdnüsse", Language::German), terms("Erdnuss", Language::German));
        assert!(plural.contains(&singular[0]), "{plural:?} {singular:?}");
    }

    #[test]
    fn identifiers_are_one_term_too() {
        let terms = terms("Pumpe UP-25-60-180-B, max_file_bytes, well-known", Language::German);
        assert!(
            terms.contains(&"up2560180b".to_owned()) && terms.contains(&"maxfilebytes".to_owned())
        );
        assert!(!terms.contains(&"wellknown".to_owned()));
    }

    #[test]
    fn scripts_without_spaces_are_found_by_pairs() {
        assert_eq!(terms("東京都", Language::English), ["京都", "東京"]);
    }
}
