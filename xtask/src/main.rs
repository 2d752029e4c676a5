//! Chores: `cargo xtask COMMAND` tests, checks, evaluates and measures the whole tree.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the person who called it"
)]

mod attacks;
mod bench;
mod binary;
mod check;
mod compat;
mod drill;
mod drill_kills;
mod drill_writes;
mod eval;
mod guard;
mod process;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the whole tree.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run all tests of the workspace, after making sure that what they need is there.
    Test,
    /// Check format, Clippy, documentation and dependencies.
    Lint,
    /// Everything to run before handing over: `lint`, then `test`.
    Check,
    /// Measure how well memory finds what was asked for, beside the bars.
    Eval(eval::Arguments),
    /// Measure speed, memory and size, beside references taken in the same run.
    Bench(bench::Arguments),
    /// Let texts from outside try to use the assistant, with a model that obeys them, and count what happens.
    Attacks(attacks::Arguments),
    /// Run the binary against scripted model servers that lie beside the project (`../shared/fake-llm`).
    Drill(drill::Arguments),
    /// Run the binary against llama.cpp's own server with tiny models made for it. Needs a Python that has
    /// `xllamacpp`, `gguf` and `numpy`, and the folder `../shared/fake-llm/llama` beside the project.
    DrillLlama(drill::llama::Arguments),
    /// Kill a conversation with tools at random moments, and go on with it.
    DrillKills(drill_kills::Arguments),
    /// Kill three writes at every system call, and fill the disk at every write (needs `strace`).
    DrillWrites(drill_writes::Arguments),
    /// Run the binary over copies of OpenClaw workspaces that lie beside the project (`../shared/corpus`).
    Compat(compat::Arguments),
    /// Measure the labels of text from outside on a corpus of attacks and look-alikes, and train their table.
    Guard(guard::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test => check::test(),
        Command::Lint => check::lint(),
        Command::Check => check::lint().and_then(|()| check::test()),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Attacks(arguments) => attacks::run(&arguments),
        Command::Drill(arguments) => drill::run(&arguments),
        Command::DrillLlama(arguments) => drill::llama::run(&arguments),
        Command::DrillKills(arguments) => drill_kills::run(&arguments),
        Command::DrillWrites(arguments) => drill_writes::run(&arguments),
        Command::Compat(arguments) => compat::run(&arguments),
        Command::Guard(arguments) => guard::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("cause: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
