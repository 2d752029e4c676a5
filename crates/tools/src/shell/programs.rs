//! Programs that run: each with its output, its end, and somebody who ends it.

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    process::{ChildStdin, ExitStatus},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use localgpt_protocol::{SessionId, ToolError};
use localgpt_sandbox::{Child, Killer, Launch};

use super::output::Output;

/// How long output is read on after a program and all it started have ended.
const LINGER: Duration = Duration::from_millis(500);
/// The most programs of one session, running or not.
const MOST: usize = 16;

/// The programs that run in the background. All of them are ended when this is dropped.
#[derive(Debug, Default)]
pub struct Programs {
    all: Mutex<Vec<Arc<Running>>>,
    last: AtomicU64,
}

/// A program, until it is forgotten.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) id: String,
    pub(crate) session: SessionId,
    pub(crate) command: String,
    pub(crate) output: Arc<Output>,
    pub(crate) input: Mutex<Option<ChildStdin>>,
    /// How much of the output was shown.
    pub(crate) shown: AtomicU64,
    killer: Killer,
}

impl Programs {
    /// Ends and forgets the programs of a session.
    pub fn end(&self, session: &SessionId) {
        self.lock().retain(|program| {
            let is_kept = program.session != *session;
            if !is_kept {
                program.kill();
            }
            is_kept
        });
    }

    /// Keeps a program that goes on in the background.
    pub(crate) fn keep(
        &self,
        session: SessionId,
        command: String,
        started: Started,
    ) -> Result<Arc<Running>, ToolError> {
        let mut all = self.lock();
        if all.iter().filter(|program| program.session == session).count() >= MOST {
            started.kill();
            let message = format!("there are {MOST} programs already; remove one with `process`");
            return Err(ToolError::Input(message));
        }
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let Started { output, input, killer } = started;
        let running = Arc::new(Running {
            id: format!("p{number}"),
            session,
            command,
            output,
            input: Mutex::new(input),
            shown: AtomicU64::new(0),
            killer,
        });
        all.push(Arc::clone(&running));
        Ok(running)
    }

    pub(crate) fn of(&self, session: &SessionId) -> Vec<Arc<Running>> {
        self.lock().iter().filter(|program| program.session == *session).cloned().collect()
    }

    pub(crate) fn named(&self, id: &str) -> Result<Arc<Running>, ToolError> {
        let found = self.lock().iter().find(|program| program.id == id).cloned();
        found.ok_or_else(|| {
            ToolError::Input("there is no such program; `list` shows them".to_owned())
        })
    }

    pub(crate) fn forget(&self, running: &Running) {
        running.kill();
        self.lock().retain(|program| program.id != running.id);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Running>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        self.lock().iter().for_each(|program| program.kill());
    }
}

impl Running {
    /// Ends it and all that it started.
    pub(crate) fn kill(&self) {
        kill(&self.killer);
    }
}

/// Whoever waits for the program notices if it goes on, and its time limit ends it then.
fn kill(killer: &Killer) {
    killer.kill().unwrap_or_default();
}

/// Whether a program can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Pipe,
    Nothing,
}

/// A program that was just started.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) output: Arc<Output>,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) killer: Killer,
}

impl Started {
    pub(crate) fn kill(&self) {
        kill(&self.killer);
    }
}

/// Starts a program, and threads that read what it writes and end it after `timeout`.
pub(crate) fn start(launch: Launch, input: Input, timeout: Duration) -> Result<Started, ToolError> {
    let launch = launch.merged();
    let started = match input {
        Input::Pipe => launch.start(),
        Input::Nothing => launch.start_without_input(),
    };
    let mut child = started.map_err(|error| ToolError::Failed(told(&error)))?;
    let deadline = Instant::now() + timeout;
    let output = Arc::new(Output::default());
    let (input, killer) = (child.take_input(), child.killer());
    let threads = watch(child, &output, (deadline, timeout));
    // Without the threads the child is dropped, and so ended.
    threads.map_err(|error| ToolError::Failed(format!("cannot start a thread: {error}")))?;
    Ok(Started { output, input, killer })
}

fn watch(mut child: Child, output: &Arc<Output>, time: (Instant, Duration)) -> io::Result<()> {
    let stream = child.take_output();
    let (filled, ended) = (Arc::clone(output), Arc::clone(output));
    thread::Builder::new().name("program output".to_owned()).spawn(move || match stream {
        Some(stream) => filled.fill(stream),
        None => filled.fill(io::empty()),
    })?;
    thread::Builder::new().name("program".to_owned()).spawn(move || {
        let words = wait(child, time);
        ended.end(words, LINGER);
    })?;
    Ok(())
}

/// Waits for the end, or makes it, and puts it into words.
fn wait(child: Child, (deadline, timeout): (Instant, Duration)) -> String {
    let in_time = child.wait_until(deadline);
    let ended = match in_time {
        Ok(true) => child.wait(),
        Ok(false) | Err(_) => child.kill(),
    };
    let mut words = match (&in_time, &ended) {
        (Ok(true), Ok(ended)) => in_words(ended.status),
        (Ok(false), _) => format!("[it was ended after {} seconds]", timeout.as_secs()),
        (Ok(true) | Err(_), Err(error)) | (Err(error), Ok(_)) => {
            format!("[it was ended: cannot wait for it: {error}]")
        }
    };
    if let Ok(ended) = ended {
        // What programs say comes with their output; this is from whoever starts them.
        let last_words = ended.last_words.trim();
        if !last_words.is_empty() {
            words = format!("{last_words}\n{words}");
        }
    }
    words
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "[it succeeded]".to_owned(),
        (Some(code), _) => format!("[it failed with status {code}]"),
        (None, Some(signal)) => format!("[it was ended by signal {signal}]"),
        (None, None) => "[it ended]".to_owned(),
    }
}

fn told(error: &localgpt_sandbox::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
