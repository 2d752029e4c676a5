//! Starting a child process, and making sure that it ends.
//!
//! A child gets a [`Program`] that was looked up, arguments that no shell reads, an environment that holds
//! only what it was given, and a folder to work in. It leads a process group of its own, so that whatever
//! it starts ends with it: when it is over, when [`Child`] is dropped, and on Linux when we die.
//!
//! What it does **not** get yet is less power: it can read, write and connect as its user can. Confinement
//! comes with the rules for tools; today this crate gives a clean environment, a group, and an end.
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

mod child;
mod error;
mod launch;
mod output;
mod program;
mod starter;

pub use child::{Child, Ended};
pub use error::Error;
pub use launch::Launch;
pub use output::Output;
pub use program::Program;
