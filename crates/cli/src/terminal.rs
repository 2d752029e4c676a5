//! Where output goes: data to stdout, everything else to stderr.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Stderr, Stdout, Write},
};

use anstream::{AutoStream, ColorChoice};
use localgpt_config::Environment;
use localgpt_guard::visible;
use localgpt_protocol::Skipped;
use serde::Serialize;

use crate::{
    args::{ColorWhen, Global},
    render::{
        self, MarkdownStyle, Motion, Progress, Screen, Signs, ThinkingShown, TurnLook, Width,
    },
};

/// The two streams, and how the person wants them.
#[derive(Debug)]
pub(crate) struct Terminal {
    stdout: AutoStream<Stdout>,
    stderr: AutoStream<Stderr>,
    format: Format,
    verbosity: Verbosity,
    color: ColorWhen,
    width: Width,
    progress: Progress,
    skipped: BTreeSet<String>,
    silence: io::Sink,
    is_plain: bool,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a person.
    Text,
    /// One JSON document a command.
    Json,
    /// One JSON document a line, for commands that print several.
    JsonLines,
}

/// How much is said beside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Notes that help.
    Normal,
    /// The log as well: 1 is info, 2 debug, 3 trace.
    Verbose(u8),
}

impl Terminal {
    /// The streams of this process, as the options and the environment want them.
    pub(crate) fn new(global: &Global, environment: &Environment) -> Self {
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, level) => Verbosity::Verbose(level),
        };
        let wanted = if global.no_color { ColorWhen::Never } else { global.color };
        let color = effective_color(wanted, environment);
        let choice = |is_terminal: bool| match color {
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Auto if is_terminal => ColorChoice::Always,
            ColorWhen::Auto | ColorWhen::Never => ColorChoice::Never,
        };
        let progress = match verbosity {
            Verbosity::Normal if !global.json => Progress::shown(),
            Verbosity::Normal | Verbosity::Quiet | Verbosity::Verbose(_) => Progress::hidden(),
        };
        Self {
            stdout: AutoStream::new(io::stdout(), choice(io::stdout().is_terminal())),
            stderr: AutoStream::new(io::stderr(), choice(io::stderr().is_terminal())),
            format: if global.json { Format::Json } else { Format::Text },
            verbosity,
            color,
            width: Width::of_stdout(),
            progress,
            skipped: BTreeSet::new(),
            silence: io::sink(),
            is_plain: global.plain || environment.get("TERM") == Some("dumb"),
        }
    }

    /// How data is printed.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Prints every JSON document on a line of its own from here on.
    pub(crate) fn use_lines(&mut self) {
        if self.format == Format::Json {
            self.format = Format::JsonLines;
        }
    }

    /// How much is said beside the data.
    pub(crate) fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// When colour is used, after the environment was asked.
    pub(crate) fn color(&self) -> ColorWhen {
        self.color
    }

    /// The room for text on stdout.
    pub(crate) fn width(&self) -> Width {
        self.width
    }

    /// What shows how far an index has come.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The stream for data; styles are dropped where colour is not wanted.
    pub(crate) fn out(&mut self) -> &mut dyn Write {
        self.progress.clear();
        &mut self.stdout
    }

    /// The stream for everything else.
    pub(crate) fn err(&mut self) -> &mut dyn Write {
        self.progress.clear();
        &mut self.stderr
    }

    /// Both streams, for a turn; the second goes nowhere if the person wants quiet.
    pub(crate) fn screen(&mut self) -> Screen<'_> {
        self.progress.clear();
        let err: &mut dyn Write = match self.verbosity {
            Verbosity::Quiet => &mut self.silence,
            Verbosity::Normal | Verbosity::Verbose(_) => &mut self.stderr,
        };
        Screen { out: &mut self.stdout, err }
    }

    /// Whether the person wants words and not signs, and nothing that moves.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// How a turn looks here.
    pub(crate) fn turn_look(&self, thinking: ThinkingShown) -> TurnLook {
        let (to_terminal, says_more) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let is_styled = to_terminal && !self.is_plain && self.color != ColorWhen::Never;
        let moves = says_more && !self.is_plain && self.verbosity == Verbosity::Normal;
        TurnLook {
            width: self.width,
            style: if is_styled { MarkdownStyle::Styled } else { MarkdownStyle::Plain },
            signs: if self.is_plain { Signs::Words } else { Signs::Glyphs },
            motion: if moves { Motion::Spinner } else { Motion::Still },
            thinking,
        }
    }

    /// Sends a sequence of our own to the terminal, past what drops sequences; false if there is none.
    pub(crate) fn steer(&mut self, sequence: &str) -> io::Result<bool> {
        self.progress.clear();
        let mut stdout = io::stdout();
        if !stdout.is_terminal() {
            return Ok(false);
        }
        stdout.write_all(sequence.as_bytes())?;
        stdout.flush()?;
        Ok(true)
    }

    /// Says something beside the data, unless the person wants quiet.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        writeln!(self.err(), "{}", render::dim(&visible(text)))
    }

    /// Prints `value` as JSON, pretty unless documents stand on lines.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        match self.format {
            Format::JsonLines => self.json_line(value),
            Format::Text | Format::Json => {
                Ok(self.document(&serde_json::to_string_pretty(value)?)?)
            }
        }
    }

    /// Prints `value` as JSON on one line, whatever the format.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        Ok(self.document(&serde_json::to_string(value)?)?)
    }

    /// Notes the files that were left out, each once in the life of the process.
    pub(crate) fn skipped(&mut self, skipped: &[Skipped]) -> io::Result<()> {
        let unseen: Vec<&Skipped> =
            skipped.iter().filter(|file| self.skipped.insert(file.path.clone())).collect();
        let most = match self.verbosity {
            Verbosity::Verbose(_) => usize::MAX,
            Verbosity::Quiet | Verbosity::Normal => 5,
        };
        match unseen.is_empty() {
            true => Ok(()),
            false => self.note(&render::skipped(&unseen, most)),
        }
    }

    fn document(&self, json: &str) -> io::Result<()> {
        self.progress.clear();
        // Not through `out`: dropping styles could drop a character of the data.
        writeln!(io::stdout(), "{}", render::harmless_json(json))
    }
}

