//! The crate from outside: folders of skills in a temporary home.
#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folders has failed")]

mod calling;
mod finding;
mod limits;
mod made;
mod parsing;
mod pinning;
mod poisoned;
