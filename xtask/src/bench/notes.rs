//! Makes notes: daily Markdown in German and English, the same every time.
//!
//! A note has a heading with its day, two sections with bullets, and one or two paragraphs, some 1 KB in all;
//! two of three are German. Words are drawn from two built-in lists so that the word of rank r comes with
//! a frequency proportional to 1 / (r + 2), grammar words first, as in real text. One bullet in three also holds
//! something rare: a compound made of two nouns, a person, a part number, a time. So the vocabulary grows
//! with the number of notes, and most words in it are seldom, as in real notes. Days run from 1995-01-01; after
//! ten thousand of them a further note of the same day gets a topic in its name.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::{ToSpan as _, civil::Date};

use super::words::{ENGLISH, GERMAN, Lexicon};

const DAYS: usize = 10_000;
const FIRST_DAY: Date = jiff::civil::date(1995, 1, 1);

/// A source of numbers that look random and are the same every time (xorshift64*).
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Starts from `seed`.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Returns a number below `bound`, or 0 where there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        (((self.next() >> 32) * bound) >> 32) as usize
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns one of `items`, all equally likely.
    pub(crate) fn any<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items.get(self.below(items.len())).copied().unwrap_or_default()
    }

    /// Returns one of `items`, the earlier the likelier.
    fn by_rank<'a>(&mut self, items: &[&'a str]) -> &'a str {
        // The inverse of the distribution whose density at rank r is proportional to 1 / (r + 2).
        let count = items.len() as f64;
        let rank = 2.0 * ((count + 2.0) / 2.0).powf(self.fraction()) - 2.0;
        items.get(rank as usize).copied().unwrap_or_default()
    }
}

/// Writes the notes `numbers` into `workspace` and returns how many bytes they have.
pub(crate) fn write(workspace: &Path, numbers: std::ops::Range<usize>) -> Result<u64> {
    let folder = workspace.join("memory");
    fs::create_dir_all(&folder).context("cannot make a folder for notes")?;
    let mut bytes = 0;
    for number in numbers {
        let text = note(number)?;
        bytes += text.len() as u64;
        fs::write(folder.join(name(number)?), text).context("cannot write a note")?;
    }
    Ok(bytes)
}

/// Returns the files that [`write()`] made, in the same order.
pub(crate) fn paths(workspace: &Path, count: usize) -> Result<Vec<PathBuf>> {
    let folder = workspace.join("memory");
    (0..count).map(|number| Ok(folder.join(name(number)?))).collect()
}

/// Returns a question of three to six words, the same for the same number.
pub(crate) fn question(number: usize) -> String {
    let mut numbers = Numbers::seeded(0xA5C_0000 + number as u64);
    let lexicon = lexicon(number);
    let mut words = vec![numbers.any(lexicon.questions).to_owned()];
    for _ in 0..2 + numbers.below(4) {
        words.push(numbers.by_rank(lexicon.content).to_owned());
    }
    if number.is_multiple_of(5) {
        words.push(rare(&mut numbers, lexicon));
    }
    words.join(" ") + "?"
}

/// Returns a paragraph of so many sentences, the same for the same number.
pub(crate) fn passage(number: usize, sentences: usize) -> String {
    let mut numbers = Numbers::seeded(0x7A1_0000 + number as u64);
    let lexicon = lexicon(number);
    let sentences: Vec<String> = (0..sentences).map(|_| sentence(&mut numbers, lexicon)).collect();
    sentences.join(" ")
}

fn lexicon(number: usize) -> &'static Lexicon {
    if number % 3 == 2 { &ENGLISH } else { &GERMAN }
}

fn day(number: usize) -> Result<Date> {
    let days = i64::try_from(number % DAYS).context("a note beyond the calendar")?;
    FIRST_DAY.checked_add(days.days()).context("a note beyond the calendar")
}

fn name(number: usize) -> Result<String> {
    let date = day(number)?;
    Ok(match number / DAYS {
        0 => format!("{date}.md"),
        topic => format!("{date}-topic-{topic}.md"),
    })
}

fn note(number: usize) -> Result<String> {
    let mut numbers = Numbers::seeded(number as u64 + 1);
    let lexicon = lexicon(number);
    let mut text = format!("# {}\n", day(number)?);
    for section in [numbers.any(lexicon.headings), numbers.any(lexicon.headings)] {
        write!(text, "\n## {section}\n\n")?;
        for _ in 0..3 + numbers.below(3) {
            writeln!(text, "- {}", sentence(&mut numbers, lexicon))?;
        }
        let sentences: Vec<String> =
            (0..1 + numbers.below(4)).map(|_| sentence(&mut numbers, lexicon)).collect();
        writeln!(text, "\n{}", sentences.join(" "))?;
    }
    Ok(text)
}

fn sentence(numbers: &mut Numbers, lexicon: &Lexicon) -> String {
    let mut words = Vec::new();
    for _ in 0..6 + numbers.below(9) {
        let list = if numbers.below(5) < 2 { lexicon.grammar } else { lexicon.content };
        words.push(numbers.by_rank(list).to_owned());
    }
    if numbers.below(3) == 0 {
        let place = 1 + numbers.below(words.len() - 1);
        words.insert(place, rare(numbers, lexicon));
    }
    let sentence = words.join(" ");
    let mut letters = sentence.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

fn rare(numbers: &mut Numbers, lexicon: &Lexicon) -> String {
    match numbers.below(4) {
        0 => {
            let (first, second) = (numbers.any(lexicon.nouns), numbers.any(lexicon.nouns));
            (lexicon.join)(first, second)
        }
        1 => {
            let (first, last) = (numbers.any(lexicon.names), numbers.any(lexicon.nouns));
            format!("{first} {last}{}", numbers.any(lexicon.endings))
        }
        2 => format!(
            "{}-{}-{}",
            numbers.any(&["UP", "EL", "HM", "KX"]),
            numbers.below(90) + 10,
            numbers.below(9000)
        ),
        _ => format!("{}:{:02}", numbers.below(24), numbers.below(60)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;

    fn text(count: usize) -> String {
        (0..count).map(|number| note(number).unwrap()).collect()
    }

    #[test]
    fn the_same_number_makes_the_same_note() {
        assert_eq!((note(7).unwrap(), question(7)), (note(7).unwrap(), question(7)));
    }

    #[test]
    fn notes_have_different_names() {
        let names: BTreeSet<String> = (0..25_000).map(|number| name(number).unwrap()).collect();
        assert_eq!(names.len(), 25_000);
    }

    #[test]
    fn a_note_looks_like_a_day() {
        let note = note(0).unwrap();
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(lines[0], "# 1995-01-01");
        assert!(lines.iter().filter(|line| line.starts_with("## ")).count() == 2, "{note}");
        assert!(lines.iter().filter(|line| line.starts_with("- ")).count() >= 6, "{note}");
        assert!((600..2_500).contains(&note.len()), "{} bytes", note.len());
    }

    #[test]
    fn few_words_are_frequent_and_many_are_rare() {
        let text = text(600);
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in text.split(|letter: char| !letter.is_alphanumeric()) {
            *counts.entry(word).or_default() += 1;
        }
        let once = counts.values().filter(|&&count| count == 1).count();
        let most = counts.values().max().copied().unwrap_or(0);
        assert!(counts.len() > 2_000, "{} words", counts.len());
        assert!(once * 3 > counts.len(), "{once} of {} words come once", counts.len());
        assert!(most > 1_000, "the most frequent word comes {most} times");
    }
}
