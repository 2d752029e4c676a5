//! What is said to `claude`, and what is made of its answers: a script stands for it.

use std::{
    ffi::OsStr,
    fmt::Write,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use expect_test::{Expect, expect};
use jiff::civil::date;
use localgpt_protocol::{
    AssistantPart, Clock, Delta, Image, Instructions, Message, Provider, ProviderError, Reply,
    Request, Risk, SessionId, ToolCallId, ToolName, ToolOutcome, ToolResult, ToolSpec, ToolSupport,
    Usage, UserPart,
};
use localgpt_providers::claude_cli::{self, ClaudeCli, ClaudeCliOptions, Login};
use localgpt_sandbox::{Launch, Program};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

/// Long enough for any machine; a test that waits for it has failed.
const PATIENT: Duration = Duration::from_secs(60);
const PATH: &str = "/usr/bin:/bin";

/// A folder with a `claude` that plays what it is told, one list of scenes for each time it is started.
struct Fake(TempDir);

impl Fake {
    fn new(plays: &[&[&str]]) -> Self {
        let fake = Self(tempfile::tempdir().unwrap());
        // A child writes it: while we held it open, a child of another test could inherit that, and a file
        // that is open for writing cannot be run.
        let script = include_str!("../../fixtures/claude_cli/fake.sh");
        fake.sh("printf %s \"$1\" >claude && chmod +x claude", &[script]);
        fs::write(fake.path("version"), "2.1.330 (Claude Code)\n").unwrap();
        for (number, scenes) in (1..).zip(plays) {
            let play: String = scenes.iter().map(|scene| scene_of(scene)).collect();
            fs::write(fake.path(&format!("play.{number}")), play).unwrap();
        }
        fake
    }

    fn sh(&self, script: &str, args: &[&str]) {
        let shell = Program::find("sh", OsStr::new(PATH)).unwrap();
        let launch = Launch::new(shell, self.0.path())
            .args(["-c", script, "sh"])
            .args(args)
            .environment([("PATH", PATH)]);
        assert!(launch.run_for_output(1024, PATIENT).unwrap().status.success());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name))
            .unwrap()
            .replace(self.0.path().to_str().unwrap(), "$HERE")
    }

    fn options(&self) -> ClaudeCliOptions {
        ClaudeCliOptions {
            model: "claude-cli/sonnet".parse().unwrap(),
            program: self.path("claude"),
            environment: vec![("PATH".into(), PATH.into()), ("HOME".into(), "/no/home".into())],
            folder: self.path("state"),
            context_window: None,
            silence: PATIENT,
            processes: 2,
            clock: Clock::fixed(&date(2026, 11, 22).at(12, 0, 0, 0).in_tz("UTC").unwrap()),
        }
    }

    fn claude(&self) -> ClaudeCli {
        ClaudeCli::new(self.options()).unwrap()
    }

    /// The user messages that a run was told, as the texts of their blocks.
    fn told(&self, run: usize) -> Vec<String> {
        let lines = self.read(&format!("run.{run}/input"));
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let user = lines.filter(|line| line["type"] == "user");
        let text = |block: &Value| match block["text"].as_str() {
            Some(text) => text.to_owned(),
            None => format!("<{}>", block["source"]["media_type"].as_str().unwrap()),
        };
        user.map(|line| {
            assert_eq!(line["client_composed"], true);
            let blocks = line["message"]["content"].as_array().unwrap();
            blocks.iter().map(text).collect::<Vec<_>>().join(" | ")
        })
        .collect()
    }
}

/// A scene is a file of the fixtures, or a line for itself.
fn scene_of(scene: &str) -> String {
    match scene.split_once(' ') {
        Some(_) => format!("{scene}\n"),
        None => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/claude_cli");
            fs::read_to_string(folder.join(format!("{scene}.play"))).unwrap()
        }
    }
}

fn tool(name: &str) -> ToolSpec {
    ToolSpec {
        name: ToolName::new(name),
        description: format!("{name}s something"),
        input_schema: json!({ "type": "object", "properties": {} }),
        risk: Risk::Read,
        aliases: localgpt_protocol::Aliases::default(),
    }
}

fn request(session: &str, messages: Vec<Message>) -> Request {
    Request {
        session: SessionId::new(session),
        instructions: Instructions {
            stable: "You are a friend.".to_owned(),
            changing: "It is Sunday.".to_owned(),
        },
        messages,
        tools: vec![tool("remember"), tool("recall")],
        calling: ToolSupport::Native,
        max_tokens: 4000,
    }
}

