//! What the tests of every protocol share: one transcript with everything in it, and how an answer is written down.

use std::{
    fmt::Write as _,
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use expect_test::{Expect, expect};
use localgpt_protocol::{
    AssistantPart, Capabilities, Citation, Delta, Image, Instructions, Message, Price, Provider,
    ProviderError, Recalled, Reply, Request, Risk, Seal, SessionId, Thinking, ToolCall, ToolCallId,
    ToolName, ToolOutcome, ToolResult, ToolSpec, ToolSupport, Usage, UserPart, WindowSource,
};
use localgpt_providers::{ApiKey, ServerOptions, Timeouts};
use localgpt_testkit::{Reply as Scripted, Server, StreamEnd};
use serde_json::{Value, json};

/// Long enough for any machine; a test that waits for it has failed.
pub(crate) const PATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_secs(30) };
pub(crate) const IMPATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_millis(60) };

/// How a provider is made for a server.
pub(crate) type Make = fn(&ServerOptions) -> Box<dyn Provider>;

pub(crate) fn options(url: String, timeouts: Timeouts) -> ServerOptions {
    ServerOptions { base_url: url, api_key: Some(ApiKey::new("sk-secret".to_owned())), timeouts }
}

pub(crate) fn capabilities(model: &str) -> Capabilities {
    Capabilities {
        model: model.parse().unwrap(),
        context_window: 100_000,
        window_source: WindowSource::Table,
        max_output: 1_000,
        tools: ToolSupport::Native,
        images: true,
        price: Some(Price {
            input: 1_000_000,
            cache_read: 100_000,
            cache_write: 2_000_000,
            output: 5_000_000,
        }),
    }
}

pub(crate) fn said(text: &str) -> Message {
    Message::User(vec![UserPart::Text(text.to_owned())])
}

pub(crate) fn asked(messages: Vec<Message>) -> Request {
    let tool = |name: &str| ToolSpec {
        name: ToolName::new(name),
        description: format!("To {name}."),
        input_schema: json!({"type": "object", "properties": {"x": {"type": "string"}}}),
        risk: Risk::Read,
        aliases: localgpt_protocol::Aliases::default(),
    };
    Request {
        session: SessionId::new("s"),
        instructions: Instructions {
            stable: "Be kind.".to_owned(),
            changing: "It is Monday.".to_owned(),
        },
        messages,
        tools: vec![tool("search"), tool("remember")],
        calling: ToolSupport::Native,
        max_tokens: 500,
    }
}

/// A transcript with every kind of part, of which `own` wrote some and another model the rest.
pub(crate) fn everything(own: &Seal) -> Vec<Message> {
    let call = |id: &str, name: &str| {
        AssistantPart::ToolCall(ToolCall {
            id: ToolCallId::new(id),
            name: ToolName::new(name),
            input: json!({"x": "ä"}),
        })
    };
    let thinking = |text: &str, seal: Option<Seal>| {
        AssistantPart::Thinking(Thinking { text: text.to_owned(), seal })
    };
    let foreign = Seal { maker: "other/model".to_owned(), block: json!({"type": "secret"}) };
    let quoted = serde_json::from_value(json!("<quote>")).unwrap();
    let failed = serde_json::from_value(json!("<no such file>")).unwrap();
    let result = |id: &str, outcome| ToolResult {
        call: ToolCallId::new(id),
        name: ToolName::new("search"),
        outcome,
    };
    vec![
        Message::User(vec![
            UserPart::Text("Look".to_owned()),
            UserPart::Recalled(Recalled {
                citations: vec![Citation { path: "a.md".to_owned(), start_line: 1, end_line: 1 }],
                notes: serde_json::from_value(json!("<notes>")).unwrap(),
            }),
            UserPart::Image(Image { media_type: "image/png".to_owned(), data: "iVBO".to_owned() }),
        ]),
        Message::Assistant(vec![
            thinking("own", Some(own.clone())),
            thinking("foreign", Some(foreign.clone())),
            thinking("unsealed", None),
            AssistantPart::Text("Looking.".to_owned()),
            call("call_1", "search"),
            call("functions.remember:2", "functions.remember"),
            call("call_3", "search"),
        ]),
        Message::ToolResults(vec![
            result("call_1", ToolOutcome::Done(quoted)),
            result("functions.remember:2", ToolOutcome::Failed(failed)),
            result("call_3", ToolOutcome::Denied("the person said no".to_owned())),
        ]),
        Message::Assistant(vec![AssistantPart::Text("Found.".to_owned())]),
        said("  "),
        said("one"),
        Message::Assistant(vec![
            thinking("only foreign", Some(foreign)),
            AssistantPart::Text(" ".to_owned()),
        ]),
        said("two"),
    ]
}

/// What a provider makes of a request: the deltas as they came, and the reply.
pub(crate) fn ask(
    provider: &dyn Provider,
    request: &Request,
) -> (Vec<Delta>, Result<Reply, ProviderError>) {
    let mut deltas = Vec::new();
    let mut show = |delta| deltas.push(delta);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reply = runtime.block_on(provider.reply(request, &mut show));
    (deltas, reply)
}

