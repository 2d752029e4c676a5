//! Folding: one spelling for words that a person would call the same.
//!
//! NFC, lower case, `ä` to `ae`, `ö` to `oe`, `ü` to `ue`, `ß` to `ss` (and a few letters more),
//! then NFKD without combining marks. Words are runs of letters and digits.

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Calls `word` with every word of `text`, folded, and the byte range it was read from.
///
/// The range covers the run of letters, digits and non-ASCII characters around the word; several
/// words that come from one run share its range.
pub fn for_each_word(text: &str, mut word: impl FnMut(&str, std::ops::Range<usize>)) {
    let bytes = text.as_bytes();
    let mut folded = String::with_capacity(64);
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let mut class = CLASSES[usize::from(first)];
        if class == 0 {
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        while let Some(&byte) = bytes.get(at)
            && CLASSES[usize::from(byte)] != 0
        {
            class |= CLASSES[usize::from(byte)];
            at += 1;
        }
        let run = text.get(start..at).unwrap_or_default();
        if class == FOLDED {
            word(run, start..at);
            continue;
        }
        folded.clear();
        if class & OTHER == 0 {
            folded.push_str(run);
            folded.make_ascii_lowercase();
            word(&folded, start..at);
        } else if fold_german(run, &mut folded) {
            word(&folded, start..at);
        } else {
            folded.clear();
            fold_any(run, &mut folded);
            for part in folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
            {
                word(part, start..at);
            }
        }
    }
}

/// The whole text folded, separators kept.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_any(text, &mut out);
    out
}

/// What a byte of a run is: a small letter or digit, a capital letter, or not ASCII.
const FOLDED: u8 = 1;
const CAPITAL: u8 = 2;
const OTHER: u8 = 4;

/// What every byte is; 0 if no run has it.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < classes.len() {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' => FOLDED,
            b'A'..=b'Z' => CAPITAL,
            0x80.. => OTHER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Folds a run of ASCII and German letters; false if it holds anything else.
fn fold_german(run: &str, out: &mut String) -> bool {
    for character in run.chars() {
        match character {
            'a'..='z' | '0'..='9' => out.push(character),
            'A'..='Z' => out.push(character.to_ascii_lowercase()),
            'ä' | 'Ä' => out.push_str("ae"),
            'ö' | 'Ö' => out.push_str("oe"),
            'ü' | 'Ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            _ => return false,
        }
    }
    true
}

fn fold_any(run: &str, out: &mut String) {
    let composed: String = run.nfc().collect();
    let mut replaced = String::with_capacity(composed.len() + 8);
    for character in composed.to_lowercase().chars() {
        match character {
            'ä' | 'æ' => replaced.push_str("ae"),
            'ö' | 'œ' => replaced.push_str("oe"),
            'ü' => replaced.push_str("ue"),
            'ß' => replaced.push_str("ss"),
            'ø' => replaced.push('o'),
            'ł' => replaced.push('l'),
            'đ' => replaced.push('d'),
            _ => replaced.push(character),
        }
    }
    out.extend(replaced.nfkd().filter(|character| canonical_combining_class(*character) == 0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        for_each_word(text, |word, _| words.push(word.to_owned()));
        words
    }

    #[test]
    fn spellings_of_one_word_fold_to_one() {
        let expected = ["waermepumpe"];
        for text in ["Wärmepumpe", "WÄRMEPUMPE", "Waermepumpe", "Wa\u{308}rmepumpe", "«wärmepumpe»"]
        {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(
            words("Yıldız, Şahin & Łukasz_Straße"),
            ["yıldız", "sahin", "lukasz", "strasse"]
        );
    }

    proptest! {
        #[test]
        fn words_agree_with_folding_the_whole_text(text in "[ -~äöüÄÖÜßéç\u{308}日ﬁ½²]{0,40}") {
            let whole = fold(&text);
            let expected: Vec<String> = whole
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            prop_assert_eq!(words(&text), expected);
        }
    }
}
