//! `cargo xtask bench`: speed, memory and size of the release binary, beside what the machine needs for the bare work.
//!
//! Whatever is measured runs as its own process over made-up notes in a temporary folder. The system's file cache
//! is warm: emptying it needs an administrator.

mod hands;
mod model;
mod notes;
mod reference;
mod sandbox;
mod session;
mod table;
mod timing;
mod turn;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Deserialize;
use tempfile::TempDir;

use self::{
    reference::{RawIndex, look_at_files},
    table::{Amount, Circumstances, Row, grouped, json, markdown},
    timing::{Conversation, median, quantile, wall, wall_and_peak},
};
use crate::{
    binary::{self, User},
    process::{self, cargo, output, program, run as run_shown},
};

/// How to measure.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Leave out the million chunks, and repeat less.
    #[arg(long)]
    quick: bool,
    /// Leave out what is about large memories, and the size.
    #[arg(long)]
    turns: bool,
    /// Print the measurements as JSON.
    #[arg(long)]
    json: bool,
    /// Measure this binary instead of building one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

impl Arguments {
    /// The words that say what is measured.
    fn flags(&self) -> impl Iterator<Item = &'static str> {
        let words = [(self.quick, "--quick"), (self.turns, "--turns")];
        words.into_iter().filter_map(|(is_given, word)| is_given.then_some(word))
    }
}

const NOTES_ASKED: usize = 1_000;
const NOTES_INDEXED: usize = 10_000;

/// Builds the binary, measures it, and prints the table.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        // The references run in this process, and SQLite must be compiled as it is for the binary.
        let mut again = cargo(["run", "--quiet", "--release", "--package", "xtask", "--", "bench"]);
        again.args(arguments.flags()).args(arguments.json.then_some("--json"));
        if let Some(binary) = &arguments.binary {
            again.arg("--binary").arg(binary);
        }
        return run_shown(&mut again);
    }
    let bench = Bench::prepare(arguments)?;
    let mut rows = bench.start()?;
    rows.extend(bench.ask()?);
    rows.extend(turn::rows(&bench)?);
    rows.extend(session::rows(&bench)?);
    rows.extend(sandbox::rows(&bench)?);
    rows.extend(hands::rows(&bench)?);
    if !arguments.turns {
        rows.extend(bench.index()?);
        let most = if arguments.quick { 100_000 } else { 1_000_000 };
        for chunks in [10_000, 100_000, 1_000_000] {
            if chunks <= most {
                rows.extend(bench.search(chunks)?);
            }
        }
        rows.push(bench.size()?);
    }
    let words = ["cargo xtask bench"].into_iter().chain(arguments.flags());
    let circumstances = Circumstances::of(words.collect::<Vec<_>>().join(" "));
    if arguments.json {
        println!("{}", json(&circumstances, &rows)?);
    } else {
        print!("{}", markdown(&circumstances, &rows)?);
    }
    Ok(())
}

/// What `memory stats --json` says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Stats {
    files: usize,
    chunks: usize,
}

/// The binary under measurement.
struct Bench {
    binary: PathBuf,
    starts: usize,
    repeats: usize,
    questions: usize,
}

/// A user with notes of their own.
struct Notes {
    user: User,
    folder: TempDir,
    bytes: u64,
}

impl Notes {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn files(&self) -> PathBuf {
        self.path().join("memory")
    }

    fn command<const N: usize>(&self, words: [&str; N]) -> std::process::Command {
        let mut command = self.user.command(self.path());
        command.args(words);
        command
    }

    fn stats(&self) -> Result<Stats> {
        let printed = output(&mut self.command(["memory", "stats", "--json"]))?;
        serde_json::from_str(&printed).context("cannot read the counts of memory")
    }
}

