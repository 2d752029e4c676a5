//! Why nothing was fetched.

use std::time::Duration;

use localgpt_guard::outbound::Refused;
use localgpt_protocol::ToolError;

/// Why nothing was fetched. The words may come from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("`{host}` cannot be reached: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("`{host}` did not answer within {} seconds", .after.as_secs_f32())]
    Silent { host: String, after: Duration },
    #[error("it took longer than {} seconds", .0.as_secs_f32())]
    TooSlow(Duration),
    #[error("`{address}` answers {status}")]
    Status { address: String, status: String },
    #[error("`{from}` redirects to an address that is not fetched: {why}")]
    Redirected { from: String, why: Refused },
    #[error("`{0}` redirects again and again")]
    Circles(String),
    #[error("`{0}` redirects to nowhere")]
    Nowhere(String),
    #[error("it is {0}; what can be read is HTML, text, JSON and XML")]
    Type(String),
    #[error("it is packed with `{0}`, which we did not ask for")]
    Encoding(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("the connection was lost: {0}")]
    CutOff(String),
    #[error("the answer of the search engine cannot be read: {0}")]
    Answer(String),
    #[error("{0}")]
    Engine(String),
}

impl From<Problem> for ToolError {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.to_string())
    }
}
