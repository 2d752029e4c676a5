//! What goes over the wire to `/chat/completions`.

use std::borrow::Cow;

use localgpt_protocol::{
    AssistantPart, Capabilities, Instructions, Message, ProviderError, Request, Seal, Thinking,
    ToolSpec, UserPart,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    call_ids::{fit, fit_name},
    catalog::{LimitName, Quirks, ReasoningBack, UsageReport},
    exchange::Seals,
    written::Schema,
};

#[derive(Debug, Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format<'a>>,
    messages: Vec<Turn<'a>>,
}

/// What the answer has to be. It never stands beside tools.
#[derive(Debug, Serialize)]
struct Format<'a> {
    r#type: &'static str,
    json_schema: Named<'a>,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'static str,
    schema: &'a Schema,
    /// The strict kind knows no optional properties and no choice at the root.
    strict: bool,
}

#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

#[derive(Debug, Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
enum Turn<'a> {
    System {
        content: String,
    },
    User {
        content: Content<'a>,
    },
    Assistant {
        content: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning_content: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<Call<'a>>,
    },
    Tool {
        tool_call_id: Cow<'a, str>,
        content: &'a str,
    },
}

/// Plain text where that is enough: not every server takes a list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(String),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: Picture },
}

#[derive(Debug, Serialize)]
struct Picture {
    url: String,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    id: Cow<'a, str>,
    r#type: &'static str,
    function: Called<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<&'a Value>,
}

#[derive(Debug, Serialize)]
struct Called<'a> {
    name: Cow<'a, str>,
    arguments: String,
}

/// Who reads a transcript.
#[derive(Clone, Copy)]
struct Reader<'a> {
    maker: &'a str,
    quirks: Quirks,
}

/// Who is asked, and for what kind of answer.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The model.
    pub(super) capabilities: &'a Capabilities,
    /// What its server wants.
    pub(super) quirks: Quirks,
    /// What the answer must be, if it is a step in writing.
    pub(super) format: Option<&'a Schema>,
}

impl Asked<'_> {
    /// The request as bytes.
    pub(super) fn body(self, request: &Request, seals: Seals) -> Result<Vec<u8>, ProviderError> {
        let Self { capabilities, quirks, format } = self;
        let most = request.max_tokens.min(capabilities.max_output).max(1);
        let limit = |name| (quirks.limit == name).then_some(most);
        let maker = seals.maker(capabilities);
        let reader = Reader { maker: &maker, quirks };
        let named = |schema| Named { name: "step", schema, strict: false };
        let body = Body {
            model: capabilities.model.model(),
            stream: true,
            stream_options: match quirks.usage {
                UsageReport::OnRequest => Some(StreamOptions { include_usage: true }),
                UsageReport::Always => None,
            },
            max_tokens: limit(LimitName::MaxTokens),
            max_completion_tokens: limit(LimitName::MaxCompletionTokens),
            tools: tools(&request.tools),
            response_format: format
                .map(|schema| Format { r#type: "json_schema", json_schema: named(schema) }),
            messages: reader.turns(&request.instructions, &request.messages),
        };
        serde_json::to_vec(&body)
            .map_err(|error| ProviderError::Protocol { message: error.to_string() })
    }
}

fn tools(specs: &[ToolSpec]) -> Vec<Tool<'_>> {
    let mut specs: Vec<&ToolSpec> = specs.iter().collect();
    specs.sort_by_key(|spec| spec.name.as_str());
    specs
        .into_iter()
        .map(|spec| Tool {
            r#type: "function",
            function: Function {
                name: spec.name.as_str(),
                description: &spec.description,
                parameters: &spec.input_schema,
            },
        })
        .collect()
}

