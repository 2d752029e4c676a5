//! The word table for German and English: bytes, and nothing else.
//!
//! 75,000 folded words with 384 coordinates of 2 bits each; `localgpt-embedding` documents the
//! layout and reads it. The bytes stand under their own licence, see `NOTICE`.

/// The table, little-endian, 7,697,924 bytes; begins with the magic `DEWT0001`.
pub static TABLE: &[u8] = include_bytes!("../data/table.bin");
