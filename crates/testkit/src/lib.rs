//! What tests of several crates need: a person's home, a server and a model that answer as they are told.

mod home;
mod model;
mod server;

pub use home::{Home, Outcome};
pub use model::{ScriptedModel, any_model, any_request, broken, calls, says, thinks};
pub use server::{Received, Reply, Server, StreamEnd};
