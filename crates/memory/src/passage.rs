//! Sentences of the hits, weighed against the question. Whether one is good enough to be shown is the
//! answerer's decision.

use std::ops::Range;

use localgpt_embedding::{Embedder, for_each_word};
use localgpt_protocol::{Citation, Passage};

use crate::{
    changes::{Hint, Standing, hint, standing},
    chunk::{Chunk, Kind},
    evidence::{Evidence, Nearness},
    notes::Note,
    search::Found,
};

/// The passages of what was found, in the order of the hits and of the text.
pub(crate) fn passages(found: &Found) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut embedder = Embedder::default();
    let mut evidence = Evidence::new(&found.question, Nearness::Counts);
    let asked: Vec<String> = found.question.words.iter().map(|word| word.asked.clone()).collect();
    let whole: f32 = found.idf.iter().sum();
    let share = |shares: &[f32]| {
        let weighed: f32 = shares.iter().zip(&found.idf).map(|(share, idf)| share * idf).sum();
        weighed / whole.max(f32::MIN_POSITIVE)
    };
    for hit in &found.hits {
        let Some(note) = found.notes.get(&hit.citation.path) else { continue };
        let mut context = evidence.nothing();
        evidence.add(&mut context, &hit.text);
        evidence.add(&mut context, &note.path);
        let is_of_that_time = found.question.is_about(note.date);
        if is_of_that_time {
            evidence.add_time(&mut context);
        }
        for (at, chunk) in note.chunks.iter().enumerate() {
            let inside = hit.citation.start_line <= chunk.start_line
                && chunk.end_line <= hit.citation.end_line;
            if !inside || chunk.kind == Kind::Heading {
                continue;
            }
            let heading = headings(note, at);
            let mut around = context.clone();
            evidence.add(&mut around, &heading);
            for bytes in sentences(&note.text, chunk) {
                let text = note.text.get(bytes.clone()).unwrap_or_default();
                let mut seen = evidence.nothing();
                evidence.add(&mut seen, text);
                if is_of_that_time {
                    evidence.add_time(&mut seen);
                }
                passages.push(Passage {
                    citation: lines(note, chunk, &bytes),
                    text: text.to_owned(),
                    heading: heading.clone(),
                    date: note.date,
                    coverage: share(&evidence.shares(&seen)),
                    context_coverage: share(&evidence.shares(&around)),
                    similarity: found.vector.cosine(&embedder.embed(text)),
                    score: hit.score,
                    matched: evidence.names(&seen),
                    replaces: replaces(text),
                    asked: asked.clone(),
                });
            }
        }
    }
    passages
}

/// Whether a passage says that it replaces something that was so before.
fn replaces(text: &str) -> bool {
    let mut strongest = Hint::None;
    for_each_word(text, |word, _| strongest = strongest.max(hint(word)));
    standing(text, strongest) == Standing::Replaces
}

/// The headings above a chunk, outermost first.
fn headings(note: &Note, at: usize) -> String {
    let mut headings: Vec<&str> = Vec::new();
    let mut level = u8::MAX;
    for chunk in note.chunks.get(..at).unwrap_or_default().iter().rev() {
        if chunk.kind == Kind::Heading && chunk.level < level {
            level = chunk.level;
            let text = note.text.get(chunk.bytes.clone()).unwrap_or_default();
            let line = text.lines().next().unwrap_or_default();
            headings.push(
                line.trim_matches(|c: char| c == '#' || c.is_whitespace() || c == '\u{feff}'),
            );
        }
    }
    headings.reverse();
    headings.join(" › ")
}

/// The sentences of a paragraph; an item, a table or a code block is one passage.
pub(crate) fn sentences(text: &str, chunk: &Chunk) -> Vec<Range<usize>> {
    let own = text.get(chunk.bytes.clone()).unwrap_or_default();
    let is_table = own.starts_with('|');
    if chunk.kind != Kind::Text || is_table {
        return vec![chunk.bytes.clone()];
    }
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = own.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let Some((next, following)) = characters.peek().copied() else { break };
        let ends = matches!(character, '.' | '!' | '?' | '…' | '。' | '！' | '？')
            && (following.is_whitespace() || matches!(character, '。' | '！' | '？'));
        let rest = own.get(next..).unwrap_or_default().trim_start();
        // An abbreviation, an initial or an ordinal ("am 3. Mai", "z. B.") ends no sentence.
        let last_word =
            own.get(start..at).unwrap_or_default().rsplit([' ', '\n']).next().unwrap_or_default();
        let is_short = last_word.len() <= 2 || last_word.bytes().all(|byte| byte.is_ascii_digit());
        let begins = rest.chars().next().is_some_and(|c| !c.is_lowercase());
        if ends && begins && !(character == '.' && is_short) {
            sentences.push(start..next);
            start = next + (own.len() - next - rest.len());
        }
    }
    sentences.push(start..own.len());
    let offset = chunk.bytes.start;
    sentences
        .into_iter()
        .map(|range| {
            let trimmed = own.get(range.clone()).unwrap_or_default().trim_end().len();
            offset + range.start..offset + range.start + trimmed
        })
        .filter(|range| !range.is_empty())
        .collect()
}

fn lines(note: &Note, chunk: &Chunk, bytes: &Range<usize>) -> Citation {
    let count = |range: Range<usize>| {
        let between = note.text.get(range).unwrap_or_default();
        u32::try_from(memchr::memchr_iter(b'\n', between.as_bytes()).count()).unwrap_or(0)
    };
    let start_line = chunk.start_line + count(chunk.bytes.start..bytes.start);
    Citation { path: note.path.clone(), start_line, end_line: start_line + count(bytes.clone()) }
}

/// Whether the words that `hit` cites are still where it says.
pub(crate) fn stands(hit: &Citation, text: &str, file: &str) -> bool {
    let from = hit.start_line.saturating_sub(1) as usize;
    let count = (hit.end_line - hit.start_line + 1) as usize;
    let lines: Vec<&str> = file.split('\n').skip(from).take(count).collect();
    lines.len() == count && lines.join("\n").contains(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::chunks;

    #[test]
    fn a_paragraph_is_cut_into_sentences_and_dates_stay_whole() {
        let text = "Am 3. Mai kam z. B. Dr. Weiß. Er blieb\nlange! Warum? wusste keiner. Ende";
        let chunk = &chunks(text)[0];
        let found: Vec<&str> =
            sentences(text, chunk).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            found,
            ["Am 3. Mai kam z. B. Dr. Weiß.", "Er blieb\nlange!", "Warum? wusste keiner.", "Ende"]
        );
    }
}
