//! A search: words and vectors find windows, signals rank them, and no line is delivered twice.

use jiff::civil::Date;
use localgpt_embedding::{RowSet, Sum, Vector, distances};
use localgpt_protocol::{Hit, SearchMode, Why};
use rustc_hash::FxHashMap;

use crate::{
    Error, Workspace,
    calendar::Calendar,
    deliver::{Ranked, deliver},
    evidence::{Evidence, Nearness},
    index::Open,
    lookup::{Lookup, label_share},
    memory::Asked,
    notes::{Changed, Note, Notes},
    passage::sentences,
    question::{Question, read},
    rank::{self, Candidate},
    score::{self, estimated_cosine},
    spaces,
    table::Table,
};

/// Windows that are looked at closely.
const CANDIDATES: usize = 200;
/// The windows whose sentences are looked at.
const LOOKED_AT: usize = 24;
/// What it counts if one sentence has all words of the question.
const SENTENCE_WEIGHT: f32 = 0.3;
/// What closeness of meaning counts beside the share of words.
const VECTOR_WEIGHT: f32 = 0.5;
/// What it counts if every turn of a window is by a speaker whom the question names.
const LABEL_WEIGHT: f32 = 0.1;

/// What a search found, with what an answer needs to know of the question.
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) question: Question,
    /// The rarity of each word of the question.
    pub(crate) idf: Vec<f32>,
    pub(crate) vector: Vector,
    /// The notes the hits are in, by path.
    pub(crate) notes: FxHashMap<String, Note>,
}

/// Searches the index of `workspace`; the day is `today`.
pub(crate) fn search(
    open: &mut Open,
    workspace: &Workspace,
    asked: &Asked<'_>,
    (today, changed): (Date, Changed),
) -> Result<Found, Error> {
    let query = asked.query;
    let known = match open.fact::<Vec<u8>>("rows")? {
        Some(bytes) => RowSet::from_bytes(&bytes).ok_or(rusqlite::Error::InvalidQuery)?,
        None => RowSet::default(),
    };
    let (connection, table) = open.table()?;
    let question = read(&query.text, &known, today);
    let lookup = Lookup { connection, table };
    let (terms, word_terms) = lookup.terms(&question)?;
    let scores = score::words(table, &terms);
    let idf: Vec<f32> =
        word_terms.iter().map(|term| scores.idf.get(*term).copied().unwrap_or_default()).collect();
    let vector = question_vector(&question, &idf, table.live());
    let weights = Weights::of(query.mode);
    let calendar = Calendar::read(connection, query, question.time)?;
    let mut candidates = shortlist(table, &scores.shares, &vector, &weights, &calendar);
    lookup.measure(&mut candidates, &vector, weights.vectors)?;
    if let Some(meaning) = &asked.meaning {
        spaces::measure((connection, table), &mut candidates, meaning, weights.vectors)?;
    }
    lookup.place_in_notes(&mut candidates)?;
    let labels = lookup.labels(&question)?;
    for candidate in &mut candidates {
        candidate.why.speaker = LABEL_WEIGHT * label_share(table, &labels, candidate.place);
    }
    rank::by_day(&mut candidates, &calendar.days);
    rank::sort(&mut candidates);
    let mut notes = Notes::new(connection, workspace, changed);
    if weights.words > 0.0 {
        look_closely(table, &mut notes, &mut candidates, (&question, &idf))?;
        rank::sort(&mut candidates);
    }
    rank::put_in_time(&mut candidates, question.time);
    rank::put_replacements_first(&mut candidates, question.time);
    let ranked = Ranked { table, candidates: &candidates, own: &scores.own };
    let hits = deliver(&ranked, &mut notes, &question, query.limit)?;
    Ok(Found { hits, question, idf, vector, notes: notes.by_path() })
}

/// What the signals count in a mode.
struct Weights {
    words: f32,
    vectors: f32,
}

