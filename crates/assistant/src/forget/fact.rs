//! A text to be forgotten, and all the ways in which files write it.

use std::io::{self, Read};

use localgpt_guard::visible;
use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization as _;

use crate::Error;

/// What stands where it stood in a session.
const FORGOTTEN: &str = "[forgotten]";
/// A shorter text stands in too many places that mean something else.
const SHORTEST: usize = 4;
/// How much of a file is looked at at once; a part of each piece is looked at again with the next.
const PIECE: usize = 1 << 20;

/// A text to be forgotten.
#[derive(Debug)]
pub(crate) struct Fact {
    text: String,
    /// In composed characters.
    composed: String,
    /// The bytes that it can be in a file.
    forms: Vec<Finder<'static>>,
    /// The longest of them.
    longest: usize,
    /// Letters of it that every form of Unicode writes alike; none if all of it are.
    anchor: Option<Finder<'static>>,
}

impl Fact {
    /// Takes a text, without the blanks around it.
    pub(crate) fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.chars().count() < SHORTEST {
            return Err(Error::FactTooShort { shortest: SHORTEST });
        }
        if text.contains(char::is_control) {
            return Err(Error::FactOfLines);
        }
        let composed: String = text.nfc().collect();
        let mut forms = forms(text, &composed);
        forms.sort_unstable();
        forms.dedup();
        let longest = forms.iter().map(Vec::len).max().unwrap_or(0);
        let forms = forms.iter().map(|form| Finder::new(form).into_owned()).collect();
        let anchor = (!composed.is_ascii()).then(|| Finder::new(anchor(&composed)).into_owned());
        Ok(Self { text: text.to_owned(), composed, forms, longest, anchor })
    }

    /// As it was typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a text says it.
    pub(crate) fn is_said_in(&self, text: &str) -> bool {
        self.has_form(text.as_bytes())
            || (self.may_be_spelled_in(text.as_bytes())
                && text.nfc().collect::<String>().contains(&self.composed))
    }

    /// Whether bytes say it.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.has_form(bytes)
            || (self.may_be_spelled_in(bytes) && self.is_said_in(&String::from_utf8_lossy(bytes)))
    }

    /// Whether what is read says it; it may be longer than the memory.
    pub(crate) fn is_read_in(&self, mut reader: impl Read) -> io::Result<bool> {
        // In other characters it can be longer.
        let kept = self.longest * 4;
        let mut piece = Vec::with_capacity(PIECE + kept);
        loop {
            let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
            if self.is_in(&piece) {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
            piece.drain(..piece.len().saturating_sub(kept));
        }
    }

    /// A text with a mark in the place of each line that says it; none if no line does.
    pub(crate) fn scrubbed(&self, text: &str) -> Option<String> {
        if !self.is_said_in(text) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if self.is_said_in(content) {
                out.push_str(&self.scrubbed_line(content));
                out.push_str(line.get(content.len()..).unwrap_or_default());
            } else {
                out.push_str(line);
            }
        }
        Some(out)
    }

    fn scrubbed_line(&self, line: &str) -> String {
        // The fence of a quoted text has to stay one.
        let is_fence = line.trim_start().starts_with('<');
        let replaced = line.replace(&self.text, FORGOTTEN).replace(&self.composed, FORGOTTEN);
        match is_fence && !self.is_said_in(&replaced) {
            true => replaced,
            false => FORGOTTEN.to_owned(),
        }
    }

    /// Whether composing the letters could show it. Composing everything would take long.
    fn may_be_spelled_in(&self, bytes: &[u8]) -> bool {
        self.anchor.as_ref().is_some_and(|anchor| !bytes.is_ascii() && anchor.find(bytes).is_some())
    }

    fn has_form(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| form.find(bytes).is_some())
    }
}

/// The longest piece of a text in ASCII; it may be empty.
fn anchor(composed: &str) -> &str {
    let pieces = composed.split(|letter: char| !letter.is_ascii());
    pieces.max_by_key(|piece| piece.len()).unwrap_or_default()
}