impl Bench {
    fn prepare(arguments: &Arguments) -> Result<Self> {
        let binary = match &arguments.binary {
            Some(binary) => std::path::absolute(binary).context("cannot find the binary")?,
            None => binary::build()?,
        };
        let bench = |starts, repeats, questions| Self { binary, starts, repeats, questions };
        Ok(if arguments.quick { bench(50, 1, 200) } else { bench(200, 3, 500) })
    }

    fn notes(&self, count: usize) -> Result<Notes> {
        eprintln!("writing {count} notes");
        let folder = tempfile::tempdir().context("cannot make a folder for notes")?;
        let bytes = notes::write(folder.path(), 0..count)?;
        Ok(Notes { user: User::create(&self.binary)?, folder, bytes })
    }

    /// Returns the medians of starting the binary and of starting `true`, taken in turns.
    fn starts(&self) -> Result<(Duration, Duration)> {
        let user = User::create(&self.binary)?;
        let nowhere = tempfile::tempdir().context("cannot make a temporary folder")?;
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.starts {
            bare.push(wall(program("/bin/true"))?);
            let mut version = user.command(nowhere.path());
            version.arg("--version");
            own.push(wall(version)?);
        }
        Ok((median(&own), median(&bare)))
    }

    fn start(&self) -> Result<Vec<Row>> {
        eprintln!("starting");
        let (own, bare) = self.starts()?;
        let name = format!("start: `--version`, median of {}", self.starts);
        Ok(vec![Row::shown(name, Amount::Time(own)).beside("/bin/true", Amount::Time(bare))])
    }

    fn ask(&self) -> Result<Vec<Row>> {
        let notes = self.notes(NOTES_ASKED)?;
        let question = notes::question(1);
        notes.stats()?;
        settle(&notes)?;
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..10 * self.repeats {
            bare.push(wall(program("/bin/true"))?);
            own.push(wall(notes.command(["ask", &question]))?);
        }
        let (own, bare) = (median(&own), median(&bare));
        let mut without = Vec::new();
        for _ in 0..3 * self.repeats {
            notes.user.forget_indexes()?;
            without.push(wall(notes.command(["ask", &question]))?);
        }
        let times = own.as_secs_f64() / bare.as_secs_f64();
        Ok(vec![
            Row::shown("`ask` on 1,000 notes, index there", Amount::Time(own))
                .beside("/bin/true", Amount::Time(bare))
                .at_most(Amount::Time(Duration::from_millis(60))),
            Row::shown("the same, in starts of /bin/true", Amount::Times(times))
                .at_most(Amount::Times(10.0)),
            Row::shown("`ask` on 1,000 notes, no index at all", Amount::Time(median(&without))),
        ])
    }

    fn index(&self) -> Result<Vec<Row>> {
        let notes = self.notes(NOTES_INDEXED)?;
        let files = notes::paths(notes.path(), NOTES_INDEXED)?;
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.repeats {
            let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
            let start = Instant::now();
            let raw = RawIndex::build(&folder.path().join("raw.sqlite"), &files)?;
            bare.push(start.elapsed());
            eprintln!("raw FTS5: {} rows", raw.rows()?);
            notes.user.forget_indexes()?;
            own.push(wall(notes.command(["memory", "reindex", "--json"]))?);
        }
        let (own, bare) = (median(&own), median(&bare));
        let stats = notes.stats()?;
        let speed = 100.0 * bare.as_secs_f64() / own.as_secs_f64();
        let name = format!(
            "first index of {} notes, {:.1} MB, {} chunks",
            grouped(stats.files),
            notes.bytes as f64 / 1e6,
            grouped(stats.chunks)
        );
        let mut rows = vec![
            Row::shown(name, Amount::Time(own)).beside("raw FTS5", Amount::Time(bare)),
            Row::shown("the same, as a share of raw FTS5's speed", Amount::Percent(speed))
                .at_least(Amount::Percent(40.0)),
        ];
        rows.push(self.check_again(&notes)?);
        Ok(rows)
    }

