//! One answer, put together from lines.
//!
//! What is shown comes from the stream, what stands in the reply from the finished pieces: when a
//! connection breaks, `claude` asks again, and only the pieces that it kept count.

use std::time::Duration;

use localgpt_protocol::{
    AssistantPart, Delta, Reply, StopReason, Thinking, ToolCall, ToolCallId, ToolName, Usage,
};
use serde_json::Value;

use super::{
    control::our_name,
    failure::Signs,
    wire::{Assistant, Block, Ending, Event, Line, Piece, System, Tokens},
};

/// What `claude` puts in place of arguments that it cannot read; it answers such a call by itself.
const UNPARSED: &str = "__unparsedToolInput";

/// An answer that is on its way.
#[derive(Debug, Default)]
pub(super) struct Turn {
    parts: Vec<AssistantPart>,
    faults: Vec<(ToolCallId, String)>,
    /// The calls of the message that is on its way: they stand when it ends.
    calls: Vec<ToolCall>,
    /// What the message that is being streamed took so far.
    streaming: Option<Tokens>,
    stop: Option<String>,
    usage: Usage,
    signs: Signs,
}

/// What a line brings.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing to do.
    Nothing,
    /// Something to show.
    Show(Delta),
    /// The model wants tools, and waits.
    CallsStand,
    /// The turn is over.
    Ended(Box<Ending>),
}

impl Turn {
    /// Takes a line that is no question.
    pub(super) fn take(&mut self, line: Line) -> Step {
        match line {
            Line::StreamEvent { event, parent_tool_use_id: None } => self.event(event),
            Line::Assistant(assistant) if assistant.parent_tool_use_id.is_none() => {
                self.finished(assistant)
            }
            Line::System(system) if system.subtype == "api_retry" => Step::Show(retrying(&system)),
            Line::RateLimitEvent { rate_limit_info } if rate_limit_info.status == "rejected" => {
                self.signs.resets_at = rate_limit_info.resets_at;
                Step::Nothing
            }
            Line::Result(ending) => Step::Ended(ending),
            Line::StreamEvent { .. }
            | Line::Assistant(_)
            | Line::System(_)
            | Line::RateLimitEvent { .. }
            | Line::ControlRequest { .. }
            | Line::ControlCancelRequest { .. }
            | Line::ControlResponse { .. }
            | Line::Other => Step::Nothing,
        }
    }

    /// Whether the call stands already, because its message was not streamed and so has no end to wait for.
    pub(super) fn stands(&self, call: &ToolCallId) -> bool {
        self.streaming.is_none() && self.calls.iter().any(|standing| standing.id == *call)
    }

    /// The calls that stand at the end of the answer.
    pub(super) fn calls(&self) -> Vec<ToolCallId> {
        self.calls.iter().map(|call| call.id.clone()).collect()
    }

    /// What was seen of a failure.
    pub(super) fn signs(&self) -> &Signs {
        &self.signs
    }

