//! What is sent to Chat Completions, and what its chunks become, in the dialects of many servers.

use std::collections::VecDeque;

use expect_test::{expect, expect_file};
use localgpt_protocol::{Message, Provider, Request, Seal, ToolSupport};
use localgpt_providers::{
    ServerOptions,
    catalog::{self, Quirks},
    openai::{self, ChatModel},
};
use localgpt_testkit::{Reply as Scripted, Server, StreamEnd};
use serde_json::{Value, json};

use crate::asking::{
    PATIENT, ask, asked, capabilities, check, check_cancelled, check_every_cut, check_no_answers,
    check_refusals, everything, listed, options, said, sent, shown,
};

const MODEL: &str = "llamacpp/m.gguf";

fn with(server: &ServerOptions, quirks: Quirks, model: &str) -> Box<dyn Provider> {
    Box::new(ChatModel::new(server, quirks, capabilities(model)).unwrap())
}

fn model(server: &ServerOptions) -> Box<dyn Provider> {
    with(server, Quirks::NONE, MODEL)
}

fn quirks(vendor: &str) -> Quirks {
    catalog::vendor(vendor).unwrap().quirks
}

fn deepseek(server: &ServerOptions) -> Box<dyn Provider> {
    with(server, quirks("deepseek"), "deepseek/v4")
}

fn mistral(server: &ServerOptions) -> Box<dyn Provider> {
    with(server, quirks("mistral"), "mistral/large")
}

fn chunk(delta: &Value) -> Value {
    json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta, "finish_reason": null}], "usage": null})
}

fn finish(reason: &str) -> Value {
    json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn usage() -> Value {
    json!({"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 7,
        "total_tokens": 110, "prompt_tokens_details": {"cached_tokens": 60}}})
}

fn content(text: &str) -> Value {
    chunk(&json!({"content": text}))
}

fn calls(pieces: &Value) -> Value {
    chunk(&json!({"tool_calls": pieces}))
}

fn lines(chunks: &[Value]) -> String {
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect()
}

/// A stream that ends as it should.
fn stream(chunks: &[Value]) -> Scripted {
    Scripted::events([format!("{}data: [DONE]\n\n", lines(chunks))])
}

#[test]
fn the_request_is_as_recorded() {
    let seal = Seal { maker: MODEL.to_owned(), block: json!({"reasoning_content": "own"}) };
    let request = asked(everything(&seal));
    expect_file!["../../fixtures/openai/chat.txt"].assert_eq(&sent(model, &request));
}

#[test]
fn vendors_that_differ_get_what_they_want() {
    let seal = Seal { maker: "deepseek/v4".to_owned(), block: json!({"reasoning_content": "own"}) };
    let request = asked(everything(&seal));
    let body = sent(deepseek, &request);
    assert!(body.contains("\"reasoning_content\": \"own\""), "{body}");
    let body = sent(mistral, &request);
    assert!(!body.contains("stream_options") && !body.contains("call_1"), "{body}");
    let body = sent(|server| with(server, quirks("openai"), "openai/gpt"), &request);
    assert!(body.contains("max_completion_tokens") && !body.contains("max_tokens"), "{body}");
}

#[test]
fn a_model_that_writes_its_calls_is_held_to_a_schema_and_offered_no_tools() {
    let seal = Seal { maker: MODEL.to_owned(), block: json!({"reasoning_content": "own"}) };
    let request = Request { calling: ToolSupport::Written, ..asked(everything(&seal)) };
    expect_file!["../../fixtures/openai/written.txt"].assert_eq(&sent(model, &request));
    let without = sent(model, &Request { tools: Vec::new(), ..request });
    assert!(!without.contains("response_format") && !without.contains("\"tools\""), "{without}");
}

