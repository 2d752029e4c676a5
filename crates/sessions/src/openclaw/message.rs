//! The entries of OpenClaw as messages of ours.

use std::collections::HashMap;

use jiff::Timestamp;
use localgpt_protocol::{
    AssistantPart, Attached, Image, Message, Thinking, ToolCall, ToolCallId, ToolName, ToolOutcome,
    ToolResult, UserPart,
};
use serde_json::Value;

use super::{Quote, Warning, entry::Entry};

/// Text that neither the person nor the model wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawText<'a> {
    /// What it came from: the name of a tool.
    pub source: &'a str,
    /// The text as it came.
    pub text: &'a str,
    /// What became of the tool.
    pub outcome: Outcome,
}

/// What became of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked for.
    Done,
    /// It failed; the text says how.
    Failed,
}

/// Turns entries into messages. Results of tools that stand together become one message.
pub(super) fn convert(
    entries: &[&Entry],
    quote: Quote<'_>,
    warnings: &mut Vec<Warning>,
) -> Vec<(Timestamp, Message)> {
    let mut converter = Converter { quote, messages: Vec::new(), tools: HashMap::new() };
    for entry in entries {
        if let Err(problem) = converter.take(entry) {
            warnings.push(Warning { line: Some(entry.line), problem: problem.to_owned() });
        }
    }
    converter.messages
}

struct Converter<'a> {
    quote: Quote<'a>,
    messages: Vec<(Timestamp, Message)>,
    /// The tools that were called, by the name of the call.
    tools: HashMap<String, String>,
}

impl Converter<'_> {
    fn take(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let value = &entry.value;
        match entry.kind.as_str() {
            "message" => {
                let message = value.get("message").ok_or("it holds no message")?;
                self.message(entry.at, message)
            }
            "custom_message" => {
                self.outside(entry.at, name(value, "customType"), &content(value));
                Ok(())
            }
            "branch_summary" => {
                self.outside(entry.at, "summary of another branch", name(value, "summary"));
                Ok(())
            }
            "model_change"
            | "thinking_level_change"
            | "compaction"
            | "custom"
            | "label"
            | "session_info"
            | "reset" => Ok(()),
            _ => Err("it is of a type that is not known"),
        }
    }

    fn message(&mut self, at: Timestamp, message: &Value) -> Result<(), &'static str> {
        match name(message, "role") {
            "user" => self.say(at, Message::User(user_parts(message))),
            "assistant" => {
                let parts = self.assistant_parts(message);
                self.say(at, Message::Assistant(parts));
            }
            "toolResult" => self.result(at, message),
            "bashExecution" => {
                let (command, output) = (name(message, "command"), name(message, "output"));
                self.outside(at, "bash", &format!("$ {command}\n{output}"));
            }
            "custom" | "hookMessage" => {
                self.outside(at, name(message, "customType"), &content(message));
            }
            "branchSummary" | "compactionSummary" => {
                self.outside(at, "summary", name(message, "summary"));
            }
            _ => return Err("its role is not known"),
        }
        Ok(())
    }

    fn say(&mut self, at: Timestamp, message: Message) {
        let is_empty = match &message {
            Message::User(parts) => parts.is_empty(),
            Message::Assistant(parts) => parts.is_empty(),
            Message::ToolResults(results) => results.is_empty(),
        };
        if !is_empty {
            self.messages.push((at, message));
        }
    }

    /// Puts what a program wrote where OpenClaw put it, among what the person says, but fenced.
    fn outside(&mut self, at: Timestamp, source: &str, text: &str) {
        if !text.trim().is_empty() {
            let raw = RawText { source, text, outcome: Outcome::Done };
            let part = match (self.quote)(&raw) {
                ToolOutcome::Done(text) | ToolOutcome::Failed(text) => {
                    UserPart::Attached(Attached { name: source.to_owned(), text })
                }
                ToolOutcome::Denied(reason) => UserPart::Text(reason),
            };
            self.say(at, Message::User(vec![part]));
        }
    }

    fn result(&mut self, at: Timestamp, message: &Value) {
        let call = name(message, "toolCallId");
        let known = self.tools.get(call).map(String::as_str);
        let tool = message.get("toolName").and_then(Value::as_str).or(known).unwrap_or("unknown");
        let is_error = message.get("isError").and_then(Value::as_bool).unwrap_or(false);
        let outcome = if is_error { Outcome::Failed } else { Outcome::Done };
        let text = content(message);
        let outcome = (self.quote)(&RawText { source: tool, text: &text, outcome });
        let result = ToolResult { call: ToolCallId::new(call), name: ToolName::new(tool), outcome };
        match self.messages.last_mut() {
            Some((_, Message::ToolResults(results))) => results.push(result),
            _ => self.say(at, Message::ToolResults(vec![result])),
        }
    }

    fn assistant_parts(&mut self, message: &Value) -> Vec<AssistantPart> {
        let mut parts = Vec::new();
        for block in blocks(message) {
            match block {
                Block::Text(text) => parts.push(AssistantPart::Text(text.to_owned())),
                Block::Other("thinking", block) => {
                    let text = name(block, "thinking").to_owned();
                    parts.push(AssistantPart::Thinking(Thinking { text, seal: None }));
                }
                Block::Other("toolCall", block) => {
                    let (id, tool) = (name(block, "id"), name(block, "name"));
                    self.tools.insert(id.to_owned(), tool.to_owned());
                    parts.push(AssistantPart::ToolCall(ToolCall {
                        id: ToolCallId::new(id),
                        name: ToolName::new(tool),
                        input: input(block.get("arguments")),
                    }));
                }
                Block::Other(..) => {}
            }
        }
        parts
    }
}

enum Block<'a> {
    Text(&'a str),
    Other(&'a str, &'a Value),
}

/// The pieces of a message; a text that is not in pieces is one.
fn blocks(message: &Value) -> Vec<Block<'_>> {
    match message.get("content") {
        Some(Value::String(text)) => vec![Block::Text(text)],
        Some(Value::Array(blocks)) => blocks.iter().map(block).collect(),
        _ => Vec::new(),
    }
}

fn block(block: &Value) -> Block<'_> {
    match (name(block, "type"), block.get("text").and_then(Value::as_str)) {
        ("text", Some(text)) => Block::Text(text),
        (kind, _) => Block::Other(kind, block),
    }
}

fn user_parts(message: &Value) -> Vec<UserPart> {
    let mut parts = Vec::new();
    for block in blocks(message) {
        match block {
            Block::Text(text) => parts.push(UserPart::Text(text.to_owned())),
            Block::Other("image", block) => parts.push(UserPart::Image(Image {
                media_type: name(block, "mimeType").to_owned(),
                data: name(block, "data").to_owned(),
            })),
            Block::Other(..) => {}
        }
    }
    parts
}

/// The text of a message, with a word for what is none.
fn content(message: &Value) -> String {
    let mut texts = Vec::new();
    for block in blocks(message) {
        match block {
            Block::Text(text) => texts.push(text),
            Block::Other("image", _) => texts.push("[a picture]"),
            Block::Other(..) => {}
        }
    }
    texts.join("\n")
}

/// What a tool is called with: an object, or nothing.
fn input(arguments: Option<&Value>) -> Value {
    let empty = || Value::Object(serde_json::Map::new());
    match arguments {
        Some(Value::Object(object)) => Value::Object(object.clone()),
        Some(Value::String(text)) => {
            serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or_else(empty)
        }
        _ => empty(),
    }
}

fn name<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
