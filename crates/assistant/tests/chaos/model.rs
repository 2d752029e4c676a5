//! A server whose model calls anything with anything.

use localgpt_testkit::{Received, Reply, Server};
use serde_json::{Value, json};

use crate::chance::Chance;

/// Names of files that are asked for, in the workspace and not.
const PATHS: &[&str] = &[
    "a.txt",
    "b.txt",
    "sub/c.txt",
    "sub/deep/d.md",
    "memory/2026-01-01.md",
    "MEMORY.md",
    "SOUL.md",
    "skills/new/SKILL.md",
    ".git/config",
    "../outside/kept.txt",
    "sub/../../outside/kept.txt",
    "~/.profile",
    "/etc/hostname",
    "link/kept.txt",
    "",
    "a\u{0}b",
    "名前.txt",
    ".",
];
const TEXTS: &[&str] =
    &["", "one\n", "one\ntwo\nthree", "\u{feff}BOM\r\n", "one", "two", "ünï\n\n\n"];
const COMMANDS: &[&str] = &[
    "echo more >> a.txt",
    "rm -f b.txt",
    "mv a.txt moved.txt",
    "mkdir -p new/er && echo x > new/er/x.txt",
    "rm -rf sub",
    "rm -rf ./*",
    "cp a.txt copy.txt; : > a.txt",
    "echo mine > SOUL.md",
    "echo gone > ../outside/kept.txt",
    "rm -rf ../outside",
    "echo x > link/kept.txt",
    "echo evil >> ~/.profile; echo evil >> $HOME/.profile",
    "exit 3",
    "printf '\\000\\001' > binary.bin",
    "chmod 777 a.txt",
    "kill -9 $$",
    "ls -la; cat a.txt",
];

/// Starts the server; `seed` chooses what its model does.
pub(crate) fn start(seed: u64) -> Server {
    let mut chance = Chance::new(seed);
    let mut calls = 0;
    Server::start(move |received| answer(received, &mut chance, &mut calls))
}

fn answer(received: &Received, chance: &mut Chance, calls: &mut u64) -> Reply {
    let body: Value = serde_json::from_str(&received.body).unwrap_or_default();
    let has_tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    if !has_tools || chance.one_in(16) {
        let content = json!({"content": "It is so."});
        return stream(&[chunk(&content, None), chunk(&json!({}), Some("stop"))]);
    }
    let mut chunks = Vec::new();
    for index in 0..=chance.below(3) {
        *calls += 1;
        let (name, input) = call(chance);
        let arguments = match chance.one_in(40) {
            true => "{\"path\": ".to_owned(),
            false => input.to_string(),
        };
        let function = json!({"name": name, "arguments": arguments});
        let id = format!("call-{calls}");
        let call = json!({"index": index, "id": id, "type": "function", "function": function});
        chunks.push(chunk(&json!({"tool_calls": [call]}), None));
    }
    chunks.push(chunk(&json!({}), Some("tool_calls")));
    stream(&chunks)
}

fn call(chance: &mut Chance) -> (&'static str, Value) {
    let (path, text) = (chance.one_of(PATHS), chance.one_of(TEXTS));
    let other = chance.one_of(TEXTS);
    match chance.below(16) {
        0..=2 => ("write", json!({"path": path, "content": text})),
        3 | 4 => ("edit", json!({"path": path, "oldText": text, "newText": other})),
        5 | 6 => ("delete", json!({"path": path})),
        7 => ("read", json!({"path": path, "offset": chance.below(5)})),
        8 => ("list", json!({"path": path})),
        9 => ("find", json!({"pattern": "**/*.txt", "path": path})),
        10 => ("grep", json!({"pattern": "o[", "path": path})),
        11 => ("shell", json!({"command": chance.one_of(COMMANDS), "timeout": 5})),
        12 => ("remember", json!({"fact": format!("Fact {} {text}", chance.below(1_000))})),
        13 => ("web_fetch", json!({"url": "http://127.0.0.1:9/"})),
        14 => ("memory_search", json!({"query": text})),
        _ => chance_call(chance, path),
    }
}

/// What fits no tool.
fn chance_call(chance: &mut Chance, path: &str) -> (&'static str, Value) {
    let names =
        ["write", "edit", "shell", "delete", "process", "no_such_tool", "exec", "memory_get"];
    let inputs = [
        json!({}),
        json!([]),
        json!("text"),
        json!({"path": 7, "content": ["x"]}),
        json!({"path": path, "content": null, "command": {}}),
        json!({"action": "kill", "id": "1", "path": path}),
    ];
    (chance.one_of(&names), inputs[chance.below(inputs.len())].clone())
}

fn stream(chunks: &[Value]) -> Reply {
    let lines = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
    Reply::events(lines.chain(["data: [DONE]\n\n".to_owned()]))
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}
