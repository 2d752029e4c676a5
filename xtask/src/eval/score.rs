//! Scores results against gold evidence, as the sets' own scorer defines it.
//!
//! `R@k` is the mean share of a question's evidence in the first k results, `all@k` the share of questions
//! whose whole evidence is there, `MRR` the mean of 1 / rank of the first result with evidence. `T@n` is the
//! mean share of evidence delivered within the first n tokens of text: a token is four bytes, and a result is
//! cut at its line that overflows, so that any chunking compares fairly.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::search::Hit;

/// The ranks at which recall is taken.
pub(crate) const RANKS: [usize; 4] = [1, 5, 10, 20];
/// The budgets, in tokens, within which delivery is measured.
pub(crate) const BUDGETS: [usize; 2] = [1000, 2000];

/// Which gold unit stands on which line of which file.
#[derive(Debug, Default)]
pub(crate) struct Units(HashMap<String, HashMap<u32, String>>);

impl Units {
    /// Notes that the unit `id` stands on `line` of `file`.
    pub(crate) fn insert(&mut self, file: String, line: u32, id: String) {
        self.0.entry(file).or_default().insert(line, id);
    }

    fn at(&self, file: &str, line: i64) -> Option<&str> {
        let line = u32::try_from(line).ok()?;
        self.0.get(file)?.get(&line).map(String::as_str)
    }

    fn files_of(&self, gold: &BTreeSet<&str>) -> BTreeSet<&str> {
        let holds =
            |lines: &HashMap<u32, String>| lines.values().any(|id| gold.contains(id.as_str()));
        self.0.iter().filter(|(_, lines)| holds(lines)).map(|(file, _)| file.as_str()).collect()
    }
}

/// The scores of one question, or the means of many. Shares are from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Score {
    /// `R@k` at each of [`RANKS`].
    pub(crate) recall: [f64; 4],
    /// `all@k` at each of [`RANKS`].
    pub(crate) whole: [f64; 4],
    /// `T@n` at each of [`BUDGETS`].
    pub(crate) tokens: [f64; 2],
    /// `MRR`.
    pub(crate) reciprocal: f64,
    /// The share of the evidence's files among the files of the first ten different files.
    pub(crate) files: f64,
    /// Bytes delivered within the larger budget that had been delivered before.
    pub(crate) repeated: f64,
    /// Bytes delivered within the larger budget.
    pub(crate) delivered: f64,
}

impl Score {
    /// Scores the results of one question whose evidence is `gold`, which is not empty.
    pub(crate) fn of(gold: &BTreeSet<&str>, results: &[Hit], units: &Units) -> Self {
        let mut score = Self::default();
        let size = gold.len() as f64;
        let (covers, first) = covers(gold, results, units);
        for (place, rank) in RANKS.into_iter().enumerate() {
            let covered = covers.get(rank.min(covers.len()).wrapping_sub(1)).copied().unwrap_or(0);
            score.recall[place] = covered as f64 / size;
            score.whole[place] = f64::from(covered == gold.len());
        }
        score.reciprocal = first.map_or(0.0, |rank| 1.0 / rank as f64);
        for (place, budget) in BUDGETS.into_iter().enumerate() {
            let delivery = Delivery::within(budget, results);
            let found: BTreeSet<&str> =
                delivery.lines.iter().filter_map(|&(path, line)| units.at(path, line)).collect();
            score.tokens[place] = found.intersection(gold).count() as f64 / size;
            score.repeated = delivery.repeated as f64;
            score.delivered = delivery.bytes as f64;
        }
        let files = units.files_of(gold);
        let ranked = first_files(results, 10);
        let found = files.iter().filter(|file| ranked.contains(*file)).count();
        score.files = if files.is_empty() { 0.0 } else { found as f64 / files.len() as f64 };
        score
    }

    /// Returns the mean of each score; of none, zeros.
    pub(crate) fn mean(scores: &[Self]) -> Self {
        let count = scores.len().max(1) as f64;
        let mean = |value: &dyn Fn(&Self) -> f64| scores.iter().map(value).sum::<f64>() / count;
        Self {
            recall: std::array::from_fn(|place| mean(&|score| score.recall[place])),
            whole: std::array::from_fn(|place| mean(&|score| score.whole[place])),
            tokens: std::array::from_fn(|place| mean(&|score| score.tokens[place])),
            reciprocal: mean(&|score| score.reciprocal),
            files: mean(&|score| score.files),
            repeated: mean(&|score| score.repeated),
            delivered: mean(&|score| score.delivered),
        }
    }
}

/// Returns the files of the results, each once, in order of their best result.
pub(crate) fn first_files(results: &[Hit], most: usize) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for hit in results {
        if files.len() < most && !files.contains(&hit.path.as_str()) {
            files.push(&hit.path);
        }
    }
    files
}

