//! The wire formats of embedding servers, and the answerer that quotes memory.

mod error;
mod http;
mod vectors;

pub mod ollama;
pub mod openai;
pub mod quote;

pub use error::Error;
pub use http::{ApiKey, Timeouts};