fn user(text: &str) -> Message {
    Message::User(vec![UserPart::Text(text.to_owned())])
}

fn denied(call: &str, name: &str, why: &str) -> ToolResult {
    ToolResult {
        call: ToolCallId::new(call),
        name: ToolName::new(name),
        outcome: ToolOutcome::Denied(why.to_owned()),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

fn ask(claude: &ClaudeCli, request: &Request) -> (String, Result<Reply, ProviderError>) {
    let mut shown = String::new();
    let mut show = |delta: Delta| match delta {
        Delta::Text(text) => write!(shown, "[{text}]").unwrap(),
        Delta::Thinking(text) => write!(shown, "({text})").unwrap(),
        Delta::Retrying { reason, pause } => {
            write!(shown, "<{reason}, {} ms>", pause.as_millis()).unwrap();
        }
    };
    let reply = block_on(claude.reply(request, &mut show));
    (shown, reply)
}

/// Asks, and adds the answer to the transcript.
fn answered(claude: &ClaudeCli, request: &mut Request) -> String {
    let (shown, reply) = ask(claude, request);
    let reply = reply.unwrap();
    let mut text = format!("{shown}\n");
    for part in &reply.parts {
        match part {
            AssistantPart::Text(said) => writeln!(text, "says {said}").unwrap(),
            AssistantPart::Thinking(thinking) => {
                writeln!(text, "thinks {}", thinking.text).unwrap();
            }
            AssistantPart::ToolCall(call) => {
                writeln!(text, "calls {} {} {}", call.id, call.name, call.input).unwrap();
            }
        }
    }
    let Usage { input, cache_read, cache_write, output, microdollars } = reply.usage;
    let tokens = format!("{input} ({cache_read} {cache_write}) {output}");
    writeln!(text, "{:?}: {tokens} {microdollars:?}", reply.stop).unwrap();
    assert_eq!(reply.faults, []);
    request.messages.push(Message::Assistant(reply.parts));
    text
}

fn check(answer: &str, expected: &Expect) {
    expected.assert_eq(answer);
}

fn failed(scenes: &[&str]) -> String {
    let fake = Fake::new(&[scenes]);
    let (_, reply) = ask(&fake.claude(), &request("s", vec![user("hello")]));
    format!("{:?}", reply.unwrap_err())
}

#[test]
fn a_process_answers_one_message_after_the_other() {
    let fake = Fake::new(&[&["start", "first", "text", "again", "text2"]]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("hello")]);
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        (Hm.)[Hello ][there]
        thinks Hm.
        says Hello there
        End: 15 (0 5) 7 Some(1000)
    "#]],
    );
    request.messages.push(user("and now?"));
    request.instructions.changing = "It is Monday.".to_owned();
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        [Again]
        says Again
        End: 23 (20 0) 2 Some(500)
    "#]],
    );
    assert_eq!(fake.told(1), ["hello", "What has changed:\nIt is Monday. | and now?"]);
}

