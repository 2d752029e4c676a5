//! Tool calls that arrive in pieces, put together by id and then by index.
//!
//! Servers disagree about both: some send no id, some give every call the same index, some send the arguments as
//! an object, some leave out empty ones. Nothing is lost and nothing is mixed up; what cannot be read is a fault.

use localgpt_protocol::{AssistantPart, ToolCall, ToolCallId, ToolName};
use serde_json::{Map, Value};

use crate::{
    call_ids::NewIds,
    text_call::{arguments, object},
};

/// A piece of a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Piece<'a> {
    /// Which call of the answer it belongs to.
    pub(crate) index: Option<u64>,
    /// The call's id; empty if this piece has none.
    pub(crate) id: &'a str,
    /// The tool; empty if this piece does not say.
    pub(crate) name: &'a str,
    /// More of the arguments.
    pub(crate) arguments: Option<&'a Value>,
}

/// The calls of one answer.
#[derive(Debug, Default)]
pub(crate) struct Calls(Vec<Call>);

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    text: String,
    object: Option<Value>,
}

/// Calls as parts of a reply, and those that could not be read.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// The calls, in order.
    pub(crate) calls: Vec<ToolCall>,
    /// What is wrong with some of them.
    pub(crate) faults: Vec<(ToolCallId, String)>,
}

impl Calls {
    /// Takes a piece; returns the place of its call among the calls of the answer.
    pub(crate) fn push(&mut self, piece: Piece<'_>) -> usize {
        let at = self.place(&piece);
        if let Some(call) = self.0.get_mut(at) {
            if call.id.is_empty() {
                piece.id.clone_into(&mut call.id);
            }
            if call.name.is_empty() {
                piece.name.clone_into(&mut call.name);
            }
            match piece.arguments {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => call.text.push_str(text),
                Some(whole) => call.object = Some(whole.clone()),
            }
        }
        at
    }

    fn place(&mut self, piece: &Piece<'_>) -> usize {
        let by_id = || self.0.iter().position(|call| !piece.id.is_empty() && call.id == piece.id);
        let by_index = || match piece.index {
            Some(index) => self.0.iter().rposition(|call| call.index == Some(index)),
            None => self.0.len().checked_sub(1),
        };
        let goes_on = |at: &usize| self.0.get(*at).is_some_and(|call| call.goes_on_with(piece));
        if let Some(at) = by_id().or_else(|| by_index().filter(goes_on)) {
            return at;
        }
        self.0.push(Call { index: piece.index, ..Call::default() });
        self.0.len() - 1
    }

    /// The calls, each with an id of its own. Those without the name of a tool are none.
    pub(crate) fn finish(self, ids: &mut NewIds, answer: &str) -> Finished {
        let mut finished = Finished::default();
        for call in self.0.into_iter().filter(|call| !call.name.is_empty()) {
            let id = ids.id(Some(&call.id), answer);
            let input = match call.object {
                Some(whole) => object(whole),
                None => arguments(&call.text),
            };
            finished.push(id, call.name, input);
        }
        finished
    }
}

impl Call {
    /// Whether a piece at the same index, with an id that is not known yet, is more of this call.
    fn goes_on_with(&self, piece: &Piece<'_>) -> bool {
        if !piece.id.is_empty() {
            // The id comes late; a call that has one is another call.
            return self.id.is_empty() && (piece.name.is_empty() || self.name.is_empty());
        }
        match piece.name {
            "" => true,
            // A name that is said again is a new call, unless the server says it with every piece.
            name => {
                let is_whole = self.object.is_some() || arguments(&self.text).is_ok();
                self.name.is_empty() || (self.name == name && (self.text.is_empty() || !is_whole))
            }
        }
    }
}

impl Finished {
    /// Adds a call whose arguments were read, or could not be.
    pub(crate) fn push(&mut self, id: ToolCallId, name: String, input: Result<Value, String>) {
        let input = input.unwrap_or_else(|fault| {
            self.faults.push((id.clone(), fault));
            Value::Object(Map::new())
        });
        self.calls.push(ToolCall { id, name: ToolName::new(name), input });
    }