/// What is shown and said in answer to a request for a step in writing.
fn written(scripted: &[Scripted]) -> (String, Vec<String>) {
    let mut replies = VecDeque::from(scripted.to_vec());
    let server = Server::start(move |_| replies.pop_front().unwrap_or(Scripted::Closes));
    let provider = model(&options(server.url(), PATIENT));
    let request = Request { calling: ToolSupport::Written, ..asked(vec![said("hi")]) };
    let mut outcome = String::new();
    // Twice, as the server may have taught it something.
    for _ in 0..2 {
        let (deltas, reply) = ask(provider.as_ref(), &request);
        outcome.push_str(&shown(&deltas, reply));
    }
    let received = server.received().into_iter();
    (outcome, received.map(|received| received.body).collect())
}

#[test]
fn a_step_in_writing_is_a_call_or_an_answer() {
    let step = ["{\"tool\": \"Reme", "mber\", \"args\": {\"x\": \"milk\"}}"];
    let call = stream(&[content(step[0]), content(step[1]), finish("stop")]);
    let thought = content("<think>\nHm.\n</think>\n\n{\"answer\": \"It is");
    let answer = stream(&[thought, content("\\nso.\"}"), finish("stop")]);
    expect![[r#"
        call made: remember{"x":"milk"}
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
        thinking "Hm.\n"
        text "It is\nso."
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]]
    .assert_eq(&written(&[call, answer]).0);
}

#[test]
fn a_server_that_takes_no_schema_is_asked_without_one_from_then_on() {
    let refused = "This response_format type is unavailable now";
    let refusal = Scripted::status(400, json!({"error": {"message": refused}}).to_string());
    let prose = stream(&[content("It is so."), finish("stop")]);
    let step = stream(&[content("{\"answer\": \"So it is.\"}"), finish("stop")]);
    let (outcome, bodies) = written(&[refusal, prose, step]);
    expect![[r#"
        retry after 0ns: the server refuses: This response_format type is unavailable now (400)
        text "It is so."
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
        text "So it is."
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]]
    .assert_eq(&outcome);
    let has_format: Vec<bool> =
        bodies.iter().map(|body| body.contains("response_format")).collect();
    assert_eq!(has_format, [true, false, false]);
}

#[test]
fn a_call_that_was_written_as_text_is_one_and_is_not_shown() {
    let forms = [
        "<tool_call>\n{\"name\": \"remember\", \"arguments\": {\"x\": \"milk\"}}\n</tool_call>",
        "<tool_call>\n{\"name\": \"remember\", \"arguments\": {\"x\": \"milk\"}}",
        "{\"name\": \"remember\", \"parameters\": {\"x\": \"milk\"}}",
        "\n\n```json\n{\"name\": \"remember\", \"arguments\": {\"x\": \"milk\"}}\n```",
        "<|python_tag|>{\"name\": \"remember\", \"parameters\": {\"x\": \"milk\"}}",
        "[TOOL_CALLS][{\"name\": \"remember\", \"arguments\": {\"x\": \"milk\"}}]",
        "<tool_call>\n<function=remember>\n<parameter=x>\nmilk\n</parameter>\n</function>\n</tool_call>",
        "<function=remember>{\"x\": \"milk\"}</function>",
        "[remember(x='milk')]",
        "<think>Hm.</think>\n\n[remember(x='milk')]",
    ];
    for form in forms {
        let (first, second) = form.split_at(5);
        let server = {
            let reply = stream(&[content(first), content(second), finish("stop")]);
            Server::start(move |_| reply.clone())
        };
        let provider = model(&options(server.url(), PATIENT));
        let (deltas, reply) = ask(provider.as_ref(), &asked(vec![said("hi")]));
        let shown = shown(&deltas, reply);
        let call = "call made: remember{\"x\":\"milk\"}\nEnd; read 0 (0 from the cache, 0 to it), wrote 0, free\n";
        let thought = if form.contains("think") { "thinking \"Hm.\"\n" } else { "" };
        assert_eq!(shown, format!("{thought}{call}"), "{form}");
    }
}