#[test]
fn the_program_is_told_who_it_is_and_which_tools_there_are_and_nothing_else_is_on() {
    let fake = Fake::new(&[&["start", "first", "text"]]);
    answered(&fake.claude(), &mut request("s", vec![user("hello")]));
    check(
        &fake.read("run.1/args"),
        &expect![[r#"
        -p
        --output-format
        stream-json
        --input-format
        stream-json
        --verbose
        --include-partial-messages
        --strict-mcp-config
        --disable-slash-commands
        --no-session-persistence
        --setting-sources

        --settings
        {"permissions":{"deny":["Read(//**)","Read"]}}
        --model
        sonnet
        --tools

        --mcp-config
        {"mcpServers":{"assistant":{"name":"assistant","type":"sdk"}}}
        --allowedTools
        mcp__assistant__*
    "#]],
    );
    check(
        &fake.read("run.1/env"),
        &expect![[r#"
            CLAUDE_CODE_DISABLE_ATTACHMENTS=1
            CLAUDE_CODE_DISABLE_AUTO_MEMORY=1
            CLAUDE_CODE_DISABLE_BACKGROUND_TASKS=1
            CLAUDE_CODE_DISABLE_FILE_MENTIONS=1
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
            CLAUDE_CODE_MAX_OUTPUT_TOKENS=4000
            CLAUDE_CODE_MAX_RETRIES=3
            CLAUDE_CODE_TMPDIR=$HERE/state/tmp
            DISABLE_AUTOUPDATER=1
            DISABLE_AUTO_COMPACT=1
            DISABLE_ERROR_REPORTING=1
            DISABLE_TELEMETRY=1
            HOME=/no/home
            PATH=/usr/bin:/bin
            PWD=$HERE/state/work
        "#]],
    );
    check(
        &fake.read("run.1/input"),
        &expect![[r#"
        {"request":{"hooks":null,"sdkMcpServers":["assistant"],"subtype":"initialize","systemPrompt":"You are a friend.\n\nIt is Sunday."},"request_id":"initialize","type":"control_request"}
        {"response":{"request_id":"m1","response":{"mcp_response":{"id":0,"jsonrpc":"2.0","result":{"capabilities":{"tools":{}},"protocolVersion":"2025-11-25","serverInfo":{"name":"assistant","version":"0.1.0"}}}},"subtype":"success"},"type":"control_response"}
        {"client_composed":true,"message":{"content":[{"text":"hello","type":"text"}],"role":"user"},"type":"user"}
        {"response":{"request_id":"m2","response":{"mcp_response":{"id":0,"jsonrpc":"2.0","result":{}}},"subtype":"success"},"type":"control_response"}
        {"response":{"request_id":"m3","response":{"mcp_response":{"id":0,"jsonrpc":"2.0","result":{"capabilities":{"tools":{}},"protocolVersion":"2025-11-25","serverInfo":{"name":"assistant","version":"0.1.0"}}}},"subtype":"success"},"type":"control_response"}
        {"response":{"request_id":"m4","response":{"mcp_response":{"id":1,"jsonrpc":"2.0","result":{"tools":[{"description":"remembers something","inputSchema":{"properties":{},"type":"object"},"name":"remember"},{"description":"recalls something","inputSchema":{"properties":{},"type":"object"},"name":"recall"}]}}},"subtype":"success"},"type":"control_response"}
        {"response":{"request_id":"m5","response":{"mcp_response":{"id":1,"jsonrpc":"2.0","result":{"tools":[{"description":"remembers something","inputSchema":{"properties":{},"type":"object"},"name":"remember"},{"description":"recalls something","inputSchema":{"properties":{},"type":"object"},"name":"recall"}]}}},"subtype":"success"},"type":"control_response"}
        {"response":{"request_id":"m6","response":{"mcp_response":{"error":{"code":-32601,"message":"there is no such method here"},"id":2,"jsonrpc":"2.0"}},"subtype":"success"},"type":"control_response"}
        {"response":{"error":"this question is not known here","request_id":"q1","subtype":"error"},"type":"control_response"}
    "#]],
    );
}

#[test]
fn a_call_ends_the_reply_and_its_result_goes_on() {
    let fake = Fake::new(&[&["start", "again", "call"]]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("note milk")]);
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        [Noting.]
        says Noting.
        calls toolu_1 remember {"fact":"milk"}
        End: 10 (0 6) 9 None
    "#]],
    );
    request.messages.push(Message::ToolResults(vec![denied("toolu_1", "remember", "not today")]));
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        [Done.]
        says Done.
        End: 12 (10 0) 3 Some(2000)
    "#]],
    );
    let input = fake.read("run.1/input");
    check(
        input.lines().last().unwrap(),
        &expect![[
            r#"{"response":{"request_id":"t1","response":{"mcp_response":{"id":3,"jsonrpc":"2.0","result":{"content":[{"text":"not today","type":"text"}],"isError":true}}},"subtype":"success"},"type":"control_response"}"#
        ]],
    );
}

#[test]
fn two_calls_of_one_message_are_answered_one_after_the_other() {
    let fake = Fake::new(&[&["start", "again", "two-calls"]]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("both")]);
    check(
        &answered(&claude, &mut request),
        &expect![[r#"

        calls toolu_a remember {"fact":"a"}
        calls toolu_b recall {"query":"b"}
        End: 1 (0 0) 4 None
    "#]],
    );
    let results = vec![denied("toolu_a", "remember", "one"), denied("toolu_b", "recall", "two")];
    request.messages.push(Message::ToolResults(results));
    check(
        &answered(&claude, &mut request),
        &expect![[r#"

        says Both.
        End: 1 (0 0) 1 Some(0)
    "#]],
    );
    let input = fake.read("run.1/input");
    let texts: Vec<bool> = input.lines().rev().take(2).map(|line| line.contains("two")).collect();
    assert_eq!(texts, [true, false]);
}

#[test]
fn calls_of_a_message_that_was_not_streamed_stand_when_they_are_asked_for() {
    let fake = Fake::new(&[&["start", "again", "not-streamed"]]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("note milk")]);
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        [Whole.]
        says Whole.
        calls toolu_1 remember {"fact":"milk"}
        End: 0 (0 0) 0 None
    "#]],
    );
    request.messages.push(Message::ToolResults(vec![denied("toolu_1", "remember", "no")]));
    check(
        &answered(&claude, &mut request),
        &expect![[r#"
        [Done.]
        says Done.
        End: 5 (0 0) 6 Some(0)
    "#]],
    );
}

#[test]
fn only_our_own_tools_are_permitted() {
    let fake = Fake::new(&[&["start", "again", "permission"]]);
    answered(&fake.claude(), &mut request("s", vec![user("ls")]));
}

#[test]
fn another_past_starts_a_fresh_process_that_is_told_the_transcript() {
    let fake = Fake::new(&[&["start", "again", "call"], &["start", "again", "text2"]]);
    let claude = fake.claude();
    let picture = Image { media_type: "image/png".to_owned(), data: "AAAA".to_owned() };
    let first = vec![UserPart::Text("note milk".to_owned()), UserPart::Image(picture)];
    let mut request = request("s", vec![Message::User(first)]);
    answered(&claude, &mut request);
    // The turn was stopped: the results are there, and the person has gone on.
    request.messages.push(Message::ToolResults(vec![denied("toolu_1", "remember", "stopped")]));
    request.messages.push(user("/never mind @/etc/passwd"));
    answered(&claude, &mut request);
    check(
        &fake.told(2).join("\n").replace('\u{200b}', "<no width>"),
        &expect![[r#"
        The conversation so far, oldest first, one message a line as JSON:
        {"user":["note milk","(the picture below)"]}
         | <image/png> | {"calls":[{"id":"toolu_1","input":{"fact":"milk"},"tool":"remember"}],"you":["Noting."]}
        {"results":[{"call":"toolu_1","denied":"stopped","tool":"remember"}]}
        That was before. This is said now: | <no width>/never mind @/etc/passwd"#]],
    );
}

#[test]
fn a_dropped_reply_ends_the_process_and_the_next_message_starts_another() {
    let fake = Fake::new(&[&["start", "again", "hangs"], &["start", "again", "text2"]]);
    fake.sh("mkfifo held", &[]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("long text")]);
    let mut held = None;
    block_on(async {
        let begun = Notify::new();
        let mut show = |_: Delta| {
            held = Some(File::open(fake.path("held")).unwrap());
            begun.notify_one();
        };
        tokio::select! {
            reply = claude.reply(&request, &mut show) => panic!("{reply:?}"),
            () = begun.notified() => {}
        }
    });
    // The pipe is at its end when nobody holds it any more.
    assert_eq!(held.unwrap().read_to_end(&mut Vec::new()).unwrap(), 0);
    fs::remove_file(fake.path("held")).unwrap();
    request.messages = vec![Message::User(vec![
        UserPart::Text("long text".to_owned()),
        UserPart::Text("rather not".to_owned()),
    ])];
    answered(&claude, &mut request);
    assert_eq!(fake.told(2), ["long text | rather not"]);
}

#[test]
fn every_session_has_a_process_and_those_that_waited_longest_are_ended() {
    let play: &[&str] = &["start", "again", "text2", "again", "text2"];
    let fake = Fake::new(&[play, play, play, play]);
    let claude = fake.claude();
    let mut requests = ["a", "b", "c"].map(|session| request(session, vec![user(session)]));
    for request in &mut requests {
        answered(&claude, request);
    }
    for request in requests.iter_mut().rev() {
        request.messages.push(user("more"));
        answered(&claude, request);
    }
    // `c` and `b` went on; `a` had been ended, as only two may wait.
    assert_eq!(fake.told(2), ["b", "more"]);
    assert_eq!(fake.told(3), ["c", "more"]);
    assert!(fake.told(4)[0].ends_with("| more"), "{:?}", fake.told(4));
}

#[test]
fn dropping_the_provider_ends_its_processes() {
    let fake = Fake::new(&[&["start", "again", "text2"]]);
    fake.sh("mkfifo held", &[]);
    let claude = fake.claude();
    answered(&claude, &mut request("s", vec![user("hello")]));
    let mut held = File::open(fake.path("held")).unwrap();
    drop(claude);
    assert_eq!(held.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn a_process_that_ended_while_it_waited_is_replaced() {
    let fake = Fake::new(&[&["start", "again", "text2", "! 0"], &["start", "again", "text2"]]);
    let claude = fake.claude();
    let mut request = request("s", vec![user("hello")]);
    answered(&claude, &mut request);
    request.messages.push(user("more"));
    answered(&claude, &mut request);
    assert!(fake.told(2)[0].ends_with("| more"), "{:?}", fake.told(2));
}

#[test]
fn a_program_that_dies_is_an_answer_that_broke_off() {
    check(
        &failed(&["start", "again", "dies"]),
        &expect![[r#"CutOff { message: "`claude` has ended: out of memory" }"#]],
    );
}

#[test]
fn a_program_that_does_not_start_is_none() {
    check(
        &failed(&["2 error: unknown option '--tools'", "! 1"]),
        &expect![[
            r#"NoProgram { message: "`claude` has ended: error: unknown option '--tools'" }"#
        ]],
    );
}

#[test]
fn a_program_that_is_missing_or_too_old_is_none() {
    let fake = Fake::new(&[&["start", "again", "text2"]]);
    fs::write(fake.path("version"), "2.0.1 (Claude Code)\n").unwrap();
    let (_, reply) = ask(&fake.claude(), &request("s", vec![user("hello")]));
    check(
        &format!("{:?}", reply.unwrap_err()),
        &expect![[
            r#"NoProgram { message: "`claude` 2.0.1 is too old: 2.1.197 is needed; run `claude update`" }"#
        ]],
    );
    let program = fake.path("other");
    let error = ClaudeCli::new(ClaudeCliOptions { program, ..fake.options() }).unwrap_err();
    assert!(matches!(error, ProviderError::NoProgram { .. }), "{error:?}");
}

#[test]
fn a_silent_program_is_given_up() {
    let fake = Fake::new(&[&["start", "again", "hangs"]]);
    let silence = Duration::from_secs(2);
    let claude = ClaudeCli::new(ClaudeCliOptions { silence, ..fake.options() }).unwrap();
    let (shown, reply) = ask(&claude, &request("s", vec![user("hello")]));
    assert_eq!(shown, "[Half an ans]");
    assert!(matches!(reply, Err(ProviderError::Silent { .. })), "{reply:?}");
}

#[test]
fn a_missing_login_says_what_to_do() {
    let scenes = [
        "start",
        "again",
        r#"> {"type":"assistant","message":{"content":[{"type":"text","text":"Not logged in"}]},"error":"authentication_failed"}"#,
        r#"> {"type":"result","subtype":"success","is_error":true,"result":"Not logged in","stop_reason":"stop_sequence"}"#,
    ];
    check(&failed(&scenes), &expect![[r#"Key { message: "`claude` is not logged in" }"#]]);
}

#[test]
fn a_limit_says_when_it_is_lifted() {
    let scenes = [
        "start",
        "again",
        r#"> {"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1795356000,"rateLimitType":"five_hour"}}"#,
        r#"> {"type":"assistant","message":{"content":[{"type":"text","text":"Limit"}]},"error":"rate_limit"}"#,
        r#"> {"type":"result","subtype":"success","is_error":true,"api_error_status":429,"result":"Limit reached","stop_reason":"stop_sequence"}"#,
    ];
    check(
        &failed(&scenes),
        &expect![[r#"RateLimited { retry_after: Some(7200s), message: "Limit reached" }"#]],
    );
}

#[test]
fn its_own_retries_are_shown() {
    let fake = Fake::new(&[&["start", "again", "retry", "text2"]]);
    let answer = answered(&fake.claude(), &mut request("s", vec![user("hello")]));
    check(answer.lines().next().unwrap(), &expect!["<overloaded (529), 530 ms>[Again]"]);
}

#[test]
fn a_subscription_pays_nothing_for_an_answer() {
    let init = r#"> {"type":"system","subtype":"init","apiKeySource":"none"}"#;
    let fake = Fake::new(&[&["start", "< \"type\":\"user\"", init, "text2"]]);
    let (_, reply) = ask(&fake.claude(), &request("s", vec![user("hello")]));
    assert_eq!(reply.unwrap().usage.microdollars, None);
}

#[test]
fn a_login_is_asked_for_and_a_program_is_found() {
    let fake = Fake::new(&[]);
    assert_eq!(claude_cli::find(fake.0.path().as_os_str()), Some(fake.path("claude")));
    assert_eq!(claude_cli::find(OsStr::new("/no/such/folder")), None);
    fs::write(fake.path("auth"), r#"{"loggedIn":false,"authMethod":"none"}"#).unwrap();
    assert_eq!(fake.claude().login().unwrap(), Login::LoggedOut);
    fs::write(fake.path("auth"), r#"{"loggedIn":true,"authMethod":"claude.ai"}"#).unwrap();
    let method = "claude.ai".to_owned();
    assert_eq!(fake.claude().login().unwrap(), Login::LoggedIn { method });
}
