//! Secrets that are known to the letter: the keys that the configuration resolved.

use std::{borrow::Cow, fmt};

use super::{Kind, Secret, replace};

/// The shortest value, and form of one, that is looked for.
const SHORTEST: usize = 6;

/// Values that must not leave, in each form in which they could. It does not print them.
#[derive(Clone, Default)]
pub struct Known {
    /// Each value as it is and as it is written in Base64, in hexadecimal and in an address.
    forms: Vec<String>,
    /// Whether a form begins with a byte.
    begins: Vec<bool>,
}

impl fmt::Debug for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Known({} forms)", self.forms.len())
    }
}

impl Known {
    /// Takes the values. One of fewer than six bytes would mask ordinary text, so it is left out.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for value in values.into_iter().map(str::trim).filter(|value| value.len() >= SHORTEST) {
            forms.push(value.to_owned());
            forms.push(percent(value));
            forms.push(hexadecimal(value));
            forms.extend((0..3).flat_map(|shift| base64_forms(value, shift)));
        }
        // A part of an encoding that is too short would mask ordinary text.
        forms.retain(|form| form.len() >= SHORTEST);
        // The longest first, so that a value is not masked by a part of it.
        forms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        forms.dedup();
        let mut begins = vec![false; 256];
        for first in forms.iter().filter_map(|form| form.bytes().next()) {
            if let Some(begins) = begins.get_mut(usize::from(first)) {
                *begins = true;
            }
        }
        Self { forms, begins }
    }

    /// Finds the values in `text`, in order.
    pub fn find(&self, text: &str) -> Vec<Secret> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut place = 0;
        while let Some(byte) = bytes.get(place) {
            let hit = self.begins.get(usize::from(*byte)).copied().unwrap_or(false).then(|| {
                let rest = bytes.get(place..).unwrap_or_default();
                self.forms.iter().find(|form| rest.starts_with(form.as_bytes()))
            });
            match hit.flatten() {
                Some(form) => {
                    found.push(Secret { range: place..place + form.len(), kind: Kind::Known });
                    place += form.len();
                }
                None => place += 1,
            }
        }
        found
    }

    /// The text without the values, whatever their form.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        replace(text, &self.find(text))
    }
}

fn percent(value: &str) -> String {
    let mut out = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend([
                '%',
                hex(byte >> 4).to_ascii_uppercase(),
                hex(byte & 15).to_ascii_uppercase(),
            ]);
        }
    }
    out
}

fn hexadecimal(value: &str) -> String {
    value.bytes().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The Base64 of `value` after `shift` unknown bytes, in both alphabets, without what depends on its neighbours.
fn base64_forms(value: &str, shift: usize) -> [String; 2] {
    let mut bytes = vec![0; shift];
    bytes.extend(value.bytes());
    let mut digits = String::new();
    // A last group that is not full depends on what follows.
    for group in bytes.chunks_exact(3) {
        let number = group.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        for digit in [18, 12, 6, 0].map(|by| (number >> by) & 63) {
            digits.push(char::from(STANDARD.get(digit as usize).copied().unwrap_or(b'=')));
        }
    }
    // So do the first digits where unknown bytes come before.
    let known = digits
        .get(
            match shift {
                0 => 0,
                1 => 2,
                _ => 3,
            }..,
        )
        .unwrap_or_default()
        .to_owned();
    let other = known.replace('+', "-").replace('/', "_");
    [known, other]
}
