//! What was said: append-only logs, one file a session, one record a line.
//!
//! A [`SessionStore`] is a folder of logs. Opening one locks it and gives a [`SessionLog`], which writes, and a
//! [`Session`], which is what the log says. A record counts once [`SessionLog::append`] has returned its number:
//! then it is on disk. Nothing is ever changed inside a log; what is taken back or summarised stays in it. Only what a
//! person has forgotten goes: [`HeldLogs::rewrite`].
//!
//! Reading survives what a crash, a full disk or an editor can do to a log: see [`Torn`] and [`SkippedLine`].

mod branch;
mod error;
mod export;
mod forget;
mod line;
mod list;
mod log;
pub mod openclaw;
mod records;
mod replay;
mod search;
mod store;
mod title;

pub use branch::BranchPoint;
pub use error::{Error, Result};
pub use forget::{HeldLogs, Mention, Scrub};
pub use line::{LineProblem, SkippedLine};
pub use log::{SessionLog, Torn};
pub use replay::{Answerer, Ending, Entry, Note, Session, Spending, Transcript};
pub use store::SessionStore;
