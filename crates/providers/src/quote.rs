//! The built-in answerer: no language model. It picks the sentences that answer and quotes them.
//!
//! Invariant: what it says is a passage byte for byte, or that nothing answers.

use localgpt_protocol::{Answer, Passage, Quote, Verdict};

/// The name it answers under.
pub const NAME: &str = "quote";

/// The most quotes of an answer.
const MOST: usize = 3;
/// The least share of the question's words, by rarity, that a passage with its surroundings must have.
const LEAST_COVERAGE: f32 = 0.35;
/// The least strength of a quote.
const LEAST_STRENGTH: f32 = 0.35;
/// The share of the best quote's strength that a further one must have.
const NEARLY: f32 = 0.8;

/// Answers from passages, which come best hit first.
pub fn answer(passages: Vec<Passage>) -> Answer {
    let mut quotes: Vec<Quote> = Vec::new();
    let mut weighed: Vec<(f32, Passage)> =
        passages.into_iter().map(|passage| (strength(&passage), passage)).collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.citation.cmp(&b.1.citation)));
    let best = weighed.first().map_or(0.0, |(strength, _)| *strength);
    let least = LEAST_STRENGTH.max(NEARLY * best);
    for (strength, passage) in weighed {
        let is_same = |quote: &Quote| quote.text == passage.text;
        if strength < least || quotes.len() == MOST || quotes.iter().any(is_same) {
            continue;
        }
        let Passage { citation, text, heading, date, .. } = passage;
        quotes.push(Quote { citation, text, heading, date, strength });
    }
    // Of several answers that are about equally good the newest holds.
    quotes.sort_by_key(|quote| std::cmp::Reverse(quote.date));
    let verdict = if quotes.is_empty() { Verdict::Nothing } else { Verdict::Answered };
    Answer { answerer: NAME.to_owned(), verdict, quotes, degraded: None }
}

/// How well a passage answers: 0 to 1.
fn strength(passage: &Passage) -> f32 {
    if passage.context_coverage < LEAST_COVERAGE {
        return 0.0;
    }
    let similarity = passage.similarity.max(0.0);
    (0.4 * passage.coverage + 0.4 * passage.context_coverage + 0.2 * similarity).clamp(0.0, 1.0)
}
