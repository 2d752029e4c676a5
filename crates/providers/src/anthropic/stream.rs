//! What comes back from `/v1/messages`: events about blocks that may overlap, put together by their index.

use std::collections::BTreeMap;

use localgpt_protocol::{
    AssistantPart, Capabilities, Delta, Price, ProviderError, Reply, Request, Seal, StopReason,
    Thinking, Usage,
};
use serde_json::{Value, json};

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
    blocks: BTreeMap<u64, Block>,
    stop: Option<String>,
    tokens: Tokens,
    is_over: bool,
}

/// One block, with what its pieces have added up to.
#[derive(Debug)]
enum Block {
    Text(String),
    /// The block as it began, its text and its signature.
    Thinking {
        begun: Value,
        text: String,
        signature: String,
    },
    /// Reasoning that only its maker can read.
    Redacted(Value),
    Call {
        id: String,
        name: String,
        input: Value,
        pieces: String,
    },
    /// Something that nobody asked for.
    Other,
}

/// The last figures that were said: later ones stand for the whole answer.
#[derive(Debug, Default)]
struct Tokens {
    plain: u64,
    cache_write: u64,
    cache_read: u64,
    output: u64,
}

impl Reading {
    /// Nothing of the answer to `request` is there yet.
    pub(super) fn new(capabilities: &Capabilities, request: &Request) -> Self {
        Self {
            maker: capabilities.model.to_string(),
            price: capabilities.price,
            ids: NewIds::new(request),
            answer: String::new(),
            blocks: BTreeMap::new(),
            stop: None,
            tokens: Tokens::default(),
            is_over: false,
        }
    }

    fn begin(&mut self, index: u64, block: &Value, show: &mut Watched<'_>) {
        let begun = match text(block, "/type") {
            "text" => {
                let words = text(block, "/text").to_owned();
                show.show(Delta::Text(words.clone()));
                Block::Text(words)
            }
            "thinking" => {
                let words = text(block, "/thinking").to_owned();
                show.show(Delta::Thinking(words.clone()));
                let signature = text(block, "/signature").to_owned();
                Block::Thinking { begun: block.clone(), text: words, signature }
            }
            "redacted_thinking" => Block::Redacted(block.clone()),
            "tool_use" => Block::Call {
                id: text(block, "/id").to_owned(),
                name: text(block, "/name").to_owned(),
                input: block.get("input").cloned().unwrap_or_default(),
                pieces: String::new(),
            },
            _ => Block::Other,
        };
        self.blocks.insert(index, begun);
    }

    fn go_on(&mut self, index: u64, delta: &Value, show: &mut Watched<'_>) {
        match (self.blocks.get_mut(&index), text(delta, "/type")) {
            (Some(Block::Text(words)), "text_delta") => {
                let more = text(delta, "/text");
                words.push_str(more);
                show.show(Delta::Text(more.to_owned()));
            }
            (Some(Block::Thinking { text: words, .. }), "thinking_delta") => {
                let more = text(delta, "/thinking");
                words.push_str(more);
                show.show(Delta::Thinking(more.to_owned()));
            }
            (Some(Block::Thinking { signature, .. }), "signature_delta") => {
                signature.push_str(text(delta, "/signature"));
            }
            (Some(Block::Call { pieces, .. }), "input_json_delta") => {
                pieces.push_str(text(delta, "/partial_json"));
            }
            // Citations, and what may come later.
            _ => {}
        }
    }

    fn count(&mut self, usage: &Value) {
        let Tokens { plain, cache_write, cache_read, output } = &mut self.tokens;
        for (place, tokens) in [
            ("/input_tokens", plain),
            ("/cache_creation_input_tokens", cache_write),
            ("/cache_read_input_tokens", cache_read),
            ("/output_tokens", output),
        ] {
            if let Some(said) = count(usage, place) {
                *tokens = said;
            }
        }
    }

    fn usage(&self) -> Usage {
        let Tokens { plain, cache_write, cache_read, output } = self.tokens;
        let input = plain.saturating_add(cache_write).saturating_add(cache_read);
        let usage = Usage { input, cache_read, cache_write, output, microdollars: None };
        usage.priced(self.price)
    }
}

