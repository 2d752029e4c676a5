//! What is sent to the Responses protocol, and what its events become.

use expect_test::{expect, expect_file};
use localgpt_protocol::{AssistantPart, Message, Provider, Seal, Thinking, ToolSupport};
use localgpt_providers::{ServerOptions, openai::ResponsesModel};
use localgpt_testkit::{Reply as Scripted, StreamEnd};
use serde_json::{Value, json};

use crate::asking::{
    asked, capabilities, check, check_cancelled, check_every_cut, check_no_answers, check_refusals,
    everything, said, sent,
};

const MODEL: &str = "openai/gpt-5.1";

fn model(server: &ServerOptions) -> Box<dyn Provider> {
    Box::new(ResponsesModel::new(server, capabilities(MODEL)).unwrap())
}

fn old_model(server: &ServerOptions) -> Box<dyn Provider> {
    Box::new(ResponsesModel::new(server, capabilities("openai/gpt-4.1")).unwrap())
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}

fn events(data: &[Value]) -> Scripted {
    Scripted::events(data.iter().map(event))
}

fn delta(kind: &str, text: &str) -> Value {
    json!({"type": format!("response.{kind}.delta"), "delta": text, "item_id": "i"})
}

fn done(item: &Value) -> Value {
    json!({"type": "response.output_item.done", "item": item})
}

fn message(text: &str) -> Value {
    let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
    done(&json!({"type": "message", "id": "msg", "role": "assistant", "content": content}))
}

fn call(arguments: &str) -> Value {
    done(
        &json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "search", "arguments": arguments}),
    )
}

fn reasoning() -> Value {
    done(
        &json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}],
        "encrypted_content": "sealed"}),
    )
}

fn end(status: &str, more: &Value) -> Value {
    let mut response = json!({"id": "resp_1", "status": status, "output": [], "usage": {"input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60}, "output_tokens": 7}});
    response.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"type": format!("response.{status}"), "response": response})
}

fn completed() -> Value {
    end("completed", &json!({}))
}

#[test]
fn the_request_is_as_recorded() {
    let seal = Seal {
        maker: MODEL.to_owned(),
        block: json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}),
    };
    let request = asked(everything(&seal));
    expect_file!["../../fixtures/openai/responses.txt"].assert_eq(&sent(model, &request));
}

#[test]
fn reasoning_that_led_to_nothing_stays_here_and_old_models_are_not_asked_for_it() {
    let block = json!({"type": "reasoning", "encrypted_content": "sealed", "summary": []});
    let seal = Some(Seal { maker: MODEL.to_owned(), block });
    let thinking = AssistantPart::Thinking(Thinking { text: String::new(), seal });
    let request = asked(vec![said("a"), Message::Assistant(vec![thinking]), said("b")]);
    let body = sent(model, &request);
    assert!(!body.contains("sealed") && body.contains("encrypted_content"), "{body}");
    assert!(!sent(old_model, &request).contains("encrypted_content"));
    let mut request = request;
    request.calling = ToolSupport::Written;
    assert!(sent(model, &request).contains("\"tools\""));
}

#[test]
fn items_are_taken_when_they_are_done() {
    let stream = [
        json!({"type": "response.created", "response": {"id": "resp_1"}}),
        json!({"type": "response.output_item.added", "item": {"type": "reasoning"}}),
        delta("reasoning_summary_text", "Hm."),
        reasoning(),
        delta("output_text", "Grüße, "),
        delta("output_text", "世界"),
        message("Grüße, 世界"),
        delta("function_call_arguments", "{\"x\""),
        call("{\"x\": \"1\"}"),
        completed(),
    ];
    check(
        model,
        &[events(&stream)],
        &expect![[r#"
        thinking "Hm." sealed by openai/gpt-5.1: {"encrypted_content":"sealed","id":"rs_1","summary":[{"text":"Hm.","type":"summary_text"}],"type":"reasoning"}
        text "Grüße, 世界"
        call call_1: search{"x":"1"}
        End; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
}

#[test]
fn reasoning_that_is_not_sealed_never_goes_back() {
    let open =
        done(&json!({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "",
        "content": [{"type": "reasoning_text", "text": "Hm."}]}));
    let stream = [delta("reasoning_text", "Hm."), open, completed()];
    check(
        model,
        &[events(&stream)],
        &expect![[r#"
        thinking "Hm."
        End; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
}

#[test]
fn items_that_were_never_sent_stand_in_the_last_event() {
    let output = json!([{"type": "message", "content": [{"type": "output_text", "text": "a"}]}]);
    check(
        model,
        &[events(&[delta("output_text", "a"), end("completed", &json!({"output": output}))])],
        &expect![[r#"
            text "a"
            End; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
        "#]],
    );
    check(
        model,
        &[events(&[delta("output_text", "a"), completed()])],
        &expect![[r#"
        text "a"
        End; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
}

#[test]
fn each_reason_to_stop_is_told_apart() {
    let begun = [delta("output_text", "a"), message("a")];
    let check =
        |last: &[Value], expected| check(model, &[events(&[&begun, last].concat())], expected);
    let reason = |reason: &str| json!({"incomplete_details": {"reason": reason}});
    check(
        &[end("incomplete", &reason("max_output_tokens"))],
        &expect![[r#"
        text "a"
        MaxTokens; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
    check(
        &[end("incomplete", &reason("content_filter"))],
        &expect![[r#"
        text "a"
        Refusal; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
    check(
        &[call("{\"x\": \""), completed()],
        &expect![[r#"
        text "a"
        call call_1: search{}
        fault the arguments are no JSON (EOF while parsing a string at line 1 column 7): {"x": "
        End; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
    let refusal =
        done(&json!({"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}));
    check(
        &[delta("refusal", "No."), refusal, completed()],
        &expect![[r#"
        text "a"
        text "No."
        Refusal; read 100 (60 from the cache, 0 to it), wrote 7, 81 microdollars
    "#]],
    );
}

#[test]
fn a_stream_means_the_same_wherever_it_is_cut() {
    let stream = [delta("output_text", "ä世"), message("ä世"), call("{\"x\":\"ä\"}"), completed()];
    check_every_cut(model, &stream.iter().map(event).collect::<String>());
}

#[test]
fn a_stream_without_its_end_is_no_answer() {
    let begun = [delta("output_text", "a"), message("a")];
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
}

#[test]
fn an_error_inside_the_stream_is_sorted() {
    let check = |last: &str, expected| {
        let begun = event(&delta("output_text", "a"));
        check(model, &[Scripted::events([format!("{begun}{last}")])], expected);
    };
    let error = json!({"type": "error", "code": "server_error", "message": "m sk-secret"});
    check(
        &event(&error),
        &expect![[r#"
        shown "" "a"
        error: the server failed: m ***
    "#]],
    );
    let failed = end("failed", &json!({"error": {"code": "rate_limit_exceeded", "message": "m"}}));
    check(
        &event(&failed),
        &expect![[r#"
        shown "" "a"
        error: the server wants fewer requests: m
    "#]],
    );
    // As llama.cpp does it: without a name.
    let unnamed = json!({"error": {"code": 500, "message": "Unexpected empty grammar stack"}});
    check(
        &format!("data: {unnamed}\n\n"),
        &expect![[r#"
        shown "" "a"
        error: the server could not read what the model wrote: Unexpected empty grammar stack
    "#]],
    );
    check(
        "event: x\ndata: {\"type\": \"res\n\n",
        &expect![[r#"
        shown "" "a"
        error: cannot use the server's answer: it is no JSON: EOF while parsing a string at line 1 column 13
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
    check_cancelled(model, &event(&delta("output_text", "a")));
}
