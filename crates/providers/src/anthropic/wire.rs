//! What goes over the wire to `/v1/messages`.
//!
//! The same transcript always makes the same bytes, so that the server finds what it kept of it.

use std::borrow::Cow;

use localgpt_protocol::{
    AssistantPart, Capabilities, Instructions, Message, ProviderError, Request, ToolResult,
    ToolSpec, UserPart,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    call_ids::{CallIds, fit, fit_name},
    exchange::Seals,
};

#[derive(Debug, Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Block<'a>>,
    messages: Vec<Turn<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Mark>,
}

#[derive(Debug, Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

/// One block of a message. Only what a user message ends with can be marked.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<Mark>,
    },
    Image {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<Mark>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        input: &'a Value,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        content: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_error: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<Mark>,
    },
    /// Reasoning, as it came.
    #[serde(untagged)]
    Sealed(&'a Value),
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    r#type: &'static str,
    media_type: &'a str,
    data: &'a str,
}

/// Up to here the server keeps what it has read.
#[derive(Debug, Clone, Copy, Serialize)]
struct Mark {
    r#type: &'static str,
}

const MARK: Mark = Mark { r#type: "ephemeral" };
/// The server takes four marks; one is for what stands before the messages.
const MARKED_MESSAGES: usize = 2;

/// The request as bytes.
pub(super) fn body(
    capabilities: &Capabilities,
    request: &Request,
    seals: Seals,
) -> Result<Vec<u8>, ProviderError> {
    // However the turn wants them called: the server can read calls, and tools are never lost.
    let mut tools = tools(&request.tools);
    let system = system(&request.instructions);
    if let (true, Some(last)) = (request.instructions.stable.trim().is_empty(), tools.last_mut()) {
        last.cache_control = Some(MARK);
    }
    let body = Body {
        model: capabilities.model.model(),
        max_tokens: request.max_tokens.min(capabilities.max_output).max(1),
        stream: true,
        tools,
        system,
        messages: turns(&seals.maker(capabilities), &request.messages),
    };
    serde_json::to_vec(&body)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })
}

fn tools(specs: &[ToolSpec]) -> Vec<Tool<'_>> {
    let mut specs: Vec<&ToolSpec> = specs.iter().collect();
    specs.sort_by_key(|spec| spec.name.as_str());
    specs
        .into_iter()
        .map(|spec| Tool {
            name: spec.name.as_str(),
            description: &spec.description,
            input_schema: &spec.input_schema,
            cache_control: None,
        })
        .collect()
}

fn system(instructions: &Instructions) -> Vec<Block<'_>> {
    let parts = [(&instructions.stable, Some(MARK)), (&instructions.changing, None)];
    let said = parts.into_iter().filter(|(text, _)| !text.trim().is_empty());
    said.map(|(text, cache_control)| Block::Text { text, cache_control }).collect()
}

fn turns<'a>(maker: &str, messages: &'a [Message]) -> Vec<Turn<'a>> {
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for message in messages {
        let (role, content) = match message {
            Message::User(parts) => ("user", parts.iter().filter_map(user).collect()),
            Message::ToolResults(results) => ("user", results.iter().map(result).collect()),
            Message::Assistant(parts) => {
                let blocks = parts.iter().filter_map(|part| assistant(maker, part));
                ("assistant", blocks.collect::<Vec<_>>())
            }
        };
        match turns.last_mut() {
            _ if content.is_empty() => {}
            // What stood between them meant nothing to this model.
            Some(last) if last.role == role => last.content.extend(content),
            _ => turns.push(Turn { role, content }),
        }
    }
    let spoken = turns.iter_mut().rev().filter(|turn| turn.role == "user");
    for turn in spoken.take(MARKED_MESSAGES) {
        if let Some(
            Block::Text { cache_control, .. }
            | Block::Image { cache_control, .. }
            | Block::ToolResult { cache_control, .. },
        ) = turn.content.last_mut()
        {
            *cache_control = Some(MARK);
        }
    }
    turns
}

fn user(part: &UserPart) -> Option<Block<'_>> {
    match part {
        UserPart::Text(words) => text(words),
        UserPart::Recalled(recalled) => text(recalled.notes.as_str()),
        UserPart::Attached(attached) => text(attached.text.as_str()),
        UserPart::Image(image) => Some(Block::Image {
            source: Source { r#type: "base64", media_type: &image.media_type, data: &image.data },
            cache_control: None,
        }),
    }
}

fn assistant<'a>(maker: &str, part: &'a AssistantPart) -> Option<Block<'a>> {
    match part {
        AssistantPart::Text(words) => text(words),
        AssistantPart::Thinking(thinking) => {
            let seal = thinking.seal.as_ref().filter(|seal| seal.maker == maker)?;
            Some(Block::Sealed(&seal.block))
        }
        AssistantPart::ToolCall(call) => Some(Block::ToolUse {
            id: fit(call.id.as_str(), CallIds::Plain),
            name: fit_name(call.name.as_str()),
            input: &call.input,
        }),
    }
}

/// Text of nothing but space is refused.
fn text(text: &str) -> Option<Block<'_>> {
    (!text.trim().is_empty()).then_some(Block::Text { text, cache_control: None })
}

fn result(result: &ToolResult) -> Block<'_> {
    Block::ToolResult {
        tool_use_id: fit(result.call.as_str(), CallIds::Plain),
        content: result.outcome.text(),
        is_error: (!result.outcome.is_done()).then_some(true),
        cache_control: None,
    }
}
