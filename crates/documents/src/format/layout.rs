//! From glyphs on a page back to lines of text.
//!
//! A PDF says where each glyph stands, and nothing about words or lines. They are taken in the order in
//! which they are drawn, which is the order of reading in all but odd files.

use hayro_interpret::hayro_cmap::BfString;
use kurbo::{Point, Vec2};

/// A glyph as it stands on the page; the page runs to the right and down.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    /// What it says; nothing if the file does not tell.
    pub text: Option<BfString>,
    /// Where it begins, and where the next one would, on the line that it stands on.
    pub start: Point,
    pub end: Point,
    /// The size of its font.
    pub size: f64,
}

/// A gap of this share of the size is a blank; between pictographs it takes more.
const BLANK: f64 = 0.17;
const BLANK_OF_PICTOGRAPHS: f64 = 0.6;
/// A gap from here on sets columns apart.
const COLUMN: f64 = 2.5;
/// From here on a glyph stands on another line; superscripts are closer.
const OTHER_LINE: f64 = 0.55;
/// From here on lines belong to different paragraphs.
const PARAGRAPH: f64 = 1.9;
/// So much of a step back is kerning; more begins a line, or overprints.
const STEP_BACK: f64 = 0.6;
/// A glyph that is printed again within this share of its width is bold, not twice there.
const OVERPRINT: f64 = 0.4;

/// Text that is put together glyph by glyph.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    last: Option<Glyph>,
    /// How many glyphs said nothing.
    pub unknown: u32,
    /// How many did.
    pub known: u32,
}

impl Lines {
    pub(super) fn add(&mut self, glyph: Glyph) {
        let mut character = [0; 4];
        let text = match &glyph.text {
            Some(BfString::Char(one)) => &*one.encode_utf8(&mut character),
            Some(BfString::String(many)) => many,
            None => "\u{FFFD}",
        };
        if let Some(last) = &self.last {
            match step(last, &glyph, text) {
                Step::Again => return,
                Step::On => {}
                Step::Blank => self.blank(" "),
                Step::Column => self.blank("  "),
                Step::Line => self.text.push('\n'),
                Step::Paragraph => self.text.push_str("\n\n"),
            }
        }
        for character in text.chars() {
            match character {
                '\u{FFFD}' => self.unknown = self.unknown.saturating_add(1),
                character if !character.is_whitespace() => {
                    self.known = self.known.saturating_add(1);
                }
                _ => {}
            }
            push_plain(&mut self.text, character);
        }
        self.last = Some(glyph);
    }

    /// Adds a blank where the text has none yet.
    fn blank(&mut self, blank: &str) {
        if !self.text.ends_with([' ', '\n']) {
            self.text.push_str(blank);
        }
    }

    /// The bytes so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text with its words put together again where they were divided.
    pub(super) fn into_text(self) -> String {
        let mut whole = String::with_capacity(self.text.len());
        let mut blanks = 0_usize;
        for line in self.text.lines().map(str::trim_end) {
            if line.is_empty() {
                blanks = blanks.saturating_add(1);
                continue;
            }
            let is_divided = blanks == 0 && continues(&whole, line);
            if is_divided {
                whole.pop();
            } else if !whole.is_empty() {
                whole.push_str(if blanks > 0 { "\n\n" } else { "\n" });
            }
            whole.push_str(line);
            blanks = 0;
        }
        whole
    }
}

/// Where a glyph stands, seen from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Again,
    On,
    Blank,
    Column,
    Line,
    Paragraph,
}

fn step(last: &Glyph, glyph: &Glyph, text: &str) -> Step {
    let size = last.size.max(glyph.size).max(f64::EPSILON);
    let way = (last.end - last.start).normalize();
    let way = if way.is_finite() { way } else { Vec2::new(1.0, 0.0) };
    let from_start = glyph.start - last.start;
    let width = (last.end - last.start).hypot();
    if from_start.hypot() < OVERPRINT * width && is_same(last, glyph) {
        return Step::Again;
    }
    let from_end = glyph.start - last.end;
    let (along, across) = (from_end.dot(way) / size, way.cross(from_end) / size);
    let is_pictograph = text.chars().all(is_pictograph);
    // Pictographs may run down the page.
    if is_pictograph && from_start.dot(way).abs() < 0.2 * size && (0.5..1.5).contains(&across) {
        return Step::On;
    }
    if across.abs() > PARAGRAPH {
        return Step::Paragraph;
    }
    if across.abs() > OTHER_LINE || along < -STEP_BACK {
        return Step::Line;
    }
    let blank = if is_pictograph { BLANK_OF_PICTOGRAPHS } else { BLANK };
    match along {
        along if along > COLUMN => Step::Column,
        along if along > blank => Step::Blank,
        _ => Step::On,
    }
}

fn is_same(last: &Glyph, glyph: &Glyph) -> bool {
    match (&last.text, &glyph.text) {
        (Some(BfString::Char(last)), Some(BfString::Char(this))) => last == this,
        (Some(BfString::String(last)), Some(BfString::String(this))) => last == this,
        (None, None) => true,
        _ => false,
    }
}

