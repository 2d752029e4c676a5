//! A whole conversation, as `docs/guide/chat.md` shows it: what stands there is what the program prints.
#![expect(clippy::disallowed_methods, reason = "Ctrl-C is a signal, and a shell sends it")]

use std::{io::Read as _, process::Command};

use expect_test::expect_file;
use localgpt_testkit::{Home, Received, Reply, Server, StreamEnd};
use serde_json::{Value, json};

use crate::{
    home,
    scripted::{MARK, MARKED, answer, call, serve},
};

/// Where the block of the page begins and ends.
const BEGIN: &str = "<!-- checked by crates/cli/tests/it/conversation.rs -->\n```console\n";
const END: &str = "```\n";
/// The day and the name that the page gives to the session.
const DAY: &str = "2026-11-25";
const SESSION: &str = "2026-11-25-1830-3f6a";
/// The last words before Ctrl-C is pressed.
const BEFORE_CTRL_C: &str = "and in the cellar";

#[test]
fn the_guide_shows_what_the_program_prints() {
    let server = Server::start(model());
    let home = home::with_notes();
    home.configure(&format!("[providers.ollama]\nbase_url = \"{}\"\n", server.url()));
    let first = talk(
        &home,
        &["chat", "--model", "ollama/qwen3:8b"],
        &[
            "Who serviced the heat pump, and when?",
            "Remember that the next service is on 4 March.",
            "/undo",
            "/remember The next service of the heat pump is on 5 March 2027.",
            "Write a poem about it.",
            "Shorter, please.",
            "/usage",
        ],
    );
    let second = talk(
        &home,
        &["chat", "--continue"],
        &["When is the next service?", "/rename Heat pump", "/session list"],
    );
    let transcript = with_fixed_names(&home, &format!("{first}\n{second}"));

    let page = include_str!("../../../../docs/guide/chat.md");
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    expect_file!["../../../../docs/guide/chat.md"]
        .assert_eq(&format!("{before}{BEGIN}{transcript}{END}{after}"));
    let readme = include_str!("../../../../README.md");
    let (_, shown) = readme.split_once("$ localgpt chat --model").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert!(transcript.contains(shown), "README.md shows another conversation");
    what_was_said_is_sent_again(&server);
}

#[test]
fn a_message_that_is_said_again_is_shown() {
    let mut answers = ["Good morning.", "Good evening."].into_iter();
    let server = Server::start(serve(move || answers.next().map(|text| answer(&[text], 1_400))));
    let home = home::with_notes();
    home.configure(&format!("[providers.ollama]\nbase_url = \"{}\"\n", server.url()));
    let shown = talk(&home, &["chat", "-m", "ollama/qwen3:8b"], &["Hello?", "/retry", "/context"]);
    let (_, again) = shown.split_once("> /retry\n").unwrap();
    assert!(again.starts_with("> Hello?\nGood evening.\n"), "{again}");
    let (_, context) = again.split_once("> /context\n").unwrap();
    assert!(context.contains("MEMORY.md") && context.contains("8192 tokens"), "{context}");
}

/// After the interruption and in the second process the model reads all of it, and the journal after Ctrl-C too.
fn what_was_said_is_sent_again(server: &Server) {
    let asked: Vec<Received> = server
        .received()
        .into_iter()
        .filter(|request| request.line.contains("/api/chat"))
        .collect();
    let last: Value = serde_json::from_str(&asked.last().unwrap().body).unwrap();
    let messages = last["messages"].as_array().unwrap();
    let said = |role: &str, text: &str| {
        messages.iter().any(|message| {
            message["role"] == role
                && message["content"].as_str().unwrap_or_default().contains(text)
        })
    };
    assert!(said("user", "Who serviced the heat pump"));
    assert!(said("assistant", BEFORE_CTRL_C), "the part of an answer that came is kept");
    assert!(said("assistant", "The pump hums low"));
}

/// Talks line by line and returns what a terminal would have shown.
fn talk(home: &Home, words: &[&str], lines: &[&str]) -> String {
    let typed: String = lines.iter().map(|line| format!("{MARK}\n{line}\n")).collect();
    let (mut child, mut reader) = home.start_joined(&format!("{typed}{MARK}\n"), words);
    let (mut bytes, mut is_pressed) = (Vec::new(), false);
    let mut piece = [0; 4096];
    loop {
        let count = reader.read(&mut piece).unwrap();
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
        if !is_pressed && String::from_utf8_lossy(&bytes).contains(BEFORE_CTRL_C) {
            is_pressed = true;
            let kill = format!("kill -INT {}", child.id());
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        }
    }
    child.wait().unwrap();
    let output = String::from_utf8(bytes).unwrap();
    let mut replies = output.split(MARKED).map(|reply| reply.trim_matches('\n'));
    let mut shown = format!("$ localgpt {}\n{}\n", words.join(" "), replies.next().unwrap());
    for line in lines {
        let reply = replies.next().unwrap();
        shown.extend(["\n> ", line, "\n", reply, "\n"]);
    }
    shown
}

/// Gives the day, the session and the seconds the values that the page has.
fn with_fixed_names(home: &Home, transcript: &str) -> String {
    let list = home.run(&["session", "list", "--json"]).stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    let session = list[0]["id"].as_str().unwrap();
    let (day, _) = session.split_at(DAY.len());
    let transcript = transcript.replace(session, SESSION).replace(day, DAY);
    let lines = transcript.lines().map(|line| match line.rsplit_once(" · ") {
        Some((before, seconds)) if seconds.ends_with(" s") => format!("{before} · 0.4 s\n"),
        Some(_) | None => format!("{line}\n"),
    });
    lines.collect()
}

/// The scripted model.
fn model() -> impl FnMut(&Received) -> Reply + Send + 'static {
    let mut answers = [
        answer(
            &["Ada serviced it on 5 March", " and changed the filter, a UP-25-60-180-B."],
            1_418,
        ),
        call("remember", &json!({"fact": "The next service of the heat pump is on 4 March."})),
        answer(&["Noted: the next service is on 4 March."], 1_672),
        answer(&["The pump hums softly in the night,\n", "and in the cellar"], 0)
            .ending(StreamEnd::Silent),
        answer(&["The pump hums low,\n", "the house is warm."], 1_744),
        answer(&["On 5 March 2027."], 1_806),
    ]
    .into_iter();
    serve(move || answers.next())
}
