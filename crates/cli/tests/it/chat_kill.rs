//! A conversation with tools that is killed at any moment: what was acknowledged stays, and the next start goes on.

pub(crate) mod script;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::Child,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use localgpt_testkit::{Home, Server};
use serde_json::Value;

/// Kills in one session, before the next is begun.
const IN_ONE_SESSION: u64 = 20;
/// The events of one turn that is not killed.
const EVENTS: u64 = 44;

#[test]
fn a_conversation_that_is_killed_goes_on_and_keeps_what_was_acknowledged() {
    // `cargo xtask drill-kills` takes more, and is less patient: here all other tests run beside it.
    let (kills, patience) = (40, Duration::from_secs(20));
    let figures = survive(&crate::home::with_notes(), kills, patience);
    assert!(figures.in_the_middle > kills / 4, "{figures:?}");
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Processes that were killed.
    pub(crate) kills: u64,
    /// Of them, those that were killed in a turn: its message stands and its end does not.
    pub(crate) in_the_middle: u64,
    /// Of them, those that left a call without its result.
    pub(crate) with_open_calls: u64,
    /// Sessions.
    pub(crate) sessions: usize,
    /// Messages that were acknowledged.
    pub(crate) messages: usize,
    /// Notes that were acknowledged.
    pub(crate) notes: usize,
    /// Changes of files that were acknowledged.
    pub(crate) changes: usize,
    /// Last lines that were unfinished.
    pub(crate) torn: u64,
    /// Requests that the model got, all of them legal.
    pub(crate) requests: usize,
    /// The longest time from a start to the end of a whole turn.
    pub(crate) slowest_start: Duration,
}

/// Kills a conversation `kills` times, looks at what is left, and goes on with it, in less than `patience`.
pub(crate) fn survive(home: &Home, kills: u64, patience: Duration) -> Figures {
    let faults = Arc::default();
    let server = script::start(&faults);
    let mut drill = Drill::new(home, server, faults, patience);
    let whole = drill.go_on("0-0");
    for seed in 1..=kills {
        drill.kill(seed, whole);
        drill.check(seed);
        drill.go_on(&format!("{seed}-9"));
    }
    drill.check_everything();
    drill.figures
}

/// What is said to be kept.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Messages, and the session of each.
    messages: Vec<(String, Value)>,
    notes: Vec<String>,
    /// Files that were written, edited or appended to, by their numbers.
    changes: Vec<(String, String)>,
}

struct Drill<'a> {
    home: &'a Home,
    server: Server,
    faults: Arc<Mutex<Vec<String>>>,
    patience: Duration,
    acknowledged: Acknowledged,
    figures: Figures,
}

/// A whole number below `end`, the same in each run.
fn random(seed: u64, end: u64) -> u64 {
    let mut state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^= state >> 29;
    state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (state >> 32) % end
}

impl<'a> Drill<'a> {
    fn new(
        home: &'a Home,
        server: Server,
        faults: Arc<Mutex<Vec<String>>>,
        patience: Duration,
    ) -> Self {
        script::configure(home, &server);
        let (acknowledged, figures) = (Acknowledged::default(), Figures::default());
        Self { home, server, faults, patience, acknowledged, figures }
    }

    /// Starts a conversation and kills it at a moment that `seed` chooses.
    fn kill(&mut self, seed: u64, whole: Duration) {
        let begins = seed.is_multiple_of(IN_ONE_SESSION);
        let session: &[&str] = if begins { &[] } else { &["--continue"] };
        let moment = |turns: f64| whole.mul_f64(turns * random(seed, 1_000) as f64 / 1_000.0);
        let lines = match random(seed + 7_000, 3) {
            // At any time in a conversation of three turns.
            0 => {
                let messages = (0..3).map(|turn| script::message(&format!("{seed}-{turn}")) + "\n");
                let words = [&["chat", "--json"], session].concat();
                let mut child = self.home.start(&words);
                let messages: String = messages.collect();
                child.stdin.take().unwrap().write_all(messages.as_bytes()).unwrap_or_default();
                kill_after(child, moment(2.5))
            }
            kind => {
                let message = script::message(&format!("{seed}-0"));
                let words = [&["ask", "--stream-json"], session, &[&message]].concat();
                let child = self.home.start(&words);
                match kind {
                    // At any time in one turn, or right behind an event.
                    1 => kill_after(child, moment(1.2)),
                    _ => {
                        let pause = Duration::from_micros(random(seed + 9_000, 4_000));
                        kill_behind(child, random(seed, EVENTS), pause)
                    }
                }
            }
        };
        self.figures.kills += 1;
        for line in lines {
            self.acknowledge(&line);
        }
    }

