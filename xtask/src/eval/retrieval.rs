//! The public sets: long dialogues (`locomo`) and questions in two languages (`xquad`).

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use anyhow::Result;
use serde::Deserialize;

use super::{
    score::{Score, Units},
    search::{Asked, Hit, Search, read},
    table::Measure,
};
use crate::binary::User;

/// How many results are asked for.
const LIMIT: usize = 40;

/// A question and the units that answer it.
#[derive(Debug, Clone, Deserialize)]
struct Question {
    id: String,
    text: String,
    group: String,
    relevant: Vec<String>,
    category: String,
}

/// A line of a line map.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    #[serde(default)]
    group: Option<String>,
    file: String,
    line: u32,
    id: String,
}

/// Measures both sets in `folder`.
pub(crate) fn measure(search: &Search<'_>, folder: &Path) -> Result<Vec<Measure>> {
    let mut measures = dialogues(search, &folder.join("locomo"))?;
    measures.extend(languages(search, &folder.join("xquad"))?);
    Ok(measures)
}

fn dialogues(search: &Search<'_>, folder: &Path) -> Result<Vec<Measure>> {
    let questions: Vec<Question> = read(folder, "queries.jsonl")?;
    let lines: Vec<Line> = read(folder, "linemap.jsonl")?;
    let mut scores = Vec::new();
    for group in questions.iter().map(|question| &question.group).collect::<BTreeSet<_>>() {
        let own: Vec<Question> =
            questions.iter().filter(|question| question.group == *group).cloned().collect();
        let units = units(lines.iter().filter(|line| line.group.as_ref() == Some(group)));
        let workspace = folder.join("workspace").join(group);
        scores.extend(run(search, &workspace, &format!("locomo-{group}"), (&own, &units))?);
    }
    let mean = Score::mean(&scores);
    let repeats = 100.0 * mean.repeated / mean.delivered.max(1.0);
    let count = scores.len();
    Ok(vec![
        Measure::with_bar(
            format!("LoCoMo evidence within 2,000 tokens ({count} questions)"),
            100.0 * mean.tokens[1],
            87.0,
        ),
        Measure::shown("LoCoMo share of those bytes delivered before", repeats),
        Measure::with_bar("LoCoMo sessions R@10", 100.0 * mean.files, 94.0),
        Measure::shown("LoCoMo evidence within 1,000 tokens", 100.0 * mean.tokens[0]),
        Measure::shown("LoCoMo R@10", 100.0 * mean.recall[2]),
        Measure::shown("LoCoMo all@10", 100.0 * mean.whole[2]),
        Measure::shown("LoCoMo MRR", 100.0 * mean.reciprocal),
    ])
}

/// Name, questions, language of the texts, and the bars for R@1 and R@5.
type Direction = (&'static str, &'static str, &'static str, f64, Option<f64>);

const DIRECTIONS: [Direction; 4] = [
    ("de→de", "de", "de", 92.0, None),
    ("en→en", "en", "en", 94.0, None),
    ("de→en", "de2en", "en", 76.0, Some(92.0)),
    ("en→de", "en2de", "de", 73.0, Some(93.0)),
];

fn languages(search: &Search<'_>, folder: &Path) -> Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for (name, questions, texts, first_bar, fifth_bar) in DIRECTIONS {
        let asked: Vec<Question> = read(folder, &format!("queries-{questions}.jsonl"))?;
        let lines: Vec<Line> = read(folder, &format!("linemap-{texts}.jsonl"))?;
        let workspace = folder.join(format!("workspace-{texts}"));
        let scores =
            run(search, &workspace, &format!("xquad-{questions}"), (&asked, &units(&lines)))?;
        let mean = Score::mean(&scores);
        let fifth = 100.0 * mean.recall[1];
        measures.push(Measure::with_bar(
            format!("XQuAD {name} R@1"),
            100.0 * mean.recall[0],
            first_bar,
        ));
        measures.push(match fifth_bar {
            Some(bar) => Measure::with_bar(format!("XQuAD {name} R@5"), fifth, bar),
            None => Measure::shown(format!("XQuAD {name} R@5"), fifth),
        });
    }
    Ok(measures)
}

fn run(
    search: &Search<'_>,
    workspace: &Path,
    name: &str,
    (questions, units): (&[Question], &Units),
) -> Result<Vec<Score>> {
    let user = User::create(search.binary)?;
    let asked: Vec<Asked> = questions
        .iter()
        .map(|question| Asked { id: question.id.clone(), text: question.text.clone() })
        .collect();
    let answers = search.answers(&user, workspace, name, (&asked, LIMIT))?;
    Ok(scores(questions, &answers, units))
}

/// Scores the questions that have evidence and want it; one that was not answered scores zero.
fn scores(
    questions: &[Question],
    answers: &HashMap<String, Vec<Hit>>,
    units: &Units,
) -> Vec<Score> {
    let mut scores = Vec::new();
    for question in questions {
        if question.relevant.is_empty() || question.category == "adversarial" {
            continue;
        }
        let gold = question.relevant.iter().map(String::as_str).collect();
        let results = answers.get(&question.id).map_or(&[][..], Vec::as_slice);
        scores.push(Score::of(&gold, results, units));
    }
    scores
}

fn units<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Units {
    let mut units = Units::default();
    for line in lines {
        units.insert(line.file.clone(), line.line, line.id.clone());
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: &str, relevant: &[&str], category: &str) -> Question {
        Question {
            id: id.to_owned(),
            text: String::new(),
            group: "all".to_owned(),
            relevant: relevant.iter().map(|&unit| unit.to_owned()).collect(),
            category: category.to_owned(),
        }
    }

    #[test]
    fn questions_without_evidence_are_left_out_and_unanswered_ones_count_as_zero() {
        let questions = [
            question("answered", &["A"], "qa"),
            question("unanswered", &["A"], "qa"),
            question("trick", &["A"], "adversarial"),
            question("without", &[], "qa"),
        ];
        let line = Line { group: None, file: "a.md".to_owned(), line: 1, id: "A".to_owned() };
        let hit = Hit { path: "a.md".to_owned(), start_line: 1, end_line: 1, text: "x".to_owned() };
        let answers = HashMap::from([("answered".to_owned(), vec![hit])]);
        let scores = scores(&questions, &answers, &units([&line]));
        assert_eq!(scores.iter().map(|score| score.reciprocal).collect::<Vec<_>>(), vec![1.0, 0.0]);
    }
}
