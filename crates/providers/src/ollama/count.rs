//! The fewest tokens that a text can be, for finding out that a server has cut it.
//!
//! No common vocabulary has a token that reaches from one word into the next, so the words are a bound that holds for
//! all of them. A count by bytes is none: plain English has more than four bytes a token, Russian up to ten, and a
//! line of dashes is one token.

/// Letters that one token can have in a script with spaces. There are longer ones, but no text is made of them.
const LONGEST_WORD: u64 = 16;
/// The same where nothing stands between words.
const LONGEST_DENSE: u64 = 4;

/// The fewest tokens of `text`.
pub(super) fn least(text: &str) -> u64 {
    text.split_whitespace().map(word).sum()
}

fn word(word: &str) -> u64 {
    let (mut letters, mut dense) = (0u64, 0u64);
    for character in word.chars() {
        match character {
            '\u{e00}'..='\u{eff}' | '\u{2e80}'..='\u{d7ff}' | '\u{20000}'..='\u{3ffff}' => {
                dense += 1;
            }
            c if c.is_alphanumeric() => letters += 1,
            // Marks join words, and each other.
            _ => {}
        }
    }
    (letters / LONGEST_WORD + dense / LONGEST_DENSE).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_at_least_one_token_and_marks_may_belong_to_it() {
        let cases = [
            ("", 0),
            ("The heat pump was serviced.", 5),
            ("------------------------\n\n    x", 2),
            ("self.call(\"it's\")", 1),
            ("你好你好你", 1),
            ("你好你好你好你好", 2),
            ("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(least(text), expected, "{text}");
        }
    }
}