    /// What the streamed messages took.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// The reply that ends with calls.
    pub(super) fn with_calls(mut self) -> Reply {
        self.parts.extend(self.calls.into_iter().map(AssistantPart::ToolCall));
        let stop = match self.stop.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") => StopReason::MaxTokens,
            _ => StopReason::End,
        };
        Reply { parts: self.parts, faults: self.faults, stop, usage: self.usage }
    }

    /// The reply that ends the turn. Calls that are left never ran, and nobody waits for them.
    pub(super) fn ended(self, stop: StopReason, usage: Usage) -> Reply {
        Reply { parts: self.parts, faults: Vec::new(), stop, usage }
    }

    fn event(&mut self, event: Event) -> Step {
        match event {
            Event::MessageStart { message } => {
                // The message before has no end: its calls never stood.
                self.drop_calls();
                self.streaming = Some(message.usage);
                self.stop = None;
            }
            Event::ContentBlockDelta { delta: Piece::TextDelta { text } } => {
                return Step::Show(Delta::Text(text));
            }
            Event::ContentBlockDelta { delta: Piece::ThinkingDelta { thinking } } => {
                return Step::Show(Delta::Thinking(thinking));
            }
            Event::MessageDelta { delta, usage } => {
                self.stop = delta.stop_reason;
                if let Some(tokens) = &mut self.streaming {
                    tokens.replace(usage.unwrap_or_default());
                }
            }
            Event::MessageStop => {
                if let Some(tokens) = self.streaming.take() {
                    self.usage.add(tokens.usage());
                }
                if !self.calls.is_empty() {
                    return Step::CallsStand;
                }
            }
            Event::ContentBlockDelta { delta: Piece::Other } | Event::Other => {}
        }
        Step::Nothing
    }

    fn finished(&mut self, assistant: Assistant) -> Step {
        if let Some(kind) = assistant.error {
            // The text is the program's, not the model's; the end of the turn says it again.
            self.signs.kind = Some(kind);
            return Step::Nothing;
        }
        let mut not_streamed = String::new();
        for block in assistant.message.content {
            match block {
                Block::Text { text } => {
                    if self.streaming.is_none() {
                        not_streamed.push_str(&text);
                    }
                    self.add_text(text);
                }
                Block::Thinking { thinking } if !thinking.is_empty() => {
                    let thinking = Thinking { text: thinking, seal: None };
                    self.parts.push(AssistantPart::Thinking(thinking));
                }
                Block::ToolUse { id, name, input } => self.add_call(&id, &name, input),
                Block::Thinking { .. } | Block::Other => {}
            }
        }
        match not_streamed.is_empty() {
            true => Step::Nothing,
            false => Step::Show(Delta::Text(not_streamed)),
        }
    }

    /// Pieces of text are one: where the model was cut off, it went on in the middle of a word.
    fn add_text(&mut self, text: String) {
        match self.parts.last_mut() {
            Some(AssistantPart::Text(before)) => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.parts.push(AssistantPart::Text(text)),
        }
    }

    fn add_call(&mut self, id: &str, name: &str, input: Value) {
        let id = ToolCallId::new(id);
        let fault = match &input {
            Value::Object(fields) if fields.contains_key(UNPARSED) => "the arguments are no JSON",
            Value::Object(_) => "",
            _ => "the arguments are no JSON object",
        };
        let input = match fault.is_empty() {
            true => input,
            false => {
                self.faults.push((id.clone(), fault.to_owned()));
                Value::Object(serde_json::Map::new())
            }
        };
        self.calls.push(ToolCall { id, name: ToolName::new(our_name(name)), input });
    }

    fn drop_calls(&mut self) {
        self.calls.clear();
        self.faults.clear();
    }
}

fn retrying(system: &System) -> Delta {
    let what = system.error.as_deref().unwrap_or("unknown");
    let reason = match system.error_status {
        Some(status) => format!("{what} ({status})"),
        None => what.to_owned(),
    };
    let pause = system.retry_delay_ms.map(|ms| Duration::try_from_secs_f64(ms / 1000.0));
    Delta::Retrying { reason, pause: pause.and_then(Result::ok).unwrap_or_default() }
}

impl Tokens {
    /// Later figures replace earlier ones.
    fn replace(&mut self, later: Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.cache_read_input_tokens =
            later.cache_read_input_tokens.or(self.cache_read_input_tokens);
    }

    /// The same in our terms, where what is read from the cache counts as read.
    pub(super) fn usage(self) -> Usage {
        let cache_read = self.cache_read_input_tokens.unwrap_or_default();
        let cache_write = self.cache_creation_input_tokens.unwrap_or_default();
        let plain = self.input_tokens.unwrap_or_default();
        Usage {
            input: plain.saturating_add(cache_read).saturating_add(cache_write),
            cache_read,
            cache_write,
            output: self.output_tokens.unwrap_or_default(),
            microdollars: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_cannot_be_read_are_a_fault() {
        let mut turn = Turn::default();
        turn.add_call("a", "mcp__assistant__remember", serde_json::json!({ UNPARSED: {} }));
        turn.add_call("b", "Bash", Value::Null);
        turn.add_call("c", "mcp__assistant__recall", serde_json::json!({ "query": "x" }));
        let reply = turn.with_calls();
        let faulty: Vec<&str> = reply.faults.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(faulty, ["a", "b"]);
        let message = localgpt_protocol::Message::Assistant(reply.parts);
        let calls = message.calls().map(|call| format!("{} {}", call.name, call.input));
        let expected = ["remember {}", "Bash {}", "recall {\"query\":\"x\"}"];
        assert_eq!(calls.collect::<Vec<_>>(), expected);
    }
}
