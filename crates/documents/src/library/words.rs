//! Words, folded so that their forms meet.

/// The most bytes of a word that are kept.
const LONGEST: usize = 64;
/// The fewest letters of a word that loses its ending, and of what is left of it.
const ENDS_FROM: usize = 5;
const STEM: usize = 3;
/// Endings of German and English, longest first. Not every word is cut right, but each always the same way.
const ENDINGS: &[&str] = &["ern", "en", "em", "er", "es", "ed", "e", "s", "n"];

/// The words of a text.
pub(super) fn of(text: &str) -> impl Iterator<Item = Box<str>> + '_ {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(folded)
}

fn folded(word: &str) -> Box<str> {
    let mut folded = String::with_capacity(word.len());
    for character in word.chars().flat_map(char::to_lowercase) {
        if folded.len() >= LONGEST {
            break;
        }
        match plain(character) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    let stem = ENDINGS.iter().find_map(|ending| folded.strip_suffix(ending));
    match stem {
        Some(stem) if folded.chars().count() >= ENDS_FROM && stem.chars().count() >= STEM => {
            stem.into()
        }
        Some(_) | None => folded.into(),
    }
}

/// A letter without its marks. What is made of small letters is enough here.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        // The dot that is left of a Turkish capital, and marks that stand alone.
        '\u{300}'..='\u{36F}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for (one, other) in [
            ("Häuser", "hauses"),
            ("STRASSE", "Straße"),
            ("prices", "price"),
            ("Café", "cafe"),
            ("Fristen", "Frist"),
            ("cafe\u{301}", "café"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("2024"), folded("2025"));
    }

    #[test]
    fn a_text_is_split_into_words() {
        let words: Vec<_> = of("Don't pay €1,234 to x@y.org!").collect();
        let words: Vec<&str> = words.iter().map(|word| &**word).collect();
        assert_eq!(words, ["don", "t", "pay", "1", "234", "to", "x", "y", "org"]);
    }
}
