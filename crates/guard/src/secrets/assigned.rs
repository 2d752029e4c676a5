//! Secrets that stand behind a word: `password = ...`, `Passwort: ...`, `api_key: ...`, `token=...`.

use std::ops::Range;

use super::{Kind, LABEL, Secret};

/// The words, in lower case and without `_` and `-`. What follows a password need not look random to be one.
const PASSWORDS: &[&str] = &["password", "passwd", "passwort", "kennwort", "passphrase", "pwd"];
const KEYS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "clientsecret",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "bottoken",
    "apitoken",
    "apisecret",
    "credential",
    "credentials",
    "schlüssel",
    "zugangsschlüssel",
    "geheimnis",
    "secretaccesskey",
    "encryptionkey",
    "signingkey",
    "sessiontoken",
    "accountkey",
    "masterkey",
    "authkey",
];

/// What documentation writes in place of a secret; a value that holds one of them is none.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change_me",
    "change-me",
    "example",
    "beispiel",
    "placeholder",
    "your",
    "dein",
    "xxxx",
    "****",
    "....",
    "redacted",
    "hidden",
    "masked",
    "dummy",
    "secret",
    "password",
    "passwort",
    "test",
    "demo",
    "sample",
    "insert",
    "todo",
    "none",
    "null",
    "undefined",
    "env",
    "token",
    "apikey",
    "api_key",
    "…",
    "foobar",
    "hunter2",
    "123456",
    "abcdef",
];

/// Finds the values of assignments.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut after = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b'=' | b':') || place < after {
            continue;
        }
        let Some((strength, within)) = word_before(text, place) else { continue };
        let Some(range) = value_after(text, place + 1, within) else { continue };
        let value = text.get(range.clone()).unwrap_or_default();
        let is_secret = match strength {
            Strength::Password => is_password(value),
            Strength::Key => is_random(value, 12),
        };
        if is_secret {
            after = range.end;
            found.push(Secret { range, kind: Kind::Assigned });
        }
    }
    found
}

/// How much the word before an assignment says.
#[derive(Clone, Copy)]
enum Strength {
    Password,
    Key,
}

/// Where an assignment stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Text,
    /// In the query of an address, where `&` begins the next.
    Address,
}

/// The word that ends right before `place`, quotes and blanks aside.
fn word_before(text: &str, place: usize) -> Option<(Strength, Within)> {
    let head = text.get(..place)?.trim_end_matches([' ', '\t', '"', '\'', '`', '*', ']']);
    let mut name = String::new();
    let mut within = Within::Text;
    for character in head.chars().rev().take(40) {
        match character {
            '_' | '-' => {}
            // As in `API key`.
            ' ' if name == "yek" => {}
            _ if character.is_alphanumeric() => name.extend(character.to_lowercase()),
            '?' | '&' => {
                within = Within::Address;
                break;
            }
            _ => break,
        }
    }
    let name: String = name.chars().rev().collect();
    if PASSWORDS.iter().any(|word| name.ends_with(word)) {
        return Some((Strength::Password, within));
    }
    KEYS.iter().any(|word| name.ends_with(word)).then_some((Strength::Key, within))
}

/// The longest value that is looked at.
const LONGEST: usize = 512;

/// The value that follows an assignment: in quotes, or up to the next blank.
fn value_after(text: &str, place: usize, within: Within) -> Option<Range<usize>> {
    let rest = text.get(place..)?;
    let blanks =
        rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'*' | b'=' | b'>')).count();
    let rest = rest.get(blanks..)?;
    let begin = place + blanks;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'));
    let begin = begin + quote.map_or(0, char::len_utf8);
    let rest = text.get(begin..)?;
    let ends = |character: char| match (character, quote) {
        (_, Some(quote)) if character == quote => true,
        ('\n', _) => true,
        (_, _) if character == LABEL.0 || character == LABEL.1 => true,
        (_, Some(_)) => false,
        ('&', None) => within == Within::Address,
        ('"' | '\'' | '`' | ',' | ';' | ')' | '}' | '<', None) => true,
        (_, None) => character.is_whitespace(),
    };
    let mut length = 0;
    for character in rest.chars() {
        if ends(character) {
            break;
        }
        length += character.len_utf8();
        if length > LONGEST {
            return None;
        }
    }
    let value = rest.get(..length)?;
    let value =
        if quote.is_some() { value } else { value.trim_end_matches(['.', '!', '?', ']', '\\']) };
    (!value.is_empty()).then(|| begin..begin + value.len())
}

