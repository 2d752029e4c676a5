//! The commands, one file each.

mod ask;
mod chat;
mod config;
mod doctor;
mod init;
mod manual;
mod memory;
mod models;
mod paths;
mod session;
mod turn;
mod version;

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
            chat::run(context, &words.session, thinking)
        }
        Command::Session(command) => session::run(context, command),
        Command::Models(words) => models::list(context, words),
        Command::Usage(words) => models::usage(context, words),
        Command::Memory(command) => memory::run(context, command),
        Command::Init => init::run(context),
        Command::Doctor => doctor::run(context),
        Command::Paths => paths::run(context),
        Command::Config(command) => config::run(context, command),
        Command::Completions { shell } => manual::completions(context, *shell),
        Command::Man { command } => manual::page(context, command),
        Command::Version => version::run(context),
    }
}
