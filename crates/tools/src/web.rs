//! The web: pages made readable, and what search engines find.
//!
//! Whether a call may run is decided elsewhere, from its intent. Here is what holds whoever allowed it: nothing goes
//! out but the address, or the words searched for; no address that is not public is connected to, unless the person
//! named its host; and whatever comes back is bounded and untrusted.

mod body;
mod charset;
mod feed;
mod fetch;
mod html;
mod problem;
mod search;
mod wire;

pub use self::{
    fetch::WebFetch,
    search::{SearchEngine, SearchKey, WebSearch},
    wire::{FetchLimits, Resolver, SystemResolver, WebOptions},
};

/// The beginning of a text from outside, on one line, for a message.
fn short(text: &str) -> String {
    const LONGEST: usize = 200;
    let text = localgpt_guard::one_line(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
