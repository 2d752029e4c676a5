//! Trying to get out: what `localgpt sandbox test` and the tests of this crate run inside the walls, and, as a control,
//! outside of them.
//!
//! A probe that fails outside as well says nothing here: the machine itself is in its way.

mod arena;
mod attempts;
#[cfg(target_os = "linux")]
mod calls;

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

pub use arena::Arena;

use self::attempts::{ATTEMPTS, Ground};
use crate::{Confinement, Error, Launch, Limits, Program, Role, Row, Status, role_arguments};

/// The role in which our own program tries.
pub(crate) const ROLE: Role<'static> = ("sandbox-probe", run);

/// What became of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The probe, in a few words.
    pub name: String,
    /// Why it failed; none if it succeeded.
    pub failure: Option<String>,
}

/// What became of every probe, without walls and within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    control: Vec<Outcome>,
    confined: Vec<Outcome>,
}

/// What a probe says of the walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It gets out without walls, and not within.
    Closed,
    /// It gets out.
    Open,
    /// It gets out, and the row of the table says so.
    LeftOpen,
    /// It does not get out without walls either.
    Untold,
}

impl Trial {
    /// The probes, and what each says. One that is missing within the walls counts as open.
    pub fn verdicts(&self, row: Row) -> Vec<(&Outcome, Verdict)> {
        let verdict = |outcome: &Outcome| {
            let within = self.confined.iter().find(|within| within.name == outcome.name);
            match (&outcome.failure, within.and_then(|within| within.failure.as_ref())) {
                (Some(_), _) => Verdict::Untold,
                (None, Some(_)) => Verdict::Closed,
                (None, None) if is_closed_by(row, &outcome.name) => Verdict::Open,
                (None, None) => Verdict::LeftOpen,
            }
        };
        self.control.iter().map(|outcome| (outcome, verdict(outcome))).collect()
    }
}

/// Reads what the role printed.
pub fn outcomes(printed: &[u8]) -> Vec<Outcome> {
    let text = String::from_utf8_lossy(printed);
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(name, failure)| Outcome {
            name: name.to_owned(),
            failure: (!failure.is_empty()).then(|| failure.to_owned()),
        })
        .collect()
}

/// Whether a row of the table closes this way. Without namespaces nothing inside can be protected, and a file that is
/// a socket can be made where there is no Landlock; nobody can listen on it.
pub fn is_closed_by(row: Row, name: &str) -> bool {
    match row {
        Row::NoNamespaces => !name.contains("protected"),
        Row::MountsOnly => name != "make a socket of a file",
        Row::Full | Row::Seatbelt => true,
        Row::Off => false,
    }
}

/// Tries everything on this machine: without walls, and with those that `status` says can stand.
pub fn trial(status: &Status) -> Result<Trial, Error> {
    const MOST: usize = 1 << 20;
    const PATIENCE: Duration = Duration::from_secs(60);
    let program = Program::at(&std::env::current_exe().unwrap_or_default())?;
    let run = |status: Option<&Status>| {
        let folder = scratch()?;
        let arena = Arena::make(&folder.0)
            .map_err(|source| Error::Path { path: folder.0.clone(), source })?;
        let launch = arena.launch(&program)?;
        let launch = match status {
            // For the control there is a variable to find.
            None => launch.environment([("PROBE", "1")]),
            Some(status) => {
                let mut confinement = arena.confinement(&program);
                if status.row() == Row::NoNamespaces {
                    confinement.protected.clear();
                }
                launch.confined_as(confinement, status)
            }
        };
        Ok(outcomes(&launch.run_for_output(MOST, PATIENCE)?.stdout))
    };
    Ok(Trial { control: run(None)?, confined: run(Some(status))? })
}

/// The medians of running a program that does nothing: within the walls that `status` says can stand, and without.
pub fn overhead(status: &Status, times: usize) -> Result<(Duration, Duration), Error> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let program = Program::find("true", OsStr::new("/usr/bin:/bin"))?;
    let folder = scratch()?;
    let confinement = Confinement {
        writable: vec![folder.0.clone()],
        protected: Vec::new(),
        readable: Vec::new(),
        limits: Limits::default(),
    };
    let took = |launch: Launch| {
        let start = Instant::now();
        launch.run_for_output(0, PATIENCE)?;
        Ok(start.elapsed())
    };
    let (mut confined, mut free) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let launch = Launch::new(program.clone(), &folder.0);
        free.push(took(launch.clone())?);
        confined.push(took(launch.confined_as(confinement.clone(), status))?);
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    Ok((median(confined), median(free)))
}

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

fn scratch() -> Result<Scratch, Error> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("localgpt-probe-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let made = DirBuilder::new().mode(0o700).create(&path).and_then(|()| path.canonicalize());
    made.map(Scratch).map_err(|source| Error::Path { path, source })
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is the system's to clear away.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// How many probes there are.
pub fn count() -> usize {
    ATTEMPTS.len()
}

/// Tries everything, and prints a line for each probe: its name, and why it failed.
fn run() -> ExitCode {
    let Some(ground) = Ground::read(role_arguments()) else {
        return ExitCode::from(crate::EXIT_REFUSED);
    };
    for (name, attempt) in ATTEMPTS {
        let failure = match attempt(&ground) {
            Ok(()) => String::new(),
            Err(error) => error.to_string().replace(['\n', '\t'], " "),
        };
        if writeln!(io::stdout(), "{name}\t{failure}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