impl Weights {
    fn of(mode: SearchMode) -> Self {
        match mode {
            SearchMode::Hybrid => Self { words: 1.0, vectors: VECTOR_WEIGHT },
            SearchMode::WordsOnly => Self { words: 1.0, vectors: 0.0 },
            SearchMode::VectorsOnly => Self { words: 0.0, vectors: VECTOR_WEIGHT },
        }
    }
}

/// The question's vector: each row once, rarer words more.
fn question_vector(question: &Question, idf: &[f32], live: usize) -> Vector {
    let rarest = score::idf(0, live);
    let mut sum = Sum::default();
    let mut seen = RowSet::default();
    for (word, idf) in question.words.iter().zip(idf) {
        for row in &word.rows {
            if seen.insert(*row) {
                sum.add_scaled(*row, (idf / rarest).clamp(0.0, 1.0).sqrt());
            }
        }
    }
    Vector::normalised(sum.take())
}

/// The windows with the highest sum of word share and estimated closeness.
fn shortlist(
    table: &Table,
    shares: &[f32],
    vector: &Vector,
    weights: &Weights,
    calendar: &Calendar,
) -> Vec<Candidate> {
    let use_vector = !vector.is_zero() && weights.vectors > 0.0;
    let distances = use_vector.then(|| distances(&vector.to_code(), table.codes()));
    let mut scored: Vec<(f32, u32)> = Vec::with_capacity(8 * CANDIDATES);
    let mut floor = 0.0;
    for (place, (slot, share)) in table.slots().iter().zip(shares).enumerate() {
        if slot.file == 0 {
            continue;
        }
        let Some(day) = calendar.weigh(slot.file) else { continue };
        let distance = distances.as_ref().and_then(|distances| distances.get(place));
        let cosine = distance.map_or(0.0, |distance| estimated_cosine(*distance));
        let score = weights.words * share + weights.vectors * cosine + day;
        if score > floor {
            scored.push((score, place as u32));
            if scored.len() == 8 * CANDIDATES {
                floor = keep_best(&mut scored);
            }
        }
    }
    keep_best(&mut scored);
    let candidates = scored.into_iter().filter_map(|(_, place)| {
        let place = place as usize;
        let why = Why { words: weights.words * shares.get(place)?, ..Why::default() };
        let slot = table.slots().get(place)?;
        Some(Candidate { standing: slot.standing(), ..Candidate::new(place, slot.file, why) })
    });
    candidates.collect()
}

/// Keeps the best candidates and returns what a further one has to be above.
fn keep_best(scored: &mut Vec<(f32, u32)>) -> f32 {
    if scored.len() <= CANDIDATES {
        return 0.0;
    }
    let (_, (least, _), _) = scored
        .select_nth_unstable_by(CANDIDATES - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let least = *least;
    scored.truncate(CANDIDATES);
    least
}

/// Adds to the best windows what their best sentence has of the question.
fn look_closely(
    table: &Table,
    notes: &mut Notes<'_>,
    candidates: &mut [Candidate],
    (question, idf): (&Question, &[f32]),
) -> Result<(), Error> {
    let mut evidence = Evidence::new(question, Nearness::Counts);
    let whole: f32 = idf.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    for candidate in candidates.iter_mut().take(LOOKED_AT) {
        let Some(note) = notes.get(candidate.file)? else { continue };
        let Some(slot) = table.slots().get(candidate.place) else { continue };
        let mut best = 0.0_f32;
        for place in slot.window(candidate.place) {
            let chunk = candidate.index_of(place).and_then(|index| note.chunks.get(index));
            for bytes in chunk.map(|chunk| sentences(&note.text, chunk)).unwrap_or_default() {
                let mut seen = evidence.nothing();
                evidence.add(&mut seen, note.text.get(bytes).unwrap_or_default());
                if question.is_about(note.date) {
                    evidence.add_time(&mut seen);
                }
                let shares = evidence.shares(&seen);
                best = best.max(shares.iter().zip(idf).map(|(share, idf)| share * idf).sum());
            }
        }
        candidate.why.sentence = SENTENCE_WEIGHT * best / whole;
    }
    Ok(())
}
