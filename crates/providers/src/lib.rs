//! The wire formats of models and embedders, and the answerer that quotes memory.

mod accumulate;
mod call_ids;
mod error;
mod exchange;
mod http;
mod json;
mod lines;
mod refusal;
mod retry;
mod server;
mod sse;
mod text_call;
mod think;
mod vectors;
mod voice;
mod written;

pub mod anthropic;
pub mod catalog;
pub mod claude_cli;
pub mod ollama;
pub mod openai;
pub mod quote;

pub use error::Error;
pub use http::{ApiKey, Timeouts};
pub use server::{ListedModel, ServerOptions};
