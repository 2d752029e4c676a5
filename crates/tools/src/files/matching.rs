//! Replacing the one place of a file that a text stands for.
//!
//! Invariant: every byte outside the place stays as it is, and inside it everything that the new text has in common
//! with the old one.

use std::{fmt, ops::Range};

/// More places than this are not counted.
const MOST_PLACES: usize = 1000;
/// How many lines are named when there are several places.
const NAMED: usize = 8;
/// Comparisons of lines that are spent on looking for the nearest place.
const PATIENCE: usize = 4_000_000;

/// Why nothing was replaced. The words are our own: nothing of the file is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// There is nothing to look for.
    Empty,
    /// It is not there.
    Absent(Option<Nearest>),
    /// It is there more than once, at these lines.
    Several(Vec<usize>),
    /// The new text would put replacement characters where the file has bytes that are no text.
    Unreadable,
    /// The file would stay as it is.
    Same,
}

/// The lines that are most like what was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nearest {
    line: usize,
    /// How many lines are the same but for blanks around them, and how many there are.
    same: usize,
    of: usize,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("`oldText` is empty; `write` puts a whole file"),
            Self::Absent(None) => f.write_str("`oldText` is not in it; read it and copy exactly"),
            Self::Absent(Some(Nearest { line, same, of })) => {
                write!(f, "`oldText` is not in it; nearest is line {line}")?;
                match (same, of) {
                    (same, of) if same == of => write!(f, ", where only the indentation differs")?,
                    (0, _) => {}
                    (same, of) => write!(f, ", {same} of {of} lines are the same")?,
                }
                write!(f, "; read from offset {line} and copy exactly")
            }
            Self::Several(lines) => {
                let named: Vec<String> =
                    lines.iter().take(NAMED).map(ToString::to_string).collect();
                let more = if lines.len() > NAMED { ", …" } else { "" };
                let (count, named) = (lines.len(), named.join(", "));
                write!(
                    f,
                    "`oldText` is in it {count} times (lines {named}{more}); give more lines around it"
                )
            }
            Self::Unreadable => f.write_str(
                "the place has bytes that are no text; leave them out of `oldText` and `newText`",
            ),
            Self::Same => f.write_str("nothing would change"),
        }
    }
}

/// How far two texts may differ and still be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// In line endings.
    Endings,
    /// Also in blanks at the ends of lines, and in how quotes, dashes and spaces are set.
    Typography,
}

/// One character as it is compared, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// In the text that is compared.
    at: usize,
    /// In the bytes.
    start: usize,
    end: usize,
}

/// A text as it is compared.
#[derive(Debug, Default)]
struct Folded {
    text: String,
    units: Vec<Unit>,
    /// Blanks at the end were left out.
    is_cut: bool,
}

/// Returns the file with `old` replaced by `new`, if `old` is in it exactly once.
pub(crate) fn replaced(file: &[u8], old: &str, new: &str) -> Result<Vec<u8>, Mismatch> {
    // A mark at the beginning of a file is not part of its text, and stays.
    let (old, new) = match old.strip_prefix('\u{feff}') {
        Some(rest) => (rest, new.strip_prefix('\u{feff}').unwrap_or(new)),
        None => (old, new),
    };
    if old.is_empty() {
        return Err(Mismatch::Empty);
    }
    let own_ending = if new.contains("\r\n") { "\r\n" } else { "\n" };
    let (old, new) = (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"));
    for likeness in [Likeness::Endings, Likeness::Typography] {
        let hay = Folded::of(file, likeness);
        let needle = Folded::of(old.as_bytes(), likeness);
        let places = places(&hay, &needle);
        let exact = || {
            let is_exact =
                |first: &&usize| hay.bytes(file, **first, needle.units.len()) == old.as_bytes();
            let mut exact = places.iter().filter(is_exact);
            exact.next().copied().filter(|_| exact.next().is_none())
        };
        let first = match places.as_slice() {
            [] => continue,
            [only] => *only,
            _ => exact().ok_or_else(|| Mismatch::Several(hay.lines(file, &places)))?,
        };
        let new_units = Folded::of(new.as_bytes(), likeness);
        let texts = Texts { old: &old, needle: &needle, new: &new, new_units: &new_units };
        let (range, middle) = change(&hay, first, &texts);
        let place = file.get(range.clone()).unwrap_or_default();
        if middle.contains('\u{fffd}') && std::str::from_utf8(place).is_err() {
            return Err(Mismatch::Unreadable);
        }
        let middle = middle.replace('\n', ending(file, &range).unwrap_or(own_ending));
        let before = file.get(..range.start).unwrap_or_default();
        let after = file.get(range.end..).unwrap_or_default();
        let result = [before, middle.as_bytes(), after].concat();
        return if result == file { Err(Mismatch::Same) } else { Ok(result) };
    }
    Err(Mismatch::Absent(nearest(file, &old)))
}

/// What is replaced by what, as texts with `\n` between lines.
struct Texts<'a> {
    old: &'a str,
    needle: &'a Folded,
    new: &'a str,
    new_units: &'a Folded,
}

