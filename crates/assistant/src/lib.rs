//! Putting it together: the one door every interface goes through.

mod answerer;
mod approvals;
mod archive;
mod assemble;
mod assistant;
mod attachments;
mod changes;
mod connect;
mod conversation;
mod desk;
mod doctor;
mod error;
mod forget;
mod grants;
mod hands;
mod init;
mod librarian;
mod models;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(not(feature = "onnx"))]
#[path = "without_onnx.rs"]
mod onnx;
mod places;
mod roles;
mod secrets;
#[cfg(test)]
mod set_up;
mod skills;
mod vectors;
mod witness;

pub use answerer::Answerer;
pub use approvals::{Approvals, Presence};
pub use archive::{Archive, Taken};
pub use assistant::Assistant;
pub use changes::Changes;
pub use conversation::{Called, Conversation, Opening, Outcome, Switch, Tell, ToolOfSkill, Which};
pub use doctor::doctor;
pub use error::{Blame, Error};
pub use forget::{Forget, KeepSessions};
pub use init::init;
pub use models::{available, fetch, proposals};
pub use roles::ROLES;
pub use skills::Shelf;
