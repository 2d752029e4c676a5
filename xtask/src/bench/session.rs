//! A session of 100,000 records: how long it takes to open and to search.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Bench,
    model::{NAME, ScriptedModel},
    notes,
    table::{Amount, Row},
    timing::{Conversation, median, wall},
};
use crate::{
    binary::User,
    process::{output, program},
};

const RECORDS: usize = 100_000;
/// Stands in one message only.
const RARE: &str = "Quittenmarmelade";
/// Stands in no message.
const NOWHERE: &str = "Zwetschgendatschi";

/// A user with one long session.
struct Talker {
    user: User,
    workspace: tempfile::TempDir,
    log: PathBuf,
}

/// Measures the session beside what the machine needs to read its file.
pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    eprintln!("writing a session of {RECORDS} records");
    let model = ScriptedModel::start()?;
    let talker = Talker::create(bench, &model)?;
    let mut rows = vec![talker.opening(bench)?];
    let (version, _) = bench.starts()?;
    for word in [(RARE, "a word that was said once"), (NOWHERE, "a word that was never said")] {
        rows.push(talker.searching(bench, word, version)?);
    }
    Ok(rows)
}

impl Talker {
    /// Begins a session as a person would, and lets it grow.
    fn create(bench: &Bench, model: &ScriptedModel) -> Result<Self> {
        let user = User::create(&bench.binary)?;
        user.configure(&model.configuration())?;
        let workspace = tempfile::tempdir().context("cannot make a folder for notes")?;
        let mut ask = user.command(workspace.path());
        output(ask.args(["--model", NAME, "ask", "Who looks after the heat pump?"]))?;
        let log = logs(user.home())?.pop().context("the turn left no log")?;
        let there = fs::read_to_string(&log).context("cannot read the log")?.lines().count();
        let mut file =
            OpenOptions::new().append(true).open(&log).context("cannot write the log")?;
        file.write_all(records(there..RECORDS)?.as_bytes()).context("cannot write the log")?;
        Ok(Self { user, workspace, log })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.user.command(self.workspace.path());
        command.args(words);
        command
    }

    fn name(&self) -> Result<&str> {
        self.log.file_stem().and_then(|name| name.to_str()).context("the log has no name")
    }