/// The range of the file that changes, and what comes there: without what both texts begin and end with.
fn change<'a>(hay: &Folded, first: usize, texts: &Texts<'a>) -> (Range<usize>, &'a str) {
    let Texts { old, needle, new, new_units } = texts;
    let (olds, news) = (needle.units.len(), new_units.units.len());
    let is_same = |one: usize, other: usize| needle.raw(old, one) == new_units.raw(new, other);
    let most = olds.min(news);
    let prefix = (0..most).take_while(|index| is_same(*index, *index)).count();
    let suffix = (1..=most - prefix).take_while(|back| is_same(olds - back, news - back)).count();
    let unit = |index: usize| hay.units.get(first + index).copied();
    let range = match (prefix, olds - suffix) {
        (from, to) if from < to => {
            unit(from).map_or(0, |unit| unit.start)..unit(to - 1).map_or(0, |unit| unit.end)
        }
        (0, _) => unit(0).map_or(0..0, |unit| unit.start..unit.start),
        (at, _) => unit(at - 1).map_or(0..0, |unit| unit.end..unit.end),
    };
    let from = match prefix {
        0 => 0,
        prefix => new_units.start(prefix).unwrap_or(new.len()),
    };
    let to = new_units.start(news - suffix).unwrap_or(new.len());
    (range, new.get(from..to).unwrap_or_default())
}

