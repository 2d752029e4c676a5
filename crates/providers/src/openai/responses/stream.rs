//! What comes back from `/responses`: pieces to show, and whole items to keep.
//!
//! An item is taken from the event that says it is done. The numbers of items and parts are not needed, and not every
//! server sends them.

use localgpt_protocol::{
    AssistantPart, Capabilities, Delta, Price, ProviderError, Reply, Request, Seal, StopReason,
    Thinking, ToolCallId, Usage,
};
use serde_json::Value;

use crate::{
    accumulate::Finished,
    call_ids::NewIds,
    exchange::{Flow, Reader},
    json::{count, list, parse, text},
    refusal,
    retry::Watched,
    sse::SseEvent,
    text_call::{arguments, object},
};

/// An answer as far as it has come.
#[derive(Debug)]
pub(super) struct Reading {
    maker: String,
    price: Option<Price>,
    ids: NewIds,
    answer: String,
    parts: Vec<AssistantPart>,
    faults: Vec<(ToolCallId, String)>,
    refused: bool,
    /// What was shown of an item that is not done: it is lost only if the item never comes.
    shown: String,
    end: Option<StopReason>,
    usage: Usage,
}

impl Reading {
    /// Nothing of the answer to `request` is there yet.
    pub(super) fn new(capabilities: &Capabilities, request: &Request) -> Self {
        Self {
            maker: capabilities.model.to_string(),
            price: capabilities.price,
            ids: NewIds::new(request),
            answer: String::new(),
            parts: Vec::new(),
            faults: Vec::new(),
            refused: false,
            shown: String::new(),
            end: None,
            usage: Usage::default(),
        }
    }

    fn item(&mut self, item: &Value) {
        match text(item, "/type") {
            "message" => {
                let mut said = String::new();
                for part in list(item, "/content") {
                    said.push_str(text(part, "/text"));
                    said.push_str(text(part, "/refusal"));
                    self.refused |= text(part, "/type") == "refusal";
                }
                self.shown.clear();
                if !said.is_empty() {
                    self.parts.push(AssistantPart::Text(said));
                }
            }
            "reasoning" => {
                let texts = |place| list(item, place).iter().map(|part| text(part, "/text"));
                let thoughts: Vec<&str> = texts("/summary").chain(texts("/content")).collect();
                // Without the sealed text, the server would look for what it did not store.
                let seal = (!text(item, "/encrypted_content").is_empty())
                    .then(|| Seal { maker: self.maker.clone(), block: item.clone() });
                let thinking = Thinking { text: thoughts.join("\n\n"), seal };
                if !thinking.text.is_empty() || thinking.seal.is_some() {
                    self.parts.push(AssistantPart::Thinking(thinking));
                }
            }
            "function_call" => {
                let id = self.ids.id(Some(text(item, "/call_id")), &self.answer);
                let input = match item.get("arguments") {
                    Some(Value::String(text)) => arguments(text),
                    Some(value) => object(value.clone()),
                    None => object(Value::Null),
                };
                let mut finished = Finished::default();
                finished.push(id, text(item, "/name").to_owned(), input);
                let (calls, faults) = finished.into_parts();
                self.parts.extend(calls);
                self.faults.extend(faults);
            }
            // What the server does by itself; nobody asked for it.
            _ => {}
        }
    }

    fn end(&mut self, response: &Value, is_complete: bool) {
        // Should the events of the items be missing, they stand in the last one.
        if self.parts.is_empty() {
            for item in list(response, "/output") {
                self.item(item);
            }
        }
        let count = |place: &str| count(response, place).unwrap_or_default();
        self.usage = Usage {
            input: count("/usage/input_tokens"),
            cache_read: count("/usage/input_tokens_details/cached_tokens"),
            cache_write: count("/usage/input_tokens_details/cache_write_tokens"),
            output: count("/usage/output_tokens"),
            microdollars: None,
        };
        self.end = Some(match text(response, "/incomplete_details/reason") {
            "content_filter" => StopReason::Refusal,
            _ if !is_complete => StopReason::MaxTokens,
            _ if self.refused => StopReason::Refusal,
            _ => StopReason::End,
        });
    }
}

impl Reader for Reading {
    fn event(&mut self, event: &SseEvent, show: &mut Watched<'_>) -> Result<Flow, ProviderError> {
        if event.data.trim() == "[DONE]" {
            return Ok(Flow::Over);
        }
        let data = parse(event.data.as_bytes())?;
        let nothing = Value::Null;
        let response = data.get("response").unwrap_or(&nothing);
        match text(&data, "/type") {
            "response.created" => text(response, "/id").clone_into(&mut self.answer),
            "response.output_text.delta" | "response.refusal.delta" => {
                self.shown.push_str(text(&data, "/delta"));
                show.show(Delta::Text(text(&data, "/delta").to_owned()));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                show.show(Delta::Thinking(text(&data, "/delta").to_owned()));
            }
            "response.output_item.done" => self.item(data.get("item").unwrap_or(&nothing)),
            "response.completed" => self.end(response, true),
            "response.incomplete" => self.end(response, false),
            "response.failed" => {
                return Err(refusal::of_event(response.get("error").unwrap_or(&nothing)));
            }
            kind => {
                let error = data.get("error").filter(|error| !error.is_null());
                match (error, kind, event.name.as_str()) {
                    (Some(error), _, _) => return Err(refusal::of_event(error)),
                    (None, "error", _) | (None, _, "error") => {
                        return Err(refusal::of_event(&data));
                    }
                    // What was added, parts, arguments in pieces, and what may come later.
                    (None, _, _) => {}
                }
            }
        }
        Ok(if self.end.is_some() { Flow::Over } else { Flow::More })
    }

    fn is_done(&self) -> bool {
        self.end.is_some()
    }

    fn reply(mut self, _show: &mut Watched<'_>) -> Result<Reply, ProviderError> {
        let Some(stop) = self.end else {
            let message = "its end is missing".to_owned();
            return Err(ProviderError::CutOff { message });
        };
        if !self.shown.is_empty() {
            self.parts.push(AssistantPart::Text(self.shown));
        }
        let usage = self.usage.priced(self.price);
        Ok(Reply { parts: self.parts, faults: self.faults, stop, usage })
    }
}

#[cfg(test)]
mod tests {
    use localgpt_testkit::{any_model, any_request};
    use proptest::prelude::*;

    use super::*;

    fn reading() -> Reading {
        Reading::new(&any_model(), &any_request())
    }

    /// Something like an event of the protocol.
    const EVENT: &str = r#"\{"type":"(response\.(output_item\.done|completed|incomplete|failed|output_text\.delta))","(delta|item|response)":(\{"type":"(message|reasoning|function_call)","(content|arguments|summary)":("[a-z\{]{0,4}"|[0-9]|null|\[\{"text":"a"\}\])\}|"[a-z]{0,3}"|[0-9])\}|.{0,9}"#;

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
