//! Orders that are encoded: Base64, hexadecimal, ROT13.

/// The shortest run of digits that can hold an order.
const SHORTEST: usize = 24;
/// How many encoded bytes of one run are read.
const LONGEST: usize = 4096;

/// Whether the text holds prose in Base64 or hexadecimal, or lines of ROT13.
pub(super) fn holds_order(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut runs = bytes.split(|byte| !is_digit(*byte)).filter(|run| run.len() >= SHORTEST);
    runs.any(|run| {
        let run = run.get(..run.len().min(LONGEST)).unwrap_or_default();
        hexadecimal(run).is_some_and(|decoded| is_prose(&decoded)) || is_prose(&base64(run))
    }) || is_rotated(bytes)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn base64(run: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len());
    let (mut number, mut bits) = (0_u32, 0);
    for byte in run {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        number = (number << 6 | u32::from(digit)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((number >> bits & 0xff) as u8);
        }
    }
    out
}

fn hexadecimal(run: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = run.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

/// Whether decoded bytes are words: text, mostly letters, with blanks between them.
fn is_prose(decoded: &[u8]) -> bool {
    // The digits may go on with something else, which garbles the last character.
    let text = String::from_utf8_lossy(decoded);
    let text = text.trim_end_matches('\u{fffd}');
    let count = text.chars().count();
    let words = text
        .split_whitespace()
        .filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 2)
        .count();
    let plain = text.chars().filter(|letter| letter.is_alphabetic() || *letter == ' ').count();
    count >= 14
        && words >= 3
        && plain * 10 >= count * 8
        && !text.chars().any(|letter| letter == '\u{fffd}' || letter == '\0')
}

/// Words of a length that English and German text is full of, as ROT13 turns them.
fn rotated(length: usize) -> &'static [&'static [u8]] {
    match length {
        2 => &[b"bs", b"gb", b"mh", b"qh"],
        3 => &[
            b"abg", b"fvr", b"gur", b"haq", b"lbh", b"naq", b"ner", b"nhs", b"nyy", b"qnf", b"qra",
            b"qre", b"qvr", b"rva", b"sbe", b"vfg", b"vpu", b"zvg",
        ],
        4 => &[b"gung", b"guvf", b"jvgu", b"lbhe", b"nyyr", b"sebz"],
        5 => &[b"avpug", b"frvar", b"jevgr", b"nyyrf"],
        6 => &[b"cebzcg", b"cyrnfr", b"flfgrz", b"nafjre", b"vtaber"],
        8 => &[b"cerivbhf"],
        12 => &[b"vafgehpgvbaf"],
        _ => &[],
    }
}
/// How many such words a stretch of this many has.
const MANY: usize = 3;
const STRETCH: usize = 14;

fn is_rotated(bytes: &[u8]) -> bool {
    let mut recent = [usize::MAX; MANY];
    let words = bytes.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        let hit = rotated(word.len()).iter().any(|rotated| word.eq_ignore_ascii_case(rotated));
        if hit {
            recent.rotate_left(1);
            if let Some(last) = recent.last_mut() {
                *last = number;
            }
            if recent.first().is_some_and(|first| *first != usize::MAX && number - first < STRETCH)
            {
                return true;
            }
        }
    }
    false
}