    /// Takes up one line of the output.
    fn acknowledge(&mut self, line: &str) {
        let document: Value = parsed(line);
        let session = document["session"].as_str().unwrap().to_owned();
        match document["type"].as_str() {
            Some("said") => {
                self.acknowledged.messages.push((session, document["message"].clone()));
            }
            Some("remembered") => {
                self.acknowledged.notes.push(note_of(&document));
            }
            Some("tool_finished") if !document["result"]["outcome"]["done"].is_null() => {
                let result = &document["result"];
                let (name, call) = (result["name"].as_str().unwrap(), result["call"].as_str());
                if ["write", "edit", "shell"].contains(&name) {
                    let number = call.unwrap().rsplit_once('-').unwrap().0;
                    self.acknowledged.changes.push((number.to_owned(), name.to_owned()));
                }
            }
            Some(_) => {}
            // A whole answer of `chat`.
            None => {
                let text = document["text"].as_str().unwrap();
                let message = serde_json::json!({"role": "assistant", "parts": [{"text": text}]});
                self.acknowledged.messages.push((session, message));
                for note in document["remembered"].as_array().into_iter().flatten() {
                    self.acknowledged.notes.push(note_of(note));
                }
            }
        }
    }

    /// Looks at the logs after a kill.
    fn check(&mut self, seed: u64) {
        let logs = logs(self.home);
        for (id, log) in &logs {
            let (whole, tail) = log.rsplit_once('\n').unwrap_or(("", log));
            self.figures.torn += u64::from(!tail.is_empty());
            let records: Vec<Value> = whole.lines().map(parsed).collect();
            let said = messages(&records);
            for (_, message) in self.acknowledged.messages.iter().filter(|(own, _)| own == id) {
                assert!(said.contains(&message), "{seed}: lost from {id}: {message}");
            }
            let last = records.iter().rev().find(|record| record["type"] == "said");
            let ended = records.iter().rposition(|record| record["type"] == "ended");
            let spoke = records.iter().rposition(|record| record["type"] == "said");
            if spoke > ended {
                self.figures.in_the_middle += 1;
                let calls = last.unwrap().to_string().contains("\"tool_call\"");
                self.figures.with_open_calls += u64::from(calls);
            }
        }
        let latest = logs.keys().next_back().unwrap();
        let shown = self.home.run(&["session", "show", "--json", latest]);
        assert_eq!((shown.status, shown.stderr.as_str()), (Some(0), ""), "{seed}");
        for line in shown.stdout.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        self.check_notes();
        self.check_files();
    }

    /// Every change that was acknowledged is in its file, and in a history that can be read.
    fn check_files(&self) {
        let listed = self.home.run(&["history", "--limit", "1000", "--json"]);
        assert_eq!((listed.status, listed.stderr.as_str()), (Some(0), ""), "{}", listed.shown());
        for (number, name) in &self.acknowledged.changes {
            let path = script::file(number);
            let text = fs::read_to_string(self.home.workspace().join(&path)).unwrap();
            let wanted = match name.as_str() {
                "write" => "",
                "edit" => "second\n",
                _ => "third\n",
            };
            assert!(text.contains(wanted), "{number}: lost what `{name}` did: {text:?}");
            let is_listed = listed.stdout.lines().any(|line| line.contains(&path));
            assert!(is_listed, "{number}: what `{name}` did is not in the history");
        }
    }

    /// Whoever reads the history with git finds nothing wrong, where there is a git.
    #[expect(clippy::disallowed_methods, reason = "git is no part of the program")]
    fn check_with_git(&self) {
        let histories = self.home.path().join(".local/share/localgpt/history");
        for folder in fs::read_dir(histories).unwrap().map(|entry| entry.unwrap().path()) {
            let mut git = std::process::Command::new("git");
            let git = git.arg("--git-dir").arg(&folder).args(["fsck", "--full", "--strict"]);
            match git.output() {
                Ok(output) => assert!(output.status.success(), "{output:?}"),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
            }
        }
    }

    /// Every note that was acknowledged is there once, and none is there twice.
    fn check_notes(&self) {
        let notes = notes(self.home);
        for note in &self.acknowledged.notes {
            assert_eq!(notes.iter().filter(|line| *line == note).count(), 1, "{note}");
        }
        let mut bolts: Vec<&String> = notes.iter().filter(|line| line.contains("BOLT-")).collect();
        let all = bolts.len();
        bolts.sort();
        bolts.dedup();
        assert_eq!(bolts.len(), all, "a note stands twice");
    }

