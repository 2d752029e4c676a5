//! What tests of several crates need: a person's home, for now.

mod home;

pub use home::{Home, Outcome};
