//! What holds for any order of things.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic, and prints what it saw"
)]

mod chance;
mod origins;
