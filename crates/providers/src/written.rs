//! The protocol for models that cannot call tools otherwise: each step is one JSON object, a call or an answer.
//!
//! A server that takes a schema makes the model keep to it. It is never used beside the server's own tool calls,
//! and never with reasoning: servers mix them up.

mod reader;
mod wire;

use std::borrow::Cow;

use localgpt_protocol::{
    AssistantPart, Message, Request, ToolOutcome, ToolResult, ToolSpec, ToolSupport, UserPart,
};
use serde_json::{Map, Value, json};

pub(crate) use reader::Reader;
pub(crate) use wire::Schema;

/// The deepest schema that is described.
const DEEPEST: usize = 8;
/// What a grammar can be made of; the rest of a schema only explains.
const GRAMMAR: [&str; 4] = ["type", "enum", "required", "const"];

/// What is sent for `request`: itself, or what a model that only writes can read, and what its step must be.
pub(crate) fn sent(request: &Request) -> (Cow<'_, Request>, Option<Schema>) {
    match request.calling {
        ToolSupport::Native => (Cow::Borrowed(request), None),
        ToolSupport::Written => {
            let schema = (!request.tools.is_empty()).then(|| schema(&request.tools));
            (Cow::Owned(rewrite(request)), schema)
        }
    }
}

/// The same request for a model that only writes: tools stand in the instructions, calls and results in the text.
/// Without tools it is a request for plain text.
fn rewrite(request: &Request) -> Request {
    let mut request = request.clone();
    let has_tools = !request.tools.is_empty();
    if has_tools {
        request.instructions.stable.push_str(&instructions(&request.tools));
    }
    request.tools.clear();
    for message in &mut request.messages {
        let text = match message {
            Message::User(_) => continue,
            Message::Assistant(parts) => said(parts, has_tools),
            Message::ToolResults(results) => {
                let text = results.iter().map(result).collect::<Vec<_>>().join("\n\n");
                *message = Message::User(vec![UserPart::Text(text)]);
                continue;
            }
        };
        *message = Message::Assistant(vec![AssistantPart::Text(text)]);
    }
    request
}

/// What every step must be, for servers that make a model keep to a schema.
fn schema(tools: &[ToolSpec]) -> Schema {
    let call = |tool: &ToolSpec| Schema::call(tool.name.as_str(), plain(&tool.input_schema, 0));
    Schema::of(tools.iter().map(call).collect())
}

/// A schema without what no grammar knows.
fn plain(schema: &Value, depth: usize) -> Value {
    let mut out = Map::new();
    let Some(schema) = schema.as_object().filter(|_| depth < DEEPEST) else {
        return Value::Object(out);
    };
    for key in GRAMMAR {
        if let Some(value) = schema.get(key) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let plain = |(name, value): (&String, &Value)| (name.clone(), plain(value, depth + 1));
        out.insert("properties".to_owned(), properties.iter().map(plain).collect());
        out.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(items) = schema.get("items") {
        out.insert("items".to_owned(), plain(items, depth + 1));
    }
    Value::Object(out)
}

fn instructions(tools: &[ToolSpec]) -> String {
    let mut text = "\n\n# Tools\n\n\
        Reply with exactly one JSON object and nothing else.\n\
        To use a tool: {\"tool\": \"NAME\", \"args\": {...}}\n\
        To answer: {\"answer\": \"your words\"}\n\
        After a tool you are shown its result and reply again. Use one tool at a time, and only these:\n"
        .to_owned();
    for tool in tools {
        let line = format!("- {}({}): {}\n", tool.name, parameters(tool), tool.description.trim());
        text.push_str(&line);
    }
    text
}

/// `fact: string, importance?: integer`
fn parameters(tool: &ToolSpec) -> String {
    let required = tool.input_schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|own| own == name));
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| {
        let mark = if is_required(name) { "" } else { "?" };
        format!("{name}{mark}: {}", kind(schema))
    };
    properties.into_iter().flatten().map(parameter).collect::<Vec<_>>().join(", ")
}

fn kind(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    match (schema.get("type").and_then(Value::as_str), schema.get("items")) {
        (Some("array"), Some(items)) => format!("array of {}", kind(items)),
        (Some(name), _) => name.to_owned(),
        (None, _) => "any".to_owned(),
    }
}

