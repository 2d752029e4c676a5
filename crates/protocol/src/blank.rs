//! White space as the workspace format has it: JavaScript's, which is not Rust's.
//!
//! U+FEFF is white there and U+0085 is not; in Rust it is the other way round. What is empty, and what is a
//! silent answer, depends on it.

/// Whether a character is white.
pub fn is_js_white(character: char) -> bool {
    match character {
        '\u{feff}' => true,
        '\u{85}' => false,
        _ => character.is_whitespace(),
    }
}

/// Whether there is nothing but white space.
pub fn is_js_blank(text: &str) -> bool {
    text.chars().all(is_js_white)
}

/// The text without white space at both ends.
pub fn js_trim(text: &str) -> &str {
    text.trim_matches(is_js_white)
}

/// The text without white space at its end.
pub fn js_trim_end(text: &str) -> &str {
    text.trim_end_matches(is_js_white)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_white_and_a_next_line_character_is_not() {
        for white in
            ["", " \t\r\n\u{b}\u{c}", "\u{a0}\u{1680}\u{2003}\u{2028}\u{3000}", "\u{feff}\n"]
        {
            assert!(is_js_blank(white), "{white:?}");
        }
        for text in ["\u{85}", "\u{200b}", "\u{180e}", " x "] {
            assert!(!is_js_blank(text), "{text:?}");
        }
        assert_eq!(js_trim("\u{feff} a b \u{a0}"), "a b");
        assert_eq!(js_trim_end("\u{feff}a\u{85}\u{feff}\r\n"), "\u{feff}a\u{85}");
    }
}
