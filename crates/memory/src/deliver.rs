//! Hits from ranked windows: no line twice, every text as it stands in its note.

use std::ops::Range;

use localgpt_protocol::{Citation, Hit, Why};
use rustc_hash::FxHashSet;

use crate::{
    Error,
    chunk::{Chunk, Kind},
    evidence::{Evidence, Nearness},
    notes::{Note, Notes},
    question::Question,
    rank::Candidate,
    table::Table,
};

/// What a search has ranked.
pub(crate) struct Ranked<'a> {
    /// The chunks of the index.
    pub table: &'a Table,
    /// Windows, best first.
    pub candidates: &'a [Candidate],
    /// By place: what of its window's words the chunk has by itself.
    pub own: &'a [f32],
}

/// A stretch of chunks that waits to be delivered.
struct Waiting<'a> {
    score: f32,
    candidate: &'a Candidate,
    places: Range<usize>,
}

/// The lines of the best windows, at most `limit` stretches.
///
/// What is left of a window when a better one took a part of it waits again, and loses half of the words
/// that it does not have by itself.
pub(crate) fn deliver(
    ranked: &Ranked<'_>,
    notes: &mut Notes<'_>,
    question: &Question,
    limit: usize,
) -> Result<Vec<Hit>, Error> {
    let mut delivered: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut hits = Vec::new();
    let mut evidence = Evidence::new(question, Nearness::DoesNot);
    let mut waiting = waiting(ranked);
    while hits.len() < limit
        && let Some(Waiting { score, candidate, places }) = waiting.pop()
    {
        let Some(note) = notes.get(candidate.file)? else { continue };
        let chunk = |place: usize| note.chunks.get(candidate.index_of(place)?);
        let is_new = |place: &usize| {
            let lines = chunk(*place).map(|chunk| chunk.start_line..=chunk.end_line);
            lines.is_some_and(|mut lines| {
                !lines.any(|line| delivered.contains(&(candidate.file, line)))
            })
        };
        let fresh: Vec<usize> = places.clone().filter(is_new).collect();
        if fresh.len() < places.len() {
            for run in fresh.chunk_by(|a, b| a + 1 == *b) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                let rest = rest(ranked.own, candidate, *first..last + 1);
                let at = waiting.partition_point(|other| other.score < rest.score);
                waiting.insert(at, rest);
            }
            continue;
        }
        let (Some(first), Some(last)) = (chunk(places.start), chunk(places.end - 1)) else {
            continue;
        };
        if places.len() == 1 && first.kind == Kind::Heading && note.chunks.len() > 1 {
            continue;
        }
        for line in first.start_line..=last.end_line {
            delivered.insert((candidate.file, line));
        }
        hits.push(Hit { score, ..hit(note, first, last, candidate, &mut evidence) });
    }
    Ok(hits)
}

/// The windows, the best last.
fn waiting<'a>(ranked: &Ranked<'a>) -> Vec<Waiting<'a>> {
    let windows = ranked.candidates.iter().rev().filter_map(|candidate| {
        let places = ranked.table.slots().get(candidate.place)?.window(candidate.place);
        Some(Waiting { score: candidate.score(), candidate, places })
    });
    windows.collect()
}

/// A part of a window.
fn rest<'a>(own: &[f32], candidate: &'a Candidate, places: Range<usize>) -> Waiting<'a> {
    let words = own.get(places.clone()).unwrap_or_default().iter().fold(0.0_f32, |a, b| a.max(*b));
    let missing = candidate.why.words - words.min(candidate.why.words);
    Waiting { score: candidate.score() - 0.5 * missing, candidate, places }
}

fn hit(
    note: &Note,
    first: &Chunk,
    last: &Chunk,
    candidate: &Candidate,
    evidence: &mut Evidence<'_>,
) -> Hit {
    let text = note.text.get(first.bytes.start..last.bytes.end).unwrap_or_default();
    let (start_line, end_line) = (first.start_line, last.end_line);
    let mut seen = evidence.nothing();
    evidence.add(&mut seen, text);
    Hit {
        citation: Citation { path: note.path.clone(), start_line, end_line },
        text: text.trim_start_matches('\u{feff}').to_owned(),
        score: candidate.score(),
        why: Why { matched: evidence.names(&seen), ..candidate.why.clone() },
        date: note.date,
    }
}
