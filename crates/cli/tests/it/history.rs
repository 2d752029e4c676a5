//! What a person puts beside a message, and what is taken back: attachments, skills, changes, origins.

use std::fs;

use expect_test::expect;
use localgpt_testkit::{Home, Received, Reply, Server};
use serde_json::{Value, json};

use crate::{
    home,
    scripted::{answer, call, serve},
};

/// A picture of four red pixels.
#[rustfmt::skip]
const RED: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd,
    0xd4, 0x9a, 0x73, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8,
    0xcf, 0xc0, 0x00, 0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x8b, 0x5f, 0x14,
    0xd4, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn with_replies(replies: Vec<Reply>) -> (Home, Server) {
    let mut replies = replies.into_iter();
    let server = Server::start(serve(move || replies.next()));
    let home = home::with_notes();
    home.configure(&format!(
        "[model]\nuse = \"ollama/qwen3:8b\"\ncontext = 32768\n[providers.ollama]\nbase_url = \"{}\"\n",
        server.url()
    ));
    (home, server)
}

/// The last message of the person, as it was sent.
fn sent(server: &Server) -> Value {
    let asked = |request: &Received| request.line.contains("/api/chat");
    let request = server.received().into_iter().rfind(asked).unwrap();
    let request: Value = serde_json::from_str(&request.body).unwrap();
    let messages = request["messages"].as_array().unwrap();
    messages.iter().rfind(|message| message["role"] == "user").unwrap().clone()
}

#[test]
fn undo_restores_the_bytes_and_redo_writes_them_again() {
    let (home, _server) = with_replies(vec![
        call("write", &json!({"path": "list.txt", "content": "new\n"})),
        answer(&["Done."], 1_400),
    ]);
    let file = home.workspace().join("list.txt");
    let old = b"\xef\xbb\xbfa\r\n\tb\r\nno last line break \xff";
    fs::write(&file, old).unwrap();
    let outcome = home.run_with("Write the list.\n/undo\n/undo\n", &["chat"]);
    assert_eq!(fs::read(&file).unwrap(), old, "{}", outcome.shown());
    assert!(outcome.stdout.contains("taken back: "), "{}", outcome.stdout);
    assert!(
        outcome.stderr.contains("error: there is nothing to take back\n"),
        "{}",
        outcome.stderr
    );

    let outcome = home.run(&["redo"]);
    assert!(outcome.stdout.starts_with("done again: "), "{}", outcome.shown());
    assert_eq!(fs::read(&file).unwrap(), b"new\n");
    let outcome = home.run(&["undo"]);
    assert_eq!(fs::read(&file).unwrap(), old, "{}", outcome.shown());

    let rows: Value = serde_json::from_str(&home.run(&["history", "--json"]).stdout).unwrap();
    let says: Vec<(&str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let summary = row["summary"].as_str().unwrap();
            (row["author"].as_str().unwrap(), summary.split(" (").next().unwrap())
        })
        .collect();
    assert_eq!(
        says,
        [
            ("person", "Undo"),
            ("person", "Redo"),
            ("person", "Undo"),
            ("assistant", "write list.txt"),
            ("outside", "Keep what was changed outside"),
        ]
    );
}

