//! Turning a file that a person attached into something that a model can read.
//!
//! A file is what its bytes say, not what its name says. Text is read where we are; PDF, docx, odt and
//! images are read by a child that has a task, the bytes, and nothing else: no file, no network, little
//! memory and little time. Whatever a hostile file does to it, the person reads one clear message.
//!
//! ```
//! use std::path::Path;
//! use localgpt_documents::{Attachment, Error, Library, Limits, Reader};
//! use localgpt_sandbox::Launch;
//!
//! fn look_up(question: &str, file: &Path, launch: Launch) -> Result<Vec<String>, Error> {
//!     let reader = Reader::new(launch, Limits::standard());
//!     let document = reader.read(Attachment::open(file, reader.limits())?)?;
//!     let mut library = Library::new();
//!     library.add(&document);
//!     Ok(library.search(question, 5).iter().map(|passage| passage.citation()).collect())
//! }
//! ```

mod attachment;
mod child;
mod document;
mod error;
mod format;
mod kind;
mod library;
mod limits;
mod role;
mod text;
mod wire;

pub use attachment::{Attachment, Reader};
pub use document::{Cut, Document, Note, Section};
pub use error::{Error, Why};
pub use kind::Kind;
pub use library::{Library, Passage};
pub use limits::{ImageLimits, Limits};
pub use role::{ROLE, run_role};
