//! Tool calls that a model wrote as text, because its server did not read them, or it has no other way.
//!
//! A call counts only if its tool was offered, and only if it is the whole message or stands in the tags that
//! models learn, at the beginning of a line and outside a code block. A message that goes on in prose before and
//! behind such a thing speaks about it. Everything else is text.

mod filter;
mod forms;
mod guess;
mod literal;

use localgpt_protocol::{ToolName, ToolSpec};
use serde_json::{Map, Value};

use crate::refusal::cut;

pub(crate) use filter::{Filter, Place};
pub(crate) use forms::{Around, calls_of, first_value, known_name};

/// A piece of a message, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Text for the reader.
    Text(String),
    /// A call.
    Call(WrittenCall),
}

/// A call that was written as text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WrittenCall {
    /// The tool, by the name it was offered under.
    pub(crate) name: ToolName,
    /// An object, or what is wrong with the arguments.
    pub(crate) input: Result<Value, String>,
}

/// The tools that were offered, to be found by what a model makes of their names.
#[derive(Debug, Clone)]
pub(crate) struct Offered(Vec<OfferedTool>);

#[derive(Debug, Clone)]
struct OfferedTool {
    name: ToolName,
    plain: String,
    /// The names of its parameters that take text.
    texts: Vec<String>,
}

impl Offered {
    /// Takes the tools of a request.
    pub(crate) fn new(tools: &[ToolSpec]) -> Self {
        let tool = |spec: &ToolSpec| OfferedTool {
            name: spec.name.clone(),
            plain: plain(spec.name.as_str()),
            texts: text_parameters(&spec.input_schema),
        };
        Self(tools.iter().map(tool).collect())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tool that is meant: exactly, or but for case and separators if that leaves only one.
    pub(crate) fn find(&self, written: &str) -> Option<&ToolName> {
        self.tool(written).map(|tool| &tool.name)
    }

    fn tool(&self, written: &str) -> Option<&OfferedTool> {
        if let Some(tool) = self.0.iter().find(|tool| tool.name.as_str() == written) {
            return Some(tool);
        }
        let wanted = plain(written);
        let mut found = self.0.iter().filter(|tool| tool.plain == wanted);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Whether `begun` may become the name of a tool.
    fn may_become(&self, begun: &str) -> bool {
        let begun = plain(begun);
        self.0.iter().any(|tool| tool.plain.starts_with(&begun))
    }

    /// Whether the tool takes text as this parameter.
    fn takes_text(&self, tool: &ToolName, parameter: &str) -> bool {
        let tool = self.0.iter().find(|own| own.name == *tool);
        tool.is_some_and(|tool| tool.texts.iter().any(|name| name == parameter))
    }
}

/// A name without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !"_-. /:".contains(*c)).flat_map(char::to_lowercase).collect()
}

fn text_parameters(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let texts = properties.into_iter().flatten();
    texts
        .filter(|(_, property)| property.get("type").is_some_and(|kind| kind == "string"))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Reads the arguments of a call: JSON, JSON inside a JSON string, nothing, or what a model that knows Python makes
/// of JSON. What broke off is a fault, whatever it may have been going to be.
pub(crate) fn arguments(raw: &str) -> Result<Value, String> {
    if raw.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_str::<Value>(raw) {
        Ok(value) => object(value),
        Err(error) => match literal::whole(raw) {
            Some(value) => object(value),
            None => Err(format!("the arguments are no JSON ({error}): {}", cut(raw))),
        },
    }
}

/// The same for arguments that were read before.
pub(crate) fn object(value: Value) -> Result<Value, String> {
    let text = match value {
        Value::Object(_) => return Ok(value),
        Value::Null => return Ok(Value::Object(Map::new())),
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(format!("the arguments are no object: {}", cut(&value.to_string())));
        }
    };
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    // Written once more as a text; twice is no slip.
    match serde_json::from_str(&text).ok().or_else(|| literal::whole(&text)) {
        Some(inner @ Value::Object(_)) => Ok(inner),
        Some(Value::Null) => Ok(Value::Object(Map::new())),
        Some(_) | None => Err(format!("the arguments are a text and no object: {}", cut(&text))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_repaired_where_nothing_has_to_be_guessed() {
        let good = [
            (r#"{"a":1}"#, json!({"a": 1})),
            ("", json!({})),
            ("null", json!({})),
            (r#""{\"a\": \"b\"}""#, json!({"a": "b"})),
            ("{'a': 'b', 'c': True, 'd': None,}", json!({"a": "b", "c": true, "d": null})),
        ];
        for (raw, expected) in good {
            assert_eq!(arguments(raw), Ok(expected), "{raw}");
        }
        for raw in [r#"{"a": "b"#, "[1]", "7", r#""x""#, "{a: 1}", r#""\"\\\"{}\\\"\"""#] {
            assert!(arguments(raw).is_err(), "{raw}");
        }
    }
}
