//! The words everyone shares: what is said, remembered, asked and answered, and what an adapter must offer.
//!
//! Data here crosses a process boundary or is printed as JSON, so every change to it is a change
//! of a format. Nothing here does I/O.

mod answer;
mod approval;
mod blank;
mod citation;
mod clock;
mod context;
mod embedder;
mod event;
mod forget;
mod history;
mod ids;
mod message;
mod model;
mod models;
mod policy;
mod provider;
mod recall;
mod report;
mod session;
mod session_list;
mod skill;
mod tool;
mod workspace;

pub use answer::{Answer, ModelAnswer, Passage, Quote, Remembered, Verdict};
pub use approval::{Approval, ApprovalId, Decision};
pub use blank::{is_js_blank, is_js_white, js_trim, js_trim_end};
pub use citation::{Citation, ParseCitationError};
pub use clock::Clock;
pub use context::{ContextPart, ContextReport, ContextState};
pub use embedder::{BoxFuture, Embedder, Embedding};
pub use event::{Event, EventKind};
pub use forget::{ForgetPlan, ForgetReport, LeftFile, MeantLine, MeantRecords};
pub use history::{FileChange, HistoryRow, Reverted};
pub use ids::{ModelName, ParseModelNameError, SessionId, ToolCallId, ToolName};
pub use localgpt_guard::Origin;
pub use message::{
    AssistantPart, Attached, AttachedFile, Image, Message, Recalled, Seal, Thinking, ToolCall,
    ToolOutcome, ToolResult, UserPart,
};
pub use model::{
    Capabilities, Delta, Instructions, Price, Provider, Reply, Request, StopReason, ToolSupport,
    Usage, WindowSource,
};
pub use models::{ModelList, ModelRow, SilentProvider, UsageRow};
pub use policy::{ExplainedRuling, Explanation, KeptGrant, PolicyReport, RuleRow};
pub use provider::ProviderError;
pub use recall::{BatchAnswer, BatchQuery, Hit, Query, Recall, SearchMode, Why};
pub use report::{
    Added, Check, CheckState, Excerpt, InitReport, MemoryStats, ModelSpace, NoteOrigins, Progress,
    RecentNote, ReindexReport, SkipReason, Skipped, Status, SyncProgress,
};
pub use session::{Purpose, SESSION_VERSION, SessionRecord, Summariser, TurnEnd};
pub use session_list::{SessionHit, SessionSummary, Speaker};
pub use skill::{
    SkillList, SkillProblem, SkillReport, SkillReview, SkillRow, SkillStanding, SkillUnusable,
};
pub use tool::{Aliases, Risk, Tool, ToolContext, ToolError, ToolSpec};
pub use workspace::{ContextFile, ContextFiles, ContextName, DayNote, Found};
