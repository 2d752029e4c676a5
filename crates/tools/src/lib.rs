//! The built-in tools: what the model can ask for.
//!
//! A tool reads its input into a type of its own, from which its schema is derived, and says in words what went
//! wrong. Who may call it is decided elsewhere.

mod apart;
mod files;
mod folder;
mod notes;
mod recall;
mod remember;
mod shell;
mod typed;
mod web;

pub use files::{Delete, Edit, Find, Grep, List, Origins, Read, Write};
pub use folder::Folder;
pub use notes::Notes;
pub use recall::{MemoryGet, MemorySearch};
pub use remember::Remember;
pub use shell::{Process, Programs, Setup, Shell};
pub use web::{
    FetchLimits, Resolver, SearchEngine, SearchKey, SystemResolver, WebFetch, WebOptions, WebSearch,
};
