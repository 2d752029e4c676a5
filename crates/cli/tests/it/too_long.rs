//! A server whose tokens are smaller than ours: it refuses a conversation that should have fitted.

use localgpt_testkit::{Reply, Server};

use crate::home;

/// The most bytes of a request that the server takes.
const MOST: usize = 14_000;
const ANSWER: &str = concat!(
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes.\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n"
);
const REFUSAL: &str = r#"{"error":{"code":400,"type":"exceed_context_size_error",
    "message":"request (6162 tokens) exceeds the available context size"}}"#;

#[test]
fn a_conversation_that_the_server_finds_too_long_goes_on_behind_a_summary() {
    let server = Server::start(|received| match received.body.len() > MOST {
        true => Reply::status(400, REFUSAL),
        false => Reply::events([ANSWER]),
    });
    let home = home::with_notes();
    let url = server.url();
    home.configure(&format!(
        "[model]\nuse = \"desk/small\"\n[[providers.servers]]\nname = \"desk\"\nbase_url = \"{url}/v1\"\ncontext = 8192\n"
    ));
    let question = format!("Is this so? {}", "word ".repeat(400));
    let mut told = String::new();
    for turn in 0..8 {
        let words: &[&str] = match turn {
            0 => &["ask", &question],
            _ => &["ask", "--continue", &question],
        };
        let outcome = home.run(words);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "Yes.\n"), "{outcome:?}");
        told.push_str(&outcome.stderr);
    }
    assert!(told.contains("older messages"), "{told}");
    let longest = server.received().iter().map(|received| received.body.len()).max().unwrap();
    assert!(longest > MOST, "{longest}");
}
