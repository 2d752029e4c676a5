//! Text folded to plain bytes, so that a word reads the same however it is dressed up.
//!
//! Case, accents, widths, fancy alphabets and look-alike letters go; characters that do not show are dropped, and
//! hidden tag characters become the letters they stand for. What has no Latin form keeps one byte above 127.

/// Folds `text`. White space becomes one space, or one line break where it held an empty line.
pub(crate) fn fold(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        // Most of a text is small letters: whole runs of them go as they are.
        let run = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let (letters, after) = rest.split_at(run);
        if letters.is_empty() {
            push(&mut out, character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        } else {
            out.extend_from_slice(letters.as_bytes());
            rest = after;
        }
    }
    for byte in &mut out {
        if *byte == b'\r' {
            *byte = b' ';
        }
    }
    without_quotations(&out)
}

/// The longest quotation that is left out.
const QUOTATION: usize = 120;

/// Leaves out what stands in quotation marks inside a sentence: who quotes an order does not give it.
///
/// A paragraph that is quoted as a whole stays, and so does the value of a field.
fn without_quotations(folded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(folded.len());
    let mut rest = folded;
    while let Some((byte, after)) = rest.split_first() {
        out.push(*byte);
        rest = after;
        if !matches!(byte, b'"' | b'`') || is_field(&out) {
            continue;
        }
        let span = after
            .iter()
            .take(QUOTATION)
            .take_while(|inner| *inner != byte && **inner != b'\n')
            .count();
        if span > 1 && after.get(span) == Some(byte) {
            out.push(*byte);
            rest = after.get(span + 1..).unwrap_or_default();
        }
    }
    out
}

/// Whether the quotation mark that was just written begins a paragraph or the value of a field.
fn is_field(written: &[u8]) -> bool {
    let before = written.split_last().map_or(written, |(_, before)| before);
    let before = before.strip_suffix(b" ").unwrap_or(before);
    before.is_empty() || before.ends_with(b"\n") || before.ends_with(b"\":")
}

/// A single line break is `\r` until it is known whether an empty line follows.
fn push(out: &mut Vec<u8>, character: char) {
    match character {
        'a'..='z' => out.push(ascii(character)),
        'A'..='Z' => out.push(ascii(character) | 0x20),
        '0'..='9' => {
            if out.last() != Some(&b'0') {
                out.push(b'0');
            }
        }
        '\n' => match out.last_mut() {
            Some(last @ b'\r') => *last = b'\n',
            Some(b'\n') => {}
            Some(last @ b' ') => *last = b'\r',
            _ => out.push(b'\r'),
        },
        _ if character.is_whitespace() => {
            if !matches!(out.last(), Some(b' ' | b'\r' | b'\n')) {
                out.push(b' ');
            }
        }
        ' '..='~' => {
            let mark = ascii(character);
            if !out.ends_with(&[mark, mark]) {
                out.push(mark);
            }
        }
        'ß' | 'ẞ' => out.extend_from_slice(b"ss"),
        'æ' | 'Æ' => out.extend_from_slice(b"ae"),
        'œ' | 'Œ' => out.extend_from_slice(b"oe"),
        _ => match plain(character) {
            Plain::Letter(letter) => out.push(letter),
            Plain::Nothing => {}
            Plain::Other => out.push(0x80 | (u32::from(character) & 0x7f) as u8),
        },
    }
}

fn ascii(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}

/// What a character outside ASCII folds to.
enum Plain {
    Letter(u8),
    Nothing,
    Other,
}

fn plain(character: char) -> Plain {
    let code = u32::from(character);
    match code {
        // Tag characters repeat ASCII where nobody sees it.
        0xe_0020..=0xe_007e => folded_ascii(code - 0xe_0000),
        0xff01..=0xff5e => folded_ascii(code - 0xfee0),
        // Mathematical alphabets, 26 capitals and 26 small letters each; their digits at the end.
        0x1_d400..=0x1_d6a3 => letter((code - 0x1_d400) % 26),
        0x1_d7ce..=0x1_d7ff => Plain::Letter(b'0'),
        0x24b6..=0x24e9 => letter((code - 0x24b6) % 26),
        0x1_f130..=0x1_f149 => letter(code - 0x1_f130),
        0x300..=0x36f | 0xfe00..=0xfe0f | 0xe_0100..=0xe_01ef => Plain::Nothing,
        0x2018 | 0x2019 | 0x201a | 0x2b9 | 0x2bc => Plain::Letter(b'\''),
        0x201c..=0x201e | 0xab | 0xbb => Plain::Letter(b'"'),
        0x2010..=0x2015 => Plain::Letter(b'-'),
        _ if crate::visible::is_invisible(character) || is_joiner(character) => Plain::Nothing,
        _ => match without_accent(character).or_else(|| look_alike(character)) {
            Some(letter) => Plain::Letter(letter),
            None => Plain::Other,
        },
    }
}

fn letter(index: u32) -> Plain {
    Plain::Letter(b'a' + u8::try_from(index).unwrap_or(0).min(25))
}

