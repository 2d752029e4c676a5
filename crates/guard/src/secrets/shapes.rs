//! Secrets that have a shape: vendors' prefixes, PEM blocks, web tokens, headers and addresses.

use super::{Kind, Secret, assigned::is_random};

/// A vendor's key: how it begins, of what it consists after that, and how long that is at least and at most.
struct Shape {
    prefix: &'static str,
    vendor: &'static str,
    of: fn(u8) -> bool,
    least: usize,
    most: usize,
}

const fn shape(
    prefix: &'static str,
    vendor: &'static str,
    of: fn(u8) -> bool,
    least: usize,
    most: usize,
) -> Shape {
    Shape { prefix, vendor, of, least, most }
}

const fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}
const fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}
const fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
const fn dashed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}
const fn hook(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/')
}
const fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Longer prefixes stand before those that they begin with.
const SHAPES: &[Shape] = &[
    shape("AKIA", "AWS", capital, 16, 16),
    shape("ASIA", "AWS", capital, 16, 16),
    shape("AIza", "Google", word, 35, 35),
    shape("ya29.", "Google", word, 20, 400),
    shape("GOCSPX-", "Google", word, 20, 60),
    shape("AccountKey=", "Azure", base64, 60, 100),
    shape("SharedAccessKey=", "Azure", base64, 30, 100),
    shape("ghp_", "GitHub", alphanumeric, 30, 255),
    shape("gho_", "GitHub", alphanumeric, 30, 255),
    shape("ghu_", "GitHub", alphanumeric, 30, 255),
    shape("ghs_", "GitHub", alphanumeric, 30, 255),
    shape("ghr_", "GitHub", alphanumeric, 30, 255),
    shape("github_pat_", "GitHub", word, 50, 255),
    shape("glpat-", "GitLab", word, 20, 255),
    shape("gldt-", "GitLab", word, 20, 255),
    shape("glrt-", "GitLab", word, 20, 255),
    shape("xoxb-", "Slack", dashed, 20, 255),
    shape("xoxa-", "Slack", dashed, 20, 255),
    shape("xoxp-", "Slack", dashed, 20, 255),
    shape("xoxr-", "Slack", dashed, 20, 255),
    shape("xoxs-", "Slack", dashed, 20, 255),
    shape("xapp-", "Slack", dashed, 20, 255),
    shape("hooks.slack.com/services/", "Slack", hook, 30, 120),
    shape("discord.com/api/webhooks/", "Discord", hook, 60, 160),
    shape("sk_live_", "Stripe", alphanumeric, 16, 255),
    shape("sk_test_", "Stripe", alphanumeric, 16, 255),
    shape("rk_live_", "Stripe", alphanumeric, 16, 255),
    shape("rk_test_", "Stripe", alphanumeric, 16, 255),
    shape("whsec_", "Stripe", base64, 24, 255),
    shape("sk-ant-", "Anthropic", word, 20, 255),
    shape("sk-or-v1-", "OpenRouter", alphanumeric, 32, 255),
    shape("sk-proj-", "OpenAI", word, 20, 255),
    shape("sk-svcacct-", "OpenAI", word, 20, 255),
    shape("sk-", "OpenAI", alphanumeric, 32, 255),
    shape("gsk_", "Groq", alphanumeric, 32, 255),
    shape("xai-", "xAI", alphanumeric, 40, 255),
    shape("hf_", "Hugging Face", alphanumeric, 30, 255),
    shape("npm_", "npm", alphanumeric, 36, 36),
    shape("pypi-", "PyPI", word, 50, 400),
    shape("dop_v1_", "DigitalOcean", alphanumeric, 64, 64),
    shape("SG.", "SendGrid", |byte| word(byte) || byte == b'.', 60, 80),
    shape("shpat_", "Shopify", alphanumeric, 32, 32),
    shape("AGE-SECRET-KEY-", "age", capital, 50, 70),
];

/// Finds everything that has a shape.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let before =
            place.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        let hit = match byte {
            b'-' => private_key(text, place),
            b'e' if !word(before) => web_token(bytes, place),
            b'0'..=b'9' if !word(before) => bot_token(bytes, place),
            b':' => address_password(bytes, place),
            b'B' | b'b' if !word(before) => header(bytes, place),
            _ => None,
        };
        let hit = hit.or_else(|| if alphanumeric(before) { None } else { vendor(bytes, place) });
        let hit = hit.or_else(|| if word(before) { None } else { discord(bytes, place) });
        match hit {
            Some(secret) => {
                place = secret.range.end.max(place + 1);
                found.push(secret);
            }
            None => place += 1,
        }
    }
    found
}

/// How many bytes from `place` on are `of` a kind, `most` at most.
fn run(bytes: &[u8], place: usize, of: fn(u8) -> bool, most: usize) -> usize {
    let rest = bytes.get(place..).unwrap_or_default();
    rest.iter().take(most).take_while(|byte| of(**byte)).count()
}