    fn check_again(&self, notes: &Notes) -> Result<Row> {
        let (start, _bare) = self.starts()?;
        settle(notes)?;
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..7 * self.repeats {
            bare.push(look_at_files(&notes.files())?);
            own.push(wall(notes.command(["memory", "stats", "--json"]))?);
        }
        let took = median(&own).saturating_sub(start);
        Ok(Row::shown("re-check of 10,000 unchanged notes, without the start", Amount::Time(took))
            .beside("stat of each file", Amount::Time(median(&bare)))
            .at_most(Amount::Time(Duration::from_millis(60))))
    }

    fn search(&self, chunks: usize) -> Result<Vec<Row>> {
        let few = self.notes(NOTES_ASKED)?.stats()?;
        let notes = self.notes(chunks * few.files / few.chunks.max(1))?;
        let files = notes::paths(notes.path(), chunks * few.files / few.chunks.max(1))?;
        eprintln!("indexing them");
        let (_took, peak_indexing) = wall_and_peak(notes.command(["memory", "reindex", "--json"]))?;
        let chunks = notes.stats()?.chunks;
        let raw = RawIndex::build(&notes.path().join("raw.sqlite"), &files)?;
        eprintln!("searching {chunks} chunks");
        let batch = ["memory", "search", "--json", "--limit", "8", "--batch", "-"];
        let mut conversation = Conversation::start(notes.command(batch))?;
        let (mut own, mut bare) = (Vec::new(), Vec::new());
        for number in 0..self.questions + 5 {
            let text = notes::question(number);
            let line = serde_json::json!({ "id": number.to_string(), "text": text }).to_string();
            let (_answer, took) = conversation.ask(&line)?;
            let raw_took = raw.search(&text)?;
            // The first ones also check the files and fill the caches.
            if number >= 5 {
                own.push(took);
                bare.push(raw_took);
            }
        }
        let peak_searching = conversation.peak();
        conversation.end()?;
        Ok(search_rows(chunks, (&own, &bare), (peak_indexing, peak_searching)))
    }

    fn size(&self) -> Result<Row> {
        let bytes = |path: &Path| -> Result<u64> {
            let metadata = fs::metadata(path);
            Ok(metadata.with_context(|| format!("cannot look at {}", path.display()))?.len())
        };
        let table = bytes(&process::root().join("crates/embedding-data/data/table.bin"))?;
        Ok(Row::shown("size of the binary", Amount::Bytes(bytes(&self.binary)?))
            .beside("word table in it", Amount::Bytes(table)))
    }
}

/// Lets notes become older than a moment, as real ones are: those that were just written are read again
/// at each look.
fn settle(notes: &Notes) -> Result<()> {
    std::thread::sleep(Duration::from_secs(3));
    notes.stats()?;
    Ok(())
}

fn search_rows(
    chunks: usize,
    (own, bare): (&[Duration], &[Duration]),
    (peak_indexing, peak_searching): (u64, u64),
) -> Vec<Row> {
    let is_judged = (75_000..150_000).contains(&chunks);
    let chunks = grouped(chunks);
    let row = |name: &str, share, bar| {
        let row = Row::shown(
            format!("search in {chunks} chunks, {name} of {}", own.len()),
            Amount::Time(quantile(own, share)),
        )
        .beside("raw FTS5, any word", Amount::Time(quantile(bare, share)));
        if is_judged { row.at_most(Amount::Time(Duration::from_millis(bar))) } else { row }
    };
    let peak = |name: &str, bytes| {
        let row = Row::shown(format!("peak memory {name} {chunks} chunks"), Amount::Bytes(bytes));
        if is_judged { row.at_most(Amount::Bytes(100_000_000)) } else { row }
    };
    vec![
        row("p50", 0.5, 10),
        row("p99", 0.99, 25),
        peak("indexing", peak_indexing),
        peak("searching", peak_searching),
    ]
}
