//! Two workspaces as people keep them: a year of German notes, and a small English one.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, de::DeserializeOwned};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    score::first_files,
    search::{Asked, Hit, Search, Signals},
    table::Measure,
};
use crate::{binary::User, process::output};

/// How many results a person looks at.
const SEEN: usize = 8;
/// How many results are asked for.
const LIMIT: usize = 40;

/// The measures, and each question that was missed in words.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) measures: Vec<Measure>,
    pub(crate) misses: Vec<String>,
}

impl Findings {
    fn join(&mut self, more: Self) {
        self.measures.extend(more.measures);
        self.misses.extend(more.misses);
    }
}

/// Measures both workspaces in `folder`; the answers, which have no choice of signals, once and last.
pub(crate) fn measure(search: &Search<'_>, folder: &Path) -> Result<Findings> {
    let german = German::read(&folder.join("de-jahr"))?;
    let mut findings = german.search(search)?;
    findings.join(english(search, &folder.join("en-small"))?);
    if search.signals == Signals::Hybrid {
        findings.join(german.ask(search)?);
    }
    Ok(findings)
}

/// A question about the German notes.
#[derive(Debug, Clone, Deserialize)]
struct Question {
    query: String,
    kind: String,
    path: Option<String>,
    line: Option<u32>,
    must_rank_above: Option<String>,
}

impl Question {
    /// Whether the notes do not answer it; what only a transcript says is not in the notes.
    fn is_unanswerable(&self) -> bool {
        matches!(self.kind.as_str(), "negativ" | "sitzung")
    }

    fn file(&self) -> String {
        let path = self.path.as_deref().unwrap_or_default();
        let remark = path.find(" (").unwrap_or(path.len());
        composed(path.get(..remark).unwrap_or(path))
    }
}

/// An answer, as the binary prints it.
#[derive(Debug, Deserialize)]
struct Answer {
    verdict: String,
    quotes: Vec<Hit>,
}

/// The German notes and the questions about them.
struct German {
    workspace: PathBuf,
    questions: Vec<Question>,
}

impl German {
    fn read(folder: &Path) -> Result<Self> {
        let questions = json(&folder.join("queries.json"))?;
        Ok(Self { workspace: folder.join("state/workspace"), questions })
    }

    fn search(&self, search: &Search<'_>) -> Result<Findings> {
        let user = User::create(search.binary)?;
        let mut asked = Vec::new();
        for (number, question) in self.questions.iter().enumerate() {
            asked.push(Asked { id: number.to_string(), text: question.query.clone() });
        }
        let results = search.answers(&user, &self.workspace, "de-jahr", (&asked, LIMIT))?;
        Ok(recall(&self.questions, &results))
    }

    fn ask(&self, search: &Search<'_>) -> Result<Findings> {
        let user = User::create(search.binary)?;
        let mut answers = Vec::new();
        for question in &self.questions {
            let mut command = user.command(&self.workspace);
            let printed = output(command.args(["ask", "--json", &question.query]))?;
            answers.push(serde_json::from_str(&printed).context("cannot read an answer")?);
        }
        Ok(answered(&self.questions, &answers))
    }
}

/// Counts the questions whose file is among the first results, and whether corrections come first.
fn recall(questions: &[Question], results: &HashMap<String, Vec<Hit>>) -> Findings {
    let mut findings = Findings::default();
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut strict, mut by_file, mut order) =
        (Tally::default(), Tally::default(), Tally::default());
    for (number, question) in questions.iter().enumerate() {
        if question.is_unanswerable() {
            continue;
        }
        let hits = results.get(&number.to_string()).map_or(&[][..], Vec::as_slice);
        let file = question.file();
        let rank = rank(hits, &file);
        let seen = rank.is_some_and(|rank| rank <= SEEN);
        strict.count(seen);
        kinds.entry(&question.kind).or_default().count(seen);
        by_file.count(first_files(hits, SEEN).iter().any(|path| composed(path) == file));
        if !seen {
            let place = rank.map_or("not found".to_owned(), |rank| format!("rank {rank}"));
            findings
                .misses
                .push(format!("search, {} ({}): {file} {place}", question.query, question.kind));
        }
        if let Some(superseded) = &question.must_rank_above {
            let above = comes_first(rank, self::rank(hits, &composed(superseded)));
            order.count(above);
            if !above {
                findings
                    .misses
                    .push(format!("search, {}: {superseded} ranks above {file}", question.query));
            }
        }
    }
    findings.measures = vec![
        Measure::with_bar("German notes recall@8", strict.share(), 90.0),
        Measure::shown("German notes recall@8, counting files once", by_file.share()),
        Measure::with_bar(
            "German notes: corrections above what they replace",
            order.share(),
            100.0,
        ),
    ];
    for (kind, tally) in kinds {
        let name = format!("German notes recall@8, {kind} ({})", tally.of);
        findings.measures.push(match kind {
            "kompositum" | "translit" | "umlaut" => Measure::with_bar(name, tally.share(), 100.0),
            _ => Measure::shown(name, tally.share()),
        });
    }
    findings
}

