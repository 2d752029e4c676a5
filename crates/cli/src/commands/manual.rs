//! `localgpt completions`, `localgpt man` and the help: what the arguments say about themselves.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{args::Arguments, context::Context, report::Failure};

/// Prints the help, for options without a command.
pub(crate) fn help(context: &mut Context) -> anyhow::Result<()> {
    let help = Arguments::command().render_help();
    writeln!(context.terminal.err(), "{}", help.ansi())?;
    Err(Failure::usage("there is no command").with_hint("the help above lists them").into())
}

/// Prints the completions of a shell.
pub(crate) fn completions(context: &mut Context, shell: Shell) -> anyhow::Result<()> {
    // Through a buffer, because writing to a closed pipe in there would panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "localgpt", &mut script);
    Ok(context.terminal.out().write_all(&script)?)
}

/// Prints the manual page of a command.
pub(crate) fn page(context: &mut Context, names: &[String]) -> anyhow::Result<()> {
    let mut command = Arguments::command();
    command.build();
    for name in names {
        command = command.find_subcommand(name).cloned().ok_or_else(|| {
            Failure::usage(format!("there is no command `{}`", names.join(" ")))
                .with_hint("`localgpt --help` lists them")
        })?;
    }
    let title = command.get_display_name().unwrap_or("localgpt").to_owned();
    let source = concat!("localgpt ", env!("CARGO_PKG_VERSION"));
    let mut page = Vec::new();
    clap_mangen::Man::new(command).title(title).source(source).render(&mut page)?;
    Ok(context.terminal.out().write_all(&page)?)
}
