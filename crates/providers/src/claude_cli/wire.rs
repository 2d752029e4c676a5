//! The lines that the program writes. Only what is used; everything may be missing.

use serde::Deserialize;
use serde_json::Value;

/// One line of output.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Line {
    /// News about the program itself.
    System(System),
    /// A piece of an answer, as the model's own interface streams it.
    StreamEvent {
        event: Event,
        /// Set where it does not belong to the conversation itself.
        parent_tool_use_id: Option<String>,
    },
    /// One finished piece of an answer.
    Assistant(Assistant),
    /// How a subscription stands.
    RateLimitEvent { rate_limit_info: RateLimit },
    /// A question to us.
    ControlRequest { request_id: String, request: Control },
    /// A question to us that was taken back.
    ControlCancelRequest { request_id: String },
    /// The answer to a question of ours.
    ControlResponse { response: Answered },
    /// The end of a turn.
    Result(Box<Ending>),
    /// Something else, or no line of ours at all.
    #[serde(other)]
    Other,
}

impl Line {
    /// Reads a line; what is none is [`Line::Other`].
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| {
            tracing::debug!(error = %error, "a line of `claude` cannot be read");
            Self::Other
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct System {
    pub(super) subtype: String,
    /// Whose account is used; `none` is a subscription.
    #[serde(rename = "apiKeySource")]
    pub(super) key_source: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_status: Option<u16>,
    pub(super) retry_delay_ms: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockDelta {
        delta: Piece,
    },
    MessageDelta {
        delta: Stop,
        usage: Option<Tokens>,
    },
    MessageStop,
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Started {
    pub(super) usage: Tokens,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Piece {
    TextDelta {
        text: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stop {
    pub(super) stop_reason: Option<String>,
}

/// Tokens of one message of the model, or of a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    pub(super) input_tokens: Option<u64>,
    pub(super) cache_creation_input_tokens: Option<u64>,
    pub(super) cache_read_input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Assistant {
    pub(super) message: Said,
    /// What kind of failure it tells of, if it is not the model's.
    pub(super) error: Option<String>,
    pub(super) parent_tool_use_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub(super) content: Vec<Block>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text {
        text: String,
    },
    Thinking {
        thinking: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct RateLimit {
    pub(super) status: String,
    /// Seconds since 1970.
    #[serde(rename = "resetsAt")]
    pub(super) resets_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "subtype", rename_all = "snake_case")]
pub(super) enum Control {
    /// A message of the Model Context Protocol.
    McpMessage { message: Rpc },
    /// Whether a tool may run.
    CanUseTool {
        tool_name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(other)]
    Other,
}

/// A JSON-RPC request; a notification if it has no id.
#[derive(Debug, Deserialize)]
pub(super) struct Rpc {
    pub(super) id: Option<Value>,
    #[serde(default)]
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered {
    pub(super) subtype: String,
    pub(super) request_id: String,
    pub(super) error: Option<String>,
}

/// The end of a turn.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ending {
    pub(super) subtype: String,
    pub(super) is_error: bool,
    /// The last piece of text, or what went wrong.
    pub(super) result: Option<String>,
    /// What went wrong, where there is no `result`.
    pub(super) errors: Option<Vec<String>>,
    pub(super) stop_reason: Option<String>,
    pub(super) terminal_reason: Option<String>,
    pub(super) api_error_status: Option<u16>,
    /// Of the process, not of the turn.
    pub(super) total_cost_usd: Option<f64>,
    /// Of the turn.
    pub(super) usage: Option<Tokens>,
}