#[test]
fn a_change_is_taken_back_by_what_it_wrote() {
    let write = |path: &str, content: &str| {
        [call("write", &json!({"path": path, "content": content})), answer(&["Done."], 1_400)]
    };
    let replies = [write("a.md", "the cat is grey\n"), write("b.md", "the dog is black\n")];
    let (home, _server) = with_replies(replies.concat());
    home.run_with("Write a.\nWrite b.\n", &["chat"]);
    let outcome = home.run(&["undo", "the", "cat", "is", "grey"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.shown());
    assert!(!home.workspace().join("a.md").exists());
    assert!(home.workspace().join("b.md").exists());
    let outcome = home.run(&["undo", "no", "such", "words"]);
    assert_eq!(outcome.status, Some(1), "{}", outcome.shown());
}

#[test]
fn a_change_that_was_taken_back_by_hand_does_not_stand_in_the_way() {
    let write = |path: &str| {
        [call("write", &json!({"path": path, "content": "x\n"})), answer(&["Done."], 1_400)]
    };
    let (home, _server) = with_replies([write("a.md"), write("b.md")].concat());
    home.run_with("Write a.\nWrite b.\n", &["chat"]);
    fs::remove_file(home.workspace().join("b.md")).unwrap();
    assert_eq!(home.run(&["undo"]).status, Some(0));
    assert!(home.workspace().join("a.md").exists());
    let outcome = home.run(&["undo"]);
    assert!(!home.workspace().join("a.md").exists(), "{}", outcome.shown());
}

#[test]
fn where_nothing_was_changed_the_commands_say_so() {
    let home = home::with_notes();
    expect![[r#"
        status 0
        --- stderr
        nothing was changed yet

        status 0
        --- stdout
        --- /dev/null
        +++ b/MEMORY.md
        @@ -0,0 +1,4 @@
        +# Memory
        +
        +- Ada looks after the heat pump.
        +- The heat pump takes filter UP-25-60-180-B.
        --- /dev/null
        +++ b/memory/2026-03-05.md
        @@ -0,0 +1,5 @@
        +# 5 March
        +
        +## Heating
        +
        +The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.
        --- /dev/null
        +++ b/memory/2026-03-12.md
        @@ -0,0 +1,3 @@
        +# 12 March
        +
        +We painted the garden shed green.

        status 1
        --- stderr
        error: there is nothing to take back

        status 1
        --- stderr
        error: there is nothing to do again
    "#]]
    .assert_eq(
        &[["history"], ["diff"], ["undo"], ["redo"]]
            .map(|words| home.run(&words).shown())
            .join("\n"),
    );
}

#[test]
fn a_text_is_attached_in_every_way() {
    let ways: [(&str, &[&str]); 4] = [
        ("/attach offer.md\nWhat is it?\n", &["chat"]),
        ("What does @offer.md, say?\n", &["chat"]),
        ("What is it?\n", &["chat", "--attach", "offer.md"]),
        ("", &["ask", "--attach", "offer.md", "What is it?"]),
    ];
    for (typed, words) in ways {
        let (home, server) = with_replies(vec![answer(&["An offer."], 1_400)]);
        fs::write(home.path().join("offer.md"), "A pump for 4200 euros.\n").unwrap();
        let outcome = home.run_with(typed, words);
        assert_eq!((outcome.status, outcome.stdout.trim()), (Some(0), "An offer."), "{typed}");
        let sent = sent(&server);
        let text = sent["content"].as_str().unwrap();
        assert!(text.contains("A pump for 4200 euros."), "{words:?}: {text}");
        assert!(text.contains("offer.md"), "{text}");
    }
}

#[test]
fn a_picture_is_sent_as_one() {
    let (home, server) = with_replies(vec![answer(&["Red."], 1_400)]);
    fs::write(home.path().join("red.png"), RED).unwrap();
    let outcome = home.run_with("/attach red.png\nWhich colour is it?\n", &["chat"]);
    assert!(outcome.stderr.contains("attached: red.png (picture)\n"), "{}", outcome.shown());
    assert_eq!(sent(&server)["images"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_attached_is_one_clear_message() {
    let (home, _server) = with_replies(Vec::new());
    fs::write(home.path().join("broken.pdf"), "%PDF-1.7\nbroken").unwrap();
    fs::write(home.path().join("program.bin"), [0_u8, 1, 2, 3, 0, 255]).unwrap();
    let typed = "/attach none.pdf\n/attach broken.pdf\n/attach program.bin\n/attach .\n";
    expect![[r#"
        status 1
        --- stderr
        ollama/qwen3:8b
        error: cannot read `none.pdf`
        cause: No such file or directory (os error 2)
        error: cannot read `broken.pdf`: it is damaged
        hint: open it in its own program and save it again
        error: cannot read `program.bin`: it is no text, and of no kind that we know
        hint: text, Markdown, code, PDF, docx, odt, PNG, JPEG, WebP and GIF can be read
        error: cannot read `.`: it is not a regular file
        error: 4 lines could not be answered
    "#]]
    .assert_eq(&home.run_with(typed, &["chat"]).shown());
}

#[test]
fn quotes_read_no_attachment() {
    let home = home::with_notes();
    fs::write(home.path().join("offer.md"), "A pump.\n").unwrap();
    for (typed, words) in [
        ("/attach offer.md\n", &["chat"][..]),
        ("", &["chat", "--attach", "offer.md"]),
        ("", &["ask", "--attach", "offer.md", "What is it?"]),
    ] {
        let outcome = home.run_with(typed, words);
        let says = "error: a file needs a model to read it, and memory is quoted\n";
        assert_eq!(outcome.status, Some(1), "{}", outcome.shown());
        assert!(outcome.stderr.contains(says), "{}", outcome.stderr);
    }
}

#[test]
fn a_skill_is_called_by_its_name() {
    let (home, server) = with_replies(vec![answer(&["Noted."], 1_400)]);
    home.note(
        "skills/meter/SKILL.md",
        "---\nname: meter\ndescription: Read the meter\n---\nAsk for the number.\n",
        1,
    );
    let outcome = home.run_with("/meter 4711\n/metre 4711\n", &["chat"]);
    assert_eq!(outcome.stdout.trim(), "Noted.", "{}", outcome.shown());
    assert!(outcome.stderr.contains("error: there is no command `/metre`\n"), "{}", outcome.stderr);
    let sent = sent(&server).to_string();
    assert!(sent.contains("Ask for the number.") && sent.contains("4711"), "{sent}");
}

#[test]
fn lines_of_unknown_origin_are_listed_and_vouched_for() {
    let home = home::with_notes();
    let day = |text: &str| text.replace(&home.newest_day(), "[TODAY]");
    assert_eq!(home.run(&["memory", "add", "Typed by the person."]).status, Some(0));
    let typed = home.run(&["memory", "trust"]).stdout;
    assert!(!typed.contains(&home.newest_day()), "{typed}");
    home.run_with("From who knows where.\n", &["memory", "add"]);
    let shown = [
        home.run(&["memory", "trust"]),
        home.run(&["memory", "trust", "MEMORY.md"]),
        home.run(&["memory", "trust", "none.md"]),
        home.run(&["memory", "trust", "--all"]),
        home.run(&["memory", "trust"]),
    ]
    .map(|outcome| day(&outcome.shown()));
    expect![[r#"
        status 0
        --- stdout
        MEMORY.md             3 of 4 lines unknown
        memory/2026-03-05.md  3 of 5 lines unknown
        memory/2026-03-12.md  2 of 3 lines unknown
        memory/[TODAY].md  1 of 4 lines unknown

        status 0
        --- stdout
        MEMORY.md  3 of 4 lines now trusted

        status 2
        --- stderr
        error: `none.md` is not a file of memory
        hint: memory is MEMORY.md, memory/**/*.md, knowledge/**/*.md and `memory.extra_paths`

        status 0
        --- stdout
        memory/2026-03-05.md  3 of 5 lines now trusted
        memory/2026-03-12.md  2 of 3 lines now trusted
        memory/[TODAY].md  1 of 4 lines now trusted

        status 0
        --- stdout
        every line of every note has a trusted author
    "#]]
    .assert_eq(&shown.join("\n"));
}
