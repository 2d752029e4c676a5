//! What becomes of texts that are sent to a server, and of what it answers.

use std::time::Duration;

use expect_test::{Expect, expect, expect_file};
use localgpt_protocol::{Embedder, Embedding, ProviderError};
use localgpt_providers::{
    ApiKey, Timeouts,
    ollama::{OllamaEmbedder, OllamaOptions},
    openai::{OpenAiEmbedder, OpenAiOptions},
};
use localgpt_testkit::{Received, Reply, Server};

/// Long enough for any machine; a test that waits for it has failed.
const PATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_secs(30) };
const IMPATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(30), answer: Duration::from_millis(50) };

fn openai(server: &Server, timeouts: Timeouts) -> Box<dyn Embedder> {
    let options = OpenAiOptions {
        base_url: format!("{}/v1", server.url()),
        model: "small".to_owned(),
        api_key: Some(ApiKey::new("sk-secret".to_owned())),
        timeouts,
    };
    Box::new(OpenAiEmbedder::new(options).unwrap())
}

fn ollama(server: &Server, timeouts: Timeouts) -> Box<dyn Embedder> {
    let options = OllamaOptions { base_url: server.url(), model: "small".to_owned(), timeouts };
    Box::new(OllamaEmbedder::new(options).unwrap())
}

fn embed(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Embedding>, ProviderError> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(embedder.embed(&texts))
}

