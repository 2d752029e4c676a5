//! What a command works with: the terminal, the environment, and on request the assistant.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
};

use jiff::tz::TimeZone;
use localgpt_assistant::Assistant;
use localgpt_config::{Config, Environment, Flags};
use localgpt_protocol::Clock;

use crate::{
    args::Global, commands, logging, render, report::Failure, terminal::Terminal, wording::Wording,
};

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where output goes.
    pub(crate) terminal: Terminal,
    /// The process environment.
    pub(crate) environment: Environment,
    /// What the command line overrides.
    pub(crate) flags: Flags,
}

/// An assistant, and what it was opened with.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The settings in use.
    pub(crate) config: Config,
    /// The time in the person's zone.
    pub(crate) clock: Clock,
    /// The assistant.
    pub(crate) assistant: Assistant,
    /// The program's own words in the person's language.
    pub(crate) wording: &'static Wording,
    /// How the program is called so that it means the same workspace.
    pub(crate) program: String,
}

impl Context {
    /// The context of one command; nothing is read yet.
    pub(crate) fn new(terminal: Terminal, environment: Environment, global: &Global) -> Self {
        let flags = Flags {
            config_file: global.config.clone(),
            workspace: global.workspace.clone(),
            log_level: None,
            model: global.model.clone(),
        };
        Self { terminal, environment, flags }
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.environment, &working_directory()?, &self.flags)?)
    }

    /// Reads the configuration and the clock, starts the log, and finishes what was to be forgotten.
    pub(crate) fn start(&self) -> anyhow::Result<(Config, Clock)> {
        let (config, clock) = self.start_to_look()?;
        commands::finish_forgetting(&config, &clock, self.terminal.verbosity())?;
        Ok((config, clock))
    }

    /// The same for a command that changes nothing.
    pub(crate) fn start_to_look(&self) -> anyhow::Result<(Config, Clock)> {
        let config = self.config()?;
        let clock = clock(&config, &self.environment)?;
        logging::start(&config, &self.environment, self.terminal.verbosity(), &clock);
        tracing::debug!(workspace = %config.workspace.display(), "started");
        Ok((config, clock))
    }

    /// Opens the assistant.
    pub(crate) fn open(&self) -> anyhow::Result<Opened> {
        let (config, clock) = self.start()?;
        self.open_with(config, clock)
    }

    /// Opens the assistant with settings that were read before.
    pub(crate) fn open_with(&self, config: Config, clock: Clock) -> anyhow::Result<Opened> {
        let mut assistant = Assistant::open(&config, &self.environment, clock.clone())?;
        assistant.on_progress(self.terminal.progress().sink());
        let wording = Wording::of(config.language);
        Ok(Opened { config, clock, assistant, wording, program: self.program() })
    }

    fn program(&self) -> String {
        let options =
            [("--config", &self.flags.config_file), ("--workspace", &self.flags.workspace)];
        let mut words = vec!["localgpt".to_owned()];
        for (option, path) in options {
            if let Some(path) = path {
                words.push(option.to_owned());
                words.push(render::shell_word(&path.to_string_lossy()));
            }
        }
        words.join(" ")
    }
}

/// The folder that relative paths of the command line start from.
pub(crate) fn working_directory() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_dir()
        .map_err(|error| Failure::user("cannot find the working directory").because(error))?)
}

/// The words of an argument as one text; `-`, or no words and a pipe, reads stdin.
pub(crate) fn text_or_stdin(words: &[String], what: &str) -> anyhow::Result<String> {
    let reads_stdin = match words {
        [] => !io::stdin().is_terminal(),
        [word] => word == "-",
        _ => false,
    };
    let mut text = words.join(" ");
    if reads_stdin {
        text.clear();
        io::stdin().read_to_string(&mut text).map_err(|error| {
            Failure::user(format!("cannot read the {what} from stdin")).because(error)
        })?;
    }
    match text.trim().is_empty() {
        true => Err(Failure::usage(format!("there is no {what}"))
            .with_hint(format!("write the {what} behind the command, or pipe it in"))
            .into()),
        false => Ok(text),
    }
}

fn clock(config: &Config, environment: &Environment) -> anyhow::Result<Clock> {
    let zone = match &config.time_zone {
        None => system_zone(environment),
        Some(name) => zone(name)?,
    };
    Ok(Clock::system(zone))
}

/// The zone with this name.
pub(crate) fn zone(name: &str) -> anyhow::Result<TimeZone> {
    TimeZone::get(name).map_err(|error| {
        let failure = Failure::user(format!("there is no time zone `{name}`")).because(error);
        let hint =
            "set `time_zone` in the configuration to a name like Europe/Berlin, or remove it";
        failure.with_hint(hint).into()
    })
}

/// The system's zone. The file that Unix keeps for it is read here: to know its name, which nobody
/// asks for, the library would first list the whole database of zones.
fn system_zone(environment: &Environment) -> TimeZone {
    if environment.get("TZ").is_none()
        && let Ok(file) = fs::read("/etc/localtime")
        && let Ok(zone) = TimeZone::tzif("Local", &file)
    {
        return zone;
    }
    TimeZone::system()
}
