//! Homes for runs of the binary that is tested.

use localgpt_testkit::Home;

const BINARY: &str = env!("CARGO_BIN_EXE_localgpt");

/// A home in which nothing was done yet.
pub(crate) fn empty() -> Home {
    Home::empty(BINARY)
}

/// A home with three notes.
pub(crate) fn with_notes() -> Home {
    Home::with_notes(BINARY)
}
