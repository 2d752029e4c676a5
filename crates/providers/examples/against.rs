//! Asks a server by hand: `against <address> <anthropic|responses|chat|ollama> [seconds] [written]`, one message
//! a line on stdin.
//!
//! A line is a session of its own, in which calls are answered with `done`. What comes is printed as JSON, a line each.
//! The project does not need it; it is for trying real servers, and fakes of them.
#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::{error::Error, io::BufRead as _, time::Duration};

use localgpt_protocol::{
    AssistantPart, Capabilities, Delta, Instructions, Message, Provider, Reply, Request, Risk,
    SessionId, StopReason, ToolName, ToolOutcome, ToolResult, ToolSpec, ToolSupport, UserPart,
    WindowSource,
};
use localgpt_providers::{
    ApiKey, ServerOptions, Timeouts,
    catalog::{self, Protocol, Quirks},
    ollama::{OllamaChat, OllamaChatOptions},
};
use serde_json::json;

const MOST_STEPS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, protocol, rest @ ..] = words.as_slice() else {
        return Err("say an address and a protocol".into());
    };
    let seconds = rest.first().map_or(Ok(3), |seconds| seconds.parse())?;
    let timeouts =
        Timeouts { connect: Duration::from_secs(seconds), answer: Duration::from_secs(seconds) };
    let calling = match rest.get(1).map(String::as_str) {
        Some("written") => ToolSupport::Written,
        Some(other) => return Err(format!("no way of calling: {other}").into()),
        None => ToolSupport::Native,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let provider: Box<dyn Provider> = match protocol.as_str() {
        "ollama" => Box::new(runtime.block_on(OllamaChat::connect(OllamaChatOptions {
            base_url: address.clone(),
            model: "ollama/qwen3:8b".parse()?,
            context: None,
            max_output: None,
            timeouts,
        }))?),
        other => {
            let (protocol, path, model) = vendor(other)?;
            let server = ServerOptions {
                base_url: format!("{address}{path}"),
                api_key: Some(ApiKey::new("sk-by-hand".to_owned())),
                timeouts,
            };
            let models = runtime.block_on(catalog::models(protocol, Quirks::NONE, &server));
            println!("{}", json!({"models": format!("{models:?}")}));
            catalog::open(protocol, Quirks::NONE, &server, capabilities(model)?)?
        }
    };
    for line in std::io::stdin().lock().lines() {
        runtime.block_on(session(provider.as_ref(), calling, &line?));
    }
    Ok(())
}

fn vendor(protocol: &str) -> Result<(Protocol, &'static str, &'static str), Box<dyn Error>> {
    Ok(match protocol {
        "anthropic" => (Protocol::Anthropic, "", "anthropic/claude-opus-5-5"),
        "responses" => (Protocol::Responses, "/v1", "openai/gpt-5.1"),
        "chat" => (Protocol::Chat, "/v1", "llamacpp/local-model"),
        other => return Err(format!("no protocol: {other}").into()),
    })
}

fn capabilities(model: &str) -> Result<Capabilities, Box<dyn Error>> {
    Ok(Capabilities {
        model: model.parse()?,
        context_window: 100_000,
        window_source: WindowSource::Assumed,
        max_output: 4_000,
        tools: ToolSupport::Native,
        images: false,
        price: None,
    })
}

async fn session(provider: &dyn Provider, calling: ToolSupport, line: &str) {
    let mut request = Request {
        session: SessionId::new("by-hand"),
        instructions: Instructions {
            stable: "You help.".to_owned(),
            changing: "It is Monday.".to_owned(),
        },
        messages: vec![Message::User(vec![UserPart::Text(line.to_owned())])],
        tools: tools(),
        calling,
        max_tokens: 2_000,
    };
    for step in 1..=MOST_STEPS {
        let mut retries = 0;
        let mut show = |delta| retries += usize::from(matches!(delta, Delta::Retrying { .. }));
        let reply = provider.reply(&request, &mut show).await;
        let outcome = match &reply {
            Ok(reply) => shown(reply),
            Err(error) => json!({"error": error.to_string()}),
        };
        println!("{}", json!({"asked": line, "step": step, "retries": retries, "became": outcome}));
        let Ok(reply) = reply else { return };
        let results = results(&reply);
        if results.is_empty() || reply.stop != StopReason::End {
            return;
        }
        request.messages.push(Message::Assistant(reply.parts));
        request.messages.push(Message::ToolResults(results));
    }
}

fn shown(reply: &Reply) -> serde_json::Value {
    let cut = |text: String| text.chars().take(300).collect::<String>();
    let parts: Vec<String> = reply.parts.iter().map(|part| cut(format!("{part:?}"))).collect();
    let faults: Vec<&String> = reply.faults.iter().map(|(_, fault)| fault).collect();
    json!({"parts": parts, "faults": faults, "stop": reply.stop, "usage": reply.usage})
}

fn results(reply: &Reply) -> Vec<ToolResult> {
    let calls = reply.parts.iter().filter_map(|part| match part {
        AssistantPart::ToolCall(call) => Some(call),
        AssistantPart::Text(_) | AssistantPart::Thinking(_) => None,
    });
    calls
        .map(|call| ToolResult {
            call: call.id.clone(),
            name: call.name.clone(),
            outcome: match reply.faults.iter().find(|(id, _)| *id == call.id) {
                Some((_, fault)) => ToolOutcome::Denied(fault.clone()),
                None => ToolOutcome::Denied("done".to_owned()),
            },
        })
        .collect()
}

fn tools() -> Vec<ToolSpec> {
    let tool = |name: &str, input: &str| ToolSpec {
        name: ToolName::new(name),
        description: format!("To {name}."),
        input_schema: json!({"type": "object", "properties": {input: {"type": "string"}}, "required": [input]}),
        risk: Risk::Read,
        aliases: localgpt_protocol::Aliases::default(),
    };
    vec![
        tool("remember", "fact"),
        tool("get_weather", "city"),
        tool("search", "query"),
        tool("read", "id"),
    ]
}
