//! What is remembered of words: a map that compares short words as numbers, without following a pointer.

use rustc_hash::FxHashMap;

/// The most bytes of a word that fits in a number together with its length.
const SHORT: usize = 15;

/// A map from words.
#[derive(Debug, Clone)]
pub struct WordMap<T> {
    short: FxHashMap<u128, T>,
    long: FxHashMap<Box<str>, T>,
}

impl<T> Default for WordMap<T> {
    fn default() -> Self {
        Self { short: FxHashMap::default(), long: FxHashMap::default() }
    }
}

impl<T> WordMap<T> {
    /// What was inserted for `word`.
    #[inline]
    pub fn get(&self, word: &str) -> Option<&T> {
        match number(word.as_bytes()) {
            Some(number) => self.short.get(&number),
            None => self.long.get(word),
        }
    }

    /// Remembers `value` for `word`.
    pub fn insert(&mut self, word: &str, value: T) {
        match number(word.as_bytes()) {
            Some(number) => self.short.insert(number, value),
            None => self.long.insert(word.into(), value),
        };
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all words.
    pub fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
    }
}

/// A short word as a number: its bytes, and its length above them.
#[inline]
fn number(word: &[u8]) -> Option<u128> {
    let length = word.len();
    if length > SHORT {
        return None;
    }
    let bytes = if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        // The first eight bytes, and what the last eight have beyond them.
        let beyond = u64::from_le_bytes(*last).checked_shr(8 * (16 - length as u32)).unwrap_or(0);
        u128::from(u64::from_le_bytes(*first)) | u128::from(beyond) << 64
    } else if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        let beyond = u32::from_le_bytes(*last).checked_shr(8 * (8 - length as u32)).unwrap_or(0);
        u128::from(u32::from_le_bytes(*first)) | u128::from(beyond) << 32
    } else {
        word.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
    };
    Some(bytes | (length as u128) << (8 * SHORT))
}

/// A list that nearly always has one entry, which then lies in it.
#[derive(Debug, Clone)]
pub enum Few<T> {
    /// One.
    One(T),
    /// None, or several.
    Several(Box<[T]>),
}

impl<T> Few<T> {
    /// All of them.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Several(Box::default())
    }
}

impl<T: Copy> From<Vec<T>> for Few<T> {
    fn from(list: Vec<T>) -> Self {
        match list.as_slice() {
            [one] => Self::One(*one),
            _ => Self::Several(list.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_of_any_length_has_a_value_of_its_own() {
        let mut map = WordMap::default();
        let words: Vec<String> = (0..40)
            .flat_map(|length| ["a".repeat(length), "b".repeat(length), "\0".repeat(length)])
            .collect();
        for (value, word) in words.iter().enumerate().skip(2) {
            map.insert(word, value);
        }
        for (value, word) in words.iter().enumerate().skip(2) {
            assert_eq!(map.get(word), Some(&value), "{word:?}");
        }
        assert_eq!(map.len(), words.len() - 2);
    }

    proptest! {
        #[test]
        fn a_short_word_is_its_bytes_and_its_length(word in "[a-c\0ä]{0,18}") {
            let mut bytes = [0; 16];
            let expected = (word.len() < 16).then(|| {
                bytes[..word.len()].copy_from_slice(word.as_bytes());
                bytes[15] = word.len() as u8;
                u128::from_le_bytes(bytes)
            });
            prop_assert_eq!(number(word.as_bytes()), expected);
        }
    }
}