/// Counts the answers: nothing where the notes say nothing, else a quote of the right place.
fn answered(questions: &[Question], answers: &[Answer]) -> Findings {
    let mut findings = Findings::default();
    let (mut declined, mut answered, mut quoted) =
        (Tally::default(), Tally::default(), Tally::default());
    for (question, answer) in questions.iter().zip(answers) {
        let silent = answer.verdict == "nothing";
        if question.is_unanswerable() {
            declined.count(silent);
            if !silent {
                findings
                    .misses
                    .push(format!("ask, {}: answered, but has no answer", question.query));
            }
            continue;
        }
        let file = question.file();
        let holds = |quote: &Hit| {
            let lines = quote.start_line..=quote.end_line;
            composed(&quote.path) == file && question.line.is_none_or(|line| lines.contains(&line))
        };
        let found = answer.quotes.iter().any(holds);
        answered.count(!silent);
        quoted.count(found);
        if !found {
            let why = if silent { "declined" } else { "answered without the line" };
            findings.misses.push(format!("ask, {} ({}): {why}", question.query, question.kind));
        }
    }
    findings.measures = vec![
        Measure::with_bar("German unanswerable questions declined", declined.share(), 100.0),
        Measure::shown("German questions answered", answered.share()),
        Measure::shown("German questions answered with the very line", quoted.share()),
    ];
    findings
}

/// What should be found: the query, the file, and words of the text.
type Wanted = (String, String, String);

fn english(search: &Search<'_>, folder: &Path) -> Result<Findings> {
    #[derive(Deserialize)]
    struct Expected {
        memory_queries: Vec<Wanted>,
    }
    let expected: Expected = json(&folder.join("expect.json"))?;
    let user = User::create(search.binary)?;
    user.configure("[memory]\nextra_paths = [\"../shared-notes\"]\n")?;
    let asked: Vec<Asked> = expected
        .memory_queries
        .iter()
        .map(|(query, ..)| Asked { id: query.clone(), text: query.clone() })
        .collect();
    let workspace = folder.join("state/workspace");
    let results = search.answers(&user, &workspace, "en-small", (&asked, SEEN))?;
    let mut findings = Findings::default();
    let mut tally = Tally::default();
    for (query, file, words) in &expected.memory_queries {
        let hits = results.get(query).map_or(&[][..], Vec::as_slice);
        let found = hits.iter().any(|hit| hit.path == *file && hit.text.contains(words));
        tally.count(found);
        if !found {
            findings.misses.push(format!("search, {query}: {file} with `{words}` not found"));
        }
    }
    findings.measures = vec![Measure::with_bar("English workspace recall@8", tally.share(), 100.0)];
    Ok(findings)
}

/// Returns the rank, counted from 1, of the first result in `file`.
fn rank(hits: &[Hit], file: &str) -> Option<usize> {
    hits.iter().position(|hit| composed(&hit.path) == file).map(|place| place + 1)
}

/// Whether the correction was found, and what it replaces was not found before it.
fn comes_first(correction: Option<usize>, superseded: Option<usize>) -> bool {
    correction.is_some_and(|rank| superseded.is_none_or(|other| rank < other))
}

/// Names are compared in composed form: some file systems keep them decomposed.
fn composed(text: &str) -> String {
    text.nfc().collect()
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    hit: usize,
    of: usize,
}

impl Tally {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hit += usize::from(hit);
    }

    /// In per cent; of nothing, everything.
    fn share(self) -> f64 {
        if self.of == 0 { 100.0 } else { 100.0 * self.hit as f64 / self.of as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: &str, path: Option<&str>, must_rank_above: Option<&str>) -> Question {
        Question {
            query: "Frage".to_owned(),
            kind: kind.to_owned(),
            path: path.map(str::to_owned),
            line: Some(3),
            must_rank_above: must_rank_above.map(str::to_owned),
        }
    }

    fn hit(path: &str) -> Hit {
        Hit { path: path.to_owned(), start_line: 3, end_line: 3, text: "x".to_owned() }
    }

    fn values(findings: &Findings, count: usize) -> Vec<f64> {
        findings.measures.iter().take(count).map(|measure| measure.value).collect()
    }

    #[test]
    fn a_decomposed_name_is_the_same_name() {
        let question =
            question("nfd", Some("memory/süßen.md (file name and content are NFD)"), None);
        let results = HashMap::from([("0".to_owned(), vec![hit("memory/su\u{308}ßen.md")])]);
        assert_eq!(values(&recall(&[question], &results), 2), vec![100.0, 100.0]);
    }

    #[test]
    fn a_ninth_result_counts_by_file_only() {
        let question = question("exakt", Some("b.md"), None);
        let mut hits = vec![hit("a.md"); 8];
        hits.push(hit("b.md"));
        let findings = recall(&[question], &HashMap::from([("0".to_owned(), hits)]));
        assert_eq!(
            (values(&findings, 2), findings.misses),
            (vec![0.0, 100.0], vec!["search, Frage (exakt): b.md rank 9".to_owned()])
        );
    }

    #[test]
    fn what_was_superseded_must_not_come_first() {
        let question = question("überholt", Some("b.md"), Some("a.md"));
        let order = |hits: Vec<Hit>| {
            let results = HashMap::from([("0".to_owned(), hits)]);
            values(&recall(std::slice::from_ref(&question), &results), 3)[2]
        };
        assert_eq!(
            (order(vec![hit("a.md"), hit("b.md")]), order(vec![hit("b.md"), hit("a.md")])),
            (0.0, 100.0)
        );
    }

    #[test]
    fn an_unanswerable_question_must_be_declined_and_others_quoted() {
        let questions = [
            question("negativ", None, None),
            question("sitzung", Some("sessions/x.jsonl"), None),
            question("exakt", Some("b.md"), None),
        ];
        let answer = |verdict: &str, quotes| Answer { verdict: verdict.to_owned(), quotes };
        let answers = [
            answer("nothing", vec![]),
            answer("answered", vec![hit("a.md")]),
            answer("answered", vec![hit("b.md")]),
        ];
        assert_eq!(values(&answered(&questions, &answers), 3), vec![50.0, 100.0, 100.0]);
    }
}
