//! Sessions from outside: what is saved stays saved, and what is damaged can still be read.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod branching;
mod damage;
mod exporting;
mod finding;
mod format;
mod importing;
mod killed;
mod made;
mod replaying;
mod store;