impl Folded {
    fn of(bytes: &[u8], likeness: Likeness) -> Self {
        let mut folded = Self::default();
        let mut offset = 0;
        for chunk in bytes.utf8_chunks() {
            let mut characters = chunk.valid().char_indices().peekable();
            while let Some((at, character)) = characters.next() {
                let start = offset + at;
                if start == 0 && character == '\u{feff}' {
                    continue;
                }
                if character == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n') {
                    characters.next();
                    folded.end_line(likeness);
                    folded.push('\n', start..start + 2);
                    continue;
                }
                if character == '\n' {
                    folded.end_line(likeness);
                }
                let shown = match likeness {
                    Likeness::Endings => character,
                    Likeness::Typography => plain(character),
                };
                folded.push(shown, start..start + character.len_utf8());
            }
            offset += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                // As it is shown to the model.
                folded.push('\u{fffd}', offset..offset + chunk.invalid().len());
                offset += chunk.invalid().len();
            }
        }
        folded.is_cut = folded.end_line(likeness);
        folded
    }

    fn push(&mut self, character: char, bytes: Range<usize>) {
        self.units.push(Unit { at: self.text.len(), start: bytes.start, end: bytes.end });
        self.text.push(character);
    }

    /// Leaves out blanks at the end; says whether there were any.
    fn end_line(&mut self, likeness: Likeness) -> bool {
        let kept = self.text.trim_end_matches([' ', '\t']).len();
        let is_cut = kept < self.text.len() && likeness == Likeness::Typography;
        if is_cut {
            self.text.truncate(kept);
            while self.units.pop_if(|unit| unit.at >= kept).is_some() {}
        }
        is_cut
    }

    fn start(&self, index: usize) -> Option<usize> {
        self.units.get(index).map(|unit| unit.start)
    }

    /// The text of a unit with the blanks behind it that were left out.
    fn raw<'a>(&self, text: &'a str, index: usize) -> Option<&'a str> {
        text.get(self.start(index)?..self.start(index + 1).unwrap_or(text.len()))
    }

    fn bytes<'a>(&self, file: &'a [u8], first: usize, count: usize) -> &'a [u8] {
        let last = self.units.get(first + count.saturating_sub(1));
        match (self.start(first), last) {
            (Some(start), Some(last)) => file.get(start..last.end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The lines that places begin at.
    fn lines(&self, file: &[u8], places: &[usize]) -> Vec<usize> {
        let mut lines = Vec::with_capacity(places.len());
        let (mut line, mut counted) = (1, 0);
        for place in places {
            let start = self.start(*place).unwrap_or_default();
            line +=
                memchr::memchr_iter(b'\n', file.get(counted..start).unwrap_or_default()).count();
            counted = start;
            lines.push(line);
        }
        lines
    }
}

/// The units at which `needle` begins, also where it overlaps with itself.
fn places(hay: &Folded, needle: &Folded) -> Vec<usize> {
    let mut places = Vec::new();
    let Some(first) = needle.text.chars().next() else { return places };
    let finder = memchr::memmem::Finder::new(needle.text.as_bytes());
    let mut from = 0;
    while let Some(at) = finder.find(hay.text.as_bytes().get(from..).unwrap_or_default()) {
        let at = from + at;
        from = at + first.len_utf8();
        let Ok(unit) = hay.units.binary_search_by_key(&at, |unit| unit.at) else { continue };
        let rest = hay.text.get(at + needle.text.len()..).unwrap_or_default();
        // Blanks that end the needle stand for the end of a line.
        if needle.is_cut && !rest.is_empty() && !rest.starts_with('\n') {
            continue;
        }
        places.push(unit);
        if places.len() == MOST_PLACES {
            break;
        }
    }
    places
}

/// How lines end there: in the place, behind it, before it.
fn ending(file: &[u8], place: &Range<usize>) -> Option<&'static str> {
    let first = memchr::memchr(b'\n', file.get(place.start..).unwrap_or_default());
    let at = first
        .map(|at| place.start + at)
        .or_else(|| memchr::memrchr(b'\n', file.get(..place.start).unwrap_or_default()))?;
    let before = at.checked_sub(1).and_then(|before| file.get(before));
    Some(if before == Some(&b'\r') { "\r\n" } else { "\n" })
}

/// The character that is on every keyboard.
fn plain(character: char) -> char {
    match character {
        '‘' | '’' | '‚' | '‛' | '′' | '‹' | '›' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// The lines of the file that are most like `old`.
fn nearest(file: &[u8], old: &str) -> Option<Nearest> {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let folded = Folded::of(bytes, Likeness::Typography);
        folded.text.lines().map(|line| line.trim().to_owned()).collect()
    };
    let (hay, needle) = (lines(file), lines(old.as_bytes()));
    let needle = needle.get(needle.iter().position(|line| !line.is_empty())?..)?;
    let of = needle.len();
    if hay.len().saturating_mul(of) > PATIENCE {
        return None;
    }
    let same_at = |first: usize| {
        let window = hay.iter().skip(first);
        window.zip(needle).filter(|(one, other)| one == other && !other.is_empty()).count()
    };
    let wanted = needle.iter().filter(|line| !line.is_empty()).count();
    let best = (0..hay.len())
        .map(|first| (same_at(first), first))
        .max_by_key(|(same, first)| (*same, std::cmp::Reverse(*first)))?;
    match best {
        (0, _) => alike(&hay, needle.first()?).map(|line| Nearest { line, same: 0, of }),
        (same, first) if same == wanted => Some(Nearest { line: first + 1, same: of, of }),
        (same, first) => Some(Nearest { line: first + 1, same, of }),
    }
}

/// The line that begins and ends most like `wanted`, if that is more than half of it.
fn alike(hay: &[String], wanted: &str) -> Option<usize> {
    let common = |line: &String| {
        let start = line.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
        let end = line.chars().rev().zip(wanted.chars().rev()).take_while(|(a, b)| a == b).count();
        (start + end).min(line.chars().count())
    };
    let scored = hay.iter().enumerate().map(|(index, line)| (common(line), index));
    let (score, index) = scored.max_by_key(|(score, index)| (*score, std::cmp::Reverse(*index)))?;
    (score * 2 > wanted.chars().count()).then_some(index + 1)
}

#[cfg(test)]
#[path = "matching/tests.rs"]
mod tests;
