//! Embedding servers from outside: real sockets on this machine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod embedding;
