//! The built-in answerer: no language model. It picks the sentences that answer and quotes them.
//!
//! Invariant: what it says is a passage byte for byte, or that nothing answers.

use jiff::civil::Date;
use localgpt_protocol::{Answer, Passage, Quote, Verdict};

/// The name it answers under.
pub const NAME: &str = "quote";

/// The most quotes of an answer.
const MOST: usize = 3;
/// The least share of the question's words, by rarity, that a passage with its surroundings must have.
const LEAST_COVERAGE: f32 = 0.35;
/// The least strength of a quote.
const LEAST_STRENGTH: f32 = 0.35;
/// How finely strengths are told apart when quotes are ordered.
const STEPS: f32 = 20.0;
/// The share of the best quote's strength that a further one must have.
const NEARLY: f32 = 0.8;

/// Answers from passages, which come best hit first.
pub fn answer(passages: Vec<Passage>) -> Answer {
    let mut weighed: Vec<(f32, Passage)> =
        passages.into_iter().map(|passage| (strength(&passage), passage)).collect();
    // About equally good ones come in the order in which memory ranked them, which knows more.
    let step = |strength: f32| (strength * STEPS).round();
    weighed.sort_by(|(a, one), (b, other)| {
        step(*b)
            .total_cmp(&step(*a))
            .then_with(|| other.score.total_cmp(&one.score))
            .then_with(|| one.citation.cmp(&other.citation))
    });
    let best = weighed.iter().map(|(strength, _)| *strength).fold(0.0, f32::max);
    let least = LEAST_STRENGTH.max(NEARLY * best);
    let mut chosen: Vec<(f32, Passage)> = Vec::new();
    for (strength, passage) in weighed {
        let is_same = chosen.iter().any(|(_, other)| other.text == passage.text);
        if strength >= least && chosen.len() < MOST && !is_same {
            chosen.push((strength, passage));
        }
    }
    // What replaced something comes before what it may have replaced, the newest first.
    chosen.sort_by_key(|(_, passage)| {
        std::cmp::Reverse(passage.replaces.then(|| holds_since(passage)))
    });
    let quotes: Vec<Quote> = chosen
        .into_iter()
        .map(|(strength, Passage { citation, text, heading, date, .. })| Quote {
            citation,
            text,
            heading,
            date,
            strength,
        })
        .collect();
    let verdict = if quotes.is_empty() { Verdict::Nothing } else { Verdict::Answered };
    Answer { answerer: NAME.to_owned(), verdict, quotes, degraded: None }
}

/// Since when a passage holds, as far as that is known: `MEMORY.md` is kept current.
fn holds_since(passage: &Passage) -> Option<Date> {
    if passage.citation.path == "MEMORY.md" { Some(Date::MAX) } else { passage.date }
}

/// How well a passage answers: 0 to 1.
fn strength(passage: &Passage) -> f32 {
    if passage.context_coverage < LEAST_COVERAGE {
        return 0.0;
    }
    let similarity = passage.similarity.max(0.0);
    (0.4 * passage.coverage + 0.4 * passage.context_coverage + 0.2 * similarity).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use localgpt_protocol::Citation;

    use super::*;

    fn passage(text: &str, day: i8, coverage: f32, replaces: bool) -> Passage {
        Passage {
            citation: Citation {
                path: format!("memory/2026-03-0{day}.md"),
                start_line: 1,
                end_line: 1,
            },
            text: text.to_owned(),
            heading: String::new(),
            date: Some(date(2026, 3, day)),
            coverage,
            context_coverage: coverage,
            similarity: 0.5,
            score: coverage,
            matched: Vec::new(),
            asked: Vec::new(),
            replaces,
        }
    }

    fn check(passages: Vec<Passage>, expected: &[&str]) {
        let answer = answer(passages);
        let texts: Vec<&str> = answer.quotes.iter().map(|quote| quote.text.as_str()).collect();
        assert_eq!(texts, expected);
        assert_eq!(answer.verdict == Verdict::Nothing, expected.is_empty());
    }

    #[test]
    fn weak_evidence_is_no_answer() {
        check(vec![passage("noise", 1, 0.2, false)], &[]);
        check(Vec::new(), &[]);
    }

    #[test]
    fn the_best_comes_first_and_what_is_much_weaker_is_left_out() {
        let passages = vec![
            passage("good", 1, 0.9, false),
            passage("weak", 3, 0.4, false),
            passage("best", 2, 1.0, false),
        ];
        check(passages, &["best", "good"]);
    }

    #[test]
    fn what_replaced_something_comes_first_though_it_says_less() {
        let passages = vec![passage("old", 1, 1.0, false), passage("now", 2, 0.9, true)];
        check(passages, &["now", "old"]);
    }

    #[test]
    fn a_line_that_stands_twice_is_quoted_once() {
        check(vec![passage("same", 1, 1.0, false), passage("same", 2, 1.0, false)], &["same"]);
    }
}
