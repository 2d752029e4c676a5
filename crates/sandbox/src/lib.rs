//! Starting a child process with less power than ours, and making sure that it ends.
//!
//! A child gets a [`Program`] that was looked up, arguments that no shell reads, an environment that holds
//! only what it was given, and a folder to work in. Whatever it starts ends with it: when it is over, when [`Child`] is
//! dropped, and on Linux when we die.
//!
//! ```
//! use std::{ffi::OsStr, path::Path, time::Duration};
//! use localgpt_sandbox::{Launch, Program};
//!
//! let shell = Program::find("sh", OsStr::new("/usr/bin:/bin"))?;
//! let output = Launch::new(shell, Path::new("/"))
//!     .args(["-c", "echo $GREETING"])
//!     .environment([("GREETING", "hello")])
//!     .run_for_output(1024, Duration::from_secs(10))?;
//! assert_eq!(output.stdout, b"hello\n");
//! # Ok::<(), localgpt_sandbox::Error>(())
//! ```
//!
//! # Walls
//!
//! [`Launch::confined`] puts walls around a child: it sees the system's programs and what its [`Confinement`] names,
//! changes what may be changed, and reaches nothing else, no file, no process, no network. [`status`] says how much of
//! that this machine can do. Where it is too little, nothing starts: an [`Error`] tells why.
//!
//! On Linux our own program is run again to put the walls up, so [`enter_if_asked`] stands first in its `main`. The
//! same way a part of it can run by itself, as a *role*: [`Launch::own_role`].
//!
//! What walls cannot do: the limits on memory and processor time hold for each process, not for a tree; and a
//! protected file that somebody outside replaces while a child runs is not protected any more, so that child is ended
//! at once.

mod child;
#[cfg(target_os = "linux")]
mod confined;
mod confinement;
mod error;
mod launch;
#[cfg(target_os = "linux")]
mod linux;
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only there is a helper told anything")
)]
mod order;
mod output;
mod paths;
#[doc(hidden)]
pub mod probe;
mod program;
mod roles;
#[cfg(any(target_os = "macos", test))]
mod seatbelt;
mod starter;
mod status;

pub use child::{Child, Ended, Killer};
pub use confinement::{AcceptNoSandbox, Confinement, Limits};
pub use error::Error;
pub use launch::Launch;
#[doc(hidden)]
pub use order::Layer;
pub use output::Output;
pub use program::Program;
pub use roles::{Role, enter_if_asked, role_arguments};
pub use status::{Found, Piece, Row, Status, status};

/// The exit status of a child whose walls could not be put up, or fell; and of a command that cannot run at all because
/// there is no sandbox.
pub const EXIT_REFUSED: u8 = 125;
