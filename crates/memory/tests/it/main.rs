//! Memory from outside: hostile workspaces, damaged indexes, several users at once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod adding;
mod context;
mod damage;
mod extra;
mod fresh;
mod hostile;
mod many;
mod place;
mod spaces;
mod together;
