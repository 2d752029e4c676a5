//! What a model on an Ollama server is sent, and what becomes of what it says.

use std::time::Duration;

use expect_test::{Expect, expect, expect_file};
use localgpt_protocol::{
    AssistantPart, Delta, Image, Instructions, Message, Provider as _, ProviderError, Reply,
    Request, Risk, SessionId, Thinking, ToolCall, ToolCallId, ToolName, ToolOutcome, ToolResult,
    ToolSpec, ToolSupport, UserPart,
};
use localgpt_providers::{
    Timeouts,
    ollama::{OllamaChat, OllamaChatOptions, PullProgress, is_there, models, pull},
};
use localgpt_testkit::{Reply as Scripted, Server, StreamEnd};
use serde_json::{Value, json};

/// Long enough for any machine; a test that waits for it has failed.
const PATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_secs(30) };
const IMPATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_millis(50) };

const ALL: &str = r#"{"model_info":{"x.context_length":40960},"capabilities":["completion","tools","thinking","vision"]}"#;
const PLAIN: &str = r#"{"model_info":{"x.context_length":40960},"capabilities":["completion"]}"#;
/// A server from before abilities were listed.
const OLD: &str = r#"{"model_info":{"x.context_length":40960}}"#;

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

fn options(server: &Server, context: Option<u32>) -> OllamaChatOptions {
    OllamaChatOptions {
        base_url: server.url(),
        model: "ollama/small:1b".parse().unwrap(),
        context,
        max_output: None,
        timeouts: PATIENT,
    }
}

/// A server whose model is `shown` and which answers `reply`.
fn server(shown: &'static str, mut reply: impl FnMut() -> Scripted + Send + 'static) -> Server {
    Server::start(move |received| match received.line.as_str() {
        "POST /api/show" => Scripted::json(shown),
        _ => reply(),
    })
}

fn lines(lines: &[Value]) -> Scripted {
    let pieces = lines.iter().map(|line| format!("{line}\n").into_bytes()).collect();
    Scripted::Stream { content_type: "application/x-ndjson", pieces, end: StreamEnd::Proper }
}

fn says(text: &str) -> Value {
    json!({"message": {"role": "assistant", "content": text}, "done": false})
}

fn thinks(text: &str) -> Value {
    json!({"message": {"role": "assistant", "content": "", "thinking": text}, "done": false})
}

fn done(reason: &str) -> Value {
    json!({
        "message": {"role": "assistant", "content": ""},
        "done": true,
        "done_reason": reason,
        "prompt_eval_count": 500,
        "eval_count": 7,
    })
}

fn tool() -> ToolSpec {
    ToolSpec {
        name: ToolName::new("remember"),
        description: "Keeps a fact.".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {"fact": {"type": "string"}},
            "required": ["fact"],
        }),
        risk: Risk::Remember,
        aliases: localgpt_protocol::Aliases::default(),
    }
}

fn text(text: &str) -> UserPart {
    UserPart::Text(text.to_owned())
}

fn request() -> Request {
    Request {
        session: SessionId::new("s"),
        instructions: Instructions {
            stable: "Be kind.".to_owned(),
            changing: "It is Monday.".to_owned(),
        },
        messages: vec![Message::User(vec![text("milk")])],
        tools: vec![tool()],
        calling: ToolSupport::Native,
        max_tokens: 256,
    }
}

/// Two turns and a step of a third, with everything in them.
fn long_request() -> Request {
    let image = Image { media_type: "image/png".to_owned(), data: "aGk=".to_owned() };
    let thinking =
        |text: &str| AssistantPart::Thinking(Thinking { text: text.to_owned(), seal: None });
    let call = |id: &str, fact: &str| {
        let (id, name) = (ToolCallId::new(id), ToolName::new("remember"));
        AssistantPart::ToolCall(ToolCall { id, name, input: json!({"fact": fact}) })
    };
    let result = |id: &str, outcome| ToolResult {
        call: ToolCallId::new(id),
        name: ToolName::new("remember"),
        outcome,
    };
    let denied = |words: &str| ToolOutcome::Denied(words.to_owned());
    Request {
        messages: vec![
            Message::User(vec![text("what is this?"), UserPart::Image(image)]),
            Message::Assistant(vec![thinking("old"), AssistantPart::Text("A cat.".to_owned())]),
            Message::User(vec![text("keep it")]),
            Message::Assistant(vec![
                thinking("now"),
                AssistantPart::Text("I will.".to_owned()),
                call("call_1", "cat"),
                call("call_2", "pet"),
            ]),
            Message::ToolResults(vec![
                result("call_1", denied("no")),
                result("call_2", denied("not now")),
            ]),
        ],
        ..request()
    }
}

