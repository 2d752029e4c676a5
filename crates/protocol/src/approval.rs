//! Asking a person whether a call may run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ToolCall;

/// Names one question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApprovalId(String);

impl ApprovalId {
    /// The question with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A question to the person: may this very call run?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Names the question; an answer names it too, and counts once.
    pub id: ApprovalId,
    /// The call as it would run.
    pub call: ToolCall,
    /// The rule that asks, by its name.
    pub rule: String,
    /// What the rule means here.
    pub reason: String,
    /// What the call would do, one line each.
    pub effects: Vec<String>,
    /// The change as a diff, the command, the address. It is the model's text: show it escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// What a yes for later would allow, one line each; empty if there can be none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// After so many seconds it is a no.
    pub expires_in: u64,
    /// SHA-256 over the call and its effects: what exactly was answered.
    pub digest: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes, this once.
    Once,
    /// Yes, and the same until the session ends.
    Session,
    /// Yes, and the same from now on.
    Always,
    /// No.
    No,
    /// Nobody answered in time.
    Expired,
    /// Nobody is there to ask.
    Unattended,
}

impl Decision {
    /// Whether the call runs.
    pub fn is_yes(&self) -> bool {
        match self {
            Self::Once | Self::Session | Self::Always => true,
            Self::No | Self::Expired | Self::Unattended => false,
        }
    }
}