impl<'a> Reader<'a> {
    fn turns<'m>(self, instructions: &Instructions, messages: &'m [Message]) -> Vec<Turn<'m>> {
        let mut turns = Vec::new();
        let said = [&instructions.stable, &instructions.changing];
        let said: Vec<&str> =
            said.into_iter().map(String::as_str).filter(|text| !text.trim().is_empty()).collect();
        if !said.is_empty() {
            turns.push(Turn::System { content: said.join("\n\n") });
        }
        for message in messages {
            match message {
                Message::User(parts) => user(parts, &mut turns),
                Message::Assistant(parts) => turns.extend(self.assistant(parts)),
                Message::ToolResults(results) => {
                    turns.extend(results.iter().map(|result| Turn::Tool {
                        tool_call_id: fit(result.call.as_str(), self.quirks.call_ids),
                        content: result.outcome.text(),
                    }));
                }
            }
        }
        turns
    }

    /// None if nothing in it means anything to this model.
    fn assistant<'m>(self, parts: &'m [AssistantPart]) -> Option<Turn<'m>> {
        let mut texts: Vec<&str> = Vec::new();
        let mut tool_calls = Vec::new();
        for part in parts {
            match part {
                AssistantPart::Text(text) if text.trim().is_empty() => {}
                AssistantPart::Text(text) => texts.push(text),
                AssistantPart::Thinking(_) => {}
                AssistantPart::ToolCall(call) => tool_calls.push(Call {
                    id: fit(call.id.as_str(), self.quirks.call_ids),
                    r#type: "function",
                    function: Called {
                        name: fit_name(call.name.as_str()),
                        arguments: call.input.to_string(),
                    },
                    extra_content: self.seals(parts).find_map(|seal| {
                        let is_its = seal.block.get("call")? == call.id.as_str();
                        is_its.then(|| seal.block.get("extra_content"))?
                    }),
                }),
            }
        }
        let reasoning_content = match (self.quirks.reasoning, tool_calls.is_empty()) {
            (ReasoningBack::Never, _) | (ReasoningBack::WithCalls, true) => None,
            (ReasoningBack::WithCalls, false) => {
                let thoughts = self
                    .seals(parts)
                    .filter_map(|seal| seal.block.get("reasoning_content").and_then(Value::as_str));
                Some(thoughts.collect::<Vec<_>>().join("\n"))
            }
        };
        let content = (!texts.is_empty()).then(|| texts.join("\n\n"));
        (content.is_some() || !tool_calls.is_empty()).then_some(Turn::Assistant {
            content,
            reasoning_content,
            tool_calls,
        })
    }

    /// What this same model wants back of its reasoning.
    fn seals<'m>(self, parts: &'m [AssistantPart]) -> impl Iterator<Item = &'m Seal> + use<'m, 'a> {
        parts.iter().filter_map(move |part| match part {
            AssistantPart::Thinking(Thinking { seal: Some(seal), .. })
                if seal.maker == self.maker =>
            {
                Some(seal)
            }
            AssistantPart::Thinking(_) | AssistantPart::Text(_) | AssistantPart::ToolCall(_) => {
                None
            }
        })
    }
}

fn user<'m>(parts: &'m [UserPart], turns: &mut Vec<Turn<'m>>) {
    let mut content: Vec<Part<'m>> = Vec::new();
    for part in parts {
        match part {
            UserPart::Text(text) => content.push(Part::Text { text }),
            UserPart::Recalled(recalled) => {
                content.push(Part::Text { text: recalled.notes.as_str() });
            }
            UserPart::Attached(attached) => {
                content.push(Part::Text { text: attached.text.as_str() });
            }
            UserPart::Image(image) => {
                let url = format!("data:{};base64,{}", image.media_type, image.data);
                content.push(Part::ImageUrl { image_url: Picture { url } });
            }
        }
    }
    content.retain(|part| !matches!(part, Part::Text { text } if text.trim().is_empty()));
    let texts: Option<Vec<&str>> = content
        .iter()
        .map(|part| match part {
            Part::Text { text } => Some(*text),
            Part::ImageUrl { .. } => None,
        })
        .collect();
    match (texts, turns.last_mut()) {
        _ if content.is_empty() => {}
        // Many templates want the two to take turns, and what stood between meant nothing to this model.
        (Some(texts), Some(Turn::User { content: Content::Text(before) })) => {
            before.push_str("\n\n");
            before.push_str(&texts.join("\n\n"));
        }
        (Some(texts), _) => turns.push(Turn::User { content: Content::Text(texts.join("\n\n")) }),
        (None, _) => turns.push(Turn::User { content: Content::Parts(content) }),
    }
}
