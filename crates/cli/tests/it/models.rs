//! Fetching and listing models, over a scripted Ollama server.

use localgpt_testkit::{Reply, Server, StreamEnd};

use crate::home;

fn ollama() -> Server {
    Server::start(|received| match received.line.as_str() {
        "GET /api/version" => Reply::json(r#"{"version":"0.13.0"}"#),
        "GET /api/tags" => Reply::json(r#"{"models":[{"name":"qwen3:8b"},{"name":"vectors"}]}"#),
        "POST /api/show" if received.body.contains("vectors") => {
            Reply::json(r#"{"capabilities":["embedding"],"model_info":{}}"#)
        }
        "POST /api/show" => Reply::json(
            r#"{"capabilities":["completion","tools"],"model_info":{"qwen3.context_length":4096}}"#,
        ),
        "POST /api/pull" if received.body.contains("nothing") => {
            Reply::status(404, r#"{"error":"pull model manifest: file does not exist"}"#)
        }
        "POST /api/pull" => Reply::Stream {
            content_type: "application/x-ndjson",
            pieces: vec![
                b"{\"status\":\"pulling manifest\"}\n".to_vec(),
                b"{\"status\":\"pulling\",\"digest\":\"a\",\"total\":10,\"completed\":5}\n"
                    .to_vec(),
                b"{\"status\":\"success\"}\n".to_vec(),
            ],
            end: StreamEnd::Proper,
        },
        _ => Reply::status(404, "{}"),
    })
}

#[test]
fn a_model_that_was_fetched_is_listed_with_what_it_can_do() {
    let server = ollama();
    let home = home::with_notes();
    let set = home.run(&["config", "set", "providers.ollama.base_url", &server.url()]);
    assert_eq!(set.status, Some(0), "{}", set.shown());
    let outcome = home.run(&["models", "--fetch", "qwen3:8b"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
    assert!(outcome.stderr.contains("ollama/qwen3:8b is there"), "{}", outcome.shown());
    // What makes vectors alone answers nobody.
    assert_eq!(outcome.stdout.trim(), "ollama/qwen3:8b  4,096 tokens · tools");
    let bodies: Vec<String> = server
        .received()
        .into_iter()
        .filter(|received| received.line == "POST /api/pull")
        .map(|received| received.body)
        .collect();
    assert_eq!(bodies, [r#"{"model":"qwen3:8b","stream":true}"#]);
}

#[test]
fn a_model_that_cannot_be_fetched_is_one_message() {
    let server = ollama();
    let home = home::with_notes();
    home.run(&["config", "set", "providers.ollama.base_url", &server.url()]);
    let outcome = home.run(&["models", "--fetch", "nothing"]);
    assert_eq!(outcome.status, Some(1), "{}", outcome.shown());
    assert!(
        outcome.stderr.starts_with("error: cannot use ollama/nothing\n"),
        "{}",
        outcome.shown()
    );
    assert!(outcome.stderr.contains("file does not exist"), "{}", outcome.shown());
}
