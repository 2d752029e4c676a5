//! Files as people have them, and as nobody should: each becomes a document or one clear message.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod desk;
mod hostile;
mod images;
#[path = "../made/all.rs"]
mod made;
mod office;
mod pdf;
mod plain;
mod random;