/// What is shown while `request` is answered, and what comes of it.
fn ask_with(options: OllamaChatOptions, request: &Request) -> String {
    let chat = match wait(OllamaChat::connect(options)) {
        Ok(chat) => chat,
        Err(error) => return format!("not connected: {error}"),
    };
    let mut shown = Vec::new();
    let result = wait(chat.reply(request, &mut |delta| {
        shown.push(match delta {
            Delta::Text(text) => format!("+{text:?}\n"),
            Delta::Thinking(text) => format!("~{text:?}\n"),
            Delta::Retrying { reason, pause } => format!("retrying in {pause:?}: {reason}\n"),
        });
    }));
    shown.push(match result {
        Ok(reply) => told(&reply),
        Err(error) => format!("error: {error}\n"),
    });
    shown.concat()
}

fn told(reply: &Reply) -> String {
    let (input, output) = (reply.usage.input, reply.usage.output);
    let mut told = vec![format!("{:?}, {input} in, {output} out\n", reply.stop)];
    told.extend(reply.parts.iter().map(|part| match part {
        AssistantPart::Text(text) => format!("text {text:?}\n"),
        AssistantPart::Thinking(thinking) => format!("thinking {:?}\n", thinking.text),
        AssistantPart::ToolCall(call) => {
            format!("call {} {} {}\n", named(&call.id), call.name, call.input)
        }
    }));
    let fault = |(id, what): &(ToolCallId, String)| format!("fault {}: {what}\n", named(id));
    told.extend(reply.faults.iter().map(fault));
    told.concat()
}

/// An id of ours is as long as no server's here.
fn named(id: &ToolCallId) -> &str {
    if id.as_str().len() > 15 { "made" } else { id.as_str() }
}

fn ask(shown: &'static str, reply: &Scripted, request: &Request) -> String {
    let scripted = reply.clone();
    let server = server(shown, move || scripted.clone());
    ask_with(options(&server, None), request)
}

fn check(reply: &[Value], expected: &Expect) {
    expected.assert_eq(&ask(ALL, &lines(reply), &request()));
}

/// The body of the last request, with line breaks.
fn body(server: &Server) -> String {
    let received = server.received();
    let last = received.last().unwrap();
    let body: Value = serde_json::from_str(&last.body).unwrap();
    format!("{}\n{body:#}\n", last.line)
}