fn begins(bytes: &[u8], place: usize, with: &str) -> bool {
    bytes.get(place..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
}

fn vendor(bytes: &[u8], place: usize) -> Option<Secret> {
    let first = bytes.get(place)?;
    let shape = SHAPES.iter().find(|shape| {
        shape.prefix.as_bytes().first() == Some(first) && begins(bytes, place, shape.prefix)
    })?;
    let begin = place + shape.prefix.len();
    let length = run(bytes, begin, shape.of, shape.most + 1);
    // One that is longer than any is something else.
    if length < shape.least || length > shape.most {
        return None;
    }
    let value = bytes.get(begin..begin + length)?;
    // A row of one letter is how documentation writes a key.
    let mut letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let first = letters.next()?;
    if letters.all(|letter| letter.eq_ignore_ascii_case(first)) {
        return None;
    }
    Some(Secret { range: place..begin + length, kind: Kind::Vendor(shape.vendor) })
}

const PEM: &str = "-----BEGIN ";

fn private_key(text: &str, place: usize) -> Option<Secret> {
    if !begins(text.as_bytes(), place, PEM) {
        return None;
    }
    let rest = text.get(place + PEM.len()..)?;
    // Nobody names a kind of key with more than that.
    let length = run(rest.as_bytes(), 0, |byte| capital(byte) || byte == b' ', 60);
    let head = rest.get(..length)?;
    if !(head.ends_with("PRIVATE KEY") || head.ends_with("PRIVATE KEY BLOCK")) {
        return None;
    }
    let end = rest.find("-----END ").map_or(text.len(), |end| {
        let tail = rest.get(end..).unwrap_or_default();
        let close = tail
            .get(9..)
            .and_then(|tail| tail.find("-----"))
            .map_or(tail.len(), |close| close + 14);
        place + PEM.len() + end + close
    });
    Some(Secret { range: place..end, kind: Kind::PrivateKey })
}

/// `eyJ...`, a dot, and twice more.
fn web_token(bytes: &[u8], place: usize) -> Option<Secret> {
    if !begins(bytes, place, "eyJ") {
        return None;
    }
    let mut end = place;
    for part in 0..3 {
        if part > 0 {
            (bytes.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
        let length = run(bytes, end, word, 1 << 16);
        (length >= 10).then_some(())?;
        end += length;
    }
    Some(Secret { range: place..end, kind: Kind::Jwt })
}

/// A bot's token at Telegram: a number, a colon and 35 characters.
fn bot_token(bytes: &[u8], place: usize) -> Option<Secret> {
    let digits = run(bytes, place, |byte| byte.is_ascii_digit(), 11);
    let colon = place + digits;
    if !(8..=10).contains(&digits) || bytes.get(colon) != Some(&b':') {
        return None;
    }
    let length = run(bytes, colon + 1, word, 36);
    (length == 35).then_some(Secret { range: place..colon + 36, kind: Kind::Vendor("Telegram") })
}

/// A bot's token at Discord: an identifier in Base64, a time, a code.
fn discord(bytes: &[u8], place: usize) -> Option<Secret> {
    if !matches!(bytes.get(place), Some(b'M' | b'N' | b'O')) {
        return None;
    }
    let mut end = place;
    for (index, lengths) in [23..=28, 6..=7, 27..=45].into_iter().enumerate() {
        if index > 0 {
            (bytes.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
        let length = run(bytes, end, word, 60);
        lengths.contains(&length).then_some(())?;
        end += length;
    }
    Some(Secret { range: place..end, kind: Kind::Vendor("Discord") })
}

/// `Bearer ...` and `Basic ...`, as they stand in a header.
fn header(bytes: &[u8], place: usize) -> Option<Secret> {
    let rest = bytes.get(place..)?;
    let scheme = ["bearer ", "basic "].into_iter().find(|scheme| {
        rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    })?;
    let begin = place + scheme.len();
    let length = run(
        bytes,
        begin,
        |byte| base64(byte) || matches!(byte, b'-' | b'_' | b'.' | b'~'),
        1 << 16,
    );
    let value = bytes.get(begin..begin + length)?;
    let value = std::str::from_utf8(value).ok()?.trim_end_matches('.');
    is_random(value, 12)
        .then_some(Secret { range: begin..begin + value.len(), kind: Kind::Authorization })
}

/// The password in `scheme://name:password@host`, from the colon of the scheme on.
fn address_password(bytes: &[u8], place: usize) -> Option<Secret> {
    if !begins(bytes, place, "://") {
        return None;
    }
    let name = place + 3;
    let in_name = |byte: u8| {
        !byte.is_ascii_whitespace()
            && !matches!(byte, b':' | b'/' | b'@' | b'"' | b'\'' | b'<' | b'>' | b'?' | b'#')
    };
    let colon = name + run(bytes, name, in_name, 128);
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    let in_password = |byte: u8| {
        !byte.is_ascii_whitespace()
            && !matches!(byte, b'/' | b'@' | b'"' | b'\'' | b'<' | b'>' | b'?' | b'#')
    };
    let length = run(bytes, colon + 1, in_password, 256);
    let end = colon + 1 + length;
    let value = std::str::from_utf8(bytes.get(colon + 1..end)?).ok()?;
    let is_real =
        length > 0 && bytes.get(end) == Some(&b'@') && !super::assigned::is_placeholder(value);
    is_real.then_some(Secret { range: colon + 1..end, kind: Kind::AddressPassword })
}
