//! A model that says what a test wrote down, and the talk with it.

use std::io::Read as _;

use localgpt_testkit::{Home, Received, Reply, StreamEnd};
use serde_json::{Value, json};

/// A command that nobody knows, to see where a reply ends, and what is printed for it.
pub(crate) const MARK: &str = "/zzzzzzzz";
pub(crate) const MARKED: &str = "error: there is no command `/zzzzzzzz`\n\
     hint: `/help` lists them; `//` at the start sends a text as it is\n";

/// A line that is typed, and what is answered to the questions it leads to.
pub(crate) type Typed<'a> = (&'a str, &'a [&'a str]);

/// Talks line by line and returns what a terminal would have shown.
pub(crate) fn talk(home: &Home, words: &[&str], lines: &[Typed<'_>]) -> String {
    let mut typed = String::new();
    for (line, answers) in lines {
        typed.extend([MARK, "\n", line, "\n"]);
        for answer in *answers {
            typed.extend([answer, "\n"]);
        }
    }
    let (mut child, mut reader) = home.start_joined(&format!("{typed}{MARK}\n"), words);
    let mut output = String::new();
    reader.read_to_string(&mut output).unwrap();
    child.wait().unwrap();
    let mut replies = output.split(MARKED).map(|reply| reply.trim_matches('\n'));
    let mut shown = format!("$ localgpt {}\n{}\n", words.join(" "), replies.next().unwrap());
    for (line, _) in lines {
        let reply = replies.next().unwrap();
        shown.extend(["\n> ", line, "\n", reply, "\n"]);
    }
    shown
}

/// A server that speaks like Ollama and takes its answers from `next`.
pub(crate) fn serve(
    mut next: impl FnMut() -> Option<Reply> + Send + 'static,
) -> impl FnMut(&Received) -> Reply + Send + 'static {
    move |request| {
        match request.line.as_str() {
        "POST /api/show" => Reply::json(
            json!({"capabilities": ["completion", "tools", "vision"], "model_info": {"qwen3.context_length": 40_960}})
                .to_string(),
        ),
        "GET /api/version" => Reply::json(r#"{"version":"0.13.0"}"#),
        "GET /api/tags" => Reply::json(r#"{"models":[{"name":"qwen3:8b"}]}"#),
        _ => next().unwrap_or_else(|| Reply::status(404, r#"{"error":"nothing is scripted"}"#)),
    }
    }
}

/// An answer, in pieces.
pub(crate) fn answer(pieces: &[&str], read: u64) -> Reply {
    let messages = pieces.iter().map(|text| json!({"role": "assistant", "content": text}));
    stream(messages.collect(), read)
}

/// A call of a tool.
pub(crate) fn call(name: &str, input: &Value) -> Reply {
    let function = json!({"name": name, "arguments": input});
    stream(
        vec![json!({"role": "assistant", "content": "", "tool_calls": [{"function": function}]})],
        1_530,
    )
}

/// Lines of JSON, the last of which says how many tokens were read; without it where it reads none.
fn stream(messages: Vec<Value>, read: u64) -> Reply {
    let mut lines: Vec<Value> = messages
        .into_iter()
        .map(|message| json!({"model": "qwen3:8b", "message": message, "done": false}))
        .collect();
    if read > 0 {
        let message = json!({"role": "assistant", "content": ""});
        lines.push(json!({
            "model": "qwen3:8b", "message": message, "done": true, "done_reason": "stop",
            "prompt_eval_count": read, "eval_count": 24
        }));
    }
    Reply::Stream {
        content_type: "application/x-ndjson",
        pieces: lines.iter().map(|line| format!("{line}\n").into_bytes()).collect(),
        end: StreamEnd::Proper,
    }
}
