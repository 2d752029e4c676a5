//! A server for vectors that is configured: what a person sees of it.

use expect_test::{Expect, expect};
use localgpt_testkit::{Home, Reply, Server};

use crate::home;

/// A home with three notes whose vectors come from `server`.
fn with_server(server: &Server) -> Home {
    let home = home::with_notes();
    let url = server.url();
    home.configure(&format!(
        "[embedding]\nkind = \"ollama\"\n[embedding.ollama]\nbase_url = \"{url}\"\n"
    ));
    home
}

fn check(home: &Home, words: &[&str], expected: &Expect) {
    expected.assert_eq(&home.run(words).shown_without_fractions());
}

#[test]
fn a_server_that_fails_is_one_line_and_the_search_answers() {
    let server = Server::start(|_| Reply::status(404, r#"{"error":"model not found"}"#));
    let home = with_server(&server);
    check(
        &home,
        &["memory", "search", "garden", "shed"],
        &expect![[r#"
            status 0
            --- stdout
             #.#  memory/2026-03-12.md#L3  2026-03-12
                    We painted the garden shed green.
            --- stderr
            note: the embedding model does not answer, the built-in vectors do: the server does not have the model: model not found (404)
        "#]],
    );
    check(
        &home,
        &["ask", "Which filter does the heat pump take?"],
        &expect![[r#"
            status 0
            --- stdout
            “- The heat pump takes filter UP-25-60-180-B.”
              MEMORY.md#L4 · Memory
            --- stderr
            quote · no language model, answered from your notes
            note: the embedding model does not answer, the built-in vectors do: the server does not have the model: model not found (404)
        "#]],
    );
    check(
        &home,
        &["--json", "memory", "search", "-n1", "garden", "shed"],
        &expect![[r#"
            status 0
            --- stdout
            {
              "hits": [
                {
                  "path": "memory/2026-03-12.md",
                  "start_line": 3,
                  "end_line": 3,
                  "text": "We painted the garden shed green.",
                  "score": #.#,
                  "why": {
                    "words": #.#,
                    "vectors": #.#,
                    "sentence": #.#,
                    "speaker": #.#,
                    "date": #.#,
                    "matched": [
                      "garden",
                      "shed"
                    ]
                  },
                  "date": "2026-03-12"
                }
              ],
              "mode": "hybrid",
              "degraded": "the embedding model does not answer, the built-in vectors do: the server does not have the model: model not found (404)",
              "skipped": []
            }
        "#]],
    );
}

#[test]
fn a_server_that_answers_is_not_mentioned() {
    let server = Server::start(|received| {
        let texts = received.body.split("\"input\":").nth(1).unwrap_or_default();
        let count = texts.matches("\",\"").count() + 1;
        Reply::json(format!("{{\"embeddings\":[{}]}}", vec!["[1,2]"; count].join(",")))
    });
    let home = with_server(&server);
    check(
        &home,
        &["memory", "search", "-n1", "garden", "shed"],
        &expect![[r#"
        status 0
        --- stdout
         #.#  memory/2026-03-12.md#L3  2026-03-12
                We painted the garden shed green.
    "#]],
    );
    check(
        &home,
        &["--quiet", "memory", "search", "-n1", "garden"],
        &expect![[r#"
        status 0
        --- stdout
         #.#  memory/2026-03-12.md#L3  2026-03-12
                We painted the garden shed green.
    "#]],
    );
}

#[test]
fn a_key_that_is_not_set_is_an_error_that_says_what_to_do() {
    let home = home::with_notes();
    home.configure(
        "[embedding]\nkind = \"openai\"\n[embedding.openai]\napi_key = { env = \"MY_KEY\" }\n",
    );
    check(
        &home,
        &["memory", "search", "garden"],
        &expect![[r#"
            status 1
            --- stderr
            error: there is no key: MY_KEY is not set
            hint: set MY_KEY, or say with `api_key` in the configuration where the key is
        "#]],
    );
}
