//! What comes back from `/chat/completions`: pieces of one message, in the dialects of many servers.

use localgpt_protocol::{
    AssistantPart, Capabilities, Price, ProviderError, Reply, Request, Seal, StopReason, Thinking,
    Usage,
};
use serde_json::{Value, json};

use crate::{
    accumulate::{Calls, Piece},
    call_ids::NewIds,
    catalog::{Quirks, ReasoningBack},
    exchange::{Flow, Reader},
    json::{count, list, parse, text},
    refusal,
    retry::Watched,
    sse::SseEvent,
    voice::Voice,
};

/// An answer as far as it has come.
#[derive(Debug)]
pub(super) struct Reading {
    price: Option<Price>,
    sealing: Sealing,
    ids: NewIds,
    answer: String,
    voice: Voice,
    calls: Calls,
    refused: bool,
    finish: Option<String>,
    usage: Option<Usage>,
    is_over: bool,
}

impl Reading {
    /// Nothing of the answer to `request` is there yet.
    pub(super) fn new(capabilities: &Capabilities, quirks: Quirks, request: &Request) -> Self {
        Self {
            price: capabilities.price,
            sealing: Sealing {
                maker: capabilities.model.to_string(),
                reasoning: quirks.reasoning,
                extras: Vec::new(),
            },
            ids: NewIds::new(request),
            answer: String::new(),
            voice: Voice::new(request),
            calls: Calls::default(),
            refused: false,
            finish: None,
            usage: None,
            is_over: false,
        }
    }

    fn choice(&mut self, choice: &Value, show: &mut Watched<'_>) {
        for place in ["/delta/reasoning_content", "/delta/reasoning"] {
            let thought = text(choice, place);
            if !thought.is_empty() {
                self.voice.think(thought, show);
                break;
            }
        }
        self.voice.say(text(choice, "/delta/content"), show);
        let refusal = text(choice, "/delta/refusal");
        if !refusal.is_empty() {
            self.refused = true;
            self.voice.tell(refusal, show);
        }
        for call in list(choice, "/delta/tool_calls") {
            let at = self.calls.push(Piece {
                index: count(call, "/index"),
                id: text(call, "/id"),
                name: text(call, "/function/name"),
                arguments: call.pointer("/function/arguments"),
            });
            if let Some(extra) = call.get("extra_content").filter(|extra| !extra.is_null()) {
                self.sealing.extras.push((at, extra.clone()));
            }
        }
        let finish = text(choice, "/finish_reason");
        if !finish.is_empty() {
            self.finish = Some(finish.to_owned());
        }
    }

    fn count(&mut self, usage: &Value) {
        let Some(input) = count(usage, "/prompt_tokens") else { return };
        let written = count(usage, "/completion_tokens").unwrap_or_default();
        // Some leave the reasoning out of what was written, but not out of the sum.
        let sum = count(usage, "/total_tokens").unwrap_or_default();
        let cached = ["/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens"];
        let dollars = usage.get("cost").and_then(Value::as_f64);
        self.usage = Some(Usage {
            input,
            cache_read: cached.iter().find_map(|place| count(usage, place)).unwrap_or_default(),
            cache_write: count(usage, "/prompt_tokens_details/cache_write_tokens")
                .unwrap_or_default(),
            output: written.max(sum.saturating_sub(input)),
            microdollars: dollars.map(|dollars| (dollars * 1e6).ceil() as u64),
        });
    }
}

/// What the maker of an answer wants to see again.
#[derive(Debug)]
struct Sealing {
    maker: String,
    reasoning: ReasoningBack,
    /// What belongs to a call, by its place, and has to go back with it.
    extras: Vec<(usize, Value)>,
}

