//! The workspace of Markdown files, and the search index derived from them.
//!
//! The Markdown is the truth; the index is a cache of it that can be deleted at any time.

mod calendar;
mod changes;
mod chunk;
mod context;
mod dates;
mod decode;
mod deliver;
mod durable;
mod error;
mod evidence;
mod extension;
mod folder;
mod forget;
mod index;
mod lookup;
mod memory;
mod note;
mod notes;
mod packed;
mod passage;
mod prepare;
mod provenance;
mod question;
mod rank;
mod score;
mod seal;
mod search;
mod spaces;
mod sync;
mod table;
mod vectors;
mod words;
mod workspace;

pub use context::read_context;
pub use durable::{create_private_folder, replace};
pub use error::{Error, describe};
pub use forget::{Turn, is_index_idle, lines_that, try_turn, without_lines};
pub use index::MemoryIndex;
pub use memory::{Asked, Memory, Searched};
pub use note::{add, create, take_back};
pub use provenance::{Provenance, Written};
pub use spaces::{Meaning, Pending, Space, pending_in};
pub use sync::Synced;
pub use workspace::{Survey, Workspace, WorkspaceKind, WorkspaceOptions};
