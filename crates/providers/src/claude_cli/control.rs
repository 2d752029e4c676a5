//! Our side of the questions that `claude` asks while it works: which tools there are, and what they say.
//!
//! The tools are offered as a server of the Model Context Protocol whose messages travel in the same lines
//! as everything else, so there is no second process and no port.

use localgpt_protocol::{ToolCallId, ToolOutcome, ToolSpec};
use serde_json::{Value, json};

use super::wire::{Control, Rpc};

/// The name our tools are offered under.
pub(super) const SERVER: &str = "assistant";
/// The version of the protocol, where the program does not name one.
const PROTOCOL: &str = "2025-11-25";
/// The number of the one question that we ask.
pub(super) const FIRST_QUESTION: &str = "initialize";

/// What is said to a question.
#[derive(Debug)]
pub(super) enum Answer {
    /// This line.
    Line(String),
    /// Nothing yet: a tool has to run first.
    WhenItRan(Asked),
}

/// A call of a tool that the program waits for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The question.
    pub(super) request_id: String,
    rpc_id: Value,
    /// The call.
    pub(super) call: ToolCallId,
}

/// The name by which we know a tool that the model names.
pub(super) fn our_name(name: &str) -> &str {
    let ours = name.strip_prefix("mcp__").and_then(|name| name.strip_prefix(SERVER));
    ours.and_then(|name| name.strip_prefix("__")).unwrap_or(name)
}

/// The question before the first turn: it tells the instructions and that there are tools.
///
/// The instructions are not an argument of the program, because every user of the machine can read those.
pub(super) fn first_question(instructions: &str) -> String {
    let request = json!({
        "subtype": "initialize",
        "hooks": null,
        "sdkMcpServers": [SERVER],
        "systemPrompt": instructions,
    });
    json!({ "type": "control_request", "request_id": FIRST_QUESTION, "request": request })
        .to_string()
}

/// Answers a question.
pub(super) fn answer(request_id: String, control: Control, tools: &[ToolSpec]) -> Answer {
    match control {
        Control::McpMessage { message } => mcp(request_id, message, tools),
        Control::CanUseTool { tool_name, input } => {
            let is_ours = tools.iter().any(|tool| tool.name.as_str() == our_name(&tool_name));
            let response = match is_ours && our_name(&tool_name) != tool_name {
                true => json!({ "behavior": "allow", "updatedInput": input }),
                false => json!({ "behavior": "deny", "message": "there is no such tool here" }),
            };
            Answer::Line(success(&request_id, &response))
        }
        Control::Other => {
            let error = "this question is not known here";
            let response = json!({ "subtype": "error", "request_id": request_id, "error": error });
            Answer::Line(json!({ "type": "control_response", "response": response }).to_string())
        }
    }
}

fn mcp(request_id: String, message: Rpc, tools: &[ToolSpec]) -> Answer {
    let Rpc { id, method, params } = message;
    let Some(id) = id else {
        // A notification wants no answer, but the question that carries it does.
        return Answer::Line(rpc(&request_id, &json!({ "jsonrpc": "2.0", "id": 0, "result": {} })));
    };
    let result = match method.as_str() {
        "tools/call" => {
            let call = params.pointer("/_meta/claudecode~1toolUseId").and_then(Value::as_str);
            let Some(call) = call else {
                return refused(&request_id, &id, -32602, "the call does not say which it is");
            };
            return Answer::WhenItRan(Asked {
                request_id,
                rpc_id: id,
                call: ToolCallId::new(call),
            });
        }
        "initialize" => json!({
            "protocolVersion": params.get("protocolVersion").and_then(Value::as_str).unwrap_or(PROTOCOL),
            "capabilities": { "tools": {} },
            "serverInfo": { "name": SERVER, "version": env!("CARGO_PKG_VERSION") },
        }),
        "ping" => json!({}),
        "tools/list" => {
            let tools: Vec<Value> = tools.iter().map(shown).collect();
            json!({ "tools": tools })
        }
        _ => return refused(&request_id, &id, -32601, "there is no such method here"),
    };
    Answer::Line(rpc(&request_id, &json!({ "jsonrpc": "2.0", "id": id, "result": result })))
}

fn refused(request_id: &str, id: &Value, code: i32, why: &str) -> Answer {
    let error = json!({ "code": code, "message": why });
    Answer::Line(rpc(request_id, &json!({ "jsonrpc": "2.0", "id": id, "error": error })))
}

fn shown(tool: &ToolSpec) -> Value {
    json!({
        "name": tool.name.as_str(),
        "description": tool.description,
        "inputSchema": tool.input_schema,
    })
}

/// The answer to a call that was waited for.
pub(super) fn ran(asked: &Asked, outcome: &ToolOutcome) -> String {
    let result = json!({
        "content": [{ "type": "text", "text": outcome.text() }],
        "isError": !outcome.is_done(),
    });
    let message = json!({ "jsonrpc": "2.0", "id": asked.rpc_id, "result": result });
    rpc(&asked.request_id, &message)
}

fn rpc(request_id: &str, message: &Value) -> String {
    success(request_id, &json!({ "mcp_response": message }))
}

fn success(request_id: &str, response: &Value) -> String {
    let response = json!({ "subtype": "success", "request_id": request_id, "response": response });
    json!({ "type": "control_response", "response": response }).to_string()
}
