//! Tools for files: look at them, find them, change them.
//!
//! Invariant: what changes a file says beforehand what it will be, to the byte, and changes it only if that is still
//! what was allowed.

mod delete;
mod diff;
mod edit;
mod find;
mod grep;
mod list;
mod matching;
mod read;
mod walk;
mod write;

use localgpt_guard::{Effect, Label, Origin, Untrusted};
use localgpt_protocol::{ToolContext, ToolError};

pub use self::{
    delete::Delete, edit::Edit, find::Find, grep::Grep, list::List, read::Read, write::Write,
};

/// Where what is in files comes from. A trait, because whoever opened the session keeps the books about it.
pub trait Origins: Send + Sync {
    /// What is known about the lines in `text` together.
    fn of(&self, text: &str) -> Label;

    /// What is known about names of files, one a line, together.
    fn of_names(&self, names: &str) -> Label {
        self.of(names)
    }
}

/// What the assistant takes from other assistants' words for a path.
const PATH: (&str, &str) = ("file_path", "path");

/// Words of our own.
pub(crate) fn ours(text: impl Into<String>) -> Untrusted {
    Untrusted::new(text).of(Origin::Assistant)
}

/// Refuses what this very call was not allowed to do.
pub(crate) fn check_allowed(
    context: &ToolContext,
    effect: &Effect,
    shown: &str,
) -> Result<(), ToolError> {
    match context.allows(effect) {
        true => Ok(()),
        false => Err(ToolError::Forbidden(format!(
            "`{shown}` is not as it was when this was allowed; look at it again"
        ))),
    }
}

/// How many, in words.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
