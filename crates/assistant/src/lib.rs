//! Putting it together: the one door every interface goes through.

mod assemble;
mod assistant;
mod doctor;
mod error;
mod init;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(not(feature = "onnx"))]
#[path = "without_onnx.rs"]
mod onnx;
mod places;
#[cfg(test)]
mod set_up;
mod vectors;

pub use assistant::Assistant;
pub use doctor::doctor;
pub use error::{Blame, Error};
pub use init::init;