/// The error with its causes on one line.
fn shown(result: Result<Vec<Embedding>, ProviderError>) -> String {
    match result {
        Ok(embeddings) => format!("{embeddings:?}"),
        Err(ProviderError::RateLimited { retry_after, message }) => {
            format!("wait {retry_after:?}: {message}")
        }
        Err(ProviderError::Unreachable { source: _ }) => "unreachable".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn request(received: &Received) -> String {
    let header = |name| received.header(name).unwrap_or("none");
    format!(
        "{}\nauthorization: {}\ncontent-type: {}\n\n{}\n",
        received.line,
        header("authorization"),
        header("content-type"),
        received.body
    )
}

/// What an OpenAI-compatible server's `reply` to two texts becomes.
fn check(reply: &Reply, expected: &Expect) {
    let scripted = reply.clone();
    let server = Server::start(move |_| scripted.clone());
    let timeouts = if *reply == Reply::Hangs { IMPATIENT } else { PATIENT };
    expected.assert_eq(&shown(embed(openai(&server, timeouts).as_ref(), &["one", "two"])));
}

#[test]
fn the_request_and_the_answer_of_each_protocol_are_as_recorded() {
    let server = Server::start(|_| Reply::json(include_str!("../../fixtures/openai/answer.json")));
    let embedder = openai(&server, PATIENT);
    let embeddings = embed(embedder.as_ref(), &["one", "zwei ä"]).unwrap();
    assert_eq!(embeddings, [Embedding(vec![0.5, -0.25, 1.0]), Embedding(vec![0.0, 2.0, -1e-7])]);
    let received = server.received();
    expect_file!["../../fixtures/openai/request.txt"].assert_eq(&request(&received[0]));
    assert_eq!(embedder.space(), format!("openai:small@{}/v1", server.url()));

    let server = Server::start(|_| Reply::json(include_str!("../../fixtures/ollama/answer.json")));
    let embedder = ollama(&server, PATIENT);
    let embeddings = embed(embedder.as_ref(), &["one", "zwei ä"]).unwrap();
    assert_eq!(embeddings, [Embedding(vec![0.5, -0.25, 1.0]), Embedding(vec![0.0, 2.0, -1e-7])]);
    let received = server.received();
    expect_file!["../../fixtures/ollama/request.txt"].assert_eq(&request(&received[0]));
    assert_eq!(embedder.space(), format!("ollama:small@{}", server.url()));
}

#[test]
fn many_texts_are_sent_in_several_requests_and_come_back_in_order() {
    let mut sent = 0;
    let server = Server::start(move |received| {
        let texts = received.body.matches("text ").count();
        let vectors: Vec<String> = (sent..sent + texts).map(|at| format!("[1, {at}]")).collect();
        sent += texts;
        Reply::json(format!("{{\"embeddings\": [{}]}}", vectors.join(",")))
    });
    let texts: Vec<String> = (0..70).map(|at| format!("text {at}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embeddings = embed(ollama(&server, PATIENT).as_ref(), &texts).unwrap();
    let expected: Vec<Embedding> = (0..70).map(|at| Embedding(vec![1.0, at as f32])).collect();
    assert_eq!(embeddings, expected);
    assert_eq!(server.received().len(), 3);
}

#[test]
fn no_text_sends_no_request() {
    let server = Server::start(|_| Reply::Closes);
    assert_eq!(embed(ollama(&server, PATIENT).as_ref(), &[]).unwrap(), []);
    assert_eq!(server.received(), []);
}

#[test]
fn vectors_out_of_order_are_put_in_order() {
    let body = r#"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
    check(&Reply::json(body), &expect!["[Embedding([1.0]), Embedding([2.0])]"]);
}

#[test]
fn vectors_that_are_not_whole_are_refused() {
    let item = |index: u8, numbers: &str| format!(r#"{{"index":{index},"embedding":{numbers}}}"#);
    let data = |items: &[String]| Reply::json(format!(r#"{{"data":[{}]}}"#, items.join(",")));
    check(
        &data(&[item(0, "[1]")]),
        &expect!["cannot use the server's answer: it has 1 vectors for 2 texts"],
    );
    check(
        &data(&[item(0, "[1]"), item(0, "[1]")]),
        &expect!["cannot use the server's answer: its vectors are not numbered one by one"],
    );
    check(
        &data(&[item(0, "[1,2]"), item(1, "[1]")]),
        &expect!["cannot use the server's answer: a vector has 1 numbers, others have 2"],
    );
    check(
        &data(&[item(0, "[1,2]"), item(1, "[1,1e40]")]),
        &expect!["cannot use the server's answer: a vector has something that is no number"],
    );
    check(
        &data(&[item(0, "[1,2]"), item(1, "[0,0]")]),
        &expect!["cannot use the server's answer: a vector is zero"],
    );
    check(
        &data(&[item(0, "[1,2]"), item(1, "[1,NaN]")]),
        &expect!["cannot use the server's answer: expected value at line 1 column 66"],
    );
    check(
        &data(&[item(0, "[1,2]"), item(1, "[1,null]")]),
        &expect![
            "cannot use the server's answer: invalid type: null, expected f32 at line 1 column 69"
        ],
    );
}

#[test]
fn a_model_that_changes_its_dimension_is_refused() {
    let mut dimensions = 1;
    let server = Server::start(move |_| {
        dimensions += 1;
        let numbers = vec!["1"; dimensions].join(",");
        Reply::json(format!("{{\"embeddings\": [[{numbers}]]}}"))
    });
    let embedder = ollama(&server, PATIENT);
    assert_eq!(shown(embed(embedder.as_ref(), &["one"])), "[Embedding([1.0, 1.0])]");
    assert_eq!(
        shown(embed(embedder.as_ref(), &["one"])),
        "cannot use the server's answer: a vector has 3 numbers, others have 2"
    );
}

#[test]
fn an_answer_that_is_not_json_is_refused() {
    let page = |kind: &str| Reply::Answer {
        status: 200,
        headers: vec![format!("Content-Type: {kind}")],
        body: "<html>Sign in</html>".to_owned(),
    };
    check(
        &page("text/html; charset=utf-8"),
        &expect!["cannot use the server's answer: it is text/html; charset=utf-8, not JSON"],
    );
    check(
        &page("application/json"),
        &expect!["cannot use the server's answer: expected value at line 1 column 1"],
    );
}

#[test]
fn each_refusal_is_told_apart() {
    let body = r#"{"error":{"message":"wrong key sk-secret","code":"c"}}"#;
    check(
        &Reply::status(401, body),
        &expect!["the server does not accept the key: wrong key *** (401)"],
    );
    check(
        &Reply::status(429, body).with("Retry-After: 3"),
        &expect!["wait Some(3s): wrong key *** (429)"],
    );
    check(&Reply::status(500, "{}"), &expect!["the server failed: 500 Internal Server Error"]);
    check(
        &Reply::status(400, r#"{"error":"input length exceeds the context length"}"#),
        &expect![
            "the text is too long for the model: input length exceeds the context length (400)"
        ],
    );
}

#[test]
fn a_connection_that_is_closed_in_the_middle_or_says_nothing_is_unreachable() {
    check(&Reply::Closes, &expect!["unreachable"]);
    check(&Reply::Hangs, &expect!["unreachable"]);
}

#[test]
fn a_server_that_is_gone_is_unreachable() {
    let server = Server::start(|_| Reply::Closes);
    let embedder = ollama(&server, PATIENT);
    drop(server);
    assert_eq!(shown(embed(embedder.as_ref(), &["one"])), "unreachable");
}

#[test]
fn the_key_does_not_follow_to_another_address() {
    let other = Server::start(|_| Reply::json("{}"));
    let location = format!("Location: {}/v1/embeddings", other.url());
    check(
        &Reply::status(307, "{}").with(&location),
        &expect!["the server refuses: it sends on to another address; write that one"],
    );
    assert_eq!(other.received(), []);
}

#[test]
fn a_key_does_not_print() {
    assert_eq!(format!("{:?}", ApiKey::new("sk-secret".to_owned())), "ApiKey(***)");
}

#[test]
fn an_embedder_of_another_space_is_made_only_for_the_same_server() {
    let options = |model: &str| OllamaOptions {
        base_url: "http://127.0.0.1:1/".to_owned(),
        model: model.to_owned(),
        timeouts: PATIENT,
    };
    let embedder = OllamaEmbedder::new(options("new:1b")).unwrap();
    let old = OllamaEmbedder::new(options("old:2b")).unwrap();
    let found = embedder.of_space(old.space()).unwrap();
    assert_eq!(found.space(), "ollama:old:2b@http://127.0.0.1:1");
    for other in ["ollama:old@http://127.0.0.1:2", "openai:old@http://127.0.0.1:1", "builtin:x"] {
        assert!(embedder.of_space(other).is_none(), "{other}");
    }
}
