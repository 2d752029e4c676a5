//! What the tools ask memory for.

use localgpt_protocol::{Added, BoxFuture, Excerpt, Query, Recall};

/// The notes, as one session sees them.
///
/// A trait, because whoever opened the session decides which notes that are and what searches them; an error is a
/// sentence for the model.
pub trait Notes: Send + Sync {
    /// Searches.
    fn search(&self, query: Query) -> BoxFuture<'_, Result<Recall, String>>;

    /// Reads lines of a note: `PATH` or `PATH#L5-L9`.
    fn excerpt(&self, reference: String) -> BoxFuture<'_, Result<Excerpt, String>>;

    /// Writes `text` to the note of the day. When this returns, it is on disk.
    fn remember(&self, text: String) -> BoxFuture<'_, Result<Added, String>>;
}
