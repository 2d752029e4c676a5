//! What goes over the wire to `/api/chat`.
//!
//! `truncate` and `shift` tell the server to refuse what does not fit rather than to drop the oldest of it.
//! `keep_alive` is left out: how long a model stays in memory is the server's setting.

use localgpt_protocol::{
    AssistantPart, Message, ProviderError, Request, ToolResult, ToolSpec, UserPart,
};
use serde::Serialize;
use serde_json::Value;

use crate::{ollama::count, written::Schema};

/// What stands for a picture that was sent to another model before.
const UNSEEN: &str = "(a picture that you cannot see)";

/// What must be known of the model to write a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chat<'a> {
    /// Its name on the server.
    pub(super) model: &'a str,
    /// The tokens it has.
    pub(super) window: u32,
    /// Whether it reasons where it is told to.
    pub(super) thinks: bool,
    /// Whether it reads pictures.
    pub(super) sees: bool,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Schema>,
    truncate: bool,
    shift: bool,
    options: Settings,
}

#[derive(Debug, Serialize)]
struct Settings {
    num_ctx: u32,
    num_predict: u32,
}

#[derive(Debug, Default, Serialize)]
struct Entry<'a> {
    role: &'static str,
    content: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thinking: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    id: &'a str,
    function: Called<'a>,
}

#[derive(Debug, Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a Value,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl Chat<'_> {
    /// The body of a request. With a schema it is one for a single step in writing, so the model is not to reason;
    /// some versions then do not hold it to the schema, which is why the step is checked as well.
    pub(super) fn body(
        &self,
        request: &Request,
        format: Option<Schema>,
    ) -> Result<Vec<u8>, ProviderError> {
        let body = Body {
            model: self.model,
            messages: self.messages(request),
            tools: request.tools.iter().map(tool).collect(),
            stream: true,
            think: self.thinks.then_some(format.is_none()),
            format,
            truncate: false,
            shift: false,
            options: Settings { num_ctx: self.window, num_predict: request.max_tokens },
        };
        serde_json::to_vec(&body)
            .map_err(|error| ProviderError::Protocol { message: error.to_string() })
    }

    fn messages<'a>(&self, request: &'a Request) -> Vec<Entry<'a>> {
        let mut entries = Vec::new();
        let instructions = instructions(request);
        if !instructions.is_empty() {
            entries.push(Entry { role: "system", content: instructions, ..Entry::default() });
        }
        let is_user = |message: &Message| matches!(message, Message::User(_));
        let last_user = request.messages.iter().rposition(is_user).unwrap_or(0);
        for (at, message) in request.messages.iter().enumerate() {
            match message {
                Message::User(parts) => entries.push(self.user(parts)),
                // Templates want the reasoning of the turn they are in, and no other.
                Message::Assistant(parts) => {
                    entries.push(assistant(parts, self.thinks && at > last_user));
                }
                Message::ToolResults(results) => entries.extend(results.iter().map(result)),
            }
        }
        entries
    }

    fn user<'a>(&self, parts: &'a [UserPart]) -> Entry<'a> {
        let mut entry = Entry { role: "user", ..Entry::default() };
        let mut texts = Vec::new();
        for part in parts {
            match part {
                UserPart::Text(text) => texts.push(text.as_str()),
                UserPart::Recalled(recalled) => texts.push(recalled.notes.as_str()),
                UserPart::Attached(attached) => texts.push(attached.text.as_str()),
                UserPart::Image(image) if self.sees => entry.images.push(&image.data),
                UserPart::Image(_) => texts.push(UNSEEN),
            }
        }
        entry.content = texts.join("\n\n");
        entry
    }
}

/// The fewest tokens of the text in a request that every template writes out. Tools are not among it, because some
/// templates leave them out behind a result, nor what is said beside a call, because some leave that out.
pub(super) fn least(request: &Request) -> u64 {
    let texts = request.messages.iter().map(|message| match message {
        Message::User(parts) => parts
            .iter()
            .map(|part| match part {
                UserPart::Text(text) => count::least(text),
                UserPart::Recalled(recalled) => count::least(recalled.notes.as_str()),
                UserPart::Attached(attached) => count::least(attached.text.as_str()),
                UserPart::Image(_) => 0,
            })
            .sum(),
        Message::Assistant(_) if message.calls().next().is_some() => 0,
        Message::Assistant(_) => count::least(&message.text()),
        Message::ToolResults(results) => {
            results.iter().map(|result| count::least(result.outcome.text())).sum::<u64>()
        }
    });
    count::least(&instructions(request)) + texts.sum::<u64>()
}

fn instructions(request: &Request) -> String {
    let texts = [request.instructions.stable.trim(), request.instructions.changing.trim()];
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

fn assistant(parts: &[AssistantPart], with_thinking: bool) -> Entry<'_> {
    let mut entry = Entry { role: "assistant", ..Entry::default() };
    let mut texts = Vec::new();
    for part in parts {
        match part {
            AssistantPart::Text(text) => texts.push(text.as_str()),
            AssistantPart::Thinking(thinking) if with_thinking => {
                entry.thinking.push_str(&thinking.text);
            }
            AssistantPart::Thinking(_) => {}
            AssistantPart::ToolCall(call) => entry.tool_calls.push(Call {
                id: call.id.as_str(),
                function: Called { name: call.name.as_str(), arguments: &call.input },
            }),
        }
    }
    entry.content = texts.join("\n");
    entry
}

fn result(result: &ToolResult) -> Entry<'_> {
    Entry {
        role: "tool",
        content: result.outcome.text().to_owned(),
        tool_name: Some(result.name.as_str()),
        tool_call_id: Some(result.call.as_str()),
        ..Entry::default()
    }
}

fn tool(spec: &ToolSpec) -> Tool<'_> {
    let function = Function {
        name: spec.name.as_str(),
        description: &spec.description,
        parameters: &spec.input_schema,
    };
    Tool { kind: "function", function }
}
