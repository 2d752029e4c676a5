//! Running a short command for what it prints.

use std::{
    io::{self, Read},
    process::{ChildStdout, ExitStatus},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{Error, Launch, child, launch::Input};

/// What a command printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status, or the signal that ended it. A command that failed is no [`Error`].
    pub status: ExitStatus,
    /// All that it wrote to its output.
    pub stdout: Vec<u8>,
    /// The end of what it wrote to its error stream, at most 4 KiB. It is text from outside.
    pub last_words: String,
}

/// What the threads that watch a command have to say.
enum Seen {
    Exited(io::Result<()>),
    Printed(io::Result<Vec<u8>>),
    TooMuch,
}

impl Launch {
    /// Runs the command to its end without input, for at most `limit_bytes` of output.
    ///
    /// It is over when the command has ended, whatever it left running: that is ended too. When it writes
    /// more, or takes longer than `timeout`, it is ended and what it wrote is dropped.
    pub fn run_for_output(self, limit_bytes: usize, timeout: Duration) -> Result<Output, Error> {
        let deadline = Instant::now() + timeout;
        let mut child = self.start_with(&Input::Nothing)?;
        let program = child.program().to_owned();
        let failed = |source| Error::Read { program: program.clone(), source };
        let (sender, seen) = channel();
        let stdout = child.take_output();
        if let Some(stdout) = stdout {
            let sender = sender.clone();
            thread::Builder::new()
                .name("output".to_owned())
                .spawn(move || read(stdout, limit_bytes, &sender))
                .map_err(failed)?;
        }
        let pid = child.pid();
        let killer = child.killer();
        // The child is reaped only after this thread has spoken, or when it is killed and so has to speak.
        thread::Builder::new()
            .name("exit".to_owned())
            .spawn(move || sender.send(Seen::Exited(child::wait_for_exit(pid))))
            .map_err(failed)?;

        let mut printed = None;
        let mut exited = false;
        while printed.is_none() || !exited {
            let left = deadline.saturating_duration_since(Instant::now());
            match seen.recv_timeout(left) {
                Ok(Seen::Printed(bytes)) => printed = Some(bytes.map_err(failed)?),
                Ok(Seen::TooMuch) => {
                    return Err(Error::TooMuch { program: program.clone(), limit: limit_bytes });
                }
                Ok(Seen::Exited(result)) => {
                    result.map_err(failed)?;
                    // Whatever it left behind holds its output open.
                    killer.kill().map_err(failed)?;
                    exited = true;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(Error::TooSlow { program: program.clone(), limit: timeout });
                }
            }
        }
        let ended = child.wait().map_err(failed)?;
        let stdout = printed.unwrap_or_default();
        Ok(Output { status: ended.status, stdout, last_words: ended.last_words })
    }
}

/// Reads to the end, or until it is too much. Nobody listens any more if the command was given up.
fn read(stdout: ChildStdout, limit: usize, seen: &Sender<Seen>) {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let result = match stdout.take(most).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > limit => Seen::TooMuch,
        Ok(_) => Seen::Printed(Ok(bytes)),
        Err(error) => Seen::Printed(Err(error)),
    };
    seen.send(result).unwrap_or_default();
}
