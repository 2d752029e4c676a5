//! What tests of several crates need: a person's home, and a server that answers as it is told.

mod home;
mod server;

pub use home::{Home, Outcome};
pub use server::{Received, Reply, Server};