/// What the model said, as it would have said it in this protocol.
fn said(parts: &[AssistantPart], has_tools: bool) -> String {
    let is_call = |part: &AssistantPart| matches!(part, AssistantPart::ToolCall(_));
    let calls = parts.iter().any(is_call);
    let lines = parts.iter().filter_map(|part| match part {
        AssistantPart::Text(text) if has_tools && !calls => {
            Some(json!({"answer": text}).to_string())
        }
        AssistantPart::Text(text) => Some(text.clone()),
        AssistantPart::Thinking(_) => None,
        AssistantPart::ToolCall(call) => {
            // In the order in which the model is to write them.
            let name = Value::from(call.name.as_str());
            Some(format!("{{\"tool\": {name}, \"args\": {}}}", call.input))
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    // Some templates refuse a message without text.
    if text.is_empty() { "(nothing)".to_owned() } else { text }
}

fn result(result: &ToolResult) -> String {
    let name = &result.name;
    let how = match &result.outcome {
        ToolOutcome::Done(_) => "Result of",
        ToolOutcome::Failed(_) => "Failed:",
        ToolOutcome::Denied(_) => "Did not run:",
    };
    format!("{how} {name}\n{}", result.outcome.text())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use localgpt_protocol::{Instructions, Risk, SessionId, ToolCall, ToolCallId, ToolName};

    use super::*;

    fn request() -> Request {
        let tool = ToolSpec {
            name: ToolName::new("remember"),
            description: "Keeps a fact.".to_owned(),
            input_schema: json!({
                "type": "object",
                "properties": {
                    "fact": {"type": "string", "description": "What.", "maxLength": 9},
                    "kind": {"enum": ["a", "b"]},
                    "tags": {"type": "array", "items": {"type": "string", "format": "x"}},
                },
                "required": ["fact"],
            }),
            risk: Risk::Remember,
            aliases: localgpt_protocol::Aliases::default(),
        };
        let (id, name) = (ToolCallId::new("1"), ToolName::new("remember"));
        let call = ToolCall { id: id.clone(), name: name.clone(), input: json!({"fact": "milk"}) };
        let outcome = ToolOutcome::Denied("the person said no".to_owned());
        let text = |text: &str| AssistantPart::Text(text.to_owned());
        Request {
            session: SessionId::new("s"),
            instructions: Instructions { stable: "Be kind.".to_owned(), changing: String::new() },
            messages: vec![
                Message::User(vec![UserPart::Text("hi".to_owned())]),
                Message::Assistant(vec![text("hello")]),
                Message::User(vec![UserPart::Text("milk".to_owned())]),
                Message::Assistant(vec![text("Wait."), AssistantPart::ToolCall(call)]),
                Message::ToolResults(vec![ToolResult { call: id, name, outcome }]),
            ],
            tools: vec![tool],
            calling: ToolSupport::Written,
            max_tokens: 10,
        }
    }

    fn shown(request: &Request) -> String {
        let message = |message: &Message| {
            let who = match message {
                Message::User(_) => "user",
                Message::Assistant(_) => "assistant",
                Message::ToolResults(_) => "results",
            };
            format!("[{who}] {}\n", message.text())
        };
        let messages: String = request.messages.iter().map(message).collect();
        format!("{}\n{messages}", request.instructions.stable)
    }

    #[test]
    fn tools_calls_and_results_are_text() {
        let rewritten = rewrite(&request());
        assert_eq!(rewritten.tools, []);
        expect![[r#"
            Be kind.

            # Tools

            Reply with exactly one JSON object and nothing else.
            To use a tool: {"tool": "NAME", "args": {...}}
            To answer: {"answer": "your words"}
            After a tool you are shown its result and reply again. Use one tool at a time, and only these:
            - remember(fact: string, kind?: "a" | "b", tags?: array of string): Keeps a fact.

            [user] hi
            [assistant] {"answer":"hello"}
            [user] milk
            [assistant] Wait.
            {"tool": "remember", "args": {"fact":"milk"}}
            [user] Did not run: remember
            the person said no
        "#]]
        .assert_eq(&shown(&rewritten));
    }

    #[test]
    fn without_tools_plain_text_is_wanted() {
        let mut request = request();
        request.tools.clear();
        let shown = shown(&rewrite(&request));
        assert!(!shown.contains("# Tools") && shown.contains("[assistant] hello\n"), "{shown}");
    }

    #[test]
    fn the_schema_holds_what_a_grammar_can_be_made_of() {
        let schema = serde_json::to_string(&schema(&request().tools)).unwrap();
        expect![[r#"{"anyOf":[{"type":"object","properties":{"tool":{"enum":["remember"],"type":"string"},"args":{"additionalProperties":false,"properties":{"fact":{"type":"string"},"kind":{"enum":["a","b"]},"tags":{"items":{"type":"string"},"type":"array"}},"required":["fact"],"type":"object"}},"required":["tool","args"],"additionalProperties":false},{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"],"additionalProperties":false}]}"#]].assert_eq(&schema);
    }
}
