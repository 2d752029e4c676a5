//! What is wrong with the description of a server.

/// Why a server cannot be used as it is described.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none of a server.
    #[error("`{address}` is no address of a server: {reason}")]
    Address {
        /// The address as written, without a password.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key has characters that no header can carry.
    #[error("the key holds characters that cannot be sent")]
    Key,
    /// The system's certificates or network cannot be used.
    #[error("cannot set up a connection")]
    Connection(#[source] reqwest::Error),
}
