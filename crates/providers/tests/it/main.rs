//! Models and embedders from outside: real sockets and children on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod anthropic;
mod asking;
mod claude_cli;
mod embedding;
mod ollama;
mod openai_chat;
mod openai_responses;
mod real_claude;
