//! One turn: from a user message to the assistant's answer, through any number of tool calls.
//!
//! [`turn`] decides and never waits; [`drive`] waits and never decides. Every entrance (chat, HTTP, heartbeat) goes
//! through the same two. What does not fit into the model's window is found before it is sent ([`budget`]) and made to
//! fit ([`compact`]); what the model reads first is put together by [`prompt`].

pub mod budget;
pub mod compact;
pub mod drive;
pub mod identity;
pub mod listener;
pub mod origins;
pub mod prompt;
pub mod repair;
pub mod silent;
pub mod stop;
pub mod tokens;
pub mod transcript;
pub mod turn;
