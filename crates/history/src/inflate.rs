//! The compression that git uses.

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};
use std::io::Write as _;

/// The largest object that is taken into memory.
const MOST: usize = 1 << 30;

/// Compresses.
pub(crate) fn deflate(parts: &[&[u8]]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(4));
    for part in parts {
        encoder.write_all(part)?;
    }
    encoder.finish()
}

/// What became of reading a compressed stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inflated {
    /// The stream has ended.
    Whole(Vec<u8>),
    /// There must be more of it.
    MoreWanted,
    /// It is no such stream, or longer than it should be.
    Broken,
}

/// Decompresses the stream at the start of `bytes`, which gives at most `length` bytes.
pub(crate) fn inflate(state: &mut Decompress, bytes: &[u8], length: usize) -> Inflated {
    state.reset(true);
    if length > MOST {
        return Inflated::Broken;
    }
    // One byte more: what is longer is noticed, and an empty stream gets to its end.
    let mut out = Vec::with_capacity(length + 1);
    loop {
        let read = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let (before, rest) = (out.len(), bytes.get(read..).unwrap_or_default());
        match state.decompress_vec(rest, &mut out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => return Inflated::Whole(out),
            Ok(_) if out.len() > length => return Inflated::Broken,
            Ok(_) if out.len() == before && rest.is_empty() => return Inflated::MoreWanted,
            Ok(_) => {}
            Err(_) => return Inflated::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_comes_back_and_what_is_cut_wants_more() {
        let mut state = Decompress::new(true);
        for length in [0_usize, 1, 100, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|number| (number * 7 % 251) as u8).collect();
            let packed = deflate(&[&bytes]).unwrap();
            assert_eq!(inflate(&mut state, &packed, length), Inflated::Whole(bytes));
            let cut = &packed[..packed.len() - 1];
            assert_eq!(inflate(&mut state, cut, length), Inflated::MoreWanted);
        }
        let packed = deflate(&[&[0; 100]]).unwrap();
        assert_eq!(inflate(&mut state, &packed, 50), Inflated::Broken);
        assert_eq!(inflate(&mut state, b"nonsense", 50), Inflated::Broken);
    }
}