/// As it was typed, composed and decomposed; each also as JSON and our own lists write it; and in other encodings.
fn forms(text: &str, composed: &str) -> Vec<Vec<u8>> {
    let decomposed: String = text.nfd().collect();
    let mut forms = Vec::new();
    for spelled in [text, composed, &decomposed] {
        forms.push(spelled.as_bytes().to_vec());
        let quoted = serde_json::Value::from(spelled).to_string();
        // Without the quotation marks around it.
        let escaped = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or(spelled);
        forms.push(escaped.as_bytes().to_vec());
        forms.push(ascii(escaped, |unit| format!("\\u{unit:04x}")).into_bytes());
        forms.push(ascii(escaped, |unit| format!("\\u{unit:04X}")).into_bytes());
        forms.push(visible(spelled).into_owned().into_bytes());
    }
    if let Ok(latin) = composed.chars().map(|letter| u8::try_from(u32::from(letter))).collect() {
        forms.push(latin);
    }
    forms.push(composed.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(composed.encode_utf16().flat_map(u16::to_be_bytes).collect());
    forms
}

/// A text in which all letters but those of ASCII are escaped.
fn ascii(text: &str, escape: impl Fn(u16) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for letter in text.chars() {
        match letter.is_ascii() {
            true => out.push(letter),
            false => out.extend(letter.encode_utf16(&mut units).iter().map(|unit| escape(*unit))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_however_it_is_written() {
        let fact = Fact::new(" Tür \"Süd\" 4711 ").unwrap();
        for text in [
            "x Tür \"Süd\" 4711 y",
            "Tu\u{308}r \"Su\u{308}d\" 4711",
            "Tür \"Su\u{308}d\" 4711",
            r#"{"text":"Tür \"Süd\" 4711"}"#,
            r#"{"text":"T\u00fcr \"S\u00FCd\" 4711"}"#.replace("FC", "fc").as_str(),
        ] {
            assert!(fact.is_said_in(text), "{text}");
            assert!(fact.is_in(text.as_bytes()), "{text}");
            assert!(!fact.is_said_in(&fact.scrubbed(text).unwrap()), "{text}");
        }
        assert!(fact.is_in(b"T\xfcr \"S\xfcd\" 4711\n"));
        assert!(fact.is_in(
            &"Tür \"Süd\" 4711".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()
        ));
        assert!(!fact.is_said_in("Tür Süd 4711"));
    }

    #[test]
    fn short_texts_and_several_lines_are_refused() {
        assert!(matches!(Fact::new(" abc "), Err(Error::FactTooShort { shortest: 4 })));
        assert!(matches!(Fact::new("line\nother"), Err(Error::FactOfLines)));
        Fact::new("größ").unwrap();
    }

    #[test]
    fn it_is_found_where_two_pieces_meet() {
        let fact = Fact::new("the pin is 4711").unwrap();
        for before in [0, PIECE - 40, PIECE - 7, PIECE, 3 * PIECE - 1] {
            let mut bytes = vec![b'x'; before];
            bytes.extend_from_slice(b"the pin is 4711");
            bytes.extend(vec![b'y'; 100]);
            assert!(fact.is_read_in(bytes.as_slice()).unwrap(), "{before}");
        }
        assert!(!fact.is_read_in(vec![b'x'; 3 * PIECE].as_slice()).unwrap());
    }

    #[test]
    fn lines_are_marked_and_fences_stay_fences() {
        let fact = Fact::new("pin 4711").unwrap();
        let text = "<text source=\"pin 4711.md\">\r\nthe pin 4711 is old\nkept\n</text>";
        assert_eq!(
            fact.scrubbed(text).unwrap(),
            "<text source=\"[forgotten].md\">\r\n[forgotten]\nkept\n</text>"
        );
        assert_eq!(fact.scrubbed("nothing"), None);
    }
}
