//! Questions about calls: who is asked, what an answer does, and what is allowed for later.

use std::{
    fs,
    sync::{Arc, OnceLock},
};

use expect_test::expect;
use localgpt_testkit::{Home, Received, Reply, Server};
use serde_json::{Value, json};

use crate::{
    home,
    scripted::{answer, call, serve},
};

const SOUL: &str = "Be kind.\n";

/// A home with a SOUL.md whose model wants these calls, each in a turn of its own.
fn with_calls(calls: Vec<Reply>) -> (Home, Server) {
    let replies = calls.into_iter().flat_map(|call| [call, answer(&["So be it."], 1_400)]);
    let mut replies = replies.collect::<Vec<_>>().into_iter();
    let server = Server::start(serve(move || replies.next()));
    let home = home::with_notes();
    configure(&home, &server, "");
    home.note("SOUL.md", SOUL, 1);
    (home, server)
}

fn configure(home: &Home, server: &Server, more: &str) {
    home.configure(&format!(
        "[model]\nuse = \"ollama/qwen3:8b\"\ncontext = 32768\n[providers.ollama]\nbase_url = \"{}\"\n{more}",
        server.url()
    ));
}

fn new_soul() -> Reply {
    call("write", &json!({"path": "SOUL.md", "content": "Be short.\n"}))
}

fn soul(home: &Home) -> String {
    fs::read_to_string(home.workspace().join("SOUL.md")).unwrap()
}

/// What the model was told last.
fn told(server: &Server) -> String {
    let asked = |request: &Received| request.line.contains("/api/chat");
    server.received().into_iter().rfind(asked).unwrap().body
}

