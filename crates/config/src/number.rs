//! Numbers as people write them: counts, and sizes such as `16 MiB`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A number of bytes, written as a number or with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

const EXPECTED: &str = "a size such as \"500 KB\" or \"16 MiB\"";

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim().to_ascii_lowercase();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
        let bytes = match (number.parse::<u64>(), factor) {
            (Ok(number), Some(factor)) => number.checked_mul(*factor),
            _ => None,
        };
        bytes.map(Self).ok_or_else(|| format!("`{text}` is not {EXPECTED}"))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

/// A number of things, of which there is at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u16);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<Size, E> {
        u64::try_from(bytes)
            .map(Size)
            .map_err(|_negative| E::invalid_value(de::Unexpected::Signed(bytes), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a number from 1 to {}", u16::MAX)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Count, E> {
        match u16::try_from(number) {
            Ok(count @ 1..) => Ok(Count(count)),
            Ok(0) | Err(_) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_an_optional_unit() {
        let cases = [
            ("0", Some(0)),
            ("17", Some(17)),
            ("17 B", Some(17)),
            ("500 KB", Some(500_000)),
            ("16 MiB", Some(16 << 20)),
            ("16mib", Some(16 << 20)),
            ("2  GiB", Some(2 << 30)),
            ("17179869183 GiB", Some(17_179_869_183 << 30)),
            ("17179869184 GiB", None),
            ("99999999999999999999", None),
            ("1.5 MiB", None),
            ("-1", None),
            ("MiB", None),
            ("16 MiBB", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Size>().ok(), expected.map(Size), "{text:?}");
        }
    }
}
