//! The built-in tools: what the model can ask for.
//!
//! A tool reads its input into a type of its own, from which its schema is derived, and says in words what went
//! wrong. Who may call it is decided elsewhere.

mod notes;
mod recall;
mod remember;
mod typed;

pub use notes::Notes;
pub use recall::{MemoryGet, MemorySearch};
pub use remember::Remember;
