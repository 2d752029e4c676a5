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
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

use crate::launch::Streams;

/// How much is kept of what a child says on its error stream.
const LAST_WORDS: usize = 4096;
/// How long the error stream is read on after the child and its group have ended. Only a process that left
/// the group can still hold it.
const LINGER: Duration = Duration::from_millis(500);
/// How long a keeper may take to end a tree, before it is ended itself and the kernel ends the rest.
#[cfg(target_os = "linux")]
const KEEPER: Duration = Duration::from_millis(700);

/// A child and all that it started. All of them are killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    child: process::Child,
    pid: Pid,
    program: PathBuf,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    last_words: Arc<Mutex<Vec<u8>>>,
    /// Closed when the error stream is at its end.
    said_all: Receiver<()>,
    tree: Killer,
}

/// Ends a child and all that it started, from anywhere and at any time.
#[derive(Debug, Clone)]
pub struct Killer(Arc<Mutex<Tree>>);

/// How a child and all that it started are reached.
#[derive(Debug)]
enum Tree {
    /// By the number of the group, while it is still theirs.
    Group(Pid),
    /// By dropping this, which tells the process that keeps them.
    #[cfg(target_os = "linux")]
    Kept { _control: OwnedFd },
    /// The one that keeps them was told.
    #[cfg(target_os = "linux")]
    Told,
    /// They are gone.
    Gone,
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status, or the signal that ended it. A confined child that a signal ended has the status 128 and its
    /// number, and [`EXIT_REFUSED`](crate::EXIT_REFUSED) if a wall fell while it ran.
    pub status: ExitStatus,
    /// The end of what it wrote to its error stream, at most 4 KiB. It is text from outside.
    pub last_words: String,
}

impl Child {
    pub(crate) fn new(
        mut child: process::Child,
        program: PathBuf,
        streams: Streams,
    ) -> io::Result<Self> {
        let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = number.ok_or_else(|| io::Error::other("the child has no number"))?;
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let (at_end, said_all) = channel::<()>();
        let stderr = child.stderr.take();
        let (input, output) = (child.stdin.take(), streams.merged.or(child.stdout.take()));
        // Made before the thread, so that the child is ended if there can be none.
        let this = Self {
            child,
            pid,
            program,
            input,
            output,
            last_words: Arc::clone(&last_words),
            said_all,
            tree: Killer(Arc::new(Mutex::new(Tree::Group(pid)))),
        };
        if let Some(mut stderr) = stderr {
            thread::Builder::new().name("last words".to_owned()).spawn(move || {
                keep_end(&mut stderr, &last_words);
                drop(at_end);
            })?;
        }
        Ok(this)
    }

    /// From here on the child is kept by a process that ends it when `control` is closed.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_kept_by(&mut self, control: OwnedFd, input: Option<ChildStdin>) {
        *self.tree.lock() = Tree::Kept { _control: control };
        self.input = input;
    }

    /// The pipe to its input; none if it was taken. Dropping it closes the input.
    pub fn take_input(&mut self) -> Option<ChildStdin> {
        self.input.take()
    }

    /// The pipe from its output; none if it was taken.
    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.output.take()
    }

    /// The program it runs.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What can end it while somebody else reads from it or waits for it.
    pub fn killer(&self) -> Killer {
        self.tree.clone()
    }

    /// Waits until it has ended by itself, or until `deadline`, and says whether it has. It still is to be waited for.
    pub fn wait_until(&self, deadline: Instant) -> io::Result<bool> {
        ended_by(self.pid, deadline)
    }

    /// Waits until it ends by itself, and ends all that it started.
    pub fn wait(mut self) -> io::Result<Ended> {
        wait_for_exit(self.pid)?;
        self.reap()
    }

    /// Ends it and all that it started now.
    pub fn kill(mut self) -> io::Result<Ended> {
        self.reap()
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Ends the tree, then forgets the child.
    fn reap(&mut self) -> io::Result<Ended> {
        let status = self.end()?;
        // The sender is dropped at the end of the stream: nothing ever arrives, and both errors are fine.
        self.said_all.recv_timeout(LINGER).unwrap_or_default();
        let bytes = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Ended { status, last_words: String::from_utf8_lossy(&bytes).into_owned() })
    }

    /// Kills the group while its number is surely ours.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.tree.kill()?;
        let mut tree = self.tree.lock();
        #[cfg(target_os = "linux")]
        if matches!(*tree, Tree::Told) && !ended_by(self.pid, Instant::now() + KEEPER)? {
            kill_group(self.pid)?;
        }
        let status = self.child.wait()?;
        *tree = Tree::Gone;
        Ok(status)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !matches!(*self.tree.lock(), Tree::Gone) {
            // Nobody is left to hear that it failed.
            drop(self.end());
        }
    }
}

impl Killer {
    /// Ends the child and all that it started, if they have not ended yet.
    pub fn kill(&self) -> io::Result<()> {
        #[cfg_attr(
            not(target_os = "linux"),
            expect(unused_mut, reason = "only there is a child kept")
        )]
        let mut tree = self.lock();
        match &*tree {
            Tree::Group(pid) => kill_group(*pid),
            #[cfg(target_os = "linux")]
            Tree::Kept { .. } => {
                // The one that keeps them hears that this end is closed.
                *tree = Tree::Told;
                Ok(())
            }
            #[cfg(target_os = "linux")]
            Tree::Told => Ok(()),
            Tree::Gone => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tree> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Waits for the child until `deadline`, leaves it a zombie, and says whether it is one.
#[cfg(target_os = "linux")]
fn ended_by(pid: Pid, deadline: Instant) -> io::Result<bool> {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        process::{PidfdFlags, pidfd_open},
    };

    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&left)) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(ready) => return Ok(ready > 0),
        }
    }
}

/// Waits for the child until `deadline`, leaves it a zombie, and says whether it is one.
#[cfg(not(target_os = "linux"))]
fn ended_by(pid: Pid, deadline: Instant) -> io::Result<bool> {
    const PAUSE: Duration = Duration::from_millis(5);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    loop {
        match waitid(WaitId::Pid(pid), options) {
            Err(Errno::INTR) | Ok(None) => {}
            Err(error) => return Err(error.into()),
            Ok(Some(_)) => return Ok(true),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        thread::sleep(left.min(PAUSE));
    }
}

/// Kills everything in the group that `pid` leads.
fn kill_group(pid: Pid) -> io::Result<()> {
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