#[test]
fn a_request_says_everything_and_always_the_window() {
    let server = server(ALL, || lines(&[says("ok"), done("stop")]));
    ask_with(options(&server, None), &long_request());
    assert_eq!(server.received()[0].line, "POST /api/show");
    assert_eq!(server.received()[0].body, r#"{"model":"small:1b"}"#);
    expect_file!["../../fixtures/ollama/chat.txt"].assert_eq(&body(&server));
}

#[test]
fn a_model_without_tools_writes_one_step_at_a_time() {
    let step = r#"{"tool": "remember", "args": {"fact": "cat"}}"#;
    let server = server(PLAIN, move || lines(&[says(step), done("stop")]));
    let request = Request { calling: ToolSupport::Written, ..long_request() };
    expect![[r#"
        End, 500 in, 7 out
        call made remember {"fact":"cat"}
    "#]]
    .assert_eq(&ask_with(options(&server, None), &request));
    expect_file!["../../fixtures/ollama/written.txt"].assert_eq(&body(&server));
}

#[test]
fn the_words_of_a_written_answer_are_shown_as_they_come() {
    let reply = [says("{\"answer\": \"It"), says(" is\\n"), says("so.\"}"), done("stop")];
    let request = Request { calling: ToolSupport::Written, ..request() };
    expect![[r#"
        +"It"
        +" is\n"
        +"so."
        End, 500 in, 7 out
        text "It is\nso."
    "#]]
    .assert_eq(&ask(ALL, &lines(&reply), &request));
    let server = server(ALL, || lines(&[done("stop")]));
    ask_with(options(&server, None), &request);
    let body: Value = serde_json::from_str(&server.received()[1].body).unwrap();
    assert_eq!(body["think"], json!(false));
    assert_eq!(body["tools"], Value::Null);
}

#[test]
fn the_window_is_the_persons_the_modelfiles_or_ours_and_never_beyond_the_models() {
    let cases: [(&'static str, Option<u32>, &str); 7] = [
        (ALL, None, "8192 Assumed, answer 2048"),
        (ALL, Some(16_384), "16384 Configuration, answer 4096"),
        (ALL, Some(100_000), "40960 Server, answer 10240"),
        (r#"{"model_info":{"x.context_length":2048}}"#, None, "2048 Server, answer 512"),
        (
            r#"{"parameters":"num_ctx 12288","model_info":{"x.context_length":40960}}"#,
            None,
            "12288 Server, answer 3072",
        ),
        (
            r#"{"parameters":"num_ctx 12288","model_info":{"x.context_length":40960}}"#,
            Some(4_096),
            "4096 Configuration, answer 1024",
        ),
        ("{}", None, "8192 Assumed, answer 2048"),
    ];
    for (shown, context, expected) in cases {
        let server = server(shown, || Scripted::Closes);
        let chat = wait(OllamaChat::connect(options(&server, context))).unwrap();
        let found = chat.capabilities();
        let shown = format!(
            "{} {:?}, answer {}",
            found.context_window, found.window_source, found.max_output
        );
        assert_eq!(shown, expected);
    }
}

#[test]
fn the_abilities_are_what_the_server_says() {
    for (shown, tools, images) in [
        (ALL, ToolSupport::Native, true),
        (PLAIN, ToolSupport::Written, false),
        (OLD, ToolSupport::Native, false),
    ] {
        let server = server(shown, || Scripted::Closes);
        let chat = wait(OllamaChat::connect(options(&server, None))).unwrap();
        assert_eq!((chat.capabilities().tools, chat.capabilities().images), (tools, images));
    }
    let vectors = r#"{"capabilities":["embedding"]}"#;
    assert_eq!(
        ask(vectors, &Scripted::Closes, &request()),
        "not connected: the model cannot do this: small:1b does not answer, it makes vectors"
    );
    let server = Server::start(|_| Scripted::status(404, r#"{"error":"model 'x' not found"}"#));
    assert_eq!(
        ask_with(options(&server, None), &request()),
        "not connected: the server does not have the model: model 'x' not found (404)"
    );
}

#[test]
fn reasoning_and_text_are_shown_as_they_come() {
    check(
        &[thinks("Hm"), thinks("."), says("Hel"), says("lo <b>"), done("stop")],
        &expect![[r#"
            ~"Hm"
            ~"."
            +"Hel"
            +"lo <b>"
            End, 500 in, 7 out
            thinking "Hm."
            text "Hello <b>"
        "#]],
    );
}

#[test]
fn calls_get_ids_where_they_have_none_and_arguments_are_read() {
    let call = |id: Value, arguments: Value| {
        let function = json!({"name": "remember", "arguments": arguments});
        json!({"message": {"content": "", "tool_calls": [{"id": id, "function": function}]}})
    };
    check(
        &[
            call(json!("call_a"), json!({"fact": "milk"})),
            call(json!("call_a"), json!("{\"fact\": \"tea\"}")),
            call(Value::Null, Value::Null),
            call(Value::Null, json!([1])),
            done("stop"),
        ],
        &expect![[r#"
            End, 500 in, 7 out
            call call_a remember {"fact":"milk"}
            call made remember {"fact":"tea"}
            call made remember {}
            call made remember {}
            fault made: the arguments are no object: [1]
        "#]],
    );
}

#[test]
fn a_call_that_was_written_as_text_is_one_and_is_not_shown() {
    let call = r#"<tool_call>{"name": "remember", "arguments": {"fact": "milk"}}</tool_call>"#;
    let (first, second) = call.split_at(7);
    check(
        &[says("I will.\n"), says(first), says(second), done("stop")],
        &expect![[r#"
            +"I will.\n"
            End, 500 in, 7 out
            text "I will.\n"
            call made remember {"fact":"milk"}
        "#]],
    );
    check(
        &[thinks("Hm.\n"), thinks(call), done("stop")],
        &expect![[r#"
            ~"Hm.\n"
            End, 500 in, 7 out
            thinking "Hm.\n"
            call made remember {"fact":"milk"}
        "#]],
    );
    check(
        &[thinks(call), says("No need."), done("stop")],
        &expect![[r#"
            +"No need."
            ~"<tool_call>{\"name\": \"remember\", \"arguments\": {\"fact\": \"milk\"}}</tool_call>"
            End, 500 in, 7 out
            thinking "<tool_call>{\"name\": \"remember\", \"arguments\": {\"fact\": \"milk\"}}</tool_call>"
            text "No need."
        "#]],
    );
}

#[test]
fn reasoning_in_tags_is_parted_from_the_answer_and_blanks_alone_are_nothing() {
    check(
        &[says("<think>\nIs <tool_call> it?"), says("</think>\n\nYes."), done("stop")],
        &expect![[r#"
            ~"Is <tool_call> it?"
            +"Yes."
            End, 500 in, 7 out
            thinking "Is <tool_call> it?"
            text "Yes."
        "#]],
    );
    check(
        &[thinks("\n"), says("\n"), says("\nYes."), done("stop")],
        &expect![[r#"
        +"\n\nYes."
        End, 500 in, 7 out
        text "\n\nYes."
    "#]],
    );
    check(
        &[thinks("\n"), says("\n"), done("stop")],
        &expect![[r#"
        End, 500 in, 7 out
    "#]],
    );
}

#[test]
fn a_truncated_answer_calls_nothing_that_was_written_as_text() {
    let begun = r#"{"name": "remember", "parameters": {"fact": "mil"#;
    check(
        &[says(begun), done("length")],
        &expect![[r#"
            +"{\"name\": \"remember\", \"parameters\": {\"fact\": \"mil"
            MaxTokens, 500 in, 7 out
            text "{\"name\": \"remember\", \"parameters\": {\"fact\": \"mil"
        "#]],
    );
    check(
        &[says(begun), done("stop")],
        &expect![[r#"
            End, 500 in, 7 out
            call made remember {}
            fault made: the call is not whole JSON
        "#]],
    );
}

#[test]
fn each_failure_inside_a_stream_is_told_apart() {
    let error = |words: &str| [says("Hel"), json!({"error": words})];
    for (words, expected) in [
        (
            "an error was encountered while running the model",
            "the server failed: an error was encountered while running the model",
        ),
        (
            "the prompt is longer than the context length",
            "the text is too long for the model: the prompt is longer than the context length",
        ),
        (
            "\"m\" does not support thinking",
            "the model cannot do this: \"m\" does not support thinking",
        ),
        (
            "server busy, please try again",
            "the server is overloaded: server busy, please try again",
        ),
        (
            "error parsing tool call: raw='{'",
            "the server could not read what the model wrote: error parsing tool call: raw='{'",
        ),
    ] {
        let shown = ask(ALL, &lines(&error(words)), &request());
        assert_eq!(shown, format!("+\"Hel\"\nerror: {expected}\n"));
    }
}

#[test]
fn a_stream_without_its_end_is_no_answer() {
    check(
        &[says("Hel")],
        &expect![[r#"
            +"Hel"
            error: the answer broke off: its last line is missing
        "#]],
    );
    let half = lines(&[says("Hel")]).ending(StreamEnd::Broken);
    let shown = ask(ALL, &half, &request());
    assert!(shown.starts_with("+\"Hel\"\nerror: the answer broke off: the connection"), "{shown}");
    let pieces = vec![format!("{}\n", says("Hel")).into_bytes(), b"{\"message\":{\"ro\n".to_vec()];
    let content_type = "application/x-ndjson";
    let garbage = Scripted::Stream { content_type, pieces, end: StreamEnd::Proper };
    let shown = ask(ALL, &garbage, &request());
    assert!(shown.starts_with("+\"Hel\"\nerror: cannot use the server's answer: EOF"), "{shown}");
}

#[test]
fn a_last_line_needs_no_line_break_and_a_character_may_be_split() {
    let text = format!("{}\n{}", says("ä"), done("stop"));
    let pieces = text.as_bytes().chunks(1).map(<[u8]>::to_vec).collect();
    let content_type = "application/x-ndjson";
    let reply = Scripted::Stream { content_type, pieces, end: StreamEnd::Proper };
    expect![[r#"
        +"ä"
        End, 500 in, 7 out
        text "ä"
    "#]]
    .assert_eq(&ask(ALL, &reply, &request()));
}

#[test]
fn each_refusal_is_told_apart_and_a_models_own_mistake_is_not_an_outage() {
    let page = Scripted::Answer {
        status: 200,
        headers: vec!["Content-Type: text/html".to_owned()],
        body: "<html>".to_owned(),
    };
    let status =
        |status, words: &str| Scripted::status(status, json!({"error": words}).to_string());
    for (reply, expected) in [
        (page, "cannot use the server's answer: it is text/html, not lines of JSON"),
        (
            status(400, "the prompt is longer than the context length"),
            "the text is too long for the model: the prompt is longer than the context length (400)",
        ),
        (
            status(400, "registry.ollama.ai/library/m does not support tools"),
            "the model cannot do this: registry.ollama.ai/library/m does not support tools (400)",
        ),
        (
            status(500, "error parsing tool call: raw='{', err=unexpected end"),
            "the server could not read what the model wrote: error parsing tool call: raw='{', err=unexpected end (500)",
        ),
        (
            status(404, "model 'm' not found"),
            "the server does not have the model: model 'm' not found (404)",
        ),
    ] {
        assert_eq!(ask(ALL, &reply, &request()), format!("error: {expected}\n"));
    }
}

#[test]
fn a_server_that_says_nothing_more_is_given_up() {
    let reply = lines(&[says("Hel")]).ending(StreamEnd::Silent);
    let server = server(ALL, move || reply.clone());
    let options = OllamaChatOptions { timeouts: IMPATIENT, ..options(&server, None) };
    assert_eq!(
        ask_with(options, &request()),
        "+\"Hel\"\nerror: the server said nothing for 0 seconds\n"
    );
}

#[test]
fn a_request_is_sent_once_more_when_the_server_was_overloaded() {
    let mut count = 0;
    let server = server(ALL, move || {
        count += 1;
        match count {
            1 => Scripted::status(503, "{}").with("Retry-After: 0"),
            _ => lines(&[says("Hello"), done("stop")]),
        }
    });
    expect![[r#"
        retrying in 0ns: the server is overloaded: 503 Service Unavailable
        +"Hello"
        End, 500 in, 7 out
        text "Hello"
    "#]]
    .assert_eq(&ask_with(options(&server, None), &request()));
}

#[test]
fn an_answer_on_a_prompt_that_was_cut_is_not_used() {
    let words = "milk and honey ".repeat(100);
    let request = Request { messages: vec![Message::User(vec![text(&words)])], ..request() };
    let counted = |count: Value| {
        let mut end = done("stop");
        end["prompt_eval_count"] = count;
        lines(&[says("Hello"), end])
    };
    let cut = "the text is too long for the model: the server cut it in silence: it read 200 tokens of 305 or more; the answer is not used";
    assert_eq!(ask(ALL, &counted(json!(200)), &request), format!("+\"Hello\"\nerror: {cut}\n"));
    // A template may trim a little; no count is none; an old server counts what was not in its cache.
    for (shown, count) in
        [(ALL, json!(300)), (ALL, json!(0)), (ALL, Value::Null), (OLD, json!(200))]
    {
        let told = ask(shown, &counted(count), &request);
        assert!(told.ends_with("text \"Hello\"\n"), "{told}");
    }
}

#[test]
fn what_certainly_does_not_fit_is_not_sent() {
    let server = server(ALL, || Scripted::Closes);
    let words = "milk ".repeat(300);
    let request = Request { messages: vec![Message::User(vec![text(&words)])], ..request() };
    assert_eq!(
        ask_with(options(&server, Some(256)), &request),
        "error: the text is too long for the model: it is 305 tokens or more, and the window has 256\n"
    );
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_picture_for_a_model_that_sees_none_is_refused_and_an_old_one_is_named() {
    let image = Image { media_type: "image/png".to_owned(), data: "aGk=".to_owned() };
    let last = Message::User(vec![UserPart::Image(image)]);
    let asked = Request { messages: vec![last.clone()], tools: Vec::new(), ..request() };
    assert_eq!(
        ask(PLAIN, &Scripted::Closes, &asked),
        "error: the model cannot do this: small:1b reads no pictures\n"
    );
    let server = server(PLAIN, || lines(&[says("ok"), done("stop")]));
    let answer = Message::Assistant(vec![AssistantPart::Text("A cat.".to_owned())]);
    let messages = vec![last, answer, Message::User(vec![text("and now?")])];
    ask_with(options(&server, None), &Request { messages, ..asked });
    let body: Value = serde_json::from_str(&server.received()[1].body).unwrap();
    assert_eq!(body["messages"][1]["content"], "(a picture that you cannot see)");
    assert_eq!(body["messages"][1]["images"], Value::Null);
}

#[test]
fn the_models_of_a_server_are_listed() {
    let tags = r#"{"models":[
        {"name":"qwen3:8b","size":5200000000,"details":{"family":"qwen3","families":["qwen3"],
         "parameter_size":"8.2B","quantization_level":"Q4_K_M"}},
        {"name":"old","details":{"family":"llama","families":null}}, {"name":"bare"}]}"#;
    let server = Server::start(move |_| Scripted::json(tags));
    let found = wait(models(&server.url())).unwrap();
    let shown: Vec<String> = found
        .iter()
        .map(|model| {
            let families = model.families.join("+");
            let (name, bytes, parameters) = (&model.name, model.bytes, &model.parameters);
            format!("{name} {bytes} [{families}] {parameters} {}", model.quantization)
        })
        .collect();
    assert_eq!(
        shown,
        ["qwen3:8b 5200000000 [qwen3] 8.2B Q4_K_M", "old 0 [llama]  ", "bare 0 []  "]
    );
    assert_eq!(server.received()[0].line, "GET /api/tags");
    let empty = Server::start(|_| Scripted::json(r#"{"models":null}"#));
    assert_eq!(wait(models(&empty.url())).unwrap(), []);
}

#[test]
fn a_server_is_there_if_it_says_its_version_in_time() {
    let server = Server::start(|_| Scripted::json(r#"{"version":"0.24.0"}"#));
    assert!(wait(is_there(&server.url())));
    for reply in [Scripted::json("{}"), Scripted::status(404, "{}"), Scripted::Hangs] {
        let other = Server::start(move |_| reply.clone());
        assert!(!wait(is_there(&other.url())));
    }
    let gone = server.url();
    drop(server);
    assert!(!wait(is_there(&gone)) && !wait(is_there("nonsense")));
}

fn pulled(reply: &Scripted) -> (Vec<PullProgress>, Result<(), ProviderError>, String) {
    let scripted = reply.clone();
    let server = Server::start(move |_| scripted.clone());
    let mut progress = Vec::new();
    let result = wait(pull(&server.url(), "small:1b", &mut |step| progress.push(step)));
    (progress, result, server.received()[0].body.clone())
}

#[test]
fn a_model_is_fetched_with_progress() {
    let file = json!({"status": "pulling abc", "digest": "abc", "total": 10, "completed": 4});
    let begun = json!({"status": "pulling manifest"});
    let (progress, result, body) =
        pulled(&lines(&[begun.clone(), file.clone(), json!({"status": "success"})]));
    result.unwrap();
    let step = |status: &str, completed, total| PullProgress {
        status: status.to_owned(),
        completed,
        total,
    };
    let expected =
        [step("pulling manifest", 0, 0), step("pulling abc", 4, 10), step("success", 0, 0)];
    assert_eq!(progress, expected);
    assert_eq!(body, r#"{"model":"small:1b","stream":true}"#);
    let error = |lines: &[Value]| pulled(&self::lines(lines)).1.unwrap_err().to_string();
    assert_eq!(
        error(&[begun, file]),
        "the answer broke off: the server did not say that the model is complete"
    );
    assert_eq!(
        error(&[json!({"error": "pull model manifest: file does not exist"})]),
        "the server does not have the model: pull model manifest: file does not exist"
    );
    assert_eq!(
        error(&[json!({"error": "no space left on device"})]),
        "the server failed: no space left on device"
    );
}