/// Returns how much evidence lies in the first results, for each number of them, and the first rank with any.
fn covers(gold: &BTreeSet<&str>, results: &[Hit], units: &Units) -> (Vec<usize>, Option<usize>) {
    let mut seen = BTreeSet::new();
    let mut covers = Vec::new();
    let mut first = None;
    for (rank, hit) in (1..).zip(results) {
        let before = seen.len();
        for line in hit.start_line..=hit.end_line {
            let unit = units.at(&hit.path, i64::from(line));
            if let Some(unit) = unit.filter(|unit| gold.contains(unit)) {
                first = first.or(Some(rank));
                seen.insert(unit);
            }
        }
        debug_assert!(seen.len() >= before, "evidence does not get lost");
        covers.push(seen.len());
    }
    (covers, first)
}

/// The lines that fit into a budget.
#[derive(Debug, Default)]
struct Delivery<'a> {
    lines: Vec<(&'a str, i64)>,
    bytes: usize,
    repeated: usize,
}

impl<'a> Delivery<'a> {
    fn within(budget: usize, results: &'a [Hit]) -> Self {
        let mut delivery = Self::default();
        let mut used = 0;
        let mut before = HashSet::new();
        for hit in results {
            let lines: Vec<&str> = hit.text.split('\n').collect();
            let cited = i64::from(hit.end_line) - i64::from(hit.start_line) + 1;
            // What stands before the cited lines (a heading, a date) costs tokens too.
            let pad = lines.len() as i64 - cited;
            for (place, text) in (0..).zip(lines) {
                used += text.len().div_ceil(4);
                if used > budget {
                    return delivery;
                }
                delivery.bytes += text.len();
                if place < pad || place - pad >= cited {
                    continue;
                }
                let line = (hit.path.as_str(), i64::from(hit.start_line) + place - pad);
                if !before.insert(line) {
                    delivery.repeated += text.len();
                }
                delivery.lines.push(line);
            }
        }
        delivery
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(path: &str, (start_line, end_line): (u32, u32), text: &str) -> Hit {
        Hit { path: path.to_owned(), start_line, end_line, text: text.to_owned() }
    }

    fn units(lines: &[(&str, u32, &str)]) -> Units {
        let mut units = Units::default();
        for &(file, line, id) in lines {
            units.insert(file.to_owned(), line, id.to_owned());
        }
        units
    }

    fn diary() -> Units {
        units(&[("a.md", 3, "A"), ("a.md", 4, "B"), ("b.md", 1, "C")])
    }

    #[test]
    fn evidence_counts_from_the_rank_where_it_stands() {
        let results = [hit("c.md", (1, 9), "no"), hit("a.md", (3, 4), "one\ntwo")];
        let score = Score::of(&BTreeSet::from(["A", "C"]), &results, &diary());
        assert_eq!(
            (score.recall, score.whole, score.reciprocal, score.files),
            ([0.0, 0.5, 0.5, 0.5], [0.0; 4], 0.5, 0.5)
        );
    }

    #[test]
    fn whole_evidence_is_whole_only_when_nothing_is_missing() {
        let results = [hit("a.md", (3, 3), "one"), hit("b.md", (1, 1), "three")];
        let score = Score::of(&BTreeSet::from(["A", "C"]), &results, &diary());
        assert_eq!((score.recall[0], score.whole), (0.5, [0.0, 1.0, 1.0, 1.0]));
    }

    #[test]
    fn a_question_without_results_scores_nothing() {
        let score = Score::of(&BTreeSet::from(["A"]), &[], &diary());
        assert_eq!(score, Score::default());
    }

    #[test]
    fn delivery_ends_at_the_line_that_overflows() {
        let long = "x".repeat(3996);
        let results = [hit("a.md", (3, 4), &format!("{long}\nfits not in 1000"))];
        let score = Score::of(&BTreeSet::from(["A", "B"]), &results, &diary());
        assert_eq!(score.tokens, [0.5, 1.0]);
    }

    #[test]
    fn what_stands_before_the_cited_lines_costs_but_is_no_evidence() {
        let heading = "h".repeat(3996);
        let results = [hit("a.md", (3, 3), &format!("{heading}\nevidence"))];
        let score = Score::of(&BTreeSet::from(["A"]), &results, &diary());
        assert_eq!(score.tokens, [0.0, 1.0]);
    }

    #[test]
    fn a_line_delivered_twice_counts_once_and_is_reported() {
        let results = [hit("a.md", (3, 4), "four\nfour"), hit("a.md", (4, 4), "four")];
        let score = Score::of(&BTreeSet::from(["B"]), &results, &diary());
        assert_eq!((score.tokens, score.repeated, score.delivered), ([1.0, 1.0], 4.0, 12.0));
    }

    #[test]
    fn an_eleventh_file_is_not_among_the_first_ten() {
        let mut results: Vec<Hit> = (0..10).map(|n| hit(&format!("{n}.md"), (1, 1), "")).collect();
        results.insert(5, hit("0.md", (2, 2), ""));
        results.push(hit("b.md", (1, 1), ""));
        assert_eq!(Score::of(&BTreeSet::from(["C"]), &results, &diary()).files, 0.0);
    }

    #[test]
    fn the_mean_is_taken_over_questions() {
        let found = Score { reciprocal: 1.0, ..Score::default() };
        assert_eq!(Score::mean(&[found, Score::default()]).reciprocal, 0.5);
    }
}
