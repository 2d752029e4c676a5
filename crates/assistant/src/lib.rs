//! Putting it together: the one door every interface goes through.

mod answerer;
mod archive;
mod assemble;
mod assistant;
mod connect;
mod conversation;
mod desk;
mod doctor;
mod error;
mod init;
mod librarian;
mod models;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(not(feature = "onnx"))]
#[path = "without_onnx.rs"]
mod onnx;
mod places;
mod secrets;
#[cfg(test)]
mod set_up;
mod vectors;

pub use answerer::Answerer;
pub use archive::{Archive, Taken};
pub use assistant::Assistant;
pub use conversation::{Conversation, Opening, Outcome, Switch, Tell, Which};
pub use doctor::doctor;
pub use error::{Blame, Error};
pub use init::init;
pub use models::{available, fetch, proposals};
