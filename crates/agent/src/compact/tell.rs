//! Old messages as a text to read, for the model that summarises them.
//!
//! Invariant: neither recalled notes nor the results of tools that only read are in it: what memory holds already must
//! not come back as something new, and what was looked up can be looked up again.

use localgpt_protocol::{
    AssistantPart, Message, Risk, ToolOutcome, ToolResult, ToolSpec, UserPart,
};

use super::Entry;
use crate::tokens::{clip, estimate};

/// The most tokens of one message, to begin with.
const MESSAGE: u32 = 1_000;
/// The fewest, however much there is.
const LEAST: u32 = 32;
/// The most tokens of a call's input and of a tool's result.
const TOOL: u32 = 100;

/// Tells `old` in at most `most` pieces of at most `room` tokens. Messages are shortened until they fit; where that is
/// not enough, the middle is left out.
pub(super) fn tell(old: &[Entry], tools: &[ToolSpec], room: u32, most: usize) -> Vec<String> {
    let mut limit = MESSAGE.min(room);
    let mut pieces = loop {
        let lines = old.iter().filter_map(|entry| line(&entry.message, tools, limit));
        let pieces = grouped(lines, room);
        if pieces.len() <= most || limit <= LEAST {
            break pieces;
        }
        limit = (limit / 2).max(LEAST);
    };
    if pieces.len() > most {
        let newest = pieces.split_off(pieces.len() - most.saturating_sub(1).max(1));
        pieces.truncate(most.saturating_sub(newest.len()));
        pieces.extend(newest);
    }
    pieces
}

fn grouped(lines: impl Iterator<Item = String>, room: u32) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut size = 0;
    for line in lines {
        let tokens = estimate(&line).saturating_add(1);
        match pieces.last_mut() {
            Some(piece) if size + tokens <= room => {
                piece.push('\n');
                piece.push_str(&line);
                size += tokens;
            }
            _ => {
                pieces.push(line);
                size = tokens;
            }
        }
    }
    pieces
}

fn line(message: &Message, tools: &[ToolSpec], limit: u32) -> Option<String> {
    let lines: Vec<String> = match message {
        Message::User(parts) => parts.iter().filter_map(user_line).collect(),
        Message::Assistant(parts) => parts.iter().filter_map(assistant_line).collect(),
        Message::ToolResults(results) => {
            results.iter().filter_map(|result| result_line(result, tools)).collect()
        }
    };
    let text = clip(&lines.join("\n"), limit.saturating_sub(1));
    (!text.is_empty()).then_some(text)
}

fn user_line(part: &UserPart) -> Option<String> {
    match part {
        UserPart::Text(text) if text.trim().is_empty() => None,
        UserPart::Text(text) => Some(format!("Person: {}", text.trim())),
        UserPart::Recalled(_) => None,
        UserPart::Attached(attached) => Some(format!("Person: (the file {})", attached.name)),
        UserPart::Image(_) => Some("Person: (a picture)".to_owned()),
    }
}

fn assistant_line(part: &AssistantPart) -> Option<String> {
    match part {
        AssistantPart::Text(text) if text.trim().is_empty() => None,
        AssistantPart::Text(text) => Some(format!("Assistant: {}", text.trim())),
        AssistantPart::Thinking(_) => None,
        AssistantPart::ToolCall(call) => {
            Some(format!("Assistant called {}: {}", call.name, clip(&call.input.to_string(), TOOL)))
        }
    }
}

fn result_line(result: &ToolResult, tools: &[ToolSpec]) -> Option<String> {
    let spec = tools.iter().find(|spec| spec.name == result.name);
    let is_reading = spec.is_some_and(|spec| spec.risk == Risk::Read);
    match &result.outcome {
        ToolOutcome::Denied(reason) => Some(format!("{} did not run: {reason}", result.name)),
        ToolOutcome::Done(_) | ToolOutcome::Failed(_) if is_reading => None,
        ToolOutcome::Done(quoted) | ToolOutcome::Failed(quoted) => {
            // Without its fence, which is not this text's.
            let lines: Vec<&str> =
                quoted.as_str().lines().filter(|line| !line.contains(['<', '>'])).collect();
            Some(format!("{} answered: {}", result.name, clip(&lines.join(" "), TOOL)))
        }
    }
}
