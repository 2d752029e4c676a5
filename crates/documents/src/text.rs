//! Bytes into text: UTF-8, UTF-16 with its mark, and what Windows wrote before.

use crate::{Cut, Note};

/// What of the first 64 KiB may be control characters before a file is no text: one in this many.
const CONTROLS: usize = 100;
const LOOKED_AT: usize = 64 * 1024;

/// The characters of Windows-1252 that are not those of Latin-1; `None` is no character.
const WINDOWS_1252: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    Some('…'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];

/// How the characters of a text lie in its bytes.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
    Windows1252,
}

/// A text with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Its lines, each ended by `\n` alone.
    pub text: String,
    /// Set when it was longer than it may be.
    pub cut: Option<Cut>,
    /// Set when the encoding is one that has to be guessed.
    pub note: Option<Note>,
}

/// Whether bytes are text at all.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    if matches!(encoding(bytes).0, Encoding::Utf16(_)) {
        return true;
    }
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let is_odd = |byte: &&u8| byte.is_ascii_control() && !b"\t\n\r\x0C\x1B".contains(byte);
    let controls = start.iter().filter(is_odd).count();
    !start.contains(&0) && controls.saturating_mul(CONTROLS) <= start.len() && is_known(bytes)
}

/// Decodes at most `limit` bytes of text. What is no character becomes `\u{FFFD}`.
pub(crate) fn decode(bytes: &[u8], limit: usize) -> Decoded {
    let (encoding, body) = encoding(bytes);
    let decoded = match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(body).into_owned(),
        Encoding::Utf16(unit) => utf16(body, unit),
        Encoding::Windows1252 => body.iter().map(|&byte| windows_1252(byte)).collect(),
    };
    let mut text = with_plain_lines(decoded);
    let is_long = text.len() > limit;
    if is_long {
        text.truncate(within(&text, limit).len());
    }
    Decoded {
        cut: is_long.then_some(Cut::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX))),
        note: matches!(encoding, Encoding::Windows1252)
            .then_some(Note::OldEncoding("Windows-1252")),
        text,
    }
}

/// The first characters, for a look at what it is.
pub(crate) fn beginning(bytes: &[u8], most: usize) -> String {
    // A character takes at most four bytes.
    let start = bytes.get(..most.saturating_mul(4)).unwrap_or(bytes);
    decode(start, most).text
}

/// The beginning of `text` that ends between two characters and has at most `most` bytes.
pub(crate) fn within(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Cuts `text` to at most `most` characters.
pub(crate) fn shortened(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// Finds the encoding, and where the text begins after its mark.
fn encoding(bytes: &[u8]) -> (Encoding, &[u8]) {
    match bytes {
        [0xEF, 0xBB, 0xBF, body @ ..] => (Encoding::Utf8, body),
        [0xFF, 0xFE, body @ ..] => (Encoding::Utf16(u16::from_le_bytes), body),
        [0xFE, 0xFF, body @ ..] => (Encoding::Utf16(u16::from_be_bytes), body),
        _ if is_utf8(bytes) => (Encoding::Utf8, bytes),
        _ => (Encoding::Windows1252, bytes),
    }
}

/// Whether it is UTF-8, but for a last character that may be cut off.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    }
}

/// Whether text that is not UTF-8 has only bytes that Windows wrote, and more letters than anything else.
fn is_known(bytes: &[u8]) -> bool {
    if is_utf8(bytes) || bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return true;
    }
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    !bytes.iter().any(|&byte| windows_1252(byte) == char::REPLACEMENT_CHARACTER)
        && high.saturating_mul(3) < bytes.len()
}

fn windows_1252(byte: u8) -> char {
    let own = byte.checked_sub(0x80).and_then(|place| WINDOWS_1252.get(usize::from(place)));
    match own {
        Some(character) => character.unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(byte),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let characters = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)));
    let mut text: String =
        characters.map(|each| each.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

fn with_plain_lines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert!(is_text(bytes), "{expected}");
        assert_eq!(decode(bytes, 1000).text, expected);
    }

    #[test]
    fn text_is_read_in_each_encoding() {
        check("Grüße\r\nTag\r".as_bytes(), "Grüße\nTag\n");
        check(b"\xEF\xBB\xBFmark", "mark");
        check(b"\xFF\xFEG\0r\0\xFC\0\x3D\xD8\x00\xDE", "Grü😀");
        check(b"\xFE\xFF\0G\0r\0\xFC", "Grü");
        check(
            b"Sch\xF6ne Gr\xFC\xDFe zu 5 \x80 \x96 \x84und so\x93",
            "Schöne Grüße zu 5 € – „und so“",
        );
    }

    #[test]
    fn an_encoding_that_had_to_be_guessed_is_said() {
        assert_eq!(decode(b"Gr\xFC\xDFe", 9).note, Some(Note::OldEncoding("Windows-1252")));
        assert_eq!(decode("Grüße".as_bytes(), 9).note, None);
    }

    #[test]
    fn text_is_cut_between_characters() {
        let decoded = decode("aüb".as_bytes(), 2);
        assert_eq!((decoded.text.as_str(), decoded.cut), ("a", Some(Cut::Bytes(1))));
        assert_eq!(decode("aüb".as_bytes(), 4).cut, None);
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        for bytes in [&b"a\0b"[..], b"\x81\x8D\x90", b"\xC0\xC1\xF5\xFFabc", b"\x01\x02\x03text"] {
            assert!(!is_text(bytes), "{bytes:?}");
        }
    }
}
