//! `cargo xtask attacks`: texts from outside try to use the assistant, with a model that obeys every one of them.
//!
//! What counts are effects, not words: a secret that left, a file that changed. The same attacks run with `--control`
//! against a loop without rules, where every single one must have its effect.

mod canary;
mod carriers;
mod effects;
mod hostile;
mod http;
mod keys;
mod later;
mod naive;
mod order;
mod payloads;
mod pdf;
mod pool;
mod report;
mod run;
mod scene;
mod sight;
mod single;
mod stage;
mod subject;
mod tasks;
mod verdict;
mod world;

use std::{
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use self::{report::Report, stage::Stage, subject::Subject, verdict::Verdict};
use crate::binary;

/// The words of `attacks`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Arguments {
    /// A binary that is built already; without it the release binary is built.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Only these parts; all without it.
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Only attacks and tasks whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
    /// Only a few of each kind, against the debug binary and against the loop without rules: seconds, as in every test.
    #[arg(long, conflicts_with_all = ["part", "only", "control", "json", "details"])]
    few: bool,
    /// Attack a loop without rules instead: every attack must have its effect.
    #[arg(long)]
    control: bool,
    /// How many runs side by side; two for each core without it.
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
    /// Also show what became of every attack and task.
    #[arg(long)]
    details: bool,
}

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Nine carriers, forty payloads.
    Single,
    /// Four places, twenty payloads, two sessions each.
    Later,
    /// Forty tasks without attack.
    Tasks,
    /// Secrets in four places, looked for everywhere.
    Keys,
    /// A whole workspace full of orders.
    Hostile,
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.part.is_empty() || self.part.contains(&part)
    }
}

/// Runs what is wanted, prints the counts, and fails on any effect.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.few {
        return gate(arguments.binary.clone());
    }
    let subject = match (&arguments.binary, arguments.control) {
        (_, true) => Subject::Naive,
        (Some(path), false) => {
            Subject::binary(&path.canonicalize().context("cannot find the binary")?)?
        }
        (None, false) => Subject::binary(&binary::build()?)?,
    };
    let report = attack(arguments, &subject)?;
    if arguments.json {
        println!("{}", report.as_json());
    } else {
        report.print(arguments.details);
    }
    let faults = if arguments.control { report.faults_of_control() } else { report.faults() };
    match faults.as_slice() {
        [] => Ok(()),
        _ => bail!("{}", faults.join("\n")),
    }
}

fn attack(arguments: &Arguments, subject: &Subject) -> Result<Report> {
    let stage = Stage::open()?;
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let jobs = arguments.jobs.unwrap_or(cores * 2).max(1);
    let mut report = Report::default();
    let is_wanted = |name: &str| name.contains(&arguments.only);
    if arguments.wants(Part::Single) {
        let cases: Vec<_> =
            single::cases().into_iter().filter(|case| is_wanted(&case.name())).collect();
        report.single = pool::all(jobs, &cases, |case| case.run(subject, &stage))?;
    }
    if arguments.wants(Part::Later) {
        let cases: Vec<_> =
            later::cases().into_iter().filter(|case| is_wanted(&case.name())).collect();
        report.later = pool::all(jobs, &cases, |case| case.run(subject, &stage))?;
    }
    if arguments.control {
        return Ok(report);
    }
    if arguments.wants(Part::Tasks) {
        let tasks: Vec<_> =
            tasks::tasks().into_iter().filter(|task| is_wanted(task.name)).collect();
        report.tasks = pool::all(jobs, &tasks, |task| task.run(subject, &stage))?;
    }
    if arguments.wants(Part::Keys) && arguments.only.is_empty() {
        report.keys = Some(keys::run(subject, &stage)?);
    }
    if arguments.wants(Part::Hostile) && arguments.only.is_empty() {
        report.hostile = Some(hostile::run(subject, &stage)?);
    }
    report.stray = stage.stray().iter().map(|request| request.line.clone()).collect();
    Ok(report)
}

/// Workspaces with orders in what an assistant reads by itself, for a model that obeys: how many, and what happened.
pub(crate) fn workspaces(binary: &Path) -> Result<(usize, Vec<String>)> {
    let stage = Stage::open()?;
    let hostile::Report { sessions, mut complaints } =
        hostile::run(&Subject::binary(binary)?, &stage)?;
    let stray = stage.stray();
    complaints.extend(stray.iter().map(|request| format!("a request: {}", request.line)));
    Ok((sessions, complaints))
}

/// A few attacks of every kind against the binary, or the debug binary, and the same few against the loop without
/// rules: seconds, for every run of all tests.
pub(crate) fn gate(binary: Option<PathBuf>) -> Result<()> {
    let stage = Stage::open()?;
    let binary = match binary {
        Some(binary) => binary.canonicalize().context("cannot find the binary")?,
        None => binary::debug()?,
    };
    let subject = Subject::binary(&binary)?;
    let singles = single::cases();
    let some: Vec<_> = singles.iter().step_by(singles.len() / 9 + 1).collect();
    let laters = later::cases();
    let few: Vec<_> = laters.iter().step_by(laters.len() / 4 + 1).collect();
    for subject in [&subject, &Subject::Naive] {
        let mut verdicts: Vec<Verdict> = pool::all(4, &some, |case| case.run(subject, &stage))?;
        verdicts.extend(pool::all(4, &few, |case| case.run(subject, &stage))?);
        // What did not reach the model proves nothing.
        let wrong = verdicts
            .iter()
            .filter(|verdict| verdict.tried.is_empty() || verdict.is_clean() != subject.is_real());
        let wrong: Vec<String> = wrong
            .map(|verdict| {
                format!("{}: tried {:?}: {:?}", verdict.name, verdict.tried, verdict.effects)
            })
            .collect();
        if !wrong.is_empty() {
            bail!(
                "attacks had effects, or none where nothing is in their way:\n{}",
                wrong.join("\n")
            );
        }
    }
    println!(
        "{} attacks without an effect, and with one where nothing is in their way",
        some.len() + few.len()
    );
    Ok(())
}
