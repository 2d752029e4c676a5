//! Text made fit for a terminal.
//!
//! A note can hold escape sequences that move the cursor, recolour the screen or rename the
//! window; a person reading their notes must see them, not suffer them.

use std::borrow::Cow;

/// Whether a character is a control or a format character that shows nothing by itself.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every character that could steer a terminal replaced by `\u{..}`; line breaks and
/// tabs stay, a carriage return before a line break is dropped.
pub fn visible(text: &str) -> Cow<'_, str> {
    let harmless = |character: char| matches!(character, '\n' | '\t') || !is_invisible(character);
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\r' && matches!(characters.peek(), Some('\n') | None) {
            continue;
        }
        if harmless(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    Cow::Owned(out)
}

/// The same on one line: line breaks and tabs become spaces.
pub fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_escape_sequence_is_shown_and_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("a\r\nb\r"), "a\nb");
        assert_eq!(one_line("a\n\tb"), "a b");
    }

    proptest! {
        #[test]
        fn nothing_visible_steers_a_terminal(text in any::<String>()) {
            let shown = visible(&text).into_owned();
            prop_assert!(shown.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control()));
        }
    }
}
