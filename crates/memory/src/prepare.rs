//! A file's text into everything the index keeps of it. No I/O.

use std::ops::Range;

use jiff::civil::Date;
use localgpt_embedding::{DIMENSIONS, Row, RowCounts, RowSet, Stored, Sum, for_each_word};
use twox_hash::XxHash3_128;

use crate::{
    changes::{Standing, standing},
    chunk::{Chunk, Kind, chunks},
    dates,
    packed::pack,
    words::{Analysis, Language, Lexicon, TermId, Written, for_each_identifier, grammar, language},
};

/// The most bytes of a window: a chunk with its neighbours. Three turns of a dialogue fit, two
/// paragraphs do not.
const LARGEST_WINDOW: usize = 900;
/// Marks the second and the third occurrence of a term in a chunk.
pub(crate) const MARKS: [char; 2] = ['\u{b2}', '\u{b3}'];
/// Marks a word of the name before a colon at the start of a chunk: who speaks, or what it is about.
pub(crate) const LABEL: char = '\u{a7}';
/// The most letters before a colon that are taken as a name.
const LONGEST_LABEL: usize = 40;

/// What the index keeps of a file.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Identifies the text.
    pub hash: [u8; 16],
    /// The day it is about.
    pub date: Option<Date>,
    /// Its chunks.
    pub chunks: Vec<PreparedChunk>,
    /// Their terms, those of a chunk separated by spaces.
    pub terms: String,
    /// For each chunk its window's vector: the sum of those of its chunks.
    pub vectors: Vec<Stored>,
    /// The chunks' places, packed.
    pub packed: Vec<u8>,
    /// The rows of the word table that occur in it and in no file that was prepared before.
    pub rows: Vec<Row>,
}

/// What the index keeps of a chunk.
#[derive(Debug)]
pub(crate) struct PreparedChunk {
    /// Where its terms are among those of the file.
    pub terms: Range<usize>,
    /// Its words.
    pub words: u16,
    /// What it is.
    pub kind: Kind,
    /// What it says of itself.
    pub standing: Standing,
    /// Chunks of its window before it and after it.
    pub window: (u8, u8),
    /// Chunks under it, if it is a heading.
    pub section: u16,
}

/// Identifies a text.
pub(crate) fn hash(text: &str) -> [u8; 16] {
    XxHash3_128::oneshot(text.as_bytes()).to_le_bytes()
}

/// A file that is being prepared.
struct File<'a> {
    path: &'a str,
    text: &'a str,
    words: Vec<Written>,
    /// What most of it is written in.
    language: Language,
}

/// Prepares files one after the other, remembering words between them.
#[derive(Default)]
pub(crate) struct Preparer {
    lexicon: Lexicon,
    analysis: Analysis,
    counts: RowCounts,
    sum: Sum,
    /// What a chunk of the file that is prepared adds to the vectors.
    sums: Vec<[f32; DIMENSIONS]>,
    /// The rows that occurred in what was prepared.
    rows: RowSet,
}

impl Preparer {
    /// Prepares the text of the file that is called `path`.
    pub(crate) fn prepare(&mut self, path: &str, text: &str) -> Prepared {
        let found = chunks(text);
        self.lexicon.make_room();
        let words = self.lexicon.read(text);
        let language = language(&words, Language::English);
        let file = File { path, text, words, language };
        let mut prepared = Prepared {
            hash: hash(text),
            date: dates::of_path(path).or_else(|| dates::of_text(text, &found)),
            chunks: Vec::with_capacity(found.len()),
            terms: String::with_capacity(text.len() + text.len() / 2),
            vectors: Vec::with_capacity(found.len()),
            packed: pack(&found),
            rows: Vec::new(),
        };
        self.sums.resize(found.len(), [0.0; DIMENSIONS]);
        let sections = sections(&found);
        for (at, (chunk, section)) in found.iter().zip(sections).enumerate() {
            let mut chunk = self.chunk(&file, (at, chunk), &mut prepared.terms);
            (chunk.window, chunk.section) = (window(&found, at), section);
            prepared.chunks.push(chunk);
            for row in &self.analysis.rows {
                self.counts.count(*row);
                if self.rows.insert(*row) {
                    prepared.rows.push(*row);
                }
            }
            if let Some(sum) = self.sums.get_mut(at) {
                self.counts.drain_into(&mut self.sum, sum);
            }
        }
        for (at, chunk) in prepared.chunks.iter().enumerate() {
            let members = at - usize::from(chunk.window.0)..=at + usize::from(chunk.window.1);
            prepared.vectors.push(Stored::of(self.sums.get(members).unwrap_or_default()));
        }
        prepared
    }

