//! Skills: folders with instructions that the model can load.
//!
//! What stands in a skill is text from outside, always. A skill is used only as it was when a person accepted it, or
//! as it was when the program first saw the workspace; nothing in it is run or installed from here.

mod content;
mod folder;
mod scan;

mod front_matter;
mod manifest;
mod yaml;

mod gate;
mod settings;
mod variables;

mod pins;
mod review;
mod stamps;

mod catalogue;
mod invocation;
mod names;
mod prompt;

mod tool;

mod error;

pub use catalogue::{Location, LocationKind, Setup, Skill, Skills};
pub use error::Error;
pub use gate::Machine;
pub use invocation::{Dispatch, Invocation};
pub use manifest::{Gate, Manifest, ToolDispatch, parse};
pub use names::{spelled_out, unique, wanted};
pub use prompt::{Listing, budget};
pub use review::Review;
pub use settings::{Entry, Settings};
pub use tool::SkillTool;
pub use variables::{Refusal, RunVariables};
