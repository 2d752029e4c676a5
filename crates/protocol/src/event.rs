//! What happens in a session, as it happens.

use serde::{Deserialize, Serialize};

use crate::{
    Approval, Citation, ContextReport, Decision, Message, ModelName, Purpose, Recalled, SessionId,
    Summariser, ToolCall, ToolResult, TurnEnd, Usage,
};

/// Something that happened, numbered so that a reader can ask for what it missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Where.
    pub session: SessionId,
    /// Counts up within the session.
    pub number: u64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// A turn began.
    TurnStarted {
        /// Who answers.
        model: ModelName,
    },
    /// Notes were put beside the message.
    Recalled {
        /// Which.
        recalled: Recalled,
    },
    /// Something did not fit into the model's window.
    LeftOut {
        /// What was sent instead.
        context: ContextReport,
    },
    /// A whole message stands, and is on disk.
    Said {
        /// The message.
        message: Message,
    },
    /// The model wrote some text.
    TextDelta {
        /// The piece.
        text: String,
    },
    /// The model reasoned.
    ThinkingDelta {
        /// The piece.
        text: String,
    },
    /// The request is sent once more after a pause.
    Retrying {
        /// Why.
        reason: String,
        /// The pause in milliseconds.
        pause_ms: u64,
    },
    /// Another model of the person's list answers, because the first could not.
    FailedOver {
        /// The one that could not.
        from: ModelName,
        /// Why.
        reason: String,
        /// The one that answers now.
        to: ModelName,
    },
    /// The model calls tools by writing JSON from here on, because its calls could not be read.
    CallsWritten,
    /// A model was paid for one answer.
    Spent {
        /// The model.
        model: ModelName,
        /// For what.
        purpose: Purpose,
        /// What it took.
        usage: Usage,
    },
    /// A call waits for the person's yes.
    ApprovalAsked {
        /// What is asked.
        approval: Approval,
    },
    /// The question was answered, or nobody did.
    ApprovalAnswered {
        /// What was asked.
        approval: Approval,
        /// The answer.
        decision: Decision,
    },
    /// A tool is about to run.
    ToolStarted {
        /// The call.
        call: ToolCall,
    },
    /// A tool has run, or was not let.
    ToolFinished {
        /// How it ended.
        result: ToolResult,
    },
    /// A note was written to memory.
    Remembered {
        /// Where it stands.
        citation: Citation,
        /// What it says.
        text: String,
    },
    /// Older messages were replaced by a summary.
    Compacted {
        /// How many messages.
        messages: usize,
        /// Who wrote the summary.
        by: Summariser,
    },
    /// The turn is over.
    TurnFinished {
        /// How it ended.
        end: TurnEnd,
        /// What it took, work behind the scenes included.
        usage: Usage,
    },
}
