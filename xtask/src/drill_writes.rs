//! `cargo xtask drill-writes`: three writes, killed at every system call, and on a disk that is full at every call.
//!
//! The writes are one record of a session, one note, and one value of the configuration. What must hold after every
//! run: the old content or the new one, never neither; success only where the new one is on disk; and the next run
//! of the same command works. Needs `strace`, which Linux alone has.

mod stage;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use self::stage::{Ended, Fault, Stage, Write};
use crate::{
    binary,
    process::{program, succeeds},
};

/// The calls that a full disk refuses.
const NEED_SPACE: [&str; 16] = [
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "openat",
    "ftruncate",
    "mkdir",
    "mkdirat",
    "link",
    "linkat",
    "fallocate",
];
/// More calls of one kind than any of the three writes makes.
const MOST_CALLS: usize = 20_000;

/// The words of `drill-writes`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A binary that is built already; without it the release binary is built.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Takes every write through every fault.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        succeeds(program("strace").arg("--version")),
        "cannot stop a program at a system call: there is no `strace`\nhint: install it; only Linux has it"
    );
    let binary = match &arguments.binary {
        Some(binary) => binary.canonicalize().context("cannot find the binary")?,
        None => binary::build()?,
    };
    let mut failed = 0;
    for write in Write::ALL {
        let stage = Stage::prepare(&binary, write)?;
        for fault in [Fault::Kill, Fault::FullOnce, Fault::FullFromHereOn] {
            failed += drill(&stage, write, fault)?;
        }
    }
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} complaints"),
    }
}

/// Lets one write meet one fault at every system call that it makes: how many complaints there are.
fn drill(stage: &Stage, write: Write, fault: Fault) -> Result<usize> {
    let mut seen = Seen::default();
    let mut failed = 0;
    for call in stage.calls()? {
        if fault != Fault::Kill && !NEED_SPACE.contains(&call.as_str()) {
            continue;
        }
        for number in 1..=MOST_CALLS {
            let ended = stage.run(fault, &call, number)?;
            if ended.hit.is_none() {
                break;
            }
            seen.count(&ended);
            for complaint in complaints(stage, fault, &ended)? {
                failed += 1;
                println!("FAIL {} {} at {call} {number}: {complaint}", write.name(), fault.name());
            }
        }
    }
    println!(
        "     {} {}: {} runs, {} left the old content, {} the new one, {} succeeded",
        write.name(),
        fault.name(),
        seen.runs,
        seen.old,
        seen.new,
        seen.succeeded
    );
    Ok(failed)
}

#[derive(Debug, Default)]
struct Seen {
    runs: usize,
    old: usize,
    new: usize,
    succeeded: usize,
}

impl Seen {
    fn count(&mut self, ended: &Ended) {
        self.runs += 1;
        self.old += usize::from(ended.content == stage::Content::Old);
        self.new += usize::from(ended.content == stage::Content::New);
        self.succeeded += usize::from(ended.status == Some(0));
    }
}

/// What is wrong with how a run ended.
fn complaints(stage: &Stage, fault: Fault, ended: &Ended) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    if let stage::Content::Neither(text) = &ended.content {
        complaints.push(format!("neither the old content nor the new one: {text:?}"));
    }
    let is_new = ended.content == stage::Content::New;
    if ended.status == Some(0) && !is_new {
        complaints.push("it says that it succeeded, and the old content is there".to_owned());
    }
    if ended.status == Some(0)
        && let Some(call) = &ended.lost
    {
        complaints.push(format!("it says that it succeeded, in spite of {call}"));
    }
    if ended.acknowledged && !is_new {
        complaints.push(format!("it said {:?}, and the old content is there", ended.stdout));
    }
    let errors = ended.stderr.lines().filter(|line| line.starts_with("error:")).count();
    // Where the message itself finds no space, or the program is not loaded, none can be read.
    let can_speak = fault == Fault::FullOnce && !ended.hit_output && ended.was_loaded;
    if can_speak && ended.status != Some(0) && (errors != 1 || ended.status != Some(1)) {
        complaints.push(format!(
            "{errors} messages and status {:?} after {}: {:?}",
            ended.status,
            ended.hit.as_deref().unwrap_or_default(),
            ended.stderr
        ));
    }
    // Who reads that it failed does it again, so where it is there nevertheless they must be told.
    let is_explained = ended.hit_output || ended.stderr.contains("in its place");
    if can_speak && is_new && ended.status == Some(1) && !is_explained {
        complaints.push(format!("it is written, and it said only {:?}", ended.stderr));
    }
    if ended.stderr.contains("panicked") {
        complaints.push(format!("a panic: {:?}", ended.stderr));
    }
    if let Some(complaint) = stage.goes_on()? {
        complaints.push(format!("the next run: {complaint}"));
    }
    Ok(complaints)
}
