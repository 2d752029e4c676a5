//! What goes over the wire to `/responses`.

use std::borrow::Cow;

use localgpt_protocol::{
    AssistantPart, Capabilities, Message, ProviderError, Request, Thinking, ToolSpec, UserPart,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    call_ids::{CallIds, fit, fit_name},
    exchange::Seals,
};

/// The server takes no smaller limit.
const LEAST_OUTPUT: u32 = 16;
/// Models that do not reason, and refuse to be asked for it.
const NOT_REASONING: [&str; 3] = ["gpt-3", "gpt-4", "chatgpt-4o"];

#[derive(Debug, Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    store: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    include: &'static [&'static str],
    max_output_tokens: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    instructions: String,
    input: Vec<Item<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    /// Our schemas have optional properties, which the strict kind does not know.
    strict: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Message {
        role: &'static str,
        content: Vec<Part<'a>>,
    },
    FunctionCall {
        call_id: Cow<'a, str>,
        name: Cow<'a, str>,
        arguments: String,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: &'a str,
    },
    /// Reasoning, as it came.
    #[serde(untagged)]
    Sealed(&'a Value),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    InputText { text: &'a str },
    InputImage { image_url: String },
    OutputText { text: &'a str },
}

/// The request as bytes.
pub(super) fn body(
    capabilities: &Capabilities,
    request: &Request,
    seals: Seals,
) -> Result<Vec<u8>, ProviderError> {
    let model = capabilities.model.model();
    let instructions = [&request.instructions.stable, &request.instructions.changing];
    let instructions: Vec<&str> = instructions
        .into_iter()
        .map(String::as_str)
        .filter(|text| !text.trim().is_empty())
        .collect();
    let is_reasoning = !NOT_REASONING.iter().any(|name| model.starts_with(name));
    let body = Body {
        model,
        stream: true,
        store: false,
        include: if is_reasoning { &["reasoning.encrypted_content"] } else { &[] },
        max_output_tokens: request.max_tokens.min(capabilities.max_output).max(LEAST_OUTPUT),
        // However the turn wants them called: the server can read calls, and tools are never lost.
        tools: tools(&request.tools),
        instructions: instructions.join("\n\n"),
        input: items(&seals.maker(capabilities), &request.messages),
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
            r#type: "function",
            name: spec.name.as_str(),
            description: &spec.description,
            parameters: &spec.input_schema,
            strict: false,
        })
        .collect()
}

fn items<'a>(maker: &str, messages: &'a [Message]) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for message in messages {
        match message {
            Message::User(parts) => {
                let content: Vec<Part<'a>> = parts.iter().filter_map(user).collect();
                if !content.is_empty() {
                    items.push(Item::Message { role: "user", content });
                }
            }
            Message::Assistant(parts) => {
                let begun = items.len();
                items.extend(parts.iter().filter_map(|part| assistant(maker, part)));
                // Reasoning without what it led to is refused.
                while items.len() > begun && matches!(items.last(), Some(Item::Sealed(_))) {
                    items.pop();
                }
            }
            Message::ToolResults(results) => {
                items.extend(results.iter().map(|result| Item::FunctionCallOutput {
                    call_id: fit(result.call.as_str(), CallIds::Plain),
                    output: result.outcome.text(),
                }));
            }
        }
    }
    items
}

fn user(part: &UserPart) -> Option<Part<'_>> {
    let text = |text: &'_ str| !text.trim().is_empty();
    match part {
        UserPart::Text(words) => text(words).then_some(Part::InputText { text: words }),
        UserPart::Recalled(recalled) => Some(Part::InputText { text: recalled.notes.as_str() }),
        UserPart::Attached(attached) => Some(Part::InputText { text: attached.text.as_str() }),
        UserPart::Image(image) => {
            let image_url = format!("data:{};base64,{}", image.media_type, image.data);
            Some(Part::InputImage { image_url })
        }
    }
}

fn assistant<'a>(maker: &str, part: &'a AssistantPart) -> Option<Item<'a>> {
    match part {
        AssistantPart::Text(text) if text.trim().is_empty() => None,
        AssistantPart::Text(text) => {
            let content = vec![Part::OutputText { text }];
            Some(Item::Message { role: "assistant", content })
        }
        AssistantPart::Thinking(Thinking { seal, .. }) => {
            let seal = seal.as_ref().filter(|seal| seal.maker == maker)?;
            Some(Item::Sealed(&seal.block))
        }
        AssistantPart::ToolCall(call) => Some(Item::FunctionCall {
            call_id: fit(call.id.as_str(), CallIds::Plain),
            name: fit_name(call.name.as_str()),
            arguments: call.input.to_string(),
        }),
    }
}