impl Reader for Reading {
    fn event(&mut self, event: &SseEvent, show: &mut Watched<'_>) -> Result<Flow, ProviderError> {
        if event.data.trim() == "[DONE]" {
            // Some servers end every stream like that.
            return Ok(Flow::More);
        }
        let data = parse(event.data.as_bytes())?;
        let named = text(&data, "/type");
        let index = count(&data, "/index").unwrap_or_default();
        // llama.cpp names an error only outside of its data.
        if event.name == "error" || named == "error" {
            return Err(refusal::of_event(data.get("error").unwrap_or(&data)));
        }
        match named {
            "message_start" => {
                text(&data, "/message/id").clone_into(&mut self.answer);
                self.count(data.pointer("/message/usage").unwrap_or(&Value::Null));
                for (index, block) in (0..).zip(list(&data, "/message/content")) {
                    self.begin(index, block, show);
                }
            }
            "content_block_start" => {
                self.begin(index, data.get("content_block").unwrap_or(&Value::Null), show);
            }
            "content_block_delta" => {
                self.go_on(index, data.get("delta").unwrap_or(&Value::Null), show);
            }
            "message_delta" => {
                let reason = text(&data, "/delta/stop_reason");
                if !reason.is_empty() {
                    self.stop = Some(reason.to_owned());
                }
                self.count(data.get("usage").unwrap_or(&Value::Null));
            }
            "message_stop" => {
                self.is_over = true;
                return Ok(Flow::Over);
            }
            // The end of a block, a sign of life, and what may come later.
            _ => {}
        }
        Ok(Flow::More)
    }

    fn is_done(&self) -> bool {
        self.is_over
    }

    fn reply(mut self, _show: &mut Watched<'_>) -> Result<Reply, ProviderError> {
        let cut_off = |message: &str| ProviderError::CutOff { message: message.to_owned() };
        if !self.is_over {
            return Err(cut_off("its end is missing"));
        }
        let reason = self.stop.take().ok_or_else(|| cut_off("it does not say why it ended"))?;
        let usage = self.usage();
        let mut parts = Vec::new();
        let mut faults = Vec::new();
        for block in std::mem::take(&mut self.blocks).into_values() {
            match block {
                Block::Text(text) if text.is_empty() => {}
                Block::Text(text) => parts.push(AssistantPart::Text(text)),
                Block::Thinking { begun, text, signature } => {
                    parts.extend(thinking(&self.maker, begun, text, &signature));
                }
                Block::Redacted(block) => {
                    let seal = Some(Seal { maker: self.maker.clone(), block });
                    parts.push(AssistantPart::Thinking(Thinking { text: String::new(), seal }));
                }
                Block::Call { id, name, input, pieces } => {
                    let input = if pieces.is_empty() { object(input) } else { arguments(&pieces) };
                    let mut finished = Finished::default();
                    finished.push(self.ids.id(Some(&id), &self.answer), name, input);
                    let (calls, wrong) = finished.into_parts();
                    parts.extend(calls);
                    faults.extend(wrong);
                }
                Block::Other => {}
            }
        }
        let stop = match reason.as_str() {
            "model_context_window_exceeded" if parts.is_empty() => {
                let message = "there was no room left for an answer".to_owned();
                return Err(ProviderError::TooLong { message });
            }
            "max_tokens" | "model_context_window_exceeded" => StopReason::MaxTokens,
            "refusal" => StopReason::Refusal,
            _ => StopReason::End,
        };
        Ok(Reply { parts, faults, stop, usage })
    }
}

/// Reasoning goes back as it came; without a signature its maker would not take it.
fn thinking(maker: &str, mut begun: Value, text: String, signature: &str) -> Option<AssistantPart> {
    if text.is_empty() && signature.is_empty() {
        return None;
    }
    let seal = (!signature.is_empty()).then(|| {
        if let Some(block) = begun.as_object_mut() {
            block.insert("thinking".to_owned(), json!(text));
            block.insert("signature".to_owned(), json!(signature));
        }
        Seal { maker: maker.to_owned(), block: begun }
    });
    Some(AssistantPart::Thinking(Thinking { text, seal }))
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
    const EVENT: &str = r#"\{"type":"(message_start|content_block_start|content_block_delta|message_delta|message_stop)","index":[0-9],"(delta|content_block|message)":\{"type":"(text|thinking|tool_use|text_delta|thinking_delta|input_json_delta)","(text|thinking|partial_json|stop_reason|id)":("[a-z\{]{0,4}"|[0-9]|null|\[\])\}\}|.{0,9}"#;

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
