//! Starting the person's own editor: the one child process of the terminal.

use std::{io, path::Path, process::ExitStatus};

use localgpt_config::Environment;

/// The editor that the person wants.
pub(crate) fn chosen(environment: &Environment) -> &str {
    environment.get("VISUAL").or_else(|| environment.get("EDITOR")).unwrap_or("vi")
}

/// Runs `program`, which may carry arguments (`code --wait`), on `file` and waits for it to end.
pub(crate) fn edit(program: &str, file: &Path) -> io::Result<ExitStatus> {
    let mut words = program.split_whitespace();
    let name = words.next().unwrap_or("vi");
    #[expect(
        clippy::disallowed_methods,
        reason = "the editor needs the person's terminal and files, so it starts unconfined"
    )]
    std::process::Command::new(name).args(words).arg(file).status()
}
