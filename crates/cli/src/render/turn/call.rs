//! A tool call on one line: what was asked, and what became of it.

use localgpt_guard::one_line;
use localgpt_protocol::{Citation, ToolCall, ToolOutcome, ToolResult};

use super::Signs;
use crate::{render::text::crop, wording::Wording};

/// The longest argument that is shown.
const LONGEST_ARGUMENT: usize = 60;
/// The longest reason that is shown.
const LONGEST_REASON: usize = 160;
/// The arguments that say most, in this order.
const TELLING: [&str; 9] =
    ["query", "question", "text", "path", "file", "url", "command", "pattern", "name"];

/// The tool and what it was asked: `memory_search “filter”`.
pub(super) fn asked(call: &ToolCall, wording: &Wording) -> String {
    let name = one_line(call.name.as_str());
    let telling = TELLING.iter().find_map(|key| call.input.get(key)?.as_str());
    let any = || call.input.as_object()?.values().find_map(|value| value.as_str());
    match telling.or_else(any).map(one_line) {
        Some(argument) if !argument.is_empty() => {
            let (open, close) = wording.quotation_marks;
            format!("{name} {open}{}{close}", crop(&argument, LONGEST_ARGUMENT))
        }
        Some(_) | None => name,
    }
}

/// The whole line.
pub(super) fn line(asked: &str, result: &ToolResult, signs: Signs, wording: &Wording) -> String {
    let words = &wording.turn;
    let became = match &result.outcome {
        ToolOutcome::Done(quoted) => match (citations(quoted.as_str()), words.notes) {
            (0, _) => words.done.to_owned(),
            (1, (note, _)) => format!("1 {note}"),
            (count, (_, notes)) => format!("{count} {notes}"),
        },
        ToolOutcome::Failed(quoted) => {
            format!("{}: {}", words.failed, reason(inner(quoted.as_str())))
        }
        ToolOutcome::Denied(why) => format!("{}: {}", words.denied, reason(why)),
    };
    match (signs, &result.outcome) {
        (Signs::Words, _) => format!("{} {asked}: {became}", words.tool),
        (Signs::Glyphs, ToolOutcome::Done(_)) => format!("{} {asked} → {became}", sign(result)),
        (Signs::Glyphs, ToolOutcome::Failed(_) | ToolOutcome::Denied(_)) => {
            format!("✗ {asked} → {became}")
        }
    }
}

fn sign(result: &ToolResult) -> char {
    match result.name.as_str().contains("search") {
        true => '⌕',
        false => '›',
    }
}

fn reason(text: &str) -> String {
    crop(&one_line(text), LONGEST_REASON).into_owned()
}

/// The text inside the fence that the model sees.
fn inner(quoted: &str) -> &str {
    let text = quoted.split_once(">\n").map_or(quoted, |(_, text)| text);
    text.rsplit_once("\n</").map_or(text, |(text, _)| text)
}

/// How many different places of notes the text names.
fn citations(quoted: &str) -> usize {
    let is_edge = |character: char| "[](){}`\"',.;:".contains(character);
    let mut places: Vec<Citation> = inner(quoted)
        .split_whitespace()
        .filter_map(|word| word.trim_matches(is_edge).parse().ok())
        .collect();
    places.sort();
    places.dedup();
    places.len()
}
