//! A question about a call: what it would do, why it is asked, what can be answered.

use localgpt_guard::{one_line, visible};
use localgpt_protocol::{Approval, Decision};

use crate::wording::TurnWording;

/// The lines of a preview that are shown unasked.
const PREVIEW: usize = 60;

/// The lines of a question. They hold nothing that steers a terminal.
pub(super) fn lines(approval: &Approval, words: &TurnWording) -> Vec<String> {
    let mut lines: Vec<String> =
        approval.effects.iter().map(|effect| format!("? {}", one_line(effect))).collect();
    lines.push(format!("  {}: {}", approval.rule, one_line(&approval.reason)));
    let preview = approval.preview.as_deref().unwrap_or_default();
    // A preview that only repeats the effect tells nothing.
    let is_said = approval.effects.iter().any(|effect| effect.contains(preview.trim()));
    let shown = visible(if is_said { "" } else { preview });
    lines.extend(shown.lines().take(PREVIEW).map(|line| format!("  │ {line}")));
    let hidden = shown.lines().count().saturating_sub(PREVIEW);
    if hidden > 0 {
        lines.push(format!("  │ … {hidden} {}", words.lines_more));
    }
    lines.push(format!("  {}", answers(approval, words)));
    lines
}

/// What can be answered.
fn answers(approval: &Approval, words: &TurnWording) -> String {
    match approval.grants.is_empty() {
        true => words.may_it.to_owned(),
        false => {
            let grants: Vec<String> = approval.grants.iter().map(|grant| one_line(grant)).collect();
            format!("{} [{}]", words.may_it_later, grants.join("; "))
        }
    }
}

/// What was answered.
pub(super) fn answered(decision: &Decision, words: &TurnWording) -> &'static str {
    match decision {
        Decision::Once => words.allowed_once,
        Decision::Session => words.allowed_in_session,
        Decision::Always => words.allowed_always,
        Decision::No => words.not_allowed,
        Decision::Expired | Decision::Unattended => words.not_answered,
    }
}
