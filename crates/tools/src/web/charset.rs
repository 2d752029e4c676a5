//! From bytes to text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its encoding may be named.
const PROLOGUE: usize = 4_096;

/// Reads bytes as text. The encoding is what they begin with, what the header says, what the page says of itself; or
/// UTF-8 if they are that, and otherwise the one that a web without any of these was written in.
pub(super) fn text(bytes: &[u8], content_type: &str) -> String {
    let said = label(content_type).or_else(|| {
        let prologue = bytes.get(..bytes.len().min(PROLOGUE)).unwrap_or_default();
        let prologue = String::from_utf8_lossy(prologue).to_ascii_lowercase();
        label(&prologue).or_else(|| encoding_of_xml(&prologue))
    });
    let encoding = said.unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    });
    let (text, _, _) = encoding.decode(bytes);
    text.into_owned()
}

/// The encoding after `charset=`.
fn label(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = rest
        .find(|character: char| !(character.is_ascii_alphanumeric() || "-_:.".contains(character)));
    Encoding::for_label(rest.get(..end.unwrap_or(rest.len()))?.as_bytes())
}

fn encoding_of_xml(prologue: &str) -> Option<&'static Encoding> {
    let (declaration, _) = prologue.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let quoted = rest.trim_start().strip_prefix('=')?.trim_start();
    Encoding::for_label(quoted.split(['"', '\'']).nth(1)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found_wherever_it_is_named() {
        let page = b"<meta charset=windows-1252><p>Gr\xf6\xdfe \x84gut\x93";
        assert_eq!(text(page, "text/html"), "<meta charset=windows-1252><p>Größe „gut“");
        assert_eq!(text(b"Gr\xf6\xdfe", "text/html; Charset=\"ISO-8859-1\""), "Größe");
        assert_eq!(text(b"Gr\xf6\xdfe", "text/html"), "Größe");
        assert_eq!(text("Größe".as_bytes(), "text/html"), "Größe");
        assert_eq!(text(b"\xef\xbb\xbfGr\xc3\xb6\xc3\x9fe", "text/html; charset=latin1"), "Größe");
        assert_eq!(text(b"\xff\xfeG\0\xf6\0", "text/html"), "Gö");
        assert_eq!(
            text(b"<?xml version='1.0' encoding='iso-8859-15'?>\xa4", "text/xml"),
            "<?xml version='1.0' encoding='iso-8859-15'?>€"
        );
        assert_eq!(
            text(b"<meta http-equiv=x content='text/html; charset=shift_jis'>\x93\xfa", ""),
            "<meta http-equiv=x content='text/html; charset=shift_jis'>日"
        );
        assert_eq!(text("größ".as_bytes().get(..5).unwrap_or_default(), ""), "grö\u{fffd}");
        assert_eq!(text(b"charset=nonsense", "charset="), "charset=nonsense");
    }
}
