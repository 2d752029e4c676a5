//! Bytes that arrive in pieces, cut into lines of text.
//!
//! A character may be split between two pieces, so nothing is decoded before its line is whole.

use localgpt_protocol::ProviderError;

/// The longest line that is taken: a picture in base64 fits.
const LONGEST_LINE: usize = 16 << 20;

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// Where in `buffer` the next line begins.
    start: usize,
    /// How far `buffer` was looked through for a line break.
    looked: usize,
    begun: bool,
}

impl Lines {
    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ProviderError> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.looked -= self.start;
            self.start = 0;
        }
        if self.buffer.len() + bytes.len() > LONGEST_LINE {
            let message = format!("a line of it is longer than {LONGEST_LINE} bytes");
            return Err(ProviderError::Protocol { message });
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole line without its break, which is LF or CRLF; bytes that are no text become U+FFFD.
    pub(crate) fn next(&mut self) -> Option<String> {
        let at = self.buffer.get(self.looked..)?.iter().position(|byte| *byte == b'\n');
        let Some(end) = at.map(|at| self.looked + at) else {
            self.looked = self.buffer.len();
            return None;
        };
        let line = self.decode(end);
        self.start = end + 1;
        self.looked = self.start;
        Some(line)
    }

    /// What stands behind the last line break, if anything does: the stream is over.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = (self.start < self.buffer.len()).then(|| self.decode(self.buffer.len()));
        self.start = self.buffer.len();
        self.looked = self.start;
        rest
    }

    fn decode(&mut self, end: usize) -> String {
        let mut bytes = self.buffer.get(self.start..end).unwrap_or_default();
        if !self.begun {
            self.begun = true;
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        String::from_utf8_lossy(bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece).unwrap();
            while let Some(line) = lines.next() {
                found.push(line);
            }
        }
        found.extend(lines.rest());
        found
    }

    #[test]
    fn a_character_that_is_split_between_pieces_is_whole() {
        assert_eq!(all(&[b"\xef\xbb", b"\xbfdata: \xc3", b"\xa4\r", b"\nb"]), ["data: ä", "b"]);
        assert_eq!(all(&[b"a\xffb\n\n"]), ["a\u{fffd}b", ""]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 1 << 20];
        let refused = (0..32).find_map(|_| lines.push(&piece).err());
        assert!(matches!(refused, Some(ProviderError::Protocol { .. })));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_pieces(text in "[a\u{e4}\u{20ac}\r\n ]{0,60}", cuts in prop::collection::vec(0usize..90, 0..6)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(all(&pieces), all(&[bytes]));
        }
    }
}
