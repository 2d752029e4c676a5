//! The history from outside: a workspace, a repository, and ordinary git where it is installed.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stderr, reason = "tests")]

mod desk;
mod forgetting;
mod killed;
mod many;
mod odd;
mod recording;
mod undoing;
