//! What a session log holds: one record a line.

use jiff::Timestamp;
use localgpt_guard::Origin;
use serde::{Deserialize, Serialize};

use crate::{Approval, Citation, Decision, Message, ModelName, SessionId, Usage};

/// The version of the log format that is written.
pub const SESSION_VERSION: u32 = 1;

/// One line of a session log. The session is what you get by reading them in order.
///
/// Records are numbered from zero by their line; a record that points at another uses that number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SessionRecord {
    /// Always the first.
    Opened {
        /// The format of the log: [`SESSION_VERSION`].
        version: u32,
        /// Whose log.
        id: SessionId,
        /// When.
        at: Timestamp,
        /// The session whose records up to a number were copied behind this one, if it is a branch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch_of: Option<SessionId>,
    },
    /// It has a title now: the person's, or one made of the first message.
    Titled {
        /// When.
        at: Timestamp,
        /// One line.
        title: String,
    },
    /// Another model answers from here on.
    ModelChosen {
        /// When.
        at: Timestamp,
        /// The model; none is the answerer that quotes memory.
        model: Option<ModelName>,
    },
    /// Something was said.
    Said {
        /// When.
        at: Timestamp,
        /// What.
        message: Message,
    },
    /// A model was paid, for an answer or for work behind the scenes.
    Spent {
        /// When.
        at: Timestamp,
        /// The model.
        model: ModelName,
        /// For what.
        purpose: Purpose,
        /// What it took.
        usage: Usage,
    },
    /// A turn is over.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        end: TurnEnd,
    },
    /// A note was written to memory.
    Remembered {
        /// When.
        at: Timestamp,
        /// Where it stands.
        citation: Citation,
        /// The lines as they were written, without the last line break.
        text: String,
    },
    /// The note of an earlier record was taken back.
    Forgotten {
        /// When.
        at: Timestamp,
        /// The number of the `remembered` record.
        record: u64,
    },
    /// The person was asked about a call.
    Approved {
        /// When.
        at: Timestamp,
        /// What was asked.
        approval: Approval,
        /// What they said.
        decision: Decision,
    },
    /// Older messages were replaced by a summary. They stay in the log.
    Compacted {
        /// When.
        at: Timestamp,
        /// Stands for every message before `kept_from`.
        summary: String,
        /// The number of the record of the first message that is kept.
        kept_from: u64,
        /// Who wrote the summary.
        by: Summariser,
        /// The least trusted of what it stands for.
        #[serde(default, skip_serializing_if = "is_unknown")]
        origin: Origin,
    },
    /// From here on the model reads something of this origin before the messages: a note, the description of a skill. It
    /// may be gone later; what was said with it in view is not.
    InView {
        /// When.
        at: Timestamp,
        /// The least trusted of it.
        origin: Origin,
    },
    /// The last compaction that holds was undone.
    CompactionUndone {
        /// When.
        at: Timestamp,
    },
    /// The messages from a record on were taken back, to be said again in another way.
    Rewound {
        /// When.
        at: Timestamp,
        /// The number of the record of the first message that no longer counts.
        to: u64,
    },
    /// A record that this version does not know.
    #[serde(other)]
    Unknown,
}

fn is_unknown(origin: &Origin) -> bool {
    *origin == Origin::Unknown
}

/// What a model was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An answer, or a step on the way to it.
    Answer,
    /// Saving notes before a compaction.
    Notes,
    /// A summary of old messages.
    Summary,
}

/// Who wrote a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summariser {
    /// The model.
    Model,
    /// Nobody: it is an extract, because the model could not write one.
    Extract,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum TurnEnd {
    /// With an answer.
    Answered,
    /// With an answer that ran out of tokens.
    OutOfTokens,
    /// The model would not answer.
    Refused,
    /// The model made the same call again and again.
    Repeating {
        /// The tool.
        tool: String,
    },
    /// A budget of the turn was used up.
    OverBudget {
        /// Which, in words: `12 calls of the model`.
        what: String,
    },
    /// The person stopped it.
    Cancelled,
    /// It broke off.
    Failed {
        /// For the person.
        message: String,
        /// What they can do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}