    /// The calls as parts of an answer.
    pub(crate) fn into_parts(self) -> (Vec<AssistantPart>, Vec<(ToolCallId, String)>) {
        (self.calls.into_iter().map(AssistantPart::ToolCall).collect(), self.faults)
    }
}

#[cfg(test)]
mod tests {
    use localgpt_protocol::{Instructions, Request, SessionId, ToolSupport};
    use serde_json::json;

    use super::*;

    fn shown(pieces: &[Value]) -> String {
        let request = Request {
            session: SessionId::new("s"),
            instructions: Instructions::default(),
            messages: Vec::new(),
            tools: Vec::new(),
            calling: ToolSupport::Native,
            max_tokens: 1,
        };
        let mut calls = Calls::default();
        for piece in pieces {
            calls.push(Piece {
                index: piece["index"].as_u64(),
                id: piece["id"].as_str().unwrap_or_default(),
                name: piece["name"].as_str().unwrap_or_default(),
                arguments: piece.get("arguments"),
            });
        }
        let finished = calls.finish(&mut NewIds::new(&request), "answer");
        let mut ids: Vec<&str> = finished.calls.iter().map(|call| call.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), finished.calls.len(), "two calls with one id");
        let calls = finished.calls.iter().map(|call| format!("{}{}", call.name, call.input));
        let faults = finished.faults.iter().map(|(_, fault)| fault.clone());
        calls.chain(faults).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pieces_find_their_call_however_they_are_marked() {
        let cases = [
            // As it should be.
            json!([{"index": 0, "id": "a", "name": "f", "arguments": ""}, {"index": 1, "id": "b", "name": "f"},
                {"index": 0, "arguments": "{\"x\":"}, {"index": 1, "arguments": "{\"x\":2}"}, {"index": 0, "arguments": "1}"}]),
            // Every call has index 0.
            json!([{"index": 0, "id": "a", "name": "f", "arguments": "{\"x\":1}"}, {"index": 0, "id": "b", "name": "f", "arguments": "{\"x\":2}"}]),
            // The id comes with every piece.
            json!([{"index": 0, "id": "a", "name": "f", "arguments": "{\"x\""}, {"index": 0, "id": "a", "arguments": ":1}"}, {"index": 0, "id": "b", "name": "f", "arguments": "{\"x\":2}"}]),
            // No index.
            json!([{"id": "a", "name": "f", "arguments": "{\"x\""}, {"arguments": ":1}"}, {"id": "b", "name": "f", "arguments": "{\"x\":2}"}]),
            // No id.
            json!([{"index": 0, "name": "f", "arguments": "{\"x\":1}"}, {"index": 1, "name": "f", "arguments": ""}, {"index": 1, "arguments": "{\"x\":2}"}]),
            // Neither, and the same index.
            json!([{"name": "f", "arguments": "{\"x\":1}"}, {"name": "f", "arguments": {"x": 2}}]),
        ];
        for case in cases {
            assert_eq!(shown(case.as_array().unwrap()), r#"f{"x":1} f{"x":2}"#, "{case}");
        }
    }

    #[test]
    fn arguments_are_an_object_or_a_fault() {
        let of =
            |arguments: Value| shown(&[json!({"id": "a", "name": "f", "arguments": arguments})]);
        assert_eq!(of(json!({"x": 1})), r#"f{"x":1}"#);
        assert_eq!(of(json!("\"{\\\"x\\\": 1}\"")), r#"f{"x":1}"#);
        assert_eq!(of(json!("")), "f{}");
        assert_eq!(of(json!(null)), "f{}");
        assert_eq!(shown(&[json!({"id": "a", "name": "f"})]), "f{}");
        assert_eq!(shown(&[json!({"id": "a", "arguments": "{}"})]), "");
        assert_eq!(of(json!("[1]")), "f{} the arguments are no object: [1]");
        assert_eq!(
            of(json!("{\"x\": ")),
            "f{} the arguments are no JSON (EOF while parsing a value at line 1 column 6): {\"x\":"
        );
    }
}