#[test]
fn what_looks_like_a_call_is_text_beside_real_calls_in_quotations_and_when_it_broke_off() {
    let call = "<tool_call>{\"name\": \"remember\", \"arguments\": {}}</tool_call>";
    let real =
        calls(&json!([{"index": 0, "id": "a", "function": {"name": "search", "arguments": "{}"}}]));
    check(
        model,
        &[stream(&[content(call), real, finish("tool_calls")])],
        &expect![[r#"
        text "<tool_call>{\"name\": \"remember\", \"arguments\": {}}</tool_call>"
        call a: search{}
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    let fence = format!(
        "Sure:\n```json\n{}\n```\nLet me know!",
        "{\"name\": \"remember\", \"arguments\": {}}"
    );
    check(
        model,
        &[stream(&[content(&fence), finish("stop")])],
        &expect![[r#"
        text "Sure:\n```json\n{\"name\": \"remember\", \"arguments\": {}}\n```\nLet me know!"
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        model,
        &[stream(&[content(call), finish("length")])],
        &expect![[r#"
        text "<tool_call>{\"name\": \"remember\", \"arguments\": {}}</tool_call>"
        MaxTokens; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    let thought = chunk(&json!({"reasoning_content": format!("Hm.\n{call}")}));
    check(
        model,
        &[stream(&[thought.clone(), finish("stop")])],
        &expect![[r#"
        thinking "Hm.\n"
        call made: remember{}
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        model,
        &[stream(&[thought, content("No."), finish("stop")])],
        &expect![[r#"
        thinking "Hm.\n<tool_call>{\"name\": \"remember\", \"arguments\": {}}</tool_call>"
        text "No."
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
}

#[test]
fn text_is_shown_and_said_and_the_last_chunk_counts() {
    let first = chunk(&json!({"role": "assistant", "content": null}));
    let chunks = [first, content("Grüße"), content(", 世界"), finish("stop"), usage()];
    check(
        model,
        &[stream(&chunks)],
        &expect![[r#"
        text "Grüße, 世界"
        End; read 100 (60 from the cache, 0 to it), wrote 10, 96 microdollars
    "#]],
    );
    // As OpenRouter says what it cost, and llama.cpp says nothing.
    let cost = json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 7, "cost": 0.000_012_3}});
    let comment = Scripted::events([format!(
        ": PROCESSING\n\n{}data: [DONE]\n\n",
        lines(&[content("a"), finish("stop"), cost])
    )]);
    check(
        model,
        &[comment],
        &expect![[r#"
        text "a"
        End; read 10 (0 from the cache, 0 to it), wrote 7, 13 microdollars
    "#]],
    );
}

#[test]
fn reasoning_is_parted_from_the_answer_however_it_comes() {
    for field in ["reasoning_content", "reasoning"] {
        let chunks = [
            chunk(&json!({field: "Hm"})),
            chunk(&json!({field: "."})),
            content("Yes."),
            finish("stop"),
        ];
        check(
            model,
            &[stream(&chunks)],
            &expect![[r#"
            thinking "Hm."
            text "Yes."
            End; read 0 (0 from the cache, 0 to it), wrote 0, free
        "#]],
        );
    }
    let chunks =
        [content("<thi"), content("nk>\nHm.</think"), content(">\n\nYes."), finish("stop")];
    check(
        model,
        &[stream(&chunks)],
        &expect![[r#"
        thinking "Hm."
        text "Yes."
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
}

#[test]
fn reasoning_that_led_to_calls_is_sealed_only_where_it_is_wanted_back() {
    let chunks = [
        chunk(&json!({"reasoning_content": "Hm."})),
        calls(&json!([{"index": 0, "id": "c", "function": {"name": "search", "arguments": "{}"}}])),
        finish("tool_calls"),
    ];
    check(
        model,
        &[stream(&chunks)],
        &expect![[r#"
        thinking "Hm."
        call c: search{}
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        deepseek,
        &[stream(&chunks)],
        &expect![[r#"
        thinking "Hm." sealed by deepseek/v4: {"reasoning_content":"Hm."}
        call c: search{}
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
}

#[test]
fn what_a_call_brought_along_goes_back_with_it() {
    let extra = json!({"google": {"thought_signature": "s"}});
    let call = json!({"index": 0, "id": "c", "function": {"name": "search", "arguments": "{}"}, "extra_content": extra});
    let server = Server::start(move |_| stream(&[calls(&json!([call])), finish("tool_calls")]));
    let provider = model(&options(server.url(), PATIENT));
    let reply = ask(provider.as_ref(), &asked(vec![said("hi")])).1.unwrap();
    let again = asked(vec![said("hi"), Message::Assistant(reply.parts)]);
    assert!(ask(provider.as_ref(), &again).1.is_ok());
    let body: Value = serde_json::from_str(&server.received()[1].body).unwrap();
    assert_eq!(body["messages"][2]["tool_calls"][0]["extra_content"], extra);
}

#[test]
fn calls_are_put_together_however_their_pieces_are_marked() {
    let check = |pieces: &[Value], expected| {
        let chunks: Vec<Value> = pieces.iter().map(calls).chain([finish("tool_calls")]).collect();
        check(model, &[stream(&chunks)], expected);
    };
    check(
        &[
            json!([{"index": 0, "id": "a", "type": "function", "function": {"name": "search", "arguments": ""}}]),
            json!([{"index": 0, "function": {"arguments": "{\"x\":"}}, {"index": 1, "id": "b", "function": {"name": "remember"}}]),
            json!([{"index": 0, "function": {"arguments": "\"ä\"}"}}]),
        ],
        &expect![[r#"
            call a: search{"x":"ä"}
            call b: remember{}
            End; read 0 (0 from the cache, 0 to it), wrote 0, free
        "#]],
    );
    // No ids, arguments as an object, arguments as Python writes them, twice written, empty, and cut off.
    check(
        &[
            json!([{"index": 0, "function": {"name": "search", "arguments": {"x": "1"}}}]),
            json!([{"index": 1, "function": {"name": "remember", "arguments": "{'x': 'milk',}"}}]),
            json!([{"index": 2, "function": {"name": "remember", "arguments": "\"{\\\"x\\\": 1}\""}}]),
            json!([{"index": 3, "function": {"name": "remember", "arguments": ""}}]),
            json!([{"index": 4, "function": {"name": "remember", "arguments": "{'x': 'mil"}}]),
        ],
        &expect![[r#"
            call made: search{"x":"1"}
            call made: remember{"x":"milk"}
            call made: remember{"x":1}
            call made: remember{}
            call made: remember{}
            fault the arguments are no JSON (key must be a string at line 1 column 2): {'x': 'mil
            End; read 0 (0 from the cache, 0 to it), wrote 0, free
        "#]],
    );
}

#[test]
fn each_reason_to_stop_is_told_apart() {
    let check = |chunks: &[Value], expected| check(model, &[stream(chunks)], expected);
    check(
        &[content("a"), finish("length")],
        &expect![[r#"
        text "a"
        MaxTokens; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        &[content("a"), finish("content_filter")],
        &expect![[r#"
        text "a"
        Refusal; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        &[chunk(&json!({"refusal": "No."})), finish("stop")],
        &expect![[r#"
        text "No."
        Refusal; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        &[finish("stop")],
        &expect![[r#"
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    let cut = json!([{"index": 0, "id": "a", "function": {"name": "remember", "arguments": "{\"x\": \""}}]);
    check(
        &[calls(&cut), finish("length")],
        &expect![[r#"
        call a: remember{}
        fault the arguments are no JSON (EOF while parsing a string at line 1 column 7): {"x": "
        MaxTokens; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
}

#[test]
fn a_stream_means_the_same_wherever_it_is_cut() {
    let call =
        json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x\":\"ä\"}"}}]);
    let lines = lines(&[content("<think>世</think>ä"), calls(&call), finish("stop")]);
    check_every_cut(model, &format!("\u{feff}{lines}data: [DONE]\n\n"));
}

#[test]
fn the_end_is_a_reason_or_a_mark_and_without_both_there_is_no_answer() {
    let check = |chunks: &[Value], end, expected| {
        check(model, &[Scripted::events([lines(chunks)]).ending(end)], expected);
    };
    let over = [content("a"), finish("stop")];
    check(
        &over,
        StreamEnd::Proper,
        &expect![[r#"
        text "a"
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        &over,
        StreamEnd::Broken,
        &expect![[r#"
        text "a"
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    check(
        &[content("a")],
        StreamEnd::Proper,
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: its end is missing
    "#]],
    );
    check(
        &[content("a")],
        StreamEnd::Broken,
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: the connection was lost (unexpected EOF during chunk size line)
    "#]],
    );
    check(
        &[content("a")],
        StreamEnd::Silent,
        &expect![[r#"
        shown "" "a"
        error: the server said nothing for 0 seconds
    "#]],
    );
}

#[test]
fn an_error_inside_the_stream_is_sorted() {
    let check =
        |error: &Value, expected| check(model, &[stream(&[content("a"), error.clone()])], expected);
    check(
        &json!({"error": {"message": "m sk-secret", "type": "server_error"}}),
        &expect![[r#"
        shown "" "a"
        error: the server failed: m ***
    "#]],
    );
    check(
        &json!({"error": {"code": 500, "message": "got exception: Unexpected empty grammar stack"}}),
        &expect![[r#"
            shown "" "a"
            error: the server could not read what the model wrote: got exception: Unexpected empty grammar stack
        "#]],
    );
    // As OpenRouter does it.
    check(
        &json!({"error": {"code": 502, "message": "m"}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}),
        &expect![[r#"
            shown "" "a"
            error: the server failed: m
        "#]],
    );
    check(
        &finish("error"),
        &expect![[r#"
        shown "" "a"
        error: the server failed: it says that it ended with an error
    "#]],
    );
}

#[test]
fn a_failure_before_the_first_delta_is_tried_again_and_none_after_it() {
    let limited = Scripted::status(429, r#"{"error":{"message":"slow"}}"#).with("Retry-After: 0");
    let good = stream(&[content("a"), finish("stop")]);
    check(
        model,
        &[limited, good.clone()],
        &expect![[r#"
        retry after 0ns: the server wants fewer requests: slow (429)
        text "a"
        End; read 0 (0 from the cache, 0 to it), wrote 0, free
    "#]],
    );
    let cut = Scripted::events([lines(&[content("a")])]);
    check(
        model,
        &[cut, good],
        &expect![[r#"
        shown "" "a"
        error: the answer broke off: its end is missing
    "#]],
    );
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
    check_cancelled(model, &lines(&[content("a")]));
}

#[test]
fn the_models_are_listed_with_the_window_the_server_was_started_with() {
    let server = Server::start(|received| {
        match received.line.as_str() {
        "GET /v1/models" => Scripted::json(
            json!({"data": [{"id": "m.gguf", "meta": {"n_ctx_train": 32_768}}]}).to_string(),
        ),
        "GET /props" => Scripted::json(json!({"default_generation_settings": {"n_ctx": 4096}}).to_string()),
        "GET /api/v0/models" => Scripted::json(
            json!({"data": [{"id": "q", "max_context_length": 32_768, "loaded_context_length": 8192}]}).to_string(),
        ),
        _ => Scripted::status(404, "{}"),
    }
    });
    let options = options(format!("{}/v1", server.url()), PATIENT);
    let list = |vendor| listed(openai::models(&options, &quirks(vendor)));
    expect![[r#"
        m.gguf Some(32768) None
    "#]]
    .assert_eq(&list("vllm"));
    expect![[r#"
        m.gguf Some(4096) None
    "#]]
    .assert_eq(&list("llamacpp"));
    expect![[r#"
        q Some(8192) None
    "#]]
    .assert_eq(&list("lmstudio"));
    server.rescript(|received| match received.line.as_str() {
        "GET /v1/models" => Scripted::json(json!({"data": [{"id": "m"}]}).to_string()),
        _ => Scripted::status(404, "{}"),
    });
    expect![[r#"
        m None None
    "#]]
    .assert_eq(&list("llamacpp"));
    expect![[r#"
        m None None
    "#]]
    .assert_eq(&list("lmstudio"));
}