    fn opening(&self, bench: &Bench) -> Result<Row> {
        let name = self.name()?;
        let (mut long, mut fresh, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..7 * bench.repeats {
            let start = Instant::now();
            let bytes = fs::read(&self.log).context("cannot read the log")?;
            bare.push(start.elapsed());
            std::hint::black_box(bytes);
            fresh.push(status(self.command(&["--json", "--model", NAME, "chat"]))?);
            long.push(status(self.command(&["--json", "chat", "--resume", name]))?);
        }
        let took = median(&long).saturating_sub(median(&fresh));
        let size = fs::metadata(&self.log).context("cannot look at the log")?.len();
        let size = Amount::Bytes(size);
        Ok(Row::shown(
            format!("opening a session of 100,000 records, {size}, without the start"),
            Amount::Time(took),
        )
        .beside("reading the file", Amount::Time(median(&bare)))
        .at_most(Amount::Time(Duration::from_millis(300))))
    }

    fn searching(&self, bench: &Bench, (word, kind): (&str, &str), start: Duration) -> Result<Row> {
        let found = output(&mut self.command(&["--json", "session", "search", word]))?;
        let found: Vec<Value> = serde_json::from_str(&found).context("cannot read the hits")?;
        ensure!(found.len() == usize::from(word == RARE), "{} hits for {word}", found.len());
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..7 * bench.repeats {
            let mut grep = program("grep");
            // With a second pattern that is there it succeeds in any case. Its output goes into a pipe: into nothing it
            // would stop at the first match.
            grep.args([
                "--count",
                "--ignore-case",
                "--fixed-strings",
                "-e",
                word,
                "-e",
                "\"type\":\"opened\"",
            ]);
            grep.arg(&self.log);
            let start = Instant::now();
            output(&mut grep)?;
            bare.push(start.elapsed());
            own.push(wall(self.command(&["--json", "session", "search", word]))?);
        }
        let took = median(&own).saturating_sub(start);
        Ok(Row::shown(format!("searching it for {kind}, without the start"), Amount::Time(took))
            .beside("grep, with its start", Amount::Time(median(&bare)))
            .at_most(Amount::Time(Duration::from_millis(50))))
    }
}

/// Returns the time from starting a conversation to the answer of its first command.
fn status(command: Command) -> Result<Duration> {
    let start = Instant::now();
    let mut chat = Conversation::start(command)?;
    chat.ask("/status")?;
    let took = start.elapsed();
    chat.end()?;
    Ok(took)
}

/// Finds the logs of sessions below `folder`.
fn logs(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).context("cannot look for the log")? {
        let path = entry.context("cannot look for the log")?.path();
        if path.is_dir() {
            found.extend(logs(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The lines of turns in which the model looks something up, as the program writes them: the question with what was
/// recalled, the call, its result, the answer, and what it took.
fn records(numbers: std::ops::Range<usize>) -> Result<String> {
    let middle = numbers.end / 2;
    let mut lines = String::new();
    for number in numbers {
        let at = format!(
            "2026-{:02}-{:02}T{:02}:{:02}:07.123456789Z",
            1 + number / 10_000,
            1 + number / 400 % 25,
            number / 20 % 20,
            number % 60
        );
        let rare = if number == middle / 8 * 8 { RARE } else { "" };
        let (kind, rest) = record(number, rare)?;
        writeln!(lines, "{{\"type\":\"{kind}\",\"at\":\"{at}\",{rest}}}")?;
    }
    Ok(lines)
}

/// The type of a record and what stands behind its time.
fn record(number: usize, rare: &str) -> Result<(&'static str, String)> {
    const CITATION: &str = r#"{"path":"memory/1999-05-17.md","start_line":12,"end_line":19}"#;
    let json = |text: &str| serde_json::to_string(text).context("a text is no JSON");
    let question = json(format!("{} {rare}", notes::question(number)).trim_end())?;
    let answer = json(&notes::passage(number, 3))?;
    let quoted = json(&format!(
        "<untrusted-5f3a source=\"notes\">\n{}\n</untrusted-5f3a>",
        notes::passage(number, 9)
    ))?;
    let said = |role: &str, part: String| {
        ("said", format!(r#""message":{{"role":"{role}","parts":[{part}]}}"#))
    };
    let call = number / 8;
    Ok(match number % 8 {
        0 => said(
            "user",
            format!(
                r#"{{"text":{question}}},{{"recalled":{{"citations":[{CITATION}],"notes":{quoted}}}}}"#
            ),
        ),
        2 => said(
            "assistant",
            format!(
                r#"{{"tool_call":{{"id":"call_{call}","name":"memory_search","input":{{"query":{question}}}}}}}"#
            ),
        ),
        3 => said(
            "tool_results",
            format!(
                r#"{{"call":"call_{call}","name":"memory_search","outcome":{{"done":{quoted}}}}}"#
            ),
        ),
        5 => said("assistant", format!(r#"{{"text":{answer}}}"#)),
        6 => ("remembered", format!(r#""citation":{CITATION},"text":{answer}"#)),
        7 => ("ended", r#""end":{"how":"answered"}"#.to_owned()),
        _ => (
            "spent",
            format!(
                r#""model":"{NAME}","purpose":"answer","usage":{{"input":{},"output":{}}}"#,
                1800 + number % 700,
                60 + number % 90
            ),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_json_and_the_rare_word_is_said_once() {
        let lines = records(6..4_000).unwrap();
        let parsed: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(parsed.len(), 3_994);
        assert_eq!((lines.matches(RARE).count(), lines.matches(NOWHERE).count()), (1, 0));
    }
}
