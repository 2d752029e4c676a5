//! The whole assistant with an embedding server on a real socket.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use localgpt_config::{EmbeddingConfig, Environment, Language, SecretRef};
use localgpt_protocol::{CheckState, Progress, Query, SearchMode};
use localgpt_providers::Timeouts;
use localgpt_testkit::{Received, Reply, Server};

use super::Limits;
use crate::{Assistant, doctor, set_up::SetUp};

/// Nothing here is waited for in a test that passes.
const PATIENT: Limits = Limits {
    timeouts: Timeouts { connect: Duration::from_secs(60), answer: Duration::from_secs(60) },
    question: Duration::from_secs(60),
    slice: Duration::from_secs(60),
    rest: SignedDuration::from_secs(30),
};
const QUESTION: &str = "Which zorblax is the right one?";
/// A model whose space has three directions: what it holds to be apples, pears, and all else.
const APPLES: &str = "apples";
/// A model that holds pears to be what the question means, with vectors of another length.
const PEARS: &str = "pears";

/// What is said of a model that does not answer, and of one that is not done.
const SILENT: &str = "the embedding model does not answer, the built-in vectors do";
const UNDONE: &str = "chunks are still to be embedded, the built-in vectors stand in";

/// A workspace with three notes that only a model can tell apart: they have the same words of the question.
fn set_up() -> SetUp {
    let set_up = SetUp::empty(Language::English);
    let folder = set_up.config.workspace.join("memory");
    fs::create_dir_all(&folder).unwrap();
    fs::write(set_up.config.workspace.join("MEMORY.md"), "").unwrap();
    for fruit in ["apples", "pears", "quinces"] {
        let text = format!("A zorblax of {fruit} is the right one, they say.\n");
        fs::write(folder.join(format!("{fruit}.md")), text).unwrap();
    }
    set_up
}

/// Answers like a server that speaks both protocols and has the two models.
fn answer(received: &Received) -> Reply {
    let texts: Vec<&str> = received.body.split("zorblax").skip(1).collect();
    let apples = received.body.contains(APPLES_MODEL);
    let vectors: Vec<&str> = texts
        .iter()
        .map(|text| match (apples, text.contains("of apples"), text.contains("of pears")) {
            (true, true, _) => "[1,0.1,0]",
            (true, _, true) => "[0.1,1,0]",
            (true, false, false) if text.contains(" of ") => "[0,0,1]",
            (true, false, false) => "[1,0,0]",
            (false, true, _) => "[1,0.1]",
            (false, _, true) => "[0.1,1]",
            (false, false, false) if text.contains(" of ") => "[-1,0]",
            (false, false, false) => "[0,1]",
        })
        .collect();
    match received.line.as_str() {
        "POST /api/embed" => Reply::json(format!("{{\"embeddings\":[{}]}}", vectors.join(","))),
        _ => {
            let items: Vec<String> = vectors
                .iter()
                .enumerate()
                .map(|(at, vector)| format!("{{\"index\":{at},\"embedding\":{vector}}}"))
                .collect();
            Reply::json(format!("{{\"data\":[{}]}}", items.join(",")))
        }
    }
}

/// How a request names the model.
const APPLES_MODEL: &str = "\"model\":\"apples\"";

fn openai(server: &Server, model: &str) -> EmbeddingConfig {
    EmbeddingConfig::OpenAi { base_url: server.url(), model: model.to_owned(), api_key: None }
}

fn ollama(server: &Server, model: &str) -> EmbeddingConfig {
    EmbeddingConfig::Ollama { base_url: server.url(), model: model.to_owned() }
}

fn open(set_up: &SetUp, limits: Limits) -> Assistant {
    let SetUp { config, environment, clock, .. } = set_up;
    Assistant::open_within(config, environment, clock.clone(), limits).unwrap()
}

fn query() -> Query {
    let mode = SearchMode::Hybrid;
    Query { text: QUESTION.to_owned(), limit: 3, since: None, until: None, mode }
}

/// The best note, and why not everything was as configured.
fn best(assistant: &mut Assistant) -> (String, Option<String>) {
    let recall = assistant.search(&query()).unwrap();
    (recall.hits[0].citation.path.clone(), recall.degraded)
}

fn apples() -> (String, Option<String>) {
    ("memory/apples.md".to_owned(), None)
}

fn pears() -> (String, Option<String>) {
    ("memory/pears.md".to_owned(), None)
}

#[test]
fn each_change_of_the_model_finds_what_that_model_means_and_spaces_never_mix() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    let builtin = best(&mut open(&set_up, PATIENT));

    set_up.config.embedding = openai(&server, APPLES);
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
    set_up.config.embedding = openai(&server, PEARS);
    assert_eq!(best(&mut open(&set_up, PATIENT)), pears());
    set_up.config.embedding = ollama(&server, APPLES);
    let mut assistant = open(&set_up, PATIENT);
    assert_eq!(best(&mut assistant), apples());
    assert_eq!(assistant.memory.spaces().unwrap().len(), 1, "only the last space is kept");
    let sent = server.received().len();
    set_up.config.embedding = EmbeddingConfig::Builtin;
    let mut assistant = open(&set_up, PATIENT);
    assert_eq!(best(&mut assistant), builtin);
    assert_eq!(assistant.memory.spaces().unwrap(), []);
    assert_eq!(server.received().len(), sent, "nothing is sent when no server is configured");
}