/// Whether a value behind the word password is one: not a word of a sentence, not a placeholder, not code.
fn is_password(value: &str) -> bool {
    let kinds = Kinds::of(value);
    let length = value.chars().count();
    if length < 6 || is_placeholder(value) || is_code(value) || value.contains(' ') {
        return false;
    }
    // A sentence goes on with a word; a password mixes letters with something else.
    kinds.count() >= 3
        || (kinds.digit && (kinds.lower || kinds.upper))
        || (kinds.mark && kinds.count() >= 2 && !is_hyphenated(value))
}

/// Words with hyphens, dots or slashes between them, such as a file or a field.
fn is_hyphenated(value: &str) -> bool {
    value.split(['-', '_', '.', '/', ':', '|']).all(|part| part.chars().all(char::is_alphabetic))
}

/// Whether a value looks as if a machine had rolled it, and is at least so long.
pub(super) fn is_random(value: &str, least: usize) -> bool {
    let kinds = Kinds::of(value);
    if value.len() < least
        || is_placeholder(value)
        || is_code(value)
        || is_identifier(value)
        || !value.is_ascii()
    {
        return false;
    }
    if value.contains(' ') || is_hyphenated(value) && kinds.count() < 3 {
        return false;
    }
    // Bits a character: a word of a language has about three where it is as long, and no digits.
    let entropy = entropy(value);
    kinds.digit && (kinds.lower || kinds.upper) && entropy >= 2.8
        || kinds.count() >= 3 && entropy >= 3.2
        || entropy >= 3.8
}

/// Whether it is a placeholder: empty, in brackets, or a word of documentation.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    value.starts_with(['<', '{', '$', '%', '[', '(', '*', '#'])
        || PLACEHOLDERS.iter().any(|word| lower.contains(word))
        || value.chars().all(|character| value.starts_with(character))
}

/// Whether it is an expression rather than a value: a call, a path, an address, a variable.
fn is_code(value: &str) -> bool {
    value.contains("::")
        || value.contains("()")
        || value.contains("${")
        || value.contains("://")
        || value.contains('(')
        || value.contains("->")
        || value.starts_with(['/', '~', '.', '&'])
        || value.starts_with("os.")
        || value.starts_with("process.")
        || value.starts_with("self.")
}

/// Whether it is a UUID, or a hash as git and checksums write it.
fn is_identifier(value: &str) -> bool {
    let is_uuid = value.len() == 36
        && value.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    let is_hash = matches!(value.len(), 40 | 64)
        && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    is_uuid || is_hash && value.starts_with("sha")
}

/// Which kinds of characters there are.
#[expect(clippy::struct_excessive_bools, reason = "a set of findings, not of options")]
struct Kinds {
    lower: bool,
    upper: bool,
    digit: bool,
    mark: bool,
}

impl Kinds {
    fn of(value: &str) -> Self {
        Self {
            lower: value.chars().any(char::is_lowercase),
            upper: value.chars().any(char::is_uppercase),
            digit: value.chars().any(|character| character.is_ascii_digit()),
            mark: value.chars().any(|character| !character.is_alphanumeric()),
        }
    }

    fn count(&self) -> usize {
        [self.lower, self.upper, self.digit, self.mark].into_iter().filter(|kind| *kind).count()
    }
}

/// Bits a byte, by how often each occurs in `value`.
fn entropy(value: &str) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in value.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let length = value.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}
