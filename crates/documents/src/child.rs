//! The child that reads a file: fed, watched, and ended.

use std::{
    error::Error as Cause,
    io::{self, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{ChildStdin, ChildStdout, ExitStatus},
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use localgpt_sandbox::{Ended, Launch};

use crate::{
    Why,
    wire::{self, Task},
};

/// The signal of a process that gave up, and that of one which used more processor time than it may.
const ABORTED: i32 = 6;
const OUT_OF_TIME: i32 = 24;
/// How the standard library says goodbye when there is no memory.
const NO_MEMORY: &str = "memory allocation of";

/// What came of a child.
pub(crate) enum Outcome {
    /// All that it wrote.
    Answered(Vec<u8>),
    /// It gave no answer.
    Failed(Why),
}

/// Runs the child over a file.
pub(crate) fn run(
    launch: &Launch,
    task: &Task,
    file: &[u8],
) -> Result<Outcome, Box<dyn Cause + Send + Sync>> {
    let mut child = launch.clone().start()?;
    let (input, output) = (child.take_input(), child.take_output());
    let head = task.head();
    let most = wire::longest_answer(&task.limits);
    thread::scope(|scope| {
        let (sender, answer) = channel();
        if let Some(input) = input {
            thread::Builder::new().spawn_scoped(scope, || feed(input, &head, file))?;
        }
        if let Some(output) = output {
            thread::Builder::new().spawn_scoped(scope, move || collect(output, most, &sender))?;
        }
        // A child that is ended closes its pipes, and so ends both threads.
        let Ok(answer) = answer.recv_timeout(task.limits.time) else {
            child.kill()?;
            return Ok(Outcome::Failed(Why::TooSlow));
        };
        match answer {
            Answer::Whole(bytes) => {
                let ended = child.wait()?;
                Ok(if ended.status.success() {
                    Outcome::Answered(bytes)
                } else {
                    Outcome::Failed(reason(&ended))
                })
            }
            Answer::TooMuch | Answer::Unreadable => {
                child.kill()?;
                Ok(Outcome::Failed(Why::Crashed))
            }
        }
    })
}

/// What was read of the output of a child.
enum Answer {
    Whole(Vec<u8>),
    TooMuch,
    Unreadable,
}

/// Gives the child its task. One that has seen enough closes its input, and says why in its answer.
fn feed(mut input: ChildStdin, head: &[u8], file: &[u8]) {
    input.write_all(head).and_then(|()| input.write_all(file)).unwrap_or_default();
}

fn collect(output: ChildStdout, most: usize, sender: &Sender<Answer>) {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let answer = match output.take(limit).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > most => Answer::TooMuch,
        Ok(_) => Answer::Whole(bytes),
        Err(_) => Answer::Unreadable,
    };
    // Nobody listens any more when it was too late.
    sender.send(answer).unwrap_or_default();
}

/// Why a child ended without an answer, as far as its end tells.
fn reason(ended: &Ended) -> Why {
    match signal(ended.status) {
        Some(ABORTED) if ended.last_words.contains(NO_MEMORY) => Why::TooMuchMemory,
        Some(OUT_OF_TIME) => Why::TooSlow,
        Some(_) | None => Why::Crashed,
    }
}

/// The signal that ended a child. Of one within walls the status tells it as shells do.
fn signal(status: ExitStatus) -> Option<i32> {
    let as_shells_do = || status.code()?.checked_sub(128).filter(|signal| *signal > 0);
    status.signal().or_else(as_shells_do)
}

/// The share of its time after which a child stops by itself, with what it has.
pub(crate) fn patience(time: Duration) -> Duration {
    time.mul_f32(0.8)
}

/// Reads at most `limit` bytes to the end; more are an error.
pub(crate) fn read_all(mut from: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.by_ref().take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((u64::try_from(bytes.len()).unwrap_or(u64::MAX) <= limit).then_some(bytes))
}
