//! What is said in a session.
//!
//! A part can only stand where it makes sense: a user never calls a tool, and a tool result always
//! names its call.

use localgpt_guard::Quoted;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Citation, ToolCallId, ToolName};

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", content = "parts", rename_all = "snake_case")]
pub enum Message {
    /// The person, or the heartbeat speaking for them.
    User(Vec<UserPart>),
    /// The model.
    Assistant(Vec<AssistantPart>),
    /// The results of every tool call of the assistant message before it, in the order of the calls.
    ToolResults(Vec<ToolResult>),
}

/// A piece of a user message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserPart {
    /// What the person wrote.
    Text(String),
    /// Notes that were recalled for it: quoted and cited. They are never stored as something new.
    Recalled(Recalled),
    /// What a file holds that the person put beside their words, or a piece of it.
    Attached(Attached),
    /// A picture.
    Image(Image),
}

/// The text of a file beside a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The name of the file, or `stdin`.
    pub name: String,
    /// The text as the model reads it.
    pub text: Quoted,
}

/// Notes that were put beside a message because they may bear on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// Where the notes stand, best first.
    pub citations: Vec<Citation>,
    /// The notes as the model reads them.
    pub notes: Quoted,
}

/// A piece of an assistant message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssistantPart {
    /// Text meant for the reader.
    Text(String),
    /// Reasoning, kept because some providers want it back.
    Thinking(Thinking),
    /// A request to run a tool.
    ToolCall(ToolCall),
}

/// Reasoning, and what its provider wants to see again unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thinking {
    /// The reasoning as far as it may be read; may be empty.
    pub text: String,
    /// What must go back unchanged, and to whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

/// A block that means something only to the provider that made it: a signature, an encrypted text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seal {
    /// Who made it: provider and model. Another one never gets to see it.
    pub maker: String,
    /// The whole block as it came.
    pub block: Value,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// For example `image/png`.
    pub media_type: String,
    /// Base64.
    pub data: String,
}

/// A request of the model to run a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Pairs the call with its result.
    pub id: ToolCallId,
    /// The tool.
    pub name: ToolName,
    /// An object, parsed once, where it arrived; `{}` where it could not be read.
    pub input: Value,
}

/// What became of a tool call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call this answers.
    pub call: ToolCallId,
    /// The tool, because some providers ask for its name again.
    pub name: ToolName,
    /// How it ended.
    pub outcome: ToolOutcome,
}

/// How a tool call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    /// It ran.
    Done(Quoted),
    /// It ran and failed; the text says how, for the model.
    Failed(Quoted),
    /// It did not run: the person or the policy said no, the turn was stopped, or the call could not be read.
    /// The words are our own.
    Denied(String),
}

impl ToolOutcome {
    /// What the model reads.
    pub fn text(&self) -> &str {
        match self {
            Self::Done(quoted) | Self::Failed(quoted) => quoted.as_str(),
            Self::Denied(reason) => reason,
        }
    }

    /// Whether the tool did what it was asked for.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl Message {
    /// The tool calls in it.
    pub fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        let parts = match self {
            Self::Assistant(parts) => parts.as_slice(),
            Self::User(_) | Self::ToolResults(_) => &[],
        };
        parts.iter().filter_map(|part| match part {
            AssistantPart::ToolCall(call) => Some(call),
            AssistantPart::Text(_) | AssistantPart::Thinking(_) => None,
        })
    }

    /// What was written in it for a reader: neither reasoning, nor recalled notes, nor tools.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = match self {
            Self::User(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    UserPart::Text(text) => Some(text.as_str()),
                    UserPart::Recalled(_) | UserPart::Attached(_) | UserPart::Image(_) => None,
                })
                .collect(),
            Self::Assistant(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    AssistantPart::Text(text) => Some(text.as_str()),
                    AssistantPart::Thinking(_) | AssistantPart::ToolCall(_) => None,
                })
                .collect(),
            Self::ToolResults(_) => Vec::new(),
        };
        texts.join("\n")
    }
}

/// What became of a file that was attached, for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// Its name.
    pub name: String,
    /// The characters of its text.
    pub characters: usize,
    /// Those of them that the model reads at once; the rest it can search.
    pub shown: usize,
    /// Whether it is a picture.
    pub picture: bool,
    /// What is to be known about how it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
