//! The lines of an answer, put together.

use localgpt_protocol::{AssistantPart, ProviderError, Reply, Request, StopReason, Usage};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    accumulate::Finished, call_ids::NewIds, refusal, retry::Watched, text_call::object,
    voice::Voice,
};

/// An answer that arrives line by line.
#[derive(Debug)]
pub(super) struct Answer {
    voice: Voice,
    calls: Finished,
    ids: NewIds,
    end: Option<(StopReason, Usage)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    message: Option<Said>,
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    content: Option<String>,
    thinking: Option<String>,
    tool_calls: Option<Vec<Call>>,
}

#[derive(Debug, Deserialize)]
struct Call {
    #[serde(default)]
    id: Option<String>,
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

impl Answer {
    /// Nothing of the answer to `request` is there yet.
    pub(super) fn new(request: &Request) -> Self {
        let (voice, ids) = (Voice::new(request), NewIds::new(request));
        Self { voice, calls: Finished::default(), ids, end: None }
    }

    /// Takes a line and shows what it says.
    pub(super) fn line(&mut self, line: &str, show: &mut Watched<'_>) -> Result<(), ProviderError> {
        if line.trim().is_empty() || self.end.is_some() {
            return Ok(());
        }
        let line: Line = serde_json::from_str(line)
            .map_err(|error| ProviderError::Protocol { message: error.to_string() })?;
        if let Some(error) = line.error {
            return Err(refusal::of_event(&error));
        }
        let Said { content, thinking, tool_calls } = line.message.unwrap_or_default();
        if let Some(thinking) = thinking {
            self.voice.think(&thinking, show);
        }
        if let Some(content) = content {
            self.voice.say(&content, show);
        }
        for Call { id, function } in tool_calls.unwrap_or_default() {
            let id = self.ids.id(id.as_deref(), "");
            self.calls.push(id, function.name, object(function.arguments));
        }
        if line.done {
            let stop = match line.done_reason.as_deref() {
                Some("length") => StopReason::MaxTokens,
                Some(_) | None => StopReason::End,
            };
            let usage = Usage {
                input: line.prompt_eval_count.unwrap_or(0),
                output: line.eval_count.unwrap_or(0),
                ..Usage::default()
            };
            self.end = Some((stop, usage));
        }
        Ok(())
    }

    /// The whole answer; an error if its end did not come.
    pub(super) fn finish(self, show: &mut Watched<'_>) -> Result<Reply, ProviderError> {
        let Self { voice, mut calls, mut ids, end } = self;
        let Some((stop, usage)) = end else {
            let message = "its last line is missing".to_owned();
            return Err(ProviderError::CutOff { message });
        };
        let (mut parts, written): (Vec<AssistantPart>, _) = voice.finish(stop, &calls.calls, show);
        for call in written {
            calls.push(ids.id(None, ""), call.name.to_string(), call.input);
        }
        let (calls, faults) = calls.into_parts();
        parts.extend(calls);
        Ok(Reply { parts, faults, stop, usage })
    }
}
