//! Looking up in the index what a question needs.

use std::{collections::hash_map::Entry, rc::Rc};

use localgpt_embedding::Vector;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{
    Error,
    prepare::{LABEL, MARKS},
    question::{AskedWord, Question},
    rank::{Candidate, Day},
    score::{self, Postings, Term},
    table::Table,
    vectors,
    workspace::NotePath,
};

/// The fewest letters of a word that is looked up as the beginning of others.
const SHORTEST_BEGINNING: usize = 5;

/// A stand-in that is in more than one of so many chunks is left out, in an index that has more than a few.
const COMMON: usize = 16;
const FEW: usize = 256;

/// An index that is read.
pub(crate) struct Lookup<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) table: &'a Table,
}

impl Lookup<'_> {
    /// The terms of a question, and which of them is each asked word.
    pub(crate) fn terms(&self, question: &Question) -> Result<(Vec<Term>, Vec<usize>), Error> {
        let mut terms = Vec::new();
        let mut word_terms = Vec::new();
        for word in &question.words {
            word_terms.push(terms.len());
            let mut postings = self.counted(&word.stems)?;
            if postings.is_empty() {
                postings = self.beginning(&word.stems)?;
            }
            terms.push(Term { postings, weight: 1.0, asked: true });
            for part in &word.parts {
                let postings = self.counted(part)?;
                terms.push(Term { postings, weight: score::part_weight(), asked: true });
            }
        }
        for (stems, weight) in &question.synonyms {
            let mut postings = Postings::new();
            // A stand-in that is everywhere tells nothing and costs most.
            let most = self.table.live() / COMMON + FEW;
            for stem in stems {
                merge(&mut postings, self.matching(&format!("\"{stem}\""), most + 1)?);
            }
            if postings.len() <= most {
                terms.push(Term { postings, weight: *weight, asked: false });
            }
        }
        Ok((terms, word_terms))
    }

    /// Where a word stands, and how often: once, twice or more.
    fn counted(&self, stems: &[Box<str>]) -> Result<Postings, Error> {
        let mut postings = Postings::new();
        for stem in stems {
            let mut own = self.places(stem)?;
            if !own.is_empty() {
                for mark in MARKS {
                    let more = self.places(&format!("{stem}{mark}"))?;
                    let mut again = more.iter().map(|(place, _)| *place).peekable();
                    for (place, count) in &mut own {
                        if again.next_if_eq(place).is_some() {
                            *count += 1.0;
                        }
                    }
                }
            }
            merge(&mut postings, own);
        }
        Ok(postings)
    }

    /// Where words stand that begin with a word that stands nowhere itself: `Duschen` is looked up in
    /// `Duschmarke`.
    fn beginning(&self, stems: &[Box<str>]) -> Result<Postings, Error> {
        let mut postings = Postings::new();
        for stem in stems.iter().filter(|stem| stem.chars().count() >= SHORTEST_BEGINNING) {
            merge(&mut postings, self.matching(&format!("\"{stem}\" *"), usize::MAX)?);
        }
        Ok(postings)
    }

    /// The places that hold a term.
    fn places(&self, term: &str) -> Result<Postings, Error> {
        self.matching(&format!("\"{term}\""), usize::MAX)
    }

    /// The places that match a query of FTS5. Terms are letters, digits and marks, so they need no escape.
    fn matching(&self, query: &str, most: usize) -> Result<Postings, Error> {
        if let Some(postings) = self.table.remembered.borrow().get(query) {
            return Ok(postings);
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1 LIMIT ?2")?;
        let mut rows = statement.query((query, i64::try_from(most).unwrap_or(i64::MAX)))?;
        let mut places = Postings::new();
        let mut found = 0;
        while let Some(row) = rows.next()? {
            found += 1;
            if let Some(place) = self.table.place(row.get(0)?) {
                places.push((place as u32, 1.0));
            }
        }
        // A list that was cut is not remembered as whole.
        if found < most {
            self.table.remembered.borrow_mut().keep(query, &places);
        }
        Ok(places)
    }

    /// The chunks that begin with a name that the question has.
    pub(crate) fn labels(&self, question: &Question) -> Result<Vec<u32>, Error> {
        let mut labels = Vec::new();
        for AskedWord { folded, .. } in &question.words {
            labels
                .extend(self.places(&format!("{LABEL}{folded}"))?.iter().map(|(place, _)| *place));
        }
        labels.sort_unstable();
        labels.dedup();
        Ok(labels)
    }

    /// The exact cosine of every candidate, by sqlite-vec.
    pub(crate) fn measure(
        &self,
        candidates: &mut [Candidate],
        vector: &Vector,
        weight: f32,
    ) -> Result<(), Error> {
        if vector.is_zero() || weight == 0.0 {
            return Ok(());
        }
        let bytes = vector.to_int8();
        let mut statement = self.connection.prepare_cached(
            "SELECT vec_distance_cosine(vec_int8(substr(vectors, ?3, ?4)), vec_int8(?1))
             FROM vectors WHERE id = ?2",
        )?;
        for candidate in candidates {
            let (row, start) = vectors::place(self.table.number(candidate.place));
            // The distance to a zero vector is no number.
            let distance: Option<f64> = statement
                .query_row((&bytes, row, start as i64 + 1, bytes.len() as i64), |row| row.get(0))?;
            let cosine = distance
                .filter(|distance| distance.is_finite())
                .map_or(0.0, |distance| 1.0 - distance);
            candidate.why.vectors = weight * cosine as f32;
        }
        Ok(())
    }

    /// Which note every candidate is in, and where in it.
    pub(crate) fn place_in_notes(&self, candidates: &mut [Candidate]) -> Result<(), Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path, date, first_chunk FROM files WHERE id = ?1")?;
        let mut notes: FxHashMap<u32, (Day, i64)> = FxHashMap::default();
        for candidate in candidates {
            let (day, first) = match notes.entry(candidate.file) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let (path, date, first): (Vec<u8>, Option<String>, i64) = statement
                        .query_row([candidate.file], |row| {
                            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                        })?;
                    let date = date.and_then(|date| date.parse().ok());
                    let path: Rc<str> = NotePath(path).shown().into();
                    entry.insert((Day { path, date }, first))
                }
            };
            candidate.day = day.clone();
            candidate.index = self.table.number(candidate.place) - *first;
        }
        Ok(())
    }
}

