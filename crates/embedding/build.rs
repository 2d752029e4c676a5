//! Lays a hash index over the word table's vocabulary, so that a look-up at run time parses nothing.
//!
//! Output `index.bin`, little-endian, in this order:
//! slots (`SLOTS` × u32: offset into the entries in the low 20 bits, fingerprint above; 0 is empty),
//! restarts (u32 offset of every 16th entry), entries (length u8, row u24, letters), each entry in
//! row order. `src/table.rs` reads it.

#![expect(clippy::expect_used, reason = "a build script may stop the build")]

#[path = "src/hash.rs"]
mod hash;

use std::{env, fs, path::Path};

use localgpt_embedding_data::TABLE;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/hash.rs");
    let number = |at: usize| {
        u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], TABLE[at + 3]]) as usize
    };
    assert_eq!(&TABLE[..8], b"DEWT0001", "the word table has another format");
    let (words, dimensions, bits) = (number(8), number(12), number(16));
    assert_eq!((dimensions, bits), (384, 2), "the word table has another shape");
    let mut at = 24 + words * 2 + words * dimensions * bits / 8;

    let mut word = Vec::new();
    // Offset 0 means an empty slot, so the entries begin with one unused byte.
    let mut entries = vec![0_u8];
    let mut restarts = Vec::new();
    let mut slots = vec![0_u32; hash::SLOTS];
    for row in 0..words {
        let (shared, rest) = (TABLE[at] as usize, TABLE[at + 1] as usize);
        word.truncate(shared);
        word.extend_from_slice(&TABLE[at + 2..at + 2 + rest]);
        at += 2 + rest;
        let offset = u32::try_from(entries.len()).expect("the entries fit 20 bits");
        assert!(offset < 1 << 20, "the entries outgrew 20 bits of offset");
        if row % 16 == 0 {
            restarts.push(offset);
        }
        entries.push(u8::try_from(word.len()).expect("a word has fewer than 256 letters"));
        entries.extend_from_slice(&u32::try_from(row).expect("few rows").to_le_bytes()[..3]);
        entries.extend_from_slice(&word);
        let hash = hash::hash(&word);
        let mut slot = hash::slot(hash);
        while slots[slot] != 0 {
            slot = (slot + 1) % hash::SLOTS;
        }
        slots[slot] = offset | hash::fingerprint(hash) << 20;
    }
    let mut out = Vec::new();
    for number in slots.iter().chain(&restarts) {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&entries);
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&folder).join("index.bin"), out).expect("OUT_DIR can be written");
}