/// The deltas and what became of them, a line each.
pub(crate) fn shown(deltas: &[Delta], reply: Result<Reply, ProviderError>) -> String {
    let mut out = String::new();
    let (mut text, mut thinking) = (String::new(), String::new());
    for delta in deltas {
        match delta {
            Delta::Text(more) => text.push_str(more),
            Delta::Thinking(more) => thinking.push_str(more),
            Delta::Retrying { reason, pause } => {
                writeln!(out, "retry after {pause:?}: {reason}").unwrap();
            }
        }
    }
    match reply {
        Ok(reply) => {
            let mut spoken = String::new();
            for part in &reply.parts {
                match part {
                    AssistantPart::Text(text) => {
                        spoken.push_str(text);
                        writeln!(out, "text {text:?}").unwrap();
                    }
                    AssistantPart::Thinking(Thinking { text, seal }) => {
                        write!(out, "thinking {text:?}").unwrap();
                        if let Some(Seal { maker, block }) = seal {
                            write!(out, " sealed by {maker}: {block}").unwrap();
                        }
                        out.push('\n');
                    }
                    AssistantPart::ToolCall(ToolCall { id, name, input }) => {
                        let id = if id.as_str().len() > 15 { "made" } else { id.as_str() };
                        writeln!(out, "call {id}: {name}{input}").unwrap();
                    }
                }
            }
            assert_eq!(spoken, text, "what was shown is what was said");
            for (_, fault) in &reply.faults {
                writeln!(out, "fault {fault}").unwrap();
            }
            let Usage { input, cache_read, cache_write, output, microdollars } = reply.usage;
            writeln!(
                out,
                "{:?}; read {input} ({cache_read} from the cache, {cache_write} to it), wrote {output}, {}",
                reply.stop,
                microdollars.map_or("free".to_owned(), |cost| format!("{cost} microdollars"))
            )
            .unwrap();
        }
        Err(error) => {
            if !text.is_empty() || !thinking.is_empty() {
                writeln!(out, "shown {thinking:?} {text:?}").unwrap();
            }
            let waits = match &error {
                ProviderError::RateLimited { retry_after: Some(wait), .. }
                | ProviderError::Overloaded { retry_after: Some(wait), .. } => {
                    format!(" (wait {wait:?})")
                }
                _ => String::new(),
            };
            writeln!(out, "error: {error}{waits}").unwrap();
        }
    }
    assert!(!out.contains("sk-secret"), "the key is repeated: {out}");
    out
}

/// Checks what becomes of `replies`, given one after the other, the last one again and again.
pub(crate) fn check(make: Make, replies: &[Scripted], expected: &Expect) {
    expected.assert_eq(&outcome(make, replies));
}

fn outcome(make: Make, replies: &[Scripted]) -> String {
    let is_silent = replies.iter().any(|reply| {
        matches!(reply, Scripted::Hangs | Scripted::Stream { end: StreamEnd::Silent, .. })
    });
    let server = script(replies);
    let provider = make(&options(server.url(), if is_silent { IMPATIENT } else { PATIENT }));
    let (deltas, reply) = ask(provider.as_ref(), &asked(vec![said("hi")]));
    shown(&deltas, reply)
}

fn script(replies: &[Scripted]) -> Server {
    let mut replies = std::collections::VecDeque::from(replies.to_vec());
    let mut last = None;
    Server::start(move |_| {
        last = replies.pop_front().or_else(|| last.clone());
        last.clone().unwrap()
    })
}

/// Checks that a stream means the same wherever its bytes are parted.
pub(crate) fn check_every_cut(make: Make, stream: &str) {
    let whole = |pieces: Vec<Vec<u8>>| {
        let server = script(&[Scripted::events(pieces)]);
        let provider = make(&options(server.url(), PATIENT));
        let (deltas, reply) = ask(provider.as_ref(), &asked(vec![said("hi")]));
        shown(&deltas, reply)
    };
    let bytes = stream.as_bytes();
    let expected = whole(vec![bytes.to_vec()]);
    assert!(!expected.contains("error"), "{expected}");
    assert_eq!(whole(bytes.iter().map(|byte| vec![*byte]).collect()), expected);
    for cut in 1..bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(whole(vec![first.to_vec(), second.to_vec()]), expected, "cut at {cut}");
    }
}

/// The request that `make` sends for a transcript, with the headers that matter.
pub(crate) fn sent(make: Make, request: &Request) -> String {
    let server = Server::start(|_| Scripted::status(400, "{}"));
    let provider = make(&options(server.url(), PATIENT));
    assert!(ask(provider.as_ref(), request).1.is_err());
    let received = server.received();
    let [received] = received.as_slice() else { panic!("{} requests", received.len()) };
    let headers = ["authorization", "x-api-key", "anthropic-version", "accept", "content-type"];
    let headers =
        headers.iter().filter_map(|name| Some(format!("{name}: {}", received.header(name)?)));
    let headers: Vec<String> = headers.collect();
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    format!("{}\n{}\n\n{body}\n", received.line, headers.join("\n"))
}

