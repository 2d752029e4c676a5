//! The commands, one file each.

mod approval;
mod ask;
mod chat;
mod config;
mod doctor;
mod forget;
mod history;
mod init;
mod manual;
mod memory;
mod models;
mod paths;
mod policy;
mod sandbox;
mod session;
mod skills;
mod turn;
mod version;

pub(crate) use forget::finish_interrupted as finish_forgetting;

use crate::{
    args::{Arguments, Command},
    context::Context,
    render::ThinkingShown,
};

/// Runs the command that was typed.
pub(crate) fn run(context: &mut Context, arguments: &Arguments) -> anyhow::Result<()> {
    let command = match &arguments.command {
        _ if arguments.version => &Command::Version,
        Some(command) => command,
        None => return manual::help(context),
    };
    match command {
        Command::Ask(words) => ask::run(context, words),
        Command::Chat(words) => {
            let thinking = match words.thinking {
                true => ThinkingShown::Whole,
                false => ThinkingShown::Folded,
            };
            chat::run(context, words, thinking)
        }
        Command::Session(command) => session::run(context, command),
        Command::Models(words) => models::list(context, words),
        Command::Usage(words) => models::usage(context, words),
        Command::Memory(command) => memory::run(context, command),
        Command::History { limit } => history::list(context, *limit),
        Command::Diff { id } => history::diff(context, id.as_deref()),
        Command::Undo { what } => history::undo(context, what),
        Command::Redo => history::redo(context),
        Command::Forget(words) => forget::run(context, words),
        Command::Policy(command) => policy::run(context, command),
        Command::Skills(command) => skills::run(context, command),
        Command::Init => init::run(context),
        Command::Sandbox(command) => sandbox::run(context, command),
        Command::Doctor => doctor::run(context),
        Command::Paths => paths::run(context),
        Command::Config(command) => config::run(context, command),
        Command::Completions { shell } => manual::completions(context, *shell),
        Command::Man { command } => manual::page(context, command),
        Command::Version => version::run(context),
    }
}
