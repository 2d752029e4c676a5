//! The thread that every child is started from.
//!
//! Linux ends a child with the *thread* that started it, not with the process. So children start from a
//! thread that lives as long as we do, whoever asks for them.

use std::{
    io,
    process::{Child, Command},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

struct Order {
    command: Command,
    tie: Tie,
    started: Sender<io::Result<Child>>,
}

static ORDERS: Mutex<Option<Sender<Order>>> = Mutex::new(None);

/// How a child is ended when we die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// The kernel kills it.
    Kernel,
    /// It sees to that itself.
    #[cfg(target_os = "linux")]
    Helper,
}

/// Starts `command`; on Linux it is killed when we die.
pub(crate) fn start(command: Command) -> io::Result<Child> {
    order(command, Tie::Kernel)
}

/// Starts our own helper. It sees by itself that we die, and without a step between fork and exec it is started
/// without copying our memory map.
#[cfg(target_os = "linux")]
pub(crate) fn start_helper(command: Command) -> io::Result<Child> {
    order(command, Tie::Helper)
}

fn order(command: Command, tie: Tie) -> io::Result<Child> {
    let (started, answer) = channel();
    let gone = || io::Error::other("the thread that starts children is gone");
    orders()?.send(Order { command, tie, started }).map_err(|_refused| gone())?;
    answer.recv().map_err(|_closed| gone())?
}

fn orders() -> io::Result<Sender<Order>> {
    let mut orders = ORDERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(orders) = &*orders {
        return Ok(orders.clone());
    }
    let (sender, receiver) = channel();
    thread::Builder::new().name("children".to_owned()).spawn(move || work(&receiver))?;
    Ok(orders.insert(sender).clone())
}

fn work(orders: &Receiver<Order>) {
    while let Ok(Order { mut command, tie, started }) = orders.recv() {
        if tie == Tie::Kernel {
            tie_to_us(&mut command);
        }
        if let Err(unwanted) = started.send(command.spawn())
            && let Ok(mut child) = unwanted.0
        {
            // Whoever asked is gone, so nobody could end it later, nor hear that ending it failed.
            drop(child.kill().and_then(|()| child.wait()));
        }
    }
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only the child itself can ask to be killed when we die")]
fn tie_to_us(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    use rustix::{
        io::Errno,
        process::{Signal, getpid, getppid, set_parent_process_death_signal},
    };

    let us = getpid();
    let hook = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have died before that, and then nobody sends the signal.
        match getppid() == Some(us) {
            true => Ok(()),
            false => Err(Errno::SRCH.into()),
        }
    };
    // SAFETY: between fork and exec only what is safe in a signal handler may run. The hook makes two
    // system calls, allocates nothing, takes no lock, and cannot panic.
    unsafe { command.pre_exec(hook) };
}

#[cfg(not(target_os = "linux"))]
fn tie_to_us(_command: &mut Command) {}