/// Whether words are written without blanks.
fn is_pictograph(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Adds a character without what only typesetting needs.
fn push_plain(text: &mut String, character: char) {
    match character {
        '\u{FB00}' => text.push_str("ff"),
        '\u{FB01}' => text.push_str("fi"),
        '\u{FB02}' => text.push_str("fl"),
        '\u{FB03}' => text.push_str("ffi"),
        '\u{FB04}' => text.push_str("ffl"),
        '\u{FB05}' | '\u{FB06}' => text.push_str("st"),
        '\u{AD}' => text.push('-'),
        '\u{A0}' | '\t' => text.push(' '),
        character if character.is_control() => {}
        character => text.push(character),
    }
}

/// Whether `line` goes on with the word that `whole` ends with.
fn continues(whole: &str, line: &str) -> bool {
    let Some(word) = whole.strip_suffix('-') else { return false };
    let is_word = word.ends_with(char::is_lowercase);
    let next: String = line.chars().take_while(|character| character.is_alphabetic()).collect();
    // `Ein- und Ausgabe` keeps its hyphen, wherever the line ends.
    let joins_parts = matches!(next.as_str(), "und" | "oder" | "bis" | "and" | "or" | "to");
    is_word && !joins_parts && next.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets lines in a font of size 10 whose glyphs are 5 wide; a line is its place and its text.
    fn set(lines: &[(f64, f64, &str)]) -> Lines {
        let mut set = Lines::default();
        for (x, y, line) in lines {
            for (place, character) in line.chars().enumerate() {
                let start = Point::new(x + 5.0 * f64::from(u32::try_from(place).unwrap()), *y);
                let end = start + Vec2::new(5.0, 0.0);
                set.add(Glyph { text: Some(BfString::Char(character)), start, end, size: 10.0 });
            }
        }
        set
    }

    #[track_caller]
    fn check(lines: &[(f64, f64, &str)], expected: &str) {
        assert_eq!(set(lines).into_text(), expected);
    }

    #[test]
    fn gaps_are_blanks_and_lines() {
        check(&[(0.0, 0.0, "one"), (18.0, 0.0, "two"), (60.0, 0.0, "3")], "one two  3");
        check(&[(0.0, 0.0, "kern"), (21.0, 0.0, "ing")], "kerning");
        check(&[(0.0, 0.0, "a"), (0.0, 12.0, "b"), (0.0, 40.0, "c")], "a\nb\n\nc");
        check(&[(0.0, 0.0, "x"), (5.0, -4.0, "2"), (10.0, 0.0, "+1")], "x2+1");
    }

    #[test]
    fn a_word_that_is_printed_twice_is_there_once() {
        check(&[(0.0, 0.0, "A"), (0.3, 0.0, "A"), (5.0, 0.0, "B")], "AB");
        check(&[(0.0, 0.0, "AA")], "AA");
    }

    #[test]
    fn divided_words_are_put_together() {
        check(&[(0.0, 0.0, "Versiche-"), (0.0, 12.0, "rung")], "Versicherung");
        check(&[(0.0, 0.0, "Ein-"), (0.0, 12.0, "und Ausgabe")], "Ein-\nund Ausgabe");
        check(&[(0.0, 0.0, "A4-"), (0.0, 12.0, "Papier")], "A4-\nPapier");
        check(&[(0.0, 0.0, "1990-"), (0.0, 12.0, "heute")], "1990-\nheute");
    }

    #[test]
    fn pictographs_that_run_down_are_one_line() {
        let column: Vec<_> = (0_u32..3)
            .zip(["日", "本", "語"])
            .map(|(place, sign)| (0.0, 10.0 * f64::from(place), sign))
            .collect();
        check(&column, "日本語");
    }

    #[test]
    fn ligatures_become_letters() {
        check(&[(0.0, 0.0, "e\u{FB03}zient")], "effizient");
    }

    #[test]
    fn glyphs_that_say_nothing_are_counted() {
        let mut lines = set(&[(0.0, 0.0, "a b")]);
        lines.add(Glyph {
            text: None,
            start: Point::new(15.0, 0.0),
            end: Point::new(20.0, 0.0),
            size: 10.0,
        });
        assert_eq!((lines.known, lines.unknown), (2, 1));
    }

    #[test]
    fn places_that_are_no_numbers_do_no_harm() {
        let nowhere = Point::new(f64::NAN, f64::INFINITY);
        let mut lines = Lines::default();
        for size in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            lines.add(Glyph {
                text: Some(BfString::Char('x')),
                start: nowhere,
                end: nowhere,
                size,
            });
            lines.add(Glyph {
                text: Some(BfString::Char('y')),
                start: Point::ORIGIN,
                end: nowhere,
                size,
            });
        }
        assert_eq!(lines.into_text().replace(['\n', ' '], ""), "xyxyxyxy");
    }
}
