//! Bytes of a file into text.

use std::borrow::Cow;

/// The file holds NUL bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Binary;

/// The text of a file: UTF-8, or, in a line that is none, Windows-1252, in which any bytes are some text.
/// By line, because what is added to an old note is UTF-8. A byte order mark stays, so that places in the text are places in the file.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, Binary> {
    if memchr::memchr(0, &bytes).is_some() {
        return Err(Binary);
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| by_line(error.as_bytes())))
}

fn by_line(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line) {
            Ok(line) => text.push_str(line),
            Err(_) => text.extend(line.iter().copied().map(windows_1252)),
        }
    }
    text
}

/// The text of one path or line, shown to a person: what is no UTF-8 is written as `\xE9`.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let escaped = |byte: &u8| format!("\\x{byte:02X}");
            let chunks = bytes.utf8_chunks();
            chunks
                .flat_map(|chunk| {
                    let invalid = chunk.invalid().iter().map(escaped);
                    std::iter::once(chunk.valid().to_owned()).chain(invalid)
                })
                .collect()
        }
    }
}

/// One byte as Windows-1252 has it; its five unassigned bytes are control characters.
fn windows_1252(byte: u8) -> char {
    /// 0x80 to 0x9F.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|at| UPPER.get(usize::from(at)))
        .copied()
        .unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_is_read_as_its_writer_meant_it() {
        assert_eq!(decode(b"Gr\xf6\xdfe \x80".to_vec()), Ok("Größe €".to_owned()));
        assert_eq!(decode("Größe".into()), Ok("Größe".to_owned()));
        assert_eq!(
            decode("Gr\u{f6}\u{df}e\n".bytes().chain(*b"Gr\xf6\xdfe").collect()),
            Ok("Größe\nGröße".to_owned())
        );
        assert_eq!(decode(b"a\0b".to_vec()), Err(Binary));
    }

    #[test]
    fn a_name_that_is_no_text_is_shown_with_escapes() {
        assert_eq!(shown(b"caf\xe9.md"), "caf\\xE9.md");
        assert_eq!(shown("ü.md".as_bytes()), "ü.md");
    }
}
