//! Turns, end to end, with a scripted model.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod approving;
mod compacting;
mod long;
mod stopping;
mod turns;
mod world;
