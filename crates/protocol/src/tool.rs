//! What a tool offers.

use localgpt_guard::{Effect, Intent, Origin, Untrusted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BoxFuture, SessionId, ToolName};

/// Something the model can ask for.
pub trait Tool: Send + Sync {
    /// How the model sees the tool.
    fn spec(&self) -> &ToolSpec;

    /// What it would do with this input. It may look, and changes nothing.
    ///
    /// Reading and remembering need no more said; any other tool has to say what it does, or is not let.
    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let _: &Value = input;
        match self.spec().risk {
            Risk::Read => Ok(Intent::only(Effect::Look)),
            Risk::Remember => Ok(Intent::only(Effect::Remember)),
            Risk::Network | Risk::Write | Risk::Execute => {
                let name = &self.spec().name;
                Err(ToolError::Forbidden(format!("`{name}` does not say what it would do")))
            }
        }
    }

    /// Runs it. The output is untrusted whatever the tool; it says from where it comes.
    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>>;
}

/// How the model sees a tool, and how far we trust the model with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: ToolName,
    /// For the model.
    pub description: String,
    /// JSON Schema of the input: an object.
    pub input_schema: Value,
    /// What it can do to the user.
    pub risk: Risk,
    /// What it is called elsewhere.
    pub aliases: Aliases,
}

/// Other spellings that prompts written for other assistants use. They are understood, and not told to the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aliases {
    /// Of the tool.
    pub names: &'static [&'static str],
    /// Of its parameters: the other spelling, then ours.
    pub parameters: &'static [(&'static str, &'static str)],
}

/// What a tool can do to the user. Ordered: a policy allows everything up to a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Looks at the assistant's own files. Such calls of one step run side by side.
    Read,
    /// Adds to the assistant's own memory, and can be taken back.
    Remember,
    /// Talks to the network.
    Network,
    /// Changes files.
    Write,
    /// Runs programs.
    Execute,
}

/// Where a call comes from, and how far it may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolContext {
    /// The session that asks.
    pub session: SessionId,
    /// The least trusted text that the model has seen: what is written now is no better.
    pub origin: Origin,
    /// What this very call was allowed to do.
    pub allowed: Vec<Effect>,
}

impl ToolContext {
    /// Whether this very call may do this. A tool that changes something asks once more before it does: since it said
    /// what it would do, a file may have changed.
    pub fn allows(&self, effect: &Effect) -> bool {
        self.allowed.contains(effect)
    }
}

/// Why a tool failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The model sent something the tool cannot take: no such file, a pattern that is none. Our own words.
    #[error("invalid input: {0}")]
    Input(String),
    /// A rule said no. Our own words.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// It tried and failed. The words may come from outside.
    #[error("{0}")]
    Failed(String),
}

impl ToolError {
    /// Where its words come from.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Input(_) | Self::Forbidden(_) => Origin::Assistant,
            Self::Failed(_) => Origin::Tool,
        }
    }
}
