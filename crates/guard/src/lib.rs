//! Text from outside, and what may be done with it.
//!
//! Everything a tool, a web page or a file says is [`Untrusted`]. The only way to turn it into
//! prompt text is [`quote`]; the only way to a terminal is [`visible`].

mod fences;
mod untrusted;
mod visible;

pub use fences::Fences;
pub use untrusted::{Fence, Quoted, Untrusted, quote};
pub use visible::{one_line, visible};
