//! Names of objects: the SHA-1 of what they hold.

use std::{fmt, str::FromStr};

use sha1_checked::{Digest as _, Sha1};

use crate::{error::Error, object::Kind};

/// The name of an object. Content made to collide gets another name than git would give it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId(pub(crate) [u8; 20]);

/// The name of a commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub(crate) ObjectId);

impl ObjectId {
    /// The name of an object that holds `bytes`.
    pub(crate) fn of(kind: Kind, bytes: &[u8]) -> Self {
        let mut sha = Sha1::new();
        sha.update(header(kind, bytes.len()));
        sha.update(bytes);
        Self(sha.finalize().into())
    }

    /// The checksum of a file, which guards against accidents alone and may be fast.
    pub(crate) fn checksum(bytes: &[u8]) -> Self {
        Self(sha1::Sha1::digest(bytes).into())
    }

    /// Reads twenty bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads forty hexadecimal digits.
    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        let bytes: Vec<u8> = from_hex(text)?;
        Self::from_bytes(&bytes)
    }
}

/// What stands before the content of an object where it is named, and in a file of its own.
pub(crate) fn header(kind: Kind, length: usize) -> Vec<u8> {
    format!("{} {length}\0", kind.word()).into_bytes()
}

/// Reads pairs of hexadecimal digits.
pub(crate) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// Writes pairs of hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or('0');
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte)]).collect()
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&to_hex(&self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CommitId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let id = ObjectId::from_hex(text.as_bytes());
        id.map(Self).ok_or_else(|| Error::Unknown { name: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_git_gives() {
        let id = ObjectId::of(Kind::Blob, b"hello\n");
        assert_eq!(id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        let tree = ObjectId::of(Kind::Tree, b"");
        assert_eq!(tree.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(ObjectId::from_hex(id.to_string().as_bytes()), Some(id));
        assert!("ce01".parse::<CommitId>().is_err());
    }
}
