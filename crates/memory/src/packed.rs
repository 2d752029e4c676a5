//! The list of a file's chunks as one blob: variable-length numbers, each place relative to the last.

use crate::chunk::{Chunk, Kind};

/// Packs chunks, which are in order.
pub(crate) fn pack(chunks: &[Chunk]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(chunks.len() * 6);
    let (mut byte, mut line) = (0, 1);
    for chunk in chunks {
        packed.push(chunk.kind as u8 | chunk.level << 4);
        number(&mut packed, chunk.bytes.start - byte);
        number(&mut packed, chunk.bytes.len());
        number(&mut packed, (chunk.start_line - line) as usize);
        number(&mut packed, (chunk.end_line - chunk.start_line) as usize);
        (byte, line) = (chunk.bytes.end, chunk.end_line);
    }
    packed
}

/// Reads a packed list; none if it is not one.
pub(crate) fn unpack(mut packed: &[u8]) -> Option<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let (mut byte, mut line) = (0_usize, 1_u32);
    while let Some((&head, rest)) = packed.split_first() {
        packed = rest;
        let start = byte.checked_add(take(&mut packed)?)?;
        let end = start.checked_add(take(&mut packed)?)?;
        let start_line = line.checked_add(u32::try_from(take(&mut packed)?).ok()?)?;
        let end_line = start_line.checked_add(u32::try_from(take(&mut packed)?).ok()?)?;
        chunks.push(Chunk {
            kind: kind(head & 15)?,
            bytes: start..end,
            start_line,
            end_line,
            level: head >> 4,
        });
        (byte, line) = (end, end_line);
    }
    Some(chunks)
}

/// The kind that is stored as `number`.
pub(crate) fn kind(number: u8) -> Option<Kind> {
    [Kind::Text, Kind::Item, Kind::Heading, Kind::Code, Kind::FrontMatter]
        .into_iter()
        .find(|kind| *kind as u8 == number)
}

fn number(packed: &mut Vec<u8>, mut number: usize) {
    while number >= 128 {
        packed.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    packed.push(number as u8);
}

fn take(packed: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (&byte, rest) = packed.split_first()?;
        *packed = rest;
        number |= usize::from(byte & 127).checked_shl(shift)?;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chunk::chunks;

    proptest! {
        #[test]
        fn chunks_read_back_as_they_were_packed(text in "(# a\n|- word\n|text |\n|x{200}|```\n){0,30}") {
            let chunks = chunks(&text);
            prop_assert_eq!(unpack(&pack(&chunks)), Some(chunks));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _chunks = unpack(&bytes);
        }
    }
}