#[test]
fn what_was_embedded_once_is_not_sent_again() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    set_up.config.embedding = openai(&server, APPLES);
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
    let sent = server.received().len();
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
    let again: Vec<String> =
        server.received().into_iter().skip(sent).map(|received| received.body).collect();
    let question =
        format!("{{{APPLES_MODEL},\"input\":[\"{QUESTION}\"],\"encoding_format\":\"float\"}}");
    assert_eq!(again, [question]);
}

#[test]
fn a_server_that_is_down_leaves_words_and_built_in_vectors_and_says_why() {
    let mut set_up = set_up();
    let builtin = best(&mut open(&set_up, PATIENT)).0;
    let server = Server::start(|_| Reply::status(500, "{}"));
    set_up.config.embedding = ollama(&server, APPLES);
    let mut assistant = open(&set_up, PATIENT);
    let reason = Some(format!("{SILENT}: the server failed: 500 Internal Server Error"));
    assert_eq!(best(&mut assistant), (builtin.clone(), reason.clone()));
    assert_eq!(assistant.ask(QUESTION).unwrap().degraded, reason);
    assert_eq!(server.received().len(), 1, "it is left alone for a while");
    assert_eq!(assistant.memory.spaces().unwrap(), [], "nothing is stored");

    drop(server);
    let (found, reason) = best(&mut open(&set_up, PATIENT));
    assert_eq!(found, builtin);
    assert!(reason.unwrap().starts_with(&format!("{SILENT}: cannot reach the server: ")));
}

#[test]
fn a_server_that_says_nothing_does_not_hold_up_a_search() {
    let mut set_up = set_up();
    let server = Server::start(|_| Reply::Hangs);
    set_up.config.embedding = ollama(&server, APPLES);
    let limits = Limits { question: Duration::from_millis(20), ..PATIENT };
    let (_, reason) = best(&mut open(&set_up, limits));
    assert_eq!(reason.unwrap(), format!("{SILENT}: no answer within 20ms"));
}

#[test]
fn a_server_that_fails_midway_is_taken_up_again_where_it_stopped() {
    let mut set_up = set_up();
    let mut left = 2;
    let server = Server::start(move |received| {
        left -= 1;
        if left >= 0 { answer(received) } else { Reply::status(503, "{}") }
    });
    for number in 0..20 {
        let path = set_up.config.workspace.join(format!("memory/more-{number}.md"));
        fs::write(path, "A zorblax of nothing.\n").unwrap();
    }
    set_up.config.embedding = openai(&server, APPLES);
    let (_, reason) = best(&mut open(&set_up, PATIENT));
    let failed = "the server is overloaded: 503 Service Unavailable";
    assert_eq!(reason.unwrap(), format!("19 {UNDONE}: {failed}"));

    server.rescript(answer);
    let sent = server.received().len();
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
    let texts: usize = server
        .received()
        .iter()
        .skip(sent)
        .map(|received| received.body.matches("zorblax of").count())
        .sum();
    assert_eq!(texts, 19, "the other four are there already");
}

#[test]
fn the_model_before_answers_until_the_new_one_is_complete() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    set_up.config.embedding = openai(&server, PEARS);
    assert_eq!(best(&mut open(&set_up, PATIENT)), pears());

    set_up.config.embedding = openai(&server, APPLES);
    server.rescript(|received| match received.body.contains("zorblax of") {
        true => Reply::status(500, "{}"),
        false => answer(received),
    });
    let (found, reason) = best(&mut open(&set_up, PATIENT));
    assert_eq!(found, pears().0);
    assert!(reason.unwrap().starts_with(&format!("3 {UNDONE}: ")));
    server.rescript(|received| match received.body.contains(APPLES_MODEL) {
        true => Reply::status(404, "{}"),
        false => answer(received),
    });
    assert_eq!(best(&mut open(&set_up, PATIENT)).0, pears().0);
    server.rescript(answer);
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
}

#[test]
fn a_model_that_changed_under_its_name_is_embedded_anew() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    set_up.config.embedding = openai(&server, PEARS);
    assert_eq!(best(&mut open(&set_up, PATIENT)), pears());
    server.rescript(|received| {
        let body = received.body.replace("\"model\":\"pears\"", APPLES_MODEL);
        answer(&Received { body, ..received.clone() })
    });
    assert_eq!(best(&mut open(&set_up, PATIENT)), apples());
}