    /// Says something more in a process that nobody kills: how long it took.
    fn go_on(&mut self, number: &str) -> Duration {
        let first = logs(self.home).is_empty();
        let words: &[&str] =
            if first { &["chat", "--json"] } else { &["chat", "--json", "--continue"] };
        let started = Instant::now();
        let outcome = self.home.run_with(&(script::message(number) + "\n"), words);
        let time = started.elapsed();
        assert_eq!(*self.faults.lock().unwrap(), [""; 0], "{number}");
        assert_eq!(outcome.status, Some(0), "{number}: {}", outcome.shown());
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(answer["end"]["how"], "answered", "{number}: {answer}");
        let note = answer["remembered"][0]["text"].as_str().unwrap();
        assert_eq!(note.trim_end(), format!("- {}", script::note(number)));
        assert!(time < self.patience, "{number}: the next start took {time:?}");
        self.figures.slowest_start = self.figures.slowest_start.max(time);
        self.acknowledge(&answer.to_string());
        let text = fs::read_to_string(self.home.workspace().join(script::file(number))).unwrap();
        // Where there is no sandbox there is no shell.
        assert!(["second\n", "second\nthird\n"].contains(&text.as_str()), "{number}: {text:?}");
        let edited = [(number.to_owned(), "edit".to_owned())];
        self.acknowledged.changes.extend(edited);
        time
    }

    /// Looks at everything once more, when nothing is killed any more.
    fn check_everything(&mut self) {
        let logs = logs(self.home);
        for (id, log) in &logs {
            let records: Vec<Value> =
                log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let said = messages(&records);
            for (_, message) in self.acknowledged.messages.iter().filter(|(own, _)| own == id) {
                assert!(said.contains(&message), "lost from {id}: {message}");
            }
        }
        for (session, message) in &self.acknowledged.messages {
            assert!(logs.contains_key(session), "{session} is gone, and in it {message}");
        }
        self.check_notes();
        self.check_files();
        self.check_with_git();
        self.figures.changes = self.acknowledged.changes.len();
        self.figures.sessions = logs.len();
        self.figures.messages = self.acknowledged.messages.len();
        self.figures.notes = self.acknowledged.notes.len();
        self.figures.requests = self.server.received().len();
    }
}

/// Lets a process run for `time`, and kills it: the whole lines that it wrote.
fn kill_after(mut child: Child, time: Duration) -> Vec<String> {
    let started = Instant::now();
    while started.elapsed() < time && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap_or_default();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{stderr}");
    whole_lines(&String::from_utf8(output.stdout).unwrap())
}

/// Kills a process a moment after it has written so many lines: the whole lines that it wrote.
fn kill_behind(mut child: Child, lines: u64, pause: Duration) -> Vec<String> {
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    drop(child.stdin.take());
    let mut written = String::new();
    for _ in 0..lines {
        stdout.read_line(&mut written).unwrap();
    }
    let mut before = whole_lines(&written);
    let started = Instant::now();
    while started.elapsed() < pause {
        std::thread::yield_now();
    }
    child.kill().unwrap_or_default();
    written.clear();
    std::io::Read::read_to_string(&mut stdout, &mut written).unwrap();
    child.wait().unwrap();
    before.extend(whole_lines(&written));
    before
}

/// A line that was cut by the kill told nobody anything.
fn whole_lines(text: &str) -> Vec<String> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(str::to_owned).collect()
}

/// One line of JSON.
fn parsed(line: &str) -> Value {
    let result: Result<Value, _> = serde_json::from_str(line);
    assert!(result.is_ok(), "{line:?}");
    result.unwrap()
}

/// The one line of a note that was written.
fn note_of(remembered: &Value) -> String {
    remembered["text"].as_str().unwrap().trim_end().to_owned()
}

fn messages(records: &[Value]) -> Vec<&Value> {
    let said = records.iter().filter(|record| record["type"] == "said");
    said.map(|record| &record["message"]).collect()
}

/// The logs of the home's one workspace, by session.
fn logs(home: &Home) -> BTreeMap<String, String> {
    let workspaces = home.path().join(".local/state/localgpt/workspaces");
    let folders = fs::read_dir(workspaces).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| fs::read_dir(folder.path().join("sessions")));
    let paths: Vec<PathBuf> = files.flatten().map(|file| file.unwrap().path()).collect();
    let logs = paths.iter().filter(|path| path.extension().is_some_and(|name| name == "jsonl"));
    logs.map(|path| {
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (id, fs::read_to_string(path).unwrap())
    })
    .collect()
}

/// The lines of all notes.
fn notes(home: &Home) -> Vec<String> {
    let files = fs::read_dir(home.workspace().join("memory")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let days = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    days.flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}