/// Whether stdin is a pipe or a file, so that it has an end and a text before it.
pub(crate) fn stdin_holds_text() -> bool {
    #[cfg(unix)]
    {
        use std::os::{fd::AsFd as _, unix::fs::FileTypeExt as _};
        let stdin = io::stdin();
        let Ok(handle) = stdin.as_fd().try_clone_to_owned() else { return false };
        let Ok(metadata) = std::fs::File::from(handle).metadata() else { return false };
        metadata.is_file() || metadata.file_type().is_fifo()
    }
    #[cfg(not(unix))]
    !io::stdin().is_terminal()
}

fn effective_color(wanted: ColorWhen, environment: &Environment) -> ColorWhen {
    let is_set = |name| environment.get(name).is_some_and(|value| !value.is_empty());
    match wanted {
        ColorWhen::Always | ColorWhen::Never => wanted,
        ColorWhen::Auto if is_set("NO_COLOR") => ColorWhen::Never,
        ColorWhen::Auto
            if is_set("CLICOLOR_FORCE") && environment.get("CLICOLOR_FORCE") != Some("0") =>
        {
            ColorWhen::Always
        }
        ColorWhen::Auto if environment.get("TERM") == Some("dumb") => ColorWhen::Never,
        ColorWhen::Auto => ColorWhen::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: ColorWhen, environment: &[(&str, &str)], expected: ColorWhen) {
        let environment = Environment::new(
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        assert_eq!(effective_color(wanted, &environment), expected);
    }

    #[test]
    fn the_option_outranks_the_environment_and_no_color_outranks_force() {
        check(ColorWhen::Auto, &[], ColorWhen::Auto);
        check(ColorWhen::Always, &[("NO_COLOR", "1")], ColorWhen::Always);
        check(ColorWhen::Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], ColorWhen::Never);
        check(ColorWhen::Auto, &[("NO_COLOR", "")], ColorWhen::Auto);
        check(ColorWhen::Auto, &[("CLICOLOR_FORCE", "1")], ColorWhen::Always);
        check(ColorWhen::Auto, &[("CLICOLOR_FORCE", "0")], ColorWhen::Auto);
        check(ColorWhen::Auto, &[("TERM", "dumb")], ColorWhen::Never);
    }
}
