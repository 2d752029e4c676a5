//! What is sent to the Messages protocol, and what its events become.

use expect_test::{expect, expect_file};
use localgpt_protocol::{Instructions, Provider, Seal, ToolSupport};
use localgpt_providers::{ServerOptions, anthropic};
use localgpt_testkit::{Reply as Scripted, Server, StreamEnd};
use serde_json::{Value, json};

use crate::asking::{
    PATIENT, ask, asked, capabilities, check, check_cancelled, check_every_cut, check_no_answers,
    check_refusals, everything, listed, options, said, sent,
};

const MODEL: &str = "anthropic/claude-opus-5-5";

fn model(server: &ServerOptions) -> Box<dyn Provider> {
    Box::new(anthropic::AnthropicModel::new(server, capabilities(MODEL)).unwrap())
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}

fn events(data: &[Value]) -> Scripted {
    Scripted::events(data.iter().map(event))
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "content": [], "usage": {
        "input_tokens": 10, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 3000, "output_tokens": 1}}})
}

fn block(index: u64, block: &Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(index: u64, text: &str) -> Vec<Value> {
    vec![
        block(index, &json!({"type": "text", "text": ""})),
        delta(index, &json!({"type": "text_delta", "text": text})),
        json!({"type": "content_block_stop", "index": index}),
    ]
}

fn stop(reason: &str) -> Vec<Value> {
    vec![
        json!({"type": "message_delta", "delta": {"stop_reason": reason},
            "usage": {"input_tokens": 10, "output_tokens": 40}}),
        json!({"type": "message_stop"}),
    ]
}

fn whole(parts: &[Vec<Value>]) -> Vec<Value> {
    [vec![start()], parts.concat()].concat()
}

/// Blocks that overlap, as llama.cpp sends them, and a signature that comes late.
fn thought_and_calls() -> Vec<Value> {
    whole(&[
        vec![
            block(0, &json!({"type": "thinking", "thinking": "", "signature": ""})),
            json!({"type": "ping"}),
            delta(0, &json!({"type": "thinking_delta", "thinking": "Hm"})),
            block(1, &json!({"type": "redacted_thinking", "data": "xyz"})),
            block(2, &json!({"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}})),
            delta(0, &json!({"type": "thinking_delta", "thinking": ", ä"})),
            delta(2, &json!({"type": "input_json_delta", "partial_json": "{\"x\": "})),
            block(3, &json!({"type": "tool_use", "id": "toolu_2", "name": "remember"})),
            delta(2, &json!({"type": "input_json_delta", "partial_json": "\"1\"}"})),
            delta(3, &json!({"type": "input_json_delta", "partial_json": ""})),
            delta(0, &json!({"type": "signature_delta", "signature": "sig"})),
        ],
        (0..4).map(|index| json!({"type": "content_block_stop", "index": index})).collect(),
        stop("tool_use"),
    ])
}

#[test]
fn the_request_is_as_recorded() {
    let seal = Seal {
        maker: MODEL.to_owned(),
        block: json!({"type": "thinking", "thinking": "own", "signature": "s"}),
    };
    let request = asked(everything(&seal));
    expect_file!["../../fixtures/anthropic/request.txt"].assert_eq(&sent(model, &request));
}

#[test]
fn without_instructions_the_tools_are_marked_and_they_are_offered_however_they_are_called() {
    let mut request = asked(vec![said("hi")]);
    request.instructions = Instructions::default();
    request.max_tokens = 5_000;
    let with_tools = sent(model, &request);
    assert_eq!(with_tools.matches("cache_control").count(), 2, "{with_tools}");
    assert!(with_tools.contains("\"max_tokens\": 1000,") && !with_tools.contains("system"));
    request.calling = ToolSupport::Written;
    assert!(sent(model, &request).contains("\"tools\""));
}

#[test]
fn text_is_shown_and_said() {
    let stream = whole(&[text(0, "Grüße"), text(1, ", 世界"), stop("end_turn")]);
    check(
        model,
        &[events(&stream)],
        &expect![[r#"
        text "Grüße"
        text ", 世界"
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn blocks_that_overlap_are_put_together_by_index() {
    check(
        model,
        &[events(&thought_and_calls())],
        &expect![[r#"
        thinking "Hm, ä" sealed by anthropic/claude-opus-5-5: {"signature":"sig","thinking":"Hm, ä","type":"thinking"}
        thinking "" sealed by anthropic/claude-opus-5-5: {"data":"xyz","type":"redacted_thinking"}
        call toolu_1: search{"x":"1"}
        call toolu_2: remember{}
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn a_stream_means_the_same_wherever_it_is_cut() {
    let mut stream = "\u{feff}: hello\r\n".to_owned();
    let short = whole(&[text(0, "ä世"), stop("end_turn")]);
    stream.extend(short.iter().map(|data| event(data).replace('\n', "\r\n")));
    check_every_cut(model, &stream);
}

#[test]
fn each_reason_to_stop_is_told_apart() {
    let check = |parts: &[Vec<Value>], expected| check(model, &[events(&whole(parts))], expected);
    check(
        &[text(0, "a"), stop("max_tokens")],
        &expect![[r#"
        text "a"
        MaxTokens; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
    check(
        &[text(0, "a"), stop("model_context_window_exceeded")],
        &expect![[r#"
        text "a"
        MaxTokens; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
    check(
        &[stop("model_context_window_exceeded")],
        &expect![[r#"
        error: the text is too long for the model: there was no room left for an answer
    "#]],
    );
    check(
        &[text(0, "a"), stop("refusal")],
        &expect![[r#"
        text "a"
        Refusal; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
    check(
        &[text(0, "a"), stop("pause_turn")],
        &expect![[r#"
        text "a"
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
    check(
        &[stop("end_turn")],
        &expect![[r#"
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn a_call_that_was_cut_is_a_fault() {
    let call = vec![
        block(0, &json!({"type": "tool_use", "id": "t", "name": "remember", "input": {}})),
        delta(0, &json!({"type": "input_json_delta", "partial_json": "{\"x\": \"mil"})),
    ];
    check(
        model,
        &[events(&whole(&[call, stop("max_tokens")]))],
        &expect![[r#"
        call t: remember{}
        fault the arguments are no JSON (EOF while parsing a string at line 1 column 10): {"x": "mil
        MaxTokens; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn a_stream_without_its_end_is_no_answer() {
    let begun = whole(&[text(0, "a")]);
    check(
        model,
        &[events(&begun)],
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: its end is missing
    "#]],
    );
    check(
        model,
        &[events(&begun).ending(StreamEnd::Broken)],
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: the connection was lost (unexpected EOF during chunk size line)
    "#]],
    );
    check(
        model,
        &[events(&begun).ending(StreamEnd::Silent)],
        &expect![[r#"
        shown "" "a"
        error: the server said nothing for 0 seconds
    "#]],
    );
    let without_reason = whole(&[text(0, "a"), vec![json!({"type": "message_stop"})]]);
    check(
        model,
        &[events(&without_reason)],
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: it does not say why it ended
    "#]],
    );
    // What comes after the end does not matter.
    let over = whole(&[text(0, "a"), stop("end_turn")]);
    check(
        model,
        &[events(&over).ending(StreamEnd::Broken)],
        &expect![[r#"
        text "a"
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn an_error_inside_the_stream_is_sorted() {
    let failing = |error: &Value| {
        let begun: String = whole(&[text(0, "a")]).iter().map(event).collect();
        Scripted::events([format!("{begun}event: error\ndata: {error}\n\n")])
    };
    let named = |kind: &str| {
        failing(&json!({"type": "error", "error": {"type": kind, "message": "m sk-secret"}}))
    };
    check(
        model,
        &[named("overloaded_error")],
        &expect![[r#"
        shown "" "a"
        error: the server is overloaded: m ***
    "#]],
    );
    check(
        model,
        &[named("rate_limit_error")],
        &expect![[r#"
        shown "" "a"
        error: the server wants fewer requests: m ***
    "#]],
    );
    check(
        model,
        &[named("api_error")],
        &expect![[r#"
        shown "" "a"
        error: the server failed: m ***
    "#]],
    );
    check(
        model,
        &[named("authentication_error")],
        &expect![[r#"
        shown "" "a"
        error: the server does not accept the key: m ***
    "#]],
    );
    let flat = json!({"code": 500, "message": "got exception: Unexpected empty grammar stack", "type": "server_error"});
    check(
        model,
        &[failing(&flat)],
        &expect![[r#"
        shown "" "a"
        error: the server could not read what the model wrote: got exception: Unexpected empty grammar stack
    "#]],
    );
    let broken: String = whole(&[text(0, "a")]).iter().map(event).collect();
    check(
        model,
        &[Scripted::events([format!("{broken}event: x\ndata: {{\"type\":\"te\n\n")])],
        &expect![[r#"
            shown "" "a"
            error: cannot use the server's answer: it is no JSON: EOF while parsing a string at line 1 column 11
        "#]],
    );
}

#[test]
fn a_failure_before_the_first_delta_is_tried_again() {
    let good = events(&whole(&[text(0, "a"), stop("end_turn")]));
    let limited = Scripted::status(429, r#"{"error":{"message":"slow"}}"#).with("Retry-After: 0");
    check(
        model,
        &[limited.clone(), limited, good],
        &expect![[r#"
        retry after 0ns: the server wants fewer requests: slow (429)
        retry after 0ns: the server wants fewer requests: slow (429)
        text "a"
        End; read 3210 (3000 from the cache, 200 to it), wrote 40, 910 microdollars
    "#]],
    );
}

#[test]
fn reasoning_that_its_maker_does_not_take_back_is_left_out() {
    let refused = json!({"error": {"type": "invalid_request_error", "message":
        "messages.1.content.0: Invalid `signature` in `thinking` block"}});
    let good: String = whole(&[text(0, "a"), stop("end_turn")]).iter().map(event).collect();
    let server = Server::start(move |received| match received.body.contains("signature") {
        true => Scripted::status(400, refused.to_string()),
        false => Scripted::events([good.clone()]),
    });
    let provider = model(&options(server.url(), PATIENT));
    let block = json!({"type": "thinking", "thinking": "own", "signature": "s"});
    let seal = Seal { maker: MODEL.to_owned(), block };
    assert!(ask(provider.as_ref(), &asked(everything(&seal))).1.is_ok());
    assert_eq!(server.received().len(), 2);
    // Where there is none, nothing is asked twice.
    server.rescript(|_| Scripted::status(400, r#"{"error":"no signature"}"#));
    assert!(ask(provider.as_ref(), &asked(vec![said("hi")])).1.is_err());
    assert_eq!(server.received().len(), 3);
}

#[test]
fn every_refusal_is_told_apart() {
    check_refusals(model);
}

#[test]
fn an_answer_that_is_none_is_not_taken_for_one() {
    check_no_answers(model);
}

#[test]
fn an_answer_nobody_waits_for_closes_its_connection() {
    let begun: String = whole(&[text(0, "a")]).iter().map(event).collect();
    check_cancelled(model, &begun);
}

#[test]
fn the_models_are_listed_with_what_the_server_says_of_them() {
    let server = Server::start(|_| {
        let model = json!({"type": "model", "id": "claude-x", "max_input_tokens": 200_000, "max_tokens": 64_000});
        Scripted::json(json!({"data": [model], "has_more": false}).to_string())
    });
    let options = options(format!("{}/v1", server.url()), PATIENT);
    expect![[r#"
        claude-x Some(200000) Some(64000)
    "#]]
    .assert_eq(&listed(anthropic::models(&options)));
    assert_eq!(server.received()[0].line, "GET /v1/models?limit=1000");
}
