//! The log: a file a day in the state directory, and with `-v` also stderr.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::tz::TimeZone;
use localgpt_config::{Config, Environment, LogLevel};
use localgpt_protocol::Clock;
use tracing::level_filters::LevelFilter;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{private, terminal::Verbosity};

/// The folder of the log files.
pub(crate) fn folder(config: &Config) -> PathBuf {
    config.directories.state.join("log")
}

/// Starts the log. The file is opened by the first line that is written to it.
pub(crate) fn start(
    config: &Config,
    environment: &Environment,
    verbosity: Verbosity,
    clock: &Clock,
) {
    let wanted = environment.get("RUST_LOG").and_then(|text| text.parse::<Targets>().ok());
    let file_filter = wanted.unwrap_or_else(|| ours(level(config.log.level)));
    let stderr_level = match verbosity {
        Verbosity::Quiet | Verbosity::Normal => LevelFilter::OFF,
        Verbosity::Verbose(1) => LevelFilter::INFO,
        Verbosity::Verbose(2) => LevelFilter::DEBUG,
        Verbosity::Verbose(_) => LevelFilter::TRACE,
    };
    let file = LogFile(Arc::new(Mutex::new(State::Closed {
        folder: folder(config),
        max_files: config.log.max_files,
        clock: clock.clone(),
    })));
    let file_layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(file)
        .with_filter(file_filter);
    let stderr_layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(io::stderr)
        .with_filter(ours(stderr_level));
    // Fails only if a log was started before, and then that one goes on.
    tracing_subscriber::registry()
        .with(file_layer)
        .with(stderr_layer)
        .try_init()
        .unwrap_or_default();
}

fn ours(level: LevelFilter) -> Targets {
    Targets::new().with_target("localgpt", level).with_default(level.min(LevelFilter::WARN))
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

#[derive(Clone)]
struct LogFile(Arc<Mutex<State>>);

enum State {
    Closed { folder: PathBuf, max_files: usize, clock: Clock },
    Open(RollingFileAppender),
    Broken,
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Closed { folder, max_files, clock } = &*state {
            *state = open(folder, *max_files, clock);
        }
        match &mut *state {
            State::Open(appender) => appender.write(line),
            State::Closed { .. } | State::Broken => Ok(line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open(appender) => appender.flush(),
            State::Closed { .. } | State::Broken => Ok(()),
        }
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn open(folder: &Path, max_files: usize, clock: &Clock) -> State {
    match open_appender(folder, max_files, clock) {
        Ok(appender) => State::Open(appender),
        Err(error) => {
            // Nobody is left to hear that stderr is gone.
            writeln!(
                io::stderr(),
                "warning: no log is kept, {} cannot be written: {error}",
                folder.display()
            )
            .unwrap_or_default();
            State::Broken
        }
    }
}

fn open_appender(
    folder: &Path,
    max_files: usize,
    clock: &Clock,
) -> io::Result<RollingFileAppender> {
    private::create_folder(folder)?;
    // The appender would make the file readable for everyone.
    let day = clock.now().to_zoned_datetime(TimeZone::UTC).date();
    private::open_for_appending(&folder.join(format!("localgpt.{day}.log")))?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("localgpt")
        .filename_suffix("log")
        .max_log_files(max_files.max(1))
        .build(folder)
        .map_err(io::Error::other)
}
