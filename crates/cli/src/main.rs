//! The terminal: reads the environment and the arguments, runs one command, chooses the exit status.

mod args;
mod commands;
mod context;
mod editor;
mod logging;
mod private;
mod render;
mod report;
mod terminal;
mod wording;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;
use localgpt_config::Environment;

use crate::{args::Arguments, context::Context, terminal::Terminal};

fn main() -> ExitCode {
    if let Some(code) = localgpt_sandbox::enter_if_asked(&localgpt_assistant::ROLES) {
        return code;
    }
    let environment =
        Environment::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
    run(environment, std::env::args_os().collect())
}

fn run(environment: Environment, words: Vec<OsString>) -> ExitCode {
    let wants_json = words.iter().any(|word| word == "--json");
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error, wants_json),
    };
    let terminal = Terminal::new(&arguments.global, &environment);
    let mut context = Context::new(terminal, environment, &arguments.global);
    match commands::run(&mut context, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&mut context.terminal, &error),
    }
}