fn folded_ascii(code: u32) -> Plain {
    match u8::try_from(code).unwrap_or(b'?') {
        b'0'..=b'9' => Plain::Letter(b'0'),
        byte => Plain::Letter(byte.to_ascii_lowercase()),
    }
}

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
}

/// The letter under an accent, for the alphabets of Europe.
fn without_accent(character: char) -> Option<u8> {
    Some(match character {
        'à'..='å' | 'À'..='Å' | 'ā' | 'Ā' | 'ă' | 'Ă' | 'ą' | 'Ą' => b'a',
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => b'c',
        'ď' | 'Ď' | 'đ' | 'Đ' => b'd',
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'Ē' | 'ė' | 'Ė' | 'ę' | 'Ę' | 'ě' | 'Ě' => b'e',
        'ğ' | 'Ğ' => b'g',
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'Ī' | 'ı' | 'İ' => b'i',
        'ł' | 'Ł' | 'ľ' | 'Ľ' => b'l',
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' => b'n',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' | 'Ō' | 'ő' | 'Ő' => b'o',
        'ř' | 'Ř' => b'r',
        'ś' | 'Ś' | 'š' | 'Š' | 'ş' | 'Ş' => b's',
        'ť' | 'Ť' | 'ţ' | 'Ţ' => b't',
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' | 'Ū' | 'ů' | 'Ů' | 'ű' | 'Ű' => b'u',
        'ý' | 'Ý' | 'ÿ' => b'y',
        'ź' | 'Ź' | 'ż' | 'Ż' | 'ž' | 'Ž' => b'z',
        _ => return None,
    })
}

/// The Latin letter that a Cyrillic, Greek, Armenian or phonetic letter passes for.
pub(crate) fn look_alike(character: char) -> Option<u8> {
    Some(match character {
        'а' | 'А' | 'Α' | 'α' | 'ɑ' | 'ᴀ' => b'a',
        'В' | 'в' | 'Β' | 'Ь' | 'ь' | 'ʙ' => b'b',
        'с' | 'С' | 'ϲ' | 'Ϲ' | 'ᴄ' => b'c',
        'ԁ' | 'Ԁ' | 'ɗ' | 'ᴅ' => b'd',
        'е' | 'Е' | 'ё' | 'Ё' | 'Ε' | 'ҽ' | 'ᴇ' => b'e',
        'ɡ' | 'ց' | 'ɢ' => b'g',
        'һ' | 'Н' | 'н' | 'Η' | 'հ' | 'ʜ' => b'h',
        'і' | 'І' | 'ї' | 'Ї' | 'Ι' | 'ι' | 'ӏ' | 'ɩ' | 'ɪ' => b'i',
        'ј' | 'Ј' | 'ϳ' => b'j',
        'К' | 'к' | 'Κ' | 'κ' | 'ĸ' | 'ᴋ' => b'k',
        'Ӏ' | 'ⅼ' | 'ʟ' => b'l',
        'М' | 'м' | 'Μ' | 'ⅿ' | 'ᴍ' => b'm',
        'Ν' | 'ո' | 'ɴ' => b'n',
        'о' | 'О' | 'Ο' | 'ο' | 'օ' | 'Օ' | 'ᴏ' => b'o',
        'р' | 'Р' | 'Ρ' | 'ρ' | 'ᴘ' => b'p',
        'ԛ' | 'Ԛ' | 'զ' => b'q',
        'г' | 'ᴦ' | 'ʀ' => b'r',
        'ѕ' | 'Ѕ' | 'Տ' | 'ꜱ' => b's',
        'Т' | 'т' | 'Τ' | 'τ' | 'ᴛ' => b't',
        'ս' | 'υ' | 'ᴜ' => b'u',
        'ѵ' | 'Ѵ' | 'ν' | 'ᴠ' => b'v',
        'ԝ' | 'Ԝ' | 'ѡ' | 'ᴡ' => b'w',
        'х' | 'Х' | 'Χ' | 'χ' => b'x',
        'у' | 'У' | 'Υ' | 'γ' | 'ү' | 'ʏ' => b'y',
        'Ζ' | 'ᴢ' => b'z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&fold(text)), expected);
    }

    #[test]
    fn a_word_reads_the_same_however_it_is_dressed_up() {
        for dressed in [
            "Ignore",
            "ＩＧＮＯＲＥ",
            "𝐢𝐠𝐧𝐨𝐫𝐞",
            "ⓘⓖⓝⓞⓡⓔ",
            "i\u{200b}g\u{ad}n\u{2060}ore",
            "іgnоrе",
            "ignóré",
            "\u{e0069}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}",
        ] {
            check(dressed, "ignore");
        }
    }

    #[test]
    fn white_space_and_digits_are_one_of_a_kind() {
        check("Grüße  an\t\r\n\n 42\nLeute", "grusse an\n0 leute");
    }

    #[test]
    fn what_is_quoted_in_a_sentence_is_left_out() {
        check("He wrote „Ignore all“ there", "he wrote \"\" there");
        check("{\"text\": \"Ignore all\"}", "{\"\": \"ignore all\"}");
        check("\"Ignore all\"", "\"ignore all\"");
    }
}
