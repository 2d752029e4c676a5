//! One running `claude`: lines in, lines out.
//!
//! Two threads stand between its pipes and us, because pipes block. They end when a pipe does, and the
//! pipes end with the child, which is killed when this is dropped.

use std::{
    io::{self, Read, Write},
    process::{ChildStdin, ChildStdout},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use localgpt_protocol::ProviderError;
use localgpt_sandbox::{Child, Launch};
use tokio::{sync::mpsc, time::timeout};

use super::{failure::short, wire::Line};
use crate::lines::Lines;

/// Lines that wait for us. When there are more, the program waits: it has nothing to say between turns.
const UNREAD: usize = 256;
/// Lines that wait for the program.
const UNSENT: usize = 64;

/// A running `claude`.
#[derive(Debug)]
pub(super) struct Process {
    /// None once it has ended.
    child: Option<Child>,
    input: SyncSender<String>,
    lines: mpsc::Receiver<Result<String, ProviderError>>,
}

impl Process {
    /// Starts it.
    pub(super) fn start(launch: Launch) -> Result<Self, ProviderError> {
        let no_program = |error: &dyn std::error::Error| {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            ProviderError::NoProgram { message: format!("{error}{cause}") }
        };
        let mut child = launch.start().map_err(|error| no_program(&error))?;
        let (input, unsent) = sync_channel(UNSENT);
        let (sender, lines) = mpsc::channel(UNREAD);
        let pipes = (child.take_input(), child.take_output());
        if let (Some(stdin), Some(stdout)) = pipes {
            let named = |name: &str| thread::Builder::new().name(name.to_owned());
            named("claude in")
                .spawn(move || write(stdin, &unsent))
                .and_then(|_| named("claude out").spawn(move || read(stdout, &sender)))
                .map_err(|error| no_program(&error))?;
        }
        Ok(Self { child: Some(child), input, lines })
    }

    /// Whether it has ended, as far as we have heard.
    pub(super) fn has_ended(&self) -> bool {
        self.lines.is_closed()
    }

    /// Sends a line. That it has ended is told by [`Self::next`], which also knows why.
    pub(super) fn send(&self, mut line: String) {
        line.push('\n');
        if let Err(error) = self.input.try_send(line) {
            tracing::debug!(error = %error, "`claude` does not take a line");
        }
    }

    /// The next line, for which it may take as long as `silence`.
    pub(super) async fn next(&mut self, silence: Duration) -> Result<Line, ProviderError> {
        match timeout(silence, self.lines.recv()).await {
            Ok(Some(Ok(line))) => Ok(Line::read(&line)),
            Ok(Some(Err(error))) => Err(error),
            Ok(None) => Err(ProviderError::CutOff { message: self.last_words() }),
            Err(_elapsed) => Err(ProviderError::Silent { after: silence }),
        }
    }

    /// How it ended, in a line.
    fn last_words(&mut self) -> String {
        let Some(ended) = self.child.take().map(Child::kill) else {
            return "`claude` has ended".to_owned();
        };
        let words = ended.map(|ended| ended.last_words).unwrap_or_default();
        match words.lines().rev().find(|line| !line.trim().is_empty()) {
            Some(line) => format!("`claude` has ended: {}", short(line)),
            None => "`claude` has ended without a word".to_owned(),
        }
    }
}

/// Writes until nobody sends any more, or nobody reads.
fn write(mut stdin: ChildStdin, lines: &Receiver<String>) {
    while let Ok(line) = lines.recv() {
        if let Err(error) = stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()) {
            tracing::debug!(error = %error, "cannot write to `claude`");
            return;
        }
    }
}

/// Reads until the end, until a line is too long, or until nobody listens.
fn read(mut stdout: ChildStdout, heard: &mpsc::Sender<Result<String, ProviderError>>) {
    let mut lines = Lines::default();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = match stdout.read(&mut piece) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                tracing::debug!(error = %error, "cannot read from `claude`");
                return;
            }
        };
        if let Err(error) = lines.push(piece.get(..read).unwrap_or_default()) {
            heard.blocking_send(Err(error)).unwrap_or_default();
            return;
        }
        while let Some(line) = lines.next() {
            if heard.blocking_send(Ok(line)).is_err() {
                return;
            }
        }
    }
}
