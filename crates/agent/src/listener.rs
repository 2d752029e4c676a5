//! Who is told what happens in a turn, and keeps it.

use localgpt_protocol::EventKind;

/// Is told what happens, as it happens.
pub trait Listener: Send {
    /// Hears `event`, and keeps it if it has to be kept. Nothing acts on a message before this returned `Ok`;
    /// after an `Err` the turn ends, and nothing more is heard of it.
    fn hear(&mut self, event: EventKind) -> Result<(), NotKept>;
}

/// Something that had to be kept could not be: the disk is full, the log is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotKept {
    /// What could not be kept, and why.
    pub message: String,
    /// What the person can do about it.
    pub hint: Option<String>,
}
