//! Keys and passwords in text: where they stand, and the text without them.
//!
//! Two ways lead to a secret: it has the shape of a vendor's key, or it stands behind a word such as `password` and
//! looks random. Hashes, identifiers and part numbers are neither, and are left alone.

mod assigned;
mod known;
mod shapes;

use std::{borrow::Cow, fmt, ops::Range};

pub use known::Known;

/// What kind of secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A PEM block with a private key.
    PrivateKey,
    /// A key or token in the form of this vendor.
    Vendor(&'static str),
    /// A JSON web token.
    Jwt,
    /// What stands in an `Authorization` header.
    Authorization,
    /// The password in an address.
    AddressPassword,
    /// The value of something called password, secret, token or key.
    Assigned,
    /// A value that the configuration resolved.
    Known,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrivateKey => formatter.write_str("private key"),
            Self::Vendor(vendor) => write!(formatter, "{vendor} key"),
            Self::Jwt => formatter.write_str("web token"),
            Self::Authorization => formatter.write_str("authorization"),
            Self::AddressPassword => formatter.write_str("password in an address"),
            Self::Assigned => formatter.write_str("password"),
            Self::Known => formatter.write_str("known secret"),
        }
    }
}

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The bytes that it takes; always at the bounds of characters.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Finds the secrets in `text`, in order and apart from each other.
pub fn find(text: &str) -> Vec<Secret> {
    let mut found = shapes::find(text);
    found.extend(assigned::find(text));
    // Of two that overlap, the one that begins first stays, and it takes over what the other has beyond its end.
    found.sort_by_key(|secret| (secret.range.start, std::cmp::Reverse(secret.range.end)));
    let mut apart: Vec<Secret> = Vec::with_capacity(found.len());
    for secret in found {
        match apart.last_mut() {
            Some(last) if secret.range.start < last.range.end => {
                last.range.end = last.range.end.max(secret.range.end);
            }
            _ => apart.push(secret),
        }
    }
    apart
}

/// The text with each secret replaced by its kind and, where it is long, its last four characters.
pub fn mask(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = replace(text, &found).into_owned();
    // What stood beside a secret can look like another once that is gone; masking a second time finds no more.
    for _ in 0..ROUNDS {
        let found = find(&masked);
        if found.is_empty() {
            break;
        }
        masked = replace(&masked, &found).into_owned();
    }
    Cow::Owned(masked)
}

/// How often a masked text is looked at again.
const ROUNDS: usize = 4;
/// What a label stands in; no secret is looked for in it.
const LABEL: (char, char) = ('⟦', '⟧');

/// From this length on, the last characters tell keys apart without giving them away.
const LONG: usize = 24;

fn replace<'t>(text: &'t str, secrets: &[Secret]) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets {
        out.push_str(text.get(from..secret.range.start).unwrap_or_default());
        let hidden = text.get(secret.range.clone()).unwrap_or_default();
        out.push_str(&label(secret.kind, hidden));
        from = secret.range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

fn label(kind: Kind, hidden: &str) -> String {
    let (open, close) = LABEL;
    let mut last: Vec<char> = hidden.chars().rev().take(4).collect();
    last.reverse();
    // What is known may stand here encoded, and its end would be a part of it.
    let tells = last.iter().all(char::is_ascii_alphanumeric)
        && !matches!(kind, Kind::PrivateKey | Kind::Known);
    if tells && hidden.chars().count() >= LONG {
        format!("{open}{kind} …{}{close}", last.iter().collect::<String>())
    } else {
        format!("{open}{kind}{close}")
    }
}

#[cfg(test)]
mod tests;