#[test]
fn a_text_that_is_too_long_is_cut_and_the_others_are_not() {
    let mut set_up = set_up();
    let long = format!("A zorblax of apples. {}\n", "So it goes on. ".repeat(50));
    fs::write(set_up.config.workspace.join("memory/long.md"), long).unwrap();
    let server = Server::start(|received| match received.body.len() {
        ..500 => answer(received),
        _ => Reply::status(400, r#"{"error":"the input length exceeds the context length"}"#),
    });
    set_up.config.embedding = ollama(&server, PEARS);
    assert_eq!(best(&mut open(&set_up, PATIENT)), pears());
}

#[test]
fn reindexing_embeds_everything_waits_when_asked_to_and_tells_how_far_it_is() {
    let mut set_up = set_up();
    let mut first = true;
    let server = Server::start(move |received| match std::mem::take(&mut first) {
        true => Reply::status(429, "{}").with("Retry-After: 0"),
        false => answer(received),
    });
    set_up.config.embedding = openai(&server, APPLES);
    let mut assistant = open(&set_up, PATIENT);
    let reached = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reached);
    assistant.on_progress(Box::new(move |progress| {
        if let Progress::Embedding { done, total } = progress {
            sink.lock().unwrap().push((done, total));
        }
    }));
    assert_eq!(assistant.reindex().unwrap().degraded, None);
    assert_eq!(*reached.lock().unwrap(), [(3, 3)]);
    assert_eq!(best(&mut assistant), apples());

    server.rescript(|_| Reply::Closes);
    let reason = assistant.reindex().unwrap().degraded.unwrap();
    assert!(reason.starts_with(&format!("3 {UNDONE}: cannot reach")), "{reason}");
}

#[test]
fn a_key_comes_from_the_environment_and_a_missing_one_is_said() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    let with = |reference| EmbeddingConfig::OpenAi {
        base_url: server.url(),
        model: APPLES.to_owned(),
        api_key: Some(reference),
    };
    set_up.config.embedding = with(SecretRef::Env("MY_KEY".to_owned()));
    let error = open(&set_up, PATIENT).search(&query()).unwrap_err();
    assert_eq!(error.to_string(), "there is no key: MY_KEY is not set");
    assert!(
        open(&set_up, PATIENT)
            .add("Notes are taken without it.", localgpt_guard::Label::NOTHING)
            .is_ok()
    );

    set_up.environment = Environment::new([("MY_KEY".to_owned(), "sk-1\n".to_owned())]);
    open(&set_up, PATIENT).search(&query()).unwrap();
    assert_eq!(server.received()[0].header("authorization"), Some("Bearer sk-1"));

    let command =
        |words: &[&str]| SecretRef::Command(words.iter().map(|word| (*word).to_owned()).collect());
    set_up.environment = Environment::new([("PATH".to_owned(), "/bin:/usr/bin".to_owned())]);
    set_up.config.embedding = with(command(&["printf", "%s\\nnot this\\n", "sk-2"]));
    open(&set_up, PATIENT).search(&query()).unwrap();
    assert_eq!(server.received().last().unwrap().header("authorization"), Some("Bearer sk-2"));

    for (words, reason) in [
        (["no-such-program", ""], "there is no program `no-such-program`"),
        (["false", ""], "exit status: 1"),
        (["printf", ""], "it printed nothing"),
    ] {
        set_up.config.embedding = with(command(&words));
        let error = open(&set_up, PATIENT).search(&query()).unwrap_err().to_string();
        let expected = format!("cannot get a key from `{}`: {reason}", words[0]);
        assert_eq!(error, expected);
    }
}

#[test]
fn the_doctor_says_whether_the_model_answers_and_what_is_still_to_do() {
    let mut set_up = set_up();
    let server = Server::start(|_| Reply::json(r#"{"embeddings":[[1,2,3]]}"#));
    set_up.config.embedding = ollama(&server, APPLES);
    let vectors = |set_up: &SetUp| {
        let checks = doctor(&set_up.config, &set_up.environment, &set_up.clock);
        let check = checks.into_iter().find(|check| check.name == "vectors").unwrap();
        (check.state, check.detail.replace(&server.url(), "URL"))
    };
    let space = "ollama:apples@URL answers with 3 numbers";
    assert_eq!(vectors(&set_up), (CheckState::Ok, space.to_owned()));
    open(&set_up, PATIENT).stats().unwrap();
    let left = format!("{space}; chunks still to embed: 3");
    assert_eq!(vectors(&set_up), (CheckState::Ok, left));
    server.rescript(|_| Reply::status(404, r#"{"error":"model \"apples\" not found"}"#));
    let refused = "the model does not answer: the server does not have the model: model \"apples\" not found (404)";
    assert_eq!(vectors(&set_up), (CheckState::Warning, refused.to_owned()));
}

#[test]
fn a_search_by_words_alone_asks_no_server() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    set_up.config.embedding = openai(&server, APPLES);
    let query = Query { mode: SearchMode::WordsOnly, ..query() };
    assert_eq!(open(&set_up, PATIENT).search(&query).unwrap().degraded, None);
    assert_eq!(server.received(), []);
}

#[test]
fn many_questions_at_once_embed_the_notes_before_the_first() {
    let mut set_up = set_up();
    let server = Server::start(answer);
    set_up.config.embedding = openai(&server, APPLES);
    let mut assistant = open(&set_up, PATIENT);
    for _ in 0..3 {
        let recall = assistant.search_again(&query()).unwrap();
        assert_eq!((recall.hits[0].citation.path.clone(), recall.degraded), apples());
    }
    assert_eq!(server.received().len(), 4);
}