impl Sealing {
    /// Marks the reasoning with it.
    fn seal(self, parts: &mut Vec<AssistantPart>, calls: &[AssistantPart]) {
        let id = |at: usize| match calls.get(at) {
            Some(AssistantPart::ToolCall(call)) => Some(call.id.clone()),
            _ => None,
        };
        let seal = |block: Value| Some(Seal { maker: self.maker.clone(), block });
        if self.reasoning == ReasoningBack::WithCalls && !calls.is_empty() {
            for part in parts.iter_mut() {
                if let AssistantPart::Thinking(thinking) = part {
                    thinking.seal = seal(json!({ "reasoning_content": thinking.text }));
                }
            }
        }
        for (at, extra) in &self.extras {
            if let Some(id) = id(*at) {
                let block = json!({ "call": id, "extra_content": extra });
                let thinking = Thinking { text: String::new(), seal: seal(block) };
                parts.push(AssistantPart::Thinking(thinking));
            }
        }
    }
}

impl Reader for Reading {
    fn event(&mut self, event: &SseEvent, show: &mut Watched<'_>) -> Result<Flow, ProviderError> {
        if event.data.trim() == "[DONE]" {
            self.is_over = true;
            return Ok(Flow::Over);
        }
        let data = parse(event.data.as_bytes())?;
        if let Some(error) = data.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::of_event(error));
        }
        if event.name == "error" {
            return Err(refusal::of_event(&data));
        }
        if self.answer.is_empty() {
            text(&data, "/id").clone_into(&mut self.answer);
        }
        if let Some(choice) = list(&data, "/choices").first() {
            self.choice(choice, show);
        }
        // Groq puts it elsewhere.
        for place in ["/usage", "/x_groq/usage"] {
            self.count(data.pointer(place).unwrap_or(&Value::Null));
        }
        Ok(Flow::More)
    }

    fn is_done(&self) -> bool {
        self.is_over || self.finish.is_some()
    }

    fn reply(mut self, show: &mut Watched<'_>) -> Result<Reply, ProviderError> {
        if !self.is_done() {
            let message = "its end is missing".to_owned();
            return Err(ProviderError::CutOff { message });
        }
        let stop = match self.finish.as_deref() {
            Some("length" | "max_tokens" | "model_length") => StopReason::MaxTokens,
            Some("content_filter" | "refusal") => StopReason::Refusal,
            Some("error") => {
                let message = "it says that it ended with an error".to_owned();
                return Err(ProviderError::Failed { message });
            }
            Some(_) | None if self.refused => StopReason::Refusal,
            Some(_) | None => StopReason::End,
        };
        let mut calls = self.calls.finish(&mut self.ids, &self.answer);
        let (mut parts, written) = self.voice.finish(stop, &calls.calls, show);
        for call in written {
            calls.push(self.ids.id(None, &self.answer), call.name.to_string(), call.input);
        }
        let (calls, faults) = calls.into_parts();
        self.sealing.seal(&mut parts, &calls);
        parts.extend(calls);
        // What was not counted is not free.
        let usage = self.usage.map(|usage| usage.priced(self.price)).unwrap_or_default();
        Ok(Reply { parts, faults, stop, usage })
    }
}

#[cfg(test)]
mod tests {
    use localgpt_testkit::{any_model, any_request};
    use proptest::prelude::*;

    use super::*;

    fn reading() -> Reading {
        Reading::new(&any_model(), Quirks::NONE, &any_request())
    }

    /// Something like an event of the protocol.
    const EVENT: &str = r#"\{"choices":\[\{"(delta|finish_reason)":(\{"(content|tool_calls|reasoning|refusal)":("[a-z<>/]{0,9}"|\[\{"index":[0-9],"id":"[ab]?","function":\{"name":"f?","arguments":("[\{\}]?"|[0-9]|\{\})\}\}\])\}|"stop")\}\]\}|\[DONE\]|.{0,9}"#;

    proptest! {
        #[test]
        fn no_event_makes_it_panic(events in prop::collection::vec(EVENT, 0..12)) {
            let mut reading = reading();
            let mut ignore = |_delta| {};
            let mut show = Watched::new(&mut ignore);
            for data in events {
                let event = SseEvent { name: String::new(), data };
                let _flow = reading.event(&event, &mut show);
            }
            let _reply = reading.reply(&mut show);
        }
    }
}
