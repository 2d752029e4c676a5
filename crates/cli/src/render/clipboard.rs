//! The sequence that gives a text to the clipboard of the terminal (OSC 52).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Many terminals drop a longer sequence.
const LONGEST: usize = 74_994;

/// The sequence, or nothing if the text is too long for it.
pub(crate) fn clipboard(text: &str) -> Option<String> {
    let encoded = STANDARD.encode(text);
    (encoded.len() <= LONGEST).then(|| format!("\u{1b}]52;c;{encoded}\u{7}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_encoded_and_a_long_one_refused() {
        assert_eq!(clipboard("ü\u{7}").unwrap(), "\u{1b}]52;c;w7wH\u{7}");
        assert!(clipboard(&"x".repeat(56_000)).is_some());
        assert_eq!(clipboard(&"x".repeat(57_000)), None);
    }
}
