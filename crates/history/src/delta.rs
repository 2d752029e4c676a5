//! How packs tell an object as a difference to another.

/// Reads type and length at the start of an entry, with the number of bytes they take.
pub(crate) fn head(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let first = *bytes.first()?;
    let (mut length, mut shift, mut used) = (usize::from(first & 15), 4_u32, 1);
    let mut byte = first;
    while byte & 0x80 != 0 {
        byte = *bytes.get(used)?;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        (shift, used) = (shift + 7, used + 1);
    }
    Some((first >> 4 & 7, length, used))
}

/// Writes type and length.
pub(crate) fn push_head(out: &mut Vec<u8>, kind: u8, length: usize) {
    let mut rest = length >> 4;
    let mut byte = kind << 4 | low(length, 4);
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low(rest, 7);
        rest >>= 7;
    }
    out.push(byte);
}

/// Reads how far back the other object lies, with the number of bytes that takes.
pub(crate) fn back(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut used = 1;
    let mut byte = *bytes.first()?;
    let mut value = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = *bytes.get(used)?;
        value = value.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
        used += 1;
    }
    Some((value, used))
}

/// Makes an object from the one it differs from.
pub(crate) fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let (from, used) = size(delta)?;
    let (to, more) = size(delta.get(used..)?)?;
    if from != base.len() {
        return None;
    }
    let mut rest = delta.get(used + more..)?;
    let mut out = Vec::with_capacity(to.min(1 << 30));
    while let Some((&command, after)) = rest.split_first() {
        rest = after;
        if command & 0x80 == 0 {
            // New bytes.
            let (new, after) = rest.split_at_checked(usize::from(command))?;
            if new.is_empty() {
                return None;
            }
            out.extend_from_slice(new);
            rest = after;
            continue;
        }
        let mut numbers = [0_usize; 7];
        for (bit, number) in numbers.iter_mut().enumerate() {
            if command >> bit & 1 == 1 {
                let (&byte, after) = rest.split_first()?;
                *number = usize::from(byte);
                rest = after;
            }
        }
        let [a, b, c, d, e, f, g] = numbers;
        let start = a | b << 8 | c << 16 | d << 24;
        let length = e | f << 8 | g << 16;
        let length = if length == 0 { 0x1_0000 } else { length };
        out.extend_from_slice(base.get(start..start.checked_add(length)?)?);
    }
    (out.len() == to).then_some(out)
}

/// Tells `target` as what it shares with `base` at its start and its end, and what is new between:
/// all that a changed folder or a longer note needs. `None` where that saves too little.
pub(crate) fn between(base: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let start = base.iter().zip(target).take_while(|(one, other)| one == other).count();
    let (base_rest, target_rest) = (base.get(start..)?, target.get(start..)?);
    let pairs = base_rest.iter().rev().zip(target_rest.iter().rev());
    let end = pairs.take_while(|(one, other)| one == other).count();
    let new = target_rest.get(..target_rest.len() - end)?;
    let mut delta = Vec::with_capacity(new.len() + 64);
    push_size(&mut delta, base.len());
    push_size(&mut delta, target.len());
    push_copies(&mut delta, 0, start);
    for piece in new.chunks(0x7f) {
        delta.push(low(piece.len(), 7));
        delta.extend_from_slice(piece);
    }
    push_copies(&mut delta, base.len() - end, end);
    (delta.len() < target.len() / 2).then_some(delta)
}

fn push_copies(delta: &mut Vec<u8>, mut start: usize, mut length: usize) {
    // A start that four bytes cannot tell is not written: such objects are larger than what is kept.
    while length > 0 {
        let piece = length.min(0xff_ffff);
        let at = delta.len();
        delta.push(0x80);
        let mut command = 0x80;
        for (bit, number) in [(0, start), (1, start >> 8), (2, start >> 16), (3, start >> 24)]
            .into_iter()
            .chain([(4, piece), (5, piece >> 8), (6, piece >> 16)])
        {
            let byte = low(number, 8);
            if byte != 0 {
                command |= 1 << bit;
                delta.push(byte);
            }
        }
        if let Some(place) = delta.get_mut(at) {
            *place = command;
        }
        (start, length) = (start + piece, length - piece);
    }
}

fn size(bytes: &[u8]) -> Option<(usize, usize)> {
    let (mut value, mut shift, mut used) = (0, 0_u32, 0);
    loop {
        let byte = *bytes.get(used)?;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        (shift, used) = (shift + 7, used + 1);
        if byte & 0x80 == 0 {
            return Some((value, used));
        }
    }
}

fn push_size(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(low(value, 7) | 0x80);
        value >>= 7;
    }
    out.push(low(value, 7));
}

/// The lowest bits, at most eight.
fn low(value: usize, bits: u32) -> u8 {
    u8::try_from(value & ((1 << bits) - 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        for length in [0_usize, 15, 16, 2_047, 2_048, 70_000, 1 << 29] {
            let mut bytes = Vec::new();
            push_head(&mut bytes, 3, length);
            assert_eq!(head(&bytes), Some((3, length, bytes.len())));
        }
    }

    proptest! {
        #[test]
        fn a_difference_gives_the_target_back(
            start in proptest::collection::vec(any::<u8>(), 0..70_000),
            old in proptest::collection::vec(any::<u8>(), 0..300),
            new in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let base = [&start[..], &old, &start].concat();
            let target = [&start[..], &new, &start].concat();
            if let Some(delta) = between(&base, &target) {
                prop_assert_eq!(apply(&base, &delta), Some(target));
            }
        }

        #[test]
        fn nonsense_is_no_difference_and_no_panic(
            base in proptest::collection::vec(any::<u8>(), 0..300),
            delta in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            apply(&base, &delta);
            head(&delta);
            back(&delta);
        }
    }
}
