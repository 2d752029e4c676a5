//! Errors as a person reads them: message, causes, hint; and the exit status.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    process::ExitCode,
};

use localgpt_assistant::Blame;
use localgpt_guard::visible;
use serde_json::{Value, json};

use crate::{
    render,
    terminal::{Format, Terminal},
};

/// What a command of the terminal itself could not do.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    blame: Blame,
    status: Option<u8>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure that the person can mend.
    pub(crate) fn user(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, blame: Blame::User, status: None, source: None }
    }

    /// A command that was used wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { blame: Blame::Usage, ..Self::user(message) }
    }

    /// Adds what the person can do about it.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Has the program end with this status, and not with the one that tells whose fault it is.
    pub(crate) fn with_status(mut self, status: u8) -> Self {
        self.status = Some(status);
        self
    }

    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Adds why it failed.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Prints `error` and returns the exit status; a closed pipe ends quietly.
pub(crate) fn failure(terminal: &mut Terminal, error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let (blame, hint) = blame_and_hint(error);
    let message = error.to_string();
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    let status = match blame {
        Blame::User => 1,
        Blame::Usage => 2,
        Blame::Us => {
            tracing::error!(error = %message, causes = ?causes, "command failed");
            3
        }
    };
    // Nobody is left to hear that stderr is gone.
    print(terminal, &message, &causes, hint.as_deref()).unwrap_or_default();
    ExitCode::from(own_status(error).unwrap_or(status))
}

/// Prints `error` and goes on.
pub(crate) fn mention(terminal: &mut Terminal, error: &anyhow::Error) -> io::Result<()> {
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    print(terminal, &error.to_string(), &causes, blame_and_hint(error).1.as_deref())
}

/// Prints what is wrong with the arguments, or the help that was asked for, and returns the exit status.
pub(crate) fn usage(error: &clap::Error, wants_json: bool) -> ExitCode {
    let printed = match wants_json && error.use_stderr() {
        false => error.print(),
        true => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first);
            let hint = "`localgpt --help` shows how it is used";
            writeln!(io::stderr(), "{}", document(message, &[], Some(hint)))
        }
    };
    // Nobody is left to hear that the stream is gone.
    printed.unwrap_or_default();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What an error is made of, for a list of checks.
pub(crate) fn message_and_hint(error: &anyhow::Error) -> (String, Option<String>) {
    let parts: Vec<String> = error.chain().map(ToString::to_string).collect();
    (parts.join(": "), blame_and_hint(error).1)
}

/// Whether whoever read the output is gone.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_broken_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_broken_pipe))
}

/// The status that an error has of its own: what the sandbox refuses has one.
fn own_status(error: &anyhow::Error) -> Option<u8> {
    use localgpt_sandbox::{EXIT_REFUSED, Error as Sandbox};
    error.chain().find_map(|cause| match cause.downcast_ref::<Sandbox>() {
        Some(Sandbox::NoSandbox { .. } | Sandbox::Refused { .. } | Sandbox::Unprotected { .. }) => {
            Some(EXIT_REFUSED)
        }
        Some(_) => None,
        None => cause.downcast_ref::<Failure>().and_then(|failure| failure.status),
    })
}

fn blame_and_hint(error: &anyhow::Error) -> (Blame, Option<String>) {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return (failure.blame, failure.hint().map(str::to_owned));
        }
        if let Some(error) = cause.downcast_ref::<localgpt_assistant::Error>() {
            return (error.blame(), error.hint());
        }
        if let Some(error) = cause.downcast_ref::<localgpt_sandbox::Error>() {
            let hint = match error {
                localgpt_sandbox::Error::NoSandbox { .. } => localgpt_sandbox::status().hint(),
                _ => None,
            };
            return (Blame::User, hint.map(str::to_owned));
        }
        if let Some(error) = cause.downcast_ref::<localgpt_config::Error>() {
            return (Blame::User, error.hint());
        }
    }
    // What is printed goes where the person said.
    let is_full = |error: &io::Error| error.kind() == io::ErrorKind::StorageFull;
    if error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is_full)) {
        return (Blame::User, Some("there is no room where the output goes".to_owned()));
    }
    (Blame::Us, None)
}

fn print(
    terminal: &mut Terminal,
    message: &str,
    causes: &[String],
    hint: Option<&str>,
) -> io::Result<()> {
    let is_json = terminal.format() != Format::Text;
    let err = terminal.err();
    if is_json {
        let document = document(message, causes, hint).to_string();
        return writeln!(err, "{}", render::harmless_json(&document));
    }
    writeln!(err, "{} {}", render::alarm("error:"), visible(message))?;
    for cause in causes {
        writeln!(err, "{} {}", render::bold("cause:"), visible(cause))?;
    }
    match hint {
        Some(hint) => writeln!(err, "{} {}", render::accent("hint:"), visible(hint)),
        None => Ok(()),
    }
}

fn document(message: &str, causes: &[String], hint: Option<&str>) -> Value {
    json!({ "error": { "message": message, "causes": causes, "hint": hint } })
}
