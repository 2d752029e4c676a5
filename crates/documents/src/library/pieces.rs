//! Cutting a section into pieces that can be shown one by one.

use std::ops::RangeInclusive;

use crate::text::within;

/// The size of a piece in bytes: what it should have, and what it never goes over.
const USUAL: usize = 1_000;
const MOST: usize = 1_600;

/// A piece of a section.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    pub lines: RangeInclusive<u32>,
    pub text: &'a str,
}

/// Cuts at a blank line where there is one, else at a line, else at a blank, else between two letters.
pub(super) fn cut(text: &str) -> Vec<Cut<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut line) = (text, 1_u32);
    while !rest.is_empty() {
        let end = end(rest);
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let breaks = |text: &str| {
            u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX)
        };
        let shown = piece.trim_matches('\n').trim_end();
        if !shown.trim().is_empty() {
            let before = piece.get(..piece.len() - piece.trim_start_matches('\n').len());
            let first = line.saturating_add(breaks(before.unwrap_or_default()));
            let last = first.saturating_add(breaks(shown));
            pieces.push(Cut { lines: first..=last, text: shown });
        }
        line = line.saturating_add(breaks(piece));
        rest = after;
    }
    pieces
}

/// Where the piece ends that begins `text`.
fn end(text: &str) -> usize {
    if text.len() <= MOST {
        return text.len();
    }
    let most = within(text, MOST);
    let from = within(text, USUAL / 2).len();
    let late = most.get(from..).unwrap_or_default();
    let after = |place: usize, mark: &str| from.saturating_add(place).saturating_add(mark.len());
    ["\n\n", "\n", ". ", " "]
        .iter()
        .find_map(|mark| late.rfind(mark).map(|place| after(place, mark)))
        .unwrap_or(most.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_is_one_piece() {
        assert_eq!(cut("\na\nb\n"), [Cut { lines: 2..=3, text: "a\nb" }]);
        assert_eq!(cut(" \n"), []);
    }

    #[test]
    fn a_long_text_is_cut_between_paragraphs() {
        let paragraph = "word ".repeat(120);
        let text = format!("{paragraph}\n\n{paragraph}\n\n{paragraph}");
        let lines: Vec<_> = cut(&text).into_iter().map(|cut| cut.lines).collect();
        assert_eq!(lines, [1..=3, 5..=5]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_piece_too_long(text in "[a-zäß日 \n]{0,6000}") {
            let pieces = cut(&text);
            let whole: String = pieces.iter().map(|piece| piece.text).collect();
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&whole), letters(&text));
            for Cut { lines, text: piece } in pieces {
                prop_assert!(piece.len() <= MOST);
                let first = text.lines().nth(usize::try_from(*lines.start()).unwrap() - 1).unwrap();
                prop_assert!(first.contains(piece.lines().next().unwrap().trim()));
            }
        }
    }
}
