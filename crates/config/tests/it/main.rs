//! The configuration from outside: files in a temporary folder, an environment made up.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may fail loudly")]

mod disk;
mod edit;
mod load;
mod properties;
mod refused;
mod refused_edit;
mod user;
