//! Every change of the workspace that is made through the program, as a commit in a Git repository that ordinary git
//! reads, and the ways back: what changed, undo, redo, one file as it was, and forgetting.
//!
//! The repository lies in the workspace if the person wants that, else beside it. A repository of their own is never
//! touched. Git itself need not be installed: the few of its formats that are needed are written and read here, because
//! what is promised (durable before it is named, gone when it is forgotten, whole after a crash at any step) is a
//! promise about every single write.

mod delta;
mod diff;
mod durable;
mod entry;
mod error;
mod forget;
mod history;
mod id;
mod index;
mod inflate;
mod journal;
mod lock;
mod merge;
mod object;
mod pack;
mod pack_writer;
mod place;
mod plan;
mod refs;
mod repack;
mod repository;
mod snapshot;
mod store;
mod tree;
mod undo;
mod walk;

pub use diff::{DiffKind, DiffText, FileDiff};
pub use entry::{Author, Change, Deed, Entry, Scope};
pub use error::{Error, Result};
pub use forget::{Forgotten, Progress, Words};
pub use history::{History, Options, Recorded};
pub use id::CommitId;
pub use plan::{Clash, Conflict};
pub use repository::{Consent, Place};
pub use undo::{Applied, Target, by_person};
pub use walk::{Reason, Uncovered};
