//! The hash of the vocabulary index, shared by the build script that lays it and the code that reads it.

/// Slots of the index: a power of two, so that 75,000 words fill 57 % of it.
pub(crate) const SLOTS: usize = 1 << 17;

/// Hashes the letters of a word: FxHash's multiply-and-rotate over eight bytes at a time, with a
/// final mix (the finaliser of MurmurHash3), because slot and fingerprint use different bits.
pub(crate) fn hash(word: &[u8]) -> u64 {
    const SEED: u64 = 0x51_7c_c1_b7_27_22_0a_95;
    let mut hash = word.len() as u64;
    for chunk in word.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(SEED);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

/// The slot at which to begin looking.
pub(crate) fn slot(hash: u64) -> usize {
    (hash as usize) & (SLOTS - 1)
}

/// Twelve bits that tell most other words apart without touching their letters.
pub(crate) fn fingerprint(hash: u64) -> u32 {
    (hash >> 52) as u32
}
