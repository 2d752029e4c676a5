//! A running child.
//!
//! A child that has ended stays a zombie until its group was killed: as long as it is there, the number of
//! the group cannot belong to somebody else.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    process::{self, ChildStdin, ChildStdout, ExitStatus},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

/// How much is kept of what a child says on its error stream.
const LAST_WORDS: usize = 4096;
/// How long the error stream is read on after the child and its group have ended. Only a process that left
/// the group can still hold it.
const LINGER: Duration = Duration::from_millis(500);

/// A child and the group that it leads. All of them are killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    child: process::Child,
    pid: Pid,
    program: PathBuf,
    last_words: Arc<Mutex<Vec<u8>>>,
    /// Closed when the error stream is at its end.
    said_all: Receiver<()>,
    state: State,
}

/// Whether the number of the child is still its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Reaped,
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status, or the signal that ended it.
    pub status: ExitStatus,
    /// The end of what it wrote to its error stream, at most 4 KiB. It is text from outside.
    pub last_words: String,
}

impl Child {
    pub(crate) fn new(mut child: process::Child, program: PathBuf) -> io::Result<Self> {
        let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = number.ok_or_else(|| io::Error::other("the child has no number"))?;
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let (at_end, said_all) = channel::<()>();
        let stderr = child.stderr.take();
        // Made before the thread, so that the child is ended if there can be none.
        let this = Self {
            child,
            pid,
            program,
            last_words: Arc::clone(&last_words),
            said_all,
            state: State::Running,
        };
        if let Some(mut stderr) = stderr {
            thread::Builder::new().name("last words".to_owned()).spawn(move || {
                keep_end(&mut stderr, &last_words);
                drop(at_end);
            })?;
        }
        Ok(this)
    }

    /// The pipe to its input; none if it was taken. Dropping it closes the input.
    pub fn take_input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The pipe from its output; none if it was taken.
    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The program it runs.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Waits until it ends by itself, and ends its group.
    pub fn wait(mut self) -> io::Result<Ended> {
        wait_for_exit(self.pid)?;
        self.reap()
    }

    /// Ends it and its group now.
    pub fn kill(mut self) -> io::Result<Ended> {
        self.reap()
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Kills the group while its number is surely ours, then forgets the child.
    fn reap(&mut self) -> io::Result<Ended> {
        kill_group(self.pid)?;
        let status = self.child.wait()?;
        self.state = State::Reaped;
        // The sender is dropped at the end of the stream: nothing ever arrives, and both errors are fine.
        self.said_all.recv_timeout(LINGER).unwrap_or_default();
        let bytes = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Ended { status, last_words: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.state == State::Running {
            // Nobody is left to hear that it failed.
            drop(kill_group(self.pid).and_then(|()| self.child.wait()));
        }
    }
}

/// Waits until the child has ended, and leaves it a zombie.
pub(crate) fn wait_for_exit(pid: Pid) -> io::Result<()> {
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

/// Kills everything in the group that `pid` leads.
pub(crate) fn kill_group(pid: Pid) -> io::Result<()> {
    match kill_process_group(pid, Signal::KILL) {
        // A group of zombies: macOS says that it may not be signalled.
        Ok(()) | Err(Errno::SRCH | Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Reads to the end and keeps the last bytes.
fn keep_end(stream: &mut impl Read, kept: &Mutex<Vec<u8>>) {
    let mut piece = [0; 1024];
    loop {
        let read = match stream.read(&mut piece) {
            Ok(0) => return,
            Ok(read) => piece.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(read);
        let surplus = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..surplus);
    }
}
