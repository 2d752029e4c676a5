//! What a person has allowed, and what the rules say about a call.

use jiff::Timestamp;
use localgpt_guard::policy::Grant;
use serde::{Deserialize, Serialize};

use crate::ToolCall;

/// A yes that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGrant {
    /// Names it, to take it back.
    pub id: String,
    /// What it allows.
    #[serde(flatten)]
    pub grant: Grant,
    /// When it was given.
    pub at: Timestamp,
}

/// The rules of a workspace as a person reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyReport {
    /// How much is asked: `trusted-folder`, `ask` or `read-only`.
    pub mode: String,
    /// Every rule.
    pub rules: Vec<RuleRow>,
    /// What was allowed for later.
    pub grants: Vec<KeptGrant>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// Its name.
    pub name: String,
    /// What it says.
    pub meaning: String,
}

/// What would become of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The call as it was understood.
    pub call: ToolCall,
    /// What it would do, one line each.
    pub effects: Vec<String>,
    /// What becomes of it while only you and the assistant have spoken.
    pub trusted: ExplainedRuling,
    /// What becomes of it once text of others is in view.
    pub untrusted: ExplainedRuling,
}

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedRuling {
    /// `allow`, `ask` or `deny`.
    pub ruling: String,
    /// The rule, unless it is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What the rule means here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
