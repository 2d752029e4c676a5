//! Where a turn has to stop whatever the model wants.

use std::time::Duration;

use localgpt_protocol::{ToolCall, ToolName, TurnEnd, Usage};
use serde_json::Value;

/// A result that may have fewer tokens than this is not worth its call.
pub(super) const LEAST_RESULT: u32 = 64;
/// The longest cycle of calls that is noticed.
const CYCLE: usize = 4;

/// The budgets of a turn.
///
/// A turn ends when one of them is used up; it does not ask the model for a last word, because a request without tools
/// after calls is one that some providers refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls of the model: 24.
    pub steps: u32,
    /// Equal tool calls in a row, or equal cycles of up to four calls: 3.
    pub repeats: u32,
    /// Tool calls that run: 64.
    pub calls: u32,
    /// Bytes of all tool results: one MiB.
    pub result_bytes: u64,
    /// Tokens read and written by the model, those of its cache among them: two million.
    pub tokens: u64,
    /// Time, without what the person takes to decide: ten minutes.
    pub duration: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 24,
            repeats: 3,
            calls: 64,
            result_bytes: 1 << 20,
            tokens: 2_000_000,
            duration: Duration::from_secs(600),
        }
    }
}

/// What a turn has used up.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) steps: u32,
    pub(super) result_bytes: u64,
    calls: u32,
    made: Vec<(ToolName, Value)>,
}

impl Spent {
    /// Whether the model may be called once more after its tools have run.
    pub(super) fn before_tools(&self, limits: &Limits, usage: &Usage) -> Option<TurnEnd> {
        if self.steps >= limits.steps {
            return Some(over(format!("{} calls of the model", limits.steps)));
        }
        let tokens = usage.input.saturating_add(usage.output);
        (tokens >= limits.tokens).then(|| over(format!("{} tokens", limits.tokens)))
    }

    /// Whether `more` calls may run.
    pub(super) fn calls(&mut self, more: usize, limits: &Limits) -> Option<TurnEnd> {
        self.calls = self.calls.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        (self.calls > limits.calls).then(|| over(format!("{} tool calls", limits.calls)))
    }

    /// Whether the results of tools are still few enough.
    pub(super) fn after_tools(&self, limits: &Limits) -> Option<TurnEnd> {
        (self.result_bytes > limits.result_bytes)
            .then(|| over(format!("{} bytes of tool results", limits.result_bytes)))
    }

    /// Whether `call`, which joins those made, is the last of a cycle that came round too often.
    pub(super) fn repeats(&mut self, call: &ToolCall, limits: &Limits) -> bool {
        self.made.push((call.name.clone(), call.input.clone()));
        let times = usize::try_from(limits.repeats).unwrap_or(usize::MAX).max(1);
        (1..=CYCLE).any(|length| {
            let newest: Vec<_> =
                self.made.iter().rev().take(length.saturating_mul(times)).collect();
            let is_whole = newest.len() == length.saturating_mul(times);
            is_whole && newest.iter().zip(newest.iter().skip(length)).all(|(one, two)| one == two)
        })
    }
}

pub(super) fn over(what: String) -> TurnEnd {
    TurnEnd::OverBudget { what }
}

/// Why a turn ended, for the model.
pub(super) fn reason(end: &TurnEnd) -> String {
    match end {
        TurnEnd::Repeating { tool } => {
            format!("`{tool}` was called in the same way again and again")
        }
        TurnEnd::OverBudget { what } => format!("the turn has used up {what}"),
        TurnEnd::Failed { message, .. } => message.clone(),
        TurnEnd::Answered | TurnEnd::OutOfTokens | TurnEnd::Refused | TurnEnd::Cancelled => {
            "the turn is over".to_owned()
        }
    }
}