/// Checks that an answer nobody waits for any more is not read on: its connection is closed.
pub(crate) fn check_cancelled(make: Make, beginning: &str) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let beginning = beginning.to_owned();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        stream.write_all(format!("{head}{beginning}").as_bytes()).unwrap();
        stream.set_read_timeout(Some(PATIENT.answer)).unwrap();
        // What is left of the request, and then its end: the client is gone.
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).map_err(|error| error.kind())
    });
    let provider = make(&options(url, PATIENT));
    let request = asked(vec![said("hi")]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut show = move |delta| sender.send(delta).unwrap();
    runtime.block_on(async {
        let mut reply = pin!(provider.reply(&request, &mut show));
        let first = std::future::poll_fn(|context: &mut Context<'_>| {
            if let Poll::Ready(reply) = reply.as_mut().poll(context) {
                panic!("it is over: {reply:?}");
            }
            match receiver.try_recv() {
                Ok(delta) => Poll::Ready(delta),
                Err(_) => Poll::Pending,
            }
        });
        assert_eq!(first.await, Delta::Text("a".to_owned()));
    });
    // The future is dropped here, and its connection with it.
    drop(provider);
    drop(runtime);
    match server.join().unwrap() {
        Ok(_) | Err(std::io::ErrorKind::ConnectionReset) => {}
        Err(other) => panic!("the connection stayed open: {other:?}"),
    }
}

/// The models of a list, each on a line.
pub(crate) fn listed<E: std::fmt::Display>(
    models: impl Future<Output = Result<Vec<localgpt_providers::ListedModel>, E>>,
) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(models) {
        Ok(models) => {
            let line = |model: &localgpt_providers::ListedModel| {
                format!("{} {:?} {:?}\n", model.name, model.context_window, model.max_output)
            };
            models.iter().map(line).collect()
        }
        Err(error) => format!("error: {error}\n"),
    }
}

fn refused(status: u16, message: &str) -> Scripted {
    let error = json!({"error": {"type": "t", "message": message}});
    Scripted::status(status, error.to_string())
}

/// Checks what every protocol makes of a refusal.
pub(crate) fn check_refusals(make: Make) {
    let cases = [
        refused(401, "wrong key sk-secret"),
        refused(402, "nothing left"),
        refused(404, "no model m"),
        refused(400, "prompt is too long: 9 tokens > 8 maximum"),
        refused(400, "m does not support tools"),
        refused(400, "no"),
        refused(500, "Failed to parse tool call arguments as JSON"),
        refused(429, "slow").with("Retry-After: 3600"),
        refused(529, "full").with("Retry-After: 0"),
    ];
    let outcomes: String = cases.map(|case| outcome(make, &[case])).concat();
    expect![[r#"
        error: the server does not accept the key: wrong key *** (401)
        error: the account has no credit left: nothing left (402)
        error: the server does not have the model: no model m (404)
        error: the text is too long for the model: prompt is too long: 9 tokens > 8 maximum (400)
        error: the model cannot do this: m does not support tools (400)
        error: the server refuses: no (400)
        error: the server could not read what the model wrote: Failed to parse tool call arguments as JSON (500)
        error: the server wants fewer requests: slow (429) (wait 3600s)
        retry after 0ns: the server is overloaded: full (529)
        retry after 0ns: the server is overloaded: full (529)
        error: the server is overloaded: full (529) (wait 0ns)
    "#]]
    .assert_eq(&outcomes);
}

/// Checks what every protocol makes of an answer that is none.
pub(crate) fn check_no_answers(make: Make) {
    let page = Scripted::Answer {
        status: 200,
        headers: vec!["Content-Type: text/html".to_owned()],
        body: "<html>Sign in</html>".to_owned(),
    };
    let hidden = Scripted::json(r#"{"error":{"code":429,"message":"slow sk-secret"}}"#);
    let cases = [
        vec![Scripted::Hangs],
        vec![page],
        vec![hidden, refused(400, "no")],
        vec![Scripted::json("{}")],
        vec![Scripted::events(["data: {\"x\": \n\n"])],
        vec![Scripted::events(Vec::<Vec<u8>>::new()), refused(400, "no")],
        vec![Scripted::events([": hello\n\n"]).ending(StreamEnd::Broken), refused(400, "no")],
    ];
    let outcomes: String = cases.map(|case| outcome(make, &case)).concat();
    expect![[r#"
        error: the server said nothing for 0 seconds
        error: cannot use the server's answer: it is text/html, not a stream of events
        retry after 500ms: the server wants fewer requests: slow ***
        error: the server refuses: no (400)
        error: cannot use the server's answer: it is application/json, not a stream of events
        error: cannot use the server's answer: it is no JSON: EOF while parsing a value at line 1 column 6
        retry after 500ms: the answer broke off: its end is missing
        error: the server refuses: no (400)
        retry after 500ms: the answer broke off: the connection was lost (unexpected EOF during chunk size line)
        error: the server refuses: no (400)
    "#]]
    .assert_eq(&outcomes);
}
