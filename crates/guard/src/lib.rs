//! Text from outside, and what may be done with it.
//!
//! Everything a tool, a web page or a file says is [`Untrusted`]. The only way to turn it into
//! prompt text is [`quote`]; the only way to a terminal is [`visible`].

pub mod detector;
mod effect;
mod fences;
mod origin;
pub mod outbound;
pub mod policy;
mod screen;
pub mod secrets;
mod untrusted;
mod visible;

pub use effect::{Digest, Effect, Intent, Place};
pub use fences::Fences;
pub use origin::{Label, Origin};
pub use screen::{Screening, Sign, screen, screen_with};
pub use untrusted::{Fence, Quoted, Untrusted, quote};
pub use visible::{one_line, visible};
