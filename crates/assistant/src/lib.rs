//! Putting it together: the one door every interface goes through.

mod assistant;
mod doctor;
mod error;
mod init;
mod places;
#[cfg(test)]
mod set_up;

pub use assistant::Assistant;
pub use doctor::doctor;
pub use error::{Blame, Error};
pub use init::init;