    /// Prepares a chunk, its terms after those of the chunks before it; its rows are in `analysis`.
    fn chunk(
        &mut self,
        file: &File<'_>,
        (at, chunk): (usize, &Chunk),
        terms: &mut String,
    ) -> PreparedChunk {
        let (lexicon, analysis) = (&mut self.lexicon, &mut self.analysis);
        let text = file.text.get(chunk.bytes.clone()).unwrap_or_default();
        let first = file.words.partition_point(|word| word.start() < chunk.bytes.start);
        let after = file.words.partition_point(|word| word.start() < chunk.bytes.end);
        let words = file.words.get(first..after).unwrap_or_default();
        let language = language(words, file.language);
        analysis.clear();
        lexicon.analyse((file.text, words), language, analysis);
        for_each_identifier(text, |term| analysis.terms.push(lexicon.term(term)));
        if at == 0 {
            // The words of a file's name are words of its title.
            let name = file_stem(file.path);
            let words = lexicon.read(name);
            let mut title = Analysis::default();
            lexicon.analyse((name, &words), language, &mut title);
            analysis.terms.extend(title.terms);
        }
        let start = terms.len();
        write_terms(lexicon, &mut analysis.terms, terms);
        if let Some(label) = label(text) {
            for_each_word(label, |word, _| {
                if grammar(word).is_none() {
                    terms.push(LABEL);
                    terms.push_str(word);
                    terms.push(' ');
                }
            });
        }
        PreparedChunk {
            terms: start..terms.len(),
            words: analysis.words,
            kind: chunk.kind,
            standing: standing(text, analysis.hint),
            window: (0, 0),
            section: 0,
        }
    }
}

/// Writes each term once, and again with a mark for its second and third occurrence.
fn write_terms(lexicon: &Lexicon, numbers: &mut [TermId], terms: &mut String) {
    numbers.sort_unstable();
    for run in numbers.chunk_by(|a, b| a == b) {
        let Some(term) = run.first() else { continue };
        let marks = [None, Some(MARKS[0]), Some(MARKS[1])];
        for mark in marks.into_iter().take(run.len()) {
            terms.push_str(lexicon.text(*term));
            terms.extend(mark);
            terms.push(' ');
        }
    }
}

/// A file's name without its folder and ending.
fn file_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".md").unwrap_or(name)
}

/// The name before the first colon of an item or paragraph: `- Caroline: Hi`.
pub(crate) fn label(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '-' | '*' | '+' | '>' | '_')
    });
    let colon = text.bytes().take(LONGEST_LABEL + 1).position(|byte| byte == b':')?;
    let (label, rest) = (text.get(..colon)?, text.get(colon + 1..)?);
    let is_name = !label.contains('\n') && rest.starts_with([' ', '*', '_']);
    is_name.then_some(label)
}

/// How many chunks lie under each heading; 0 for what is no heading.
fn sections(chunks: &[Chunk]) -> Vec<u16> {
    let mut sections = vec![0_u16; chunks.len()];
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut close = |open: &mut Vec<(usize, u8)>, level: u8, at: usize| {
        while let Some((start, _)) = open.pop_if(|(_, own)| *own >= level) {
            if let Some(section) = sections.get_mut(start) {
                *section = u16::try_from(at - start - 1).unwrap_or(u16::MAX);
            }
        }
    };
    for (at, chunk) in chunks.iter().enumerate() {
        if chunk.kind == Kind::Heading {
            close(&mut open, chunk.level, at);
            open.push((at, chunk.level));
        }
    }
    close(&mut open, 0, chunks.len());
    sections
}

/// How many chunks before and after one belong to its window.
fn window(chunks: &[Chunk], at: usize) -> (u8, u8) {
    let Some(own) = chunks.get(at) else { return (0, 0) };
    let prose = |chunk: &&Chunk| matches!(chunk.kind, Kind::Text | Kind::Item);
    let after = chunks.get(at + 1).filter(prose).map(|chunk| chunk.bytes.len());
    let before = at
        .checked_sub(1)
        .and_then(|at| chunks.get(at))
        .filter(prose)
        .map(|chunk| chunk.bytes.len());
    let length = own.bytes.len();
    let fits = |bytes: usize| bytes <= LARGEST_WINDOW;
    match (own.kind, before, after) {
        (Kind::Heading, _, Some(after)) => (0, u8::from(fits(length + after))),
        (Kind::Heading | Kind::FrontMatter, _, _) => (0, 0),
        (Kind::Code, before, _) => {
            (u8::from(before.is_some_and(|before| fits(before + length))), 0)
        }
        (_, Some(before), Some(after)) if fits(before + length + after) => (1, 1),
        (_, Some(before), after)
            if fits(before + length) && after.is_none_or(|after| before <= after) =>
        {
            (1, 0)
        }
        (_, _, Some(after)) if fits(length + after) => (0, 1),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let prepared = Preparer::default().prepare("memory/.md", text);
        prepared
            .chunks
            .iter()
            .map(|chunk| {
                let terms = prepared.terms[chunk.terms.clone()].trim_end();
                format!("{terms} w{:?} s{}", chunk.window, chunk.section)
            })
            .collect()
    }

    #[test]
    fn terms_are_counted_and_labels_marked() {
        assert_eq!(
            shown("- Ida: Tea, tea, tea, tea."),
            ["ida tea tea\u{b2} tea\u{b3} \u{a7}ida w(0, 0) s0"]
        );
    }

    #[test]
    fn a_window_has_its_neighbours_under_the_same_heading() {
        assert_eq!(
            shown("# One\n\nred\n\ngreen\n\nblue\n\n## Two\n\npink"),
            [
                "one w(0, 1) s5",
                "red w(0, 1) s0",
                "green w(1, 1) s0",
                "blue w(1, 0) s0",
                "two w(0, 1) s1",
                "pink w(0, 0) s0",
            ]
        );
    }
}
