//! What a tool offers.

use localgpt_guard::Untrusted;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BoxFuture, SessionId, ToolName};

/// Something the model can ask for.
pub trait Tool: Send + Sync {
    /// How the model sees the tool.
    fn spec(&self) -> &ToolSpec;

    /// Runs it. The output is untrusted whatever the tool.
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

/// Where a call comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolContext {
    /// The session that asks.
    pub session: SessionId,
}

/// Why a tool failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The model sent something the tool cannot take.
    #[error("invalid input: {0}")]
    Input(String),
    /// A rule said no.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// It tried and failed.
    #[error("{0}")]
    Failed(String),
}
