//! A server that speaks Chat Completions: it calls tools by a script, and refuses a transcript that is not legal.

use std::sync::{Arc, Mutex};

use localgpt_testkit::{Home, Received, Reply, Server};
use serde_json::{Value, json};

/// How the number of a message begins in its text.
const TRY: &str = "try-";

/// Starts the server. What was wrong with a request stands in `faults`.
pub(crate) fn start(faults: &Arc<Mutex<Vec<String>>>) -> Server {
    let faults = Arc::clone(faults);
    Server::start(move |received| answer(received, &faults))
}

/// Lets the model of the server answer.
pub(crate) fn configure(home: &Home, server: &Server) {
    home.configure(&format!(
        "language = \"english\"\n[model]\nuse = \"desk/local\"\n[[providers.servers]]\n\
         name = \"desk\"\nbase_url = \"{}/v1\"\ncontext = 128000\n",
        server.url()
    ));
}

/// The file that the model writes when it gets [`message`], in the workspace.
pub(crate) fn file(number: &str) -> String {
    format!("bolts/{number}.txt")
}

/// The message that makes the model search, remember, read, write, edit and run a program.
pub(crate) fn message(number: &str) -> String {
    format!("Please note {TRY}{number} and read what stands there.")
}

/// The note that the model writes when it gets [`message`].
pub(crate) fn note(number: &str) -> String {
    format!("The bolt is BOLT-{number}.")
}

fn answer(received: &Received, faults: &Mutex<Vec<String>>) -> Reply {
    let Ok(body) = serde_json::from_str::<Value>(&received.body) else {
        // A client that was killed while it asked.
        return Reply::status(400, "{}");
    };
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    if let Some(fault) = fault(&messages) {
        let shown = format!("{fault}\n{}", serde_json::to_string_pretty(&messages).unwrap());
        faults.lock().unwrap().push(shown);
        return Reply::status(400, json!({"error": {"message": fault}}).to_string());
    }
    let asked = messages.iter().rposition(|message| message["role"] == "user").unwrap();
    let said = text_of(&messages[asked]);
    let number = said.rsplit_once(TRY).map_or("none", |(_, rest)| {
        rest.split(|c: char| !c.is_ascii_digit() && c != '-').next().unwrap_or("none")
    });
    let results = messages[asked..].iter().filter(|message| message["role"] == "tool").count();
    match results {
        0 => calls(&[
            (&format!("{number}-a"), "memory_search", json!({"query": "heat pump filter"})),
            (&format!("{number}-b"), "remember", json!({"fact": note(number)})),
        ]),
        2 => calls(&[(&format!("{number}-c"), "memory_get", json!({"path": "MEMORY.md"}))]),
        3 => {
            let input = json!({"path": file(number), "content": "first\n"});
            calls(&[(&format!("{number}-d"), "write", input)])
        }
        4 => {
            let path = file(number);
            let edit = json!({"path": path, "oldText": "first", "newText": "second"});
            let run = json!({"command": format!("echo third >> {path}")});
            calls(&[(&format!("{number}-e"), "edit", edit), (&format!("{number}-f"), "shell", run)])
        }
        _ => says(&format!("It is noted as BOLT-{number}, and the filter is UP-25-60-180-B.")),
    }
}

fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// What a strict server would refuse in a transcript; none if it is legal.
fn fault(messages: &[Value]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut last = "assistant";
    for (index, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or("nobody");
        if role != "tool" && !open.is_empty() {
            return Some(format!("{index}: calls without a result: {open:?}"));
        }
        match role {
            "system" | "developer" if index == 0 => continue,
            "user" if last == "user" => return Some(format!("{index}: the person speaks twice")),
            "user" if text_of(message).trim().is_empty() => {
                return Some(format!("{index}: an empty message"));
            }
            "assistant" if last == "assistant" => {
                return Some(format!("{index}: the model speaks twice, or first"));
            }
            "assistant" => {
                let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
                open = calls.iter().filter_map(|call| call["id"].as_str()).collect();
                if open.len() != calls.len() {
                    return Some(format!("{index}: a call without an id"));
                }
                if open.is_empty() && text_of(message).trim().is_empty() {
                    return Some(format!("{index}: an empty message"));
                }
            }
            "tool" if open.first() != message["tool_call_id"].as_str().as_ref() => {
                return Some(format!("{index}: a result without its call"));
            }
            "tool" => {
                open.remove(0);
            }
            "user" => {}
            other => return Some(format!("{index}: nobody is called {other:?}")),
        }
        last = role;
    }
    match last {
        "user" | "tool" if open.is_empty() => None,
        _ => Some(format!("the end is not the model's to answer: {last}, {open:?}")),
    }
}

fn stream(chunks: &[Value]) -> Reply {
    let lines = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
    Reply::events(lines.chain(["data: [DONE]\n\n".to_owned()]))
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn calls(wanted: &[(&str, &str, Value)]) -> Reply {
    let one = |(index, (id, name, input)): (usize, &(&str, &str, Value))| {
        let function = json!({"name": name, "arguments": input.to_string()});
        let call = json!({"index": index, "id": id, "type": "function", "function": function});
        chunk(&json!({"tool_calls": [call]}), None)
    };
    let mut chunks: Vec<Value> = wanted.iter().enumerate().map(one).collect();
    chunks.push(chunk(&json!({}), Some("tool_calls")));
    chunks.push(usage());
    stream(&chunks)
}

fn says(text: &str) -> Reply {
    let pieces = text.split_inclusive(' ').map(|piece| chunk(&json!({"content": piece}), None));
    let end = [chunk(&json!({}), Some("stop")), usage()];
    stream(&pieces.chain(end).collect::<Vec<Value>>())
}

fn usage() -> Value {
    let usage = json!({"prompt_tokens": 900, "completion_tokens": 20, "total_tokens": 920});
    json!({"id": "c", "choices": [], "usage": usage})
}
