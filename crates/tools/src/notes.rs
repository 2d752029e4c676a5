//! What the tools ask memory for.

use localgpt_guard::{Label, Origin};
use localgpt_protocol::{Added, BoxFuture, Excerpt, Query, Recall};

/// The notes, as one session sees them.
///
/// A trait, because whoever opened the session decides which notes that are and what searches them; an error is a
/// sentence for the model.
pub trait Notes: Send + Sync {
    /// Searches; with what is known about the hits together.
    fn search(&self, query: Query) -> BoxFuture<'_, Result<(Recall, Label), String>>;

    /// Reads lines of a note, `PATH` or `PATH#L5-L9`; with what is known about them.
    fn excerpt(&self, reference: String) -> BoxFuture<'_, Result<(Excerpt, Label), String>>;

    /// Writes `text` to the note of the day, for a model that has `seen` text of this origin. When this returns, it is on
    /// disk, with its label.
    fn remember(&self, text: String, seen: Origin) -> BoxFuture<'_, Result<Added, String>>;
}