/// Adds places to a list, both ascending; a place in both keeps the higher count.
fn merge(postings: &mut Postings, more: Postings) {
    if postings.is_empty() || more.is_empty() {
        postings.extend(more);
        return;
    }
    let old = std::mem::take(postings);
    postings.reserve(old.len() + more.len());
    let mut more = more.into_iter().peekable();
    for (place, count) in old {
        while let Some(other) = more.next_if(|(other, _)| *other < place) {
            postings.push(other);
        }
        let same = more.next_if(|(other, _)| *other == place);
        postings.push((place, same.map_or(count, |(_, other)| count.max(other))));
    }
    postings.extend(more);
}

/// The share of a window's chunks that begin with one of the labels.
pub(crate) fn label_share(table: &Table, labels: &[u32], place: usize) -> f32 {
    let Some(slot) = table.slots().get(place) else { return 0.0 };
    let window = slot.window(place);
    let first = labels.partition_point(|label| (*label as usize) < window.start);
    let found =
        labels.iter().skip(first).take_while(|label| (**label as usize) < window.end).count();
    found as f32 / window.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_places_ascend_and_keep_the_higher_count() {
        let check = |postings: &[(u32, f32)], more: &[(u32, f32)], expected: &[(u32, f32)]| {
            let mut merged = postings.to_vec();
            merge(&mut merged, more.to_vec());
            assert_eq!(merged, expected);
        };
        check(&[], &[(1, 1.0)], &[(1, 1.0)]);
        check(&[(1, 1.0)], &[], &[(1, 1.0)]);
        check(&[(2, 3.0), (5, 1.0)], &[(2, 1.0), (5, 2.0)], &[(2, 3.0), (5, 2.0)]);
        check(&[(4, 1.0)], &[(1, 1.0), (9, 1.0)], &[(1, 1.0), (4, 1.0), (9, 1.0)]);
    }
}
