//! The words everyone shares: what is remembered, asked and answered.
//!
//! Data here crosses a process boundary or is printed as JSON, so every change to it is a change
//! of a format. Nothing here does I/O.

mod answer;
mod citation;
mod clock;
mod embedder;
mod provider;
mod recall;
mod report;

pub use answer::{Answer, Passage, Quote, Verdict};
pub use citation::{Citation, ParseCitationError};
pub use clock::Clock;
pub use embedder::{BoxFuture, Embedder, Embedding};
pub use provider::ProviderError;
pub use recall::{BatchAnswer, BatchQuery, Hit, Query, Recall, SearchMode, Why};
pub use report::{
    Added, Check, CheckState, Excerpt, InitReport, MemoryStats, ModelSpace, Progress, RecentNote,
    ReindexReport, SkipReason, Skipped, Status, SyncProgress,
};
