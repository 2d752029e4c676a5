//! The commands, one file each.

mod ask;
mod chat;
mod config;
mod doctor;
mod init;
mod manual;
mod memory;
mod paths;
mod version;

use crate::{
    args::{Arguments, Command},
    context::Context,
};

/// Runs the command that was typed.
pub(crate) fn run(context: &mut Context, arguments: &Arguments) -> anyhow::Result<()> {
    let command = match &arguments.command {
        _ if arguments.version => &Command::Version,
        Some(command) => command,
        None => return manual::help(context),
    };
    match command {
        Command::Ask(words) => ask::run(context, &words.question),
        Command::Chat => chat::run(context),
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