#[test]
fn a_no_keeps_the_file_and_the_model_is_told() {
    let (home, server) = with_calls(vec![new_soul()]);
    let outcome = home.run_with("Be short from now on.\nn\n", &["chat"]);
    expect![[r#"
        ollama/qwen3:8b
        ? write SOUL.md (sha256 b95cca3523e8)
          core-file: SOUL.md says what the assistant is and does
          │ --- a/SOUL.md
          │ +++ b/SOUL.md
          │ @@ -1 +1 @@
          │ -Be kind.
          │ +Be short.
          Allow this?  y yes · n no
        ✗ not allowed


        ollama/qwen3:8b · 2,930 tokens in, 48 out · TIME
    "#]]
    .assert_eq(&without_time(&outcome.stderr));
    assert_eq!((outcome.stdout.as_str(), soul(&home).as_str()), ("So be it.\n", SOUL));
    assert!(told(&server).contains("the person said no (rule core-file"), "{}", told(&server));
}

fn without_time(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once(" · ") {
        Some((before, time)) if time.ends_with(" s") => format!("{before} · TIME\n"),
        Some(_) | None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_yes_counts_for_one_call() {
    let (home, server) = with_calls(vec![
        new_soul(),
        call("write", &json!({"path": "SOUL.md", "content": "Be loud.\n"})),
    ]);
    let outcome = home.run_with("Be short.\ny\nBe loud.\nno\n", &["chat"]);
    assert_eq!(soul(&home), "Be short.\n", "{}", outcome.shown());
    assert_eq!(outcome.stderr.matches("Allow this?").count(), 2);
    drop(server);
}

#[test]
fn where_nobody_is_there_it_is_a_no_and_the_model_reads_the_rule() {
    for words in [&["ask", "Be short."][..], &["ask", "--approve", "nobody", "Be short."]] {
        let (home, server) = with_calls(vec![new_soul()]);
        let outcome = home.run(words);
        assert_eq!((outcome.status, soul(&home).as_str()), (Some(0), SOUL), "{}", outcome.shown());
        let line =
            "✗ write “SOUL.md” → did not run: this needs the person's yes, and nobody is there";
        assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
        assert!(told(&server).contains("nobody is there to ask (rule core-file"));
    }
}

#[test]
fn answers_can_come_from_stdin() {
    for (typed, expected) in [("y\n", "Be short.\n"), ("nope\n", SOUL), ("", SOUL)] {
        let (home, server) = with_calls(vec![new_soul()]);
        let outcome = home.run_with(typed, &["ask", "--approve", "stdin", "Be short."]);
        assert_eq!((outcome.status, soul(&home).as_str()), (Some(0), expected), "{typed:?}");
        drop(server);
    }
    let (home, _server) = with_calls(Vec::new());
    let outcome = home.run_with("Be short.\ny\n", &["ask", "--approve", "stdin"]);
    assert_eq!(outcome.status, Some(2), "{}", outcome.shown());
}

#[test]
fn what_is_allowed_for_later_is_listed_and_taken_back() {
    let address = Arc::new(OnceLock::<String>::new());
    let own = Arc::clone(&address);
    let mut requests = 0;
    let mut speak = serve(move || {
        requests += 1;
        let url = format!("{}/page?number={requests}", own.get().unwrap());
        Some(match requests % 2 {
            1 => call("web_fetch", &json!({ "url": url })),
            _ => answer(&["From nine to five."], 1_400),
        })
    });
    let server = Server::start(move |request| match request.line.starts_with("GET /page") {
        true => Reply::Answer {
            status: 200,
            headers: vec!["Content-Type: text/html".to_owned()],
            body: "<h1>Opening hours</h1><p>From nine to five.</p>".to_owned(),
        },
        false => speak(request),
    });
    address.set(server.url()).unwrap();
    let host = server.url().replace("http://", "");
    let home = home::with_notes();
    configure(&home, &server, &format!("[web]\nown_hosts = [\"{host}\"]\n"));

    let outcome = home.run_with("When do they open?\na\nAnd when do they close?\n", &["chat"]);
    assert_eq!(outcome.stderr.matches("Allow this?").count(), 1, "{}", outcome.shown());
    assert!(outcome.stderr.contains("✓ allowed from now on"), "{}", outcome.stderr);
    assert!(told(&server).contains("From nine to five"));

    let list = home.run(&["policy", "list"]).stdout;
    let (_, grants) = list.split_once("allowed for later:\n").unwrap();
    assert!(grants.contains("fetch pages of 127.0.0.1"), "{grants}");
    let report: Value =
        serde_json::from_str(&home.run(&["policy", "list", "--json"]).stdout).unwrap();
    let id = report["grants"][0]["id"].as_str().unwrap();
    assert!(grants.starts_with(id));

    assert_eq!(home.run(&["policy", "revoke", id]).stdout, "revoked 1\n");
    assert!(
        home.run(&["policy", "list"]).stdout.ends_with("\nnothing more is allowed for later\n")
    );
    let outcome = home.run_with("And now?\nn\n", &["chat"]);
    assert_eq!(outcome.stderr.matches("Allow this?").count(), 1, "{}", outcome.shown());
    let outcome = home.run(&["policy", "revoke", id]);
    assert_eq!(outcome.status, Some(1), "{}", outcome.shown());
}

#[test]
fn the_rules_are_listed() {
    expect![[r#"
        status 0
        --- stdout
        mode  trusted-folder

        ask-first               mode `ask`: every change, program and call to the network is asked about
        composed-address        an address is free if you typed it or it was seen as it is; one the model composed is asked about
        many-addresses          after five addresses that you did not type, each further one is asked about
        search-while-untrusted  with untrusted text in view, a search with words you did not type is asked about
        delete-while-untrusted  with untrusted text in view, deleting is asked about
        core-file               files that say what the assistant is and does change with your yes to the exact bytes alone
        secret-leaves           what looks like a key does not leave without your yes
        read-only               mode `read-only`: nothing changes and nothing goes out
        outside-workspace       files outside the workspace are not changed
        private-address         addresses that are not on the public internet are not fetched

        nothing more is allowed for later
    "#]].assert_eq(&home::with_notes().run(&["policy", "list"]).shown());
}

#[test]
fn a_call_is_explained_without_running_it() {
    let home = home::with_notes();
    home.note("SOUL.md", SOUL, 1);
    let calls: [&[&str]; 6] = [
        &["web_fetch", "https://example.org/a?b=c"],
        &["web_fetch", "http://192.168.1.1/"],
        &["delete", "MEMORY.md"],
        &[r#"{"name":"write","input":{"path":"SOUL.md","content":"x"}}"#],
        &[r#"{"name":"write","input":{"path":"a.md","content":"x"}}"#],
        &["bake", "bread"],
    ];
    let explained: Vec<String> = calls
        .iter()
        .map(|call| {
            let words = [&["policy", "explain"][..], call].concat();
            let outcome = home.run(&words);
            // Whether programs can run is a matter of the machine.
            outcome.shown().replace(", shell, process", "")
        })
        .collect();
    expect![[r#"
        status 0
        --- stdout
        fetch https://example.org/a?b=c
        in any case: ask (composed-address: the model composed this address)

        status 0
        --- stdout
        fetch http://192.168.1.1/
        in any case: deny (private-address: `192.168.1.1` is a number and no name)

        status 0
        --- stdout
        delete MEMORY.md
        while only you and the assistant have spoken: allow
        once text of others is in view: ask (delete-while-untrusted: text of origin `web` is in view, and MEMORY.md would be deleted)

        status 0
        --- stdout
        write SOUL.md (sha256 2d711642b726)
        in any case: ask (core-file: SOUL.md says what the assistant is and does)

        status 0
        --- stdout
        write a.md (sha256 2d711642b726)
        in any case: allow

        status 2
        --- stderr
        error: this call cannot be made: `bake` is no tool; the tools are: memory_search, memory_get, remember, read, edit, write, list, find, grep, delete, web_fetch
    "#]].assert_eq(&explained.join("\n"));
    assert!(home.workspace().join("MEMORY.md").exists());
    assert_eq!(soul(&home), SOUL);
}

#[test]
fn in_the_mode_read_only_nothing_changes() {
    let write = call("write", &json!({"path": "a.md", "content": "x\n"}));
    let (home, server) = with_calls(vec![write]);
    configure(&home, &server, "[policy]\nmode = \"read-only\"\n");
    let outcome = home.run(&["ask", "Write a file."]);
    let line = "✗ write “a.md” → did not run: the rules do not allow it (rule read-only";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
    assert!(!home.workspace().join("a.md").exists());
}

#[test]
fn in_the_mode_ask_every_change_is_asked_about() {
    let write = || call("write", &json!({"path": "a.md", "content": "x\n"}));
    let (home, server) = with_calls(vec![write(), write()]);
    configure(&home, &server, "[policy]\nmode = \"ask\"\n");
    let outcome = home.run_with("Write a file.\nn\nWrite it.\ny\n", &["chat"]);
    assert_eq!(outcome.stderr.matches("ask-first").count(), 2, "{}", outcome.stderr);
    assert!(home.workspace().join("a.md").exists());
}

#[test]
fn a_german_is_asked_in_german() {
    let (home, _server) = with_calls(vec![new_soul()]);
    let home = home.setting("LANG", "de_DE.UTF-8");
    let outcome = home.run_with("Sei kurz.\nj\n/history\n/undo\n/redo\n/diff\n", &["chat"]);
    assert!(outcome.stderr.contains("Erlauben?  j ja · n nein\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("✓ einmal erlaubt\n"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("zurückgenommen: "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("wiederholt: "), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("nichts ist anders\n"), "{}", outcome.stderr);
    assert_eq!(soul(&home), "Be short.\n");
}
