//! What a turn does with what the model says.

use std::time::Duration;

use expect_test::{Expect, expect};
use localgpt_agent::{
    drive::{UpTo, run},
    turn::{Limits, start},
};
use localgpt_protocol::{
    AssistantPart, Message, ProviderError, Reply, Risk, StopReason, ToolSupport, TurnEnd, Usage,
};
use localgpt_testkit::{ScriptedModel, broken, calls, says, thinks};

use crate::world::{Log, World, user};

async fn check(script: Vec<Reply>, expected: &Expect) {
    check_with(script, Limits::default(), expected).await;
}

async fn check_with(script: Vec<Reply>, limits: Limits, expected: &Expect) {
    let mut world = World::new(ScriptedModel::new(script.into_iter().map(Ok).collect()));
    world.allowed = Risk::Remember;
    let mut setup = world.setup();
    setup.limits = limits;
    let mut log = Log::default();
    let finished = world.turn(setup, &mut log).await;
    assert_eq!(log.said(), finished.said);
    let mut lines = log.lines();
    lines.retain(|line| !line.starts_with("text ") && !line.starts_with("spent "));
    lines.push(format!("{:?}", finished.end));
    expected.assert_eq(&format!("{}\n", lines.join("\n")));
}

fn stopped(mut reply: Reply, stop: StopReason) -> Reply {
    reply.stop = stop;
    reply
}

fn look(id: &str, text: &str) -> Reply {
    calls(&[(id, "look", &format!("{{\"text\": \"{text}\"}}"))])
}

#[tokio::test]
async fn a_plain_answer_is_shown_paid_and_said() {
    let world = World::new(ScriptedModel::new(vec![Ok(thinks("hm", "Good day."))]));
    let mut log = Log::default();
    let finished = world.turn(world.setup(), &mut log).await;
    let expected =
        ["thinking hm", "text Good", "text  day.", "spent 10", "said assistant \"Good day.\""];
    assert_eq!(log.lines(), expected);
    assert_eq!(finished.end, TurnEnd::Answered);
    assert_eq!(finished.usage, Usage { input: 10, output: 5, ..Usage::default() });
}

#[tokio::test]
async fn a_call_is_repaired_run_and_answered() {
    let script = vec![calls(&[("1", "functions.Look", "{\"text\": 9}")]), says("done")];
    check(
        script,
        &expect![[r#"
        said assistant ""
        start 1 {"text":"9"}
        finish 1 9
        said 1 results
        said assistant "done"
        Answered
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_failed_a_forbidden_and_an_unknown_call_are_told_to_the_model() {
    let script = vec![
        calls(&[
            ("1", "look", "{\"text\": \"fail\"}"),
            ("2", "write_file", "{\"text\": \"x\"}"),
            ("3", "exec", "{}"),
        ]),
        says("done"),
    ];
    check(
        script,
        &expect![[r#"
        said assistant ""
        finish 3 `exec` is not available here; the tools are: look, remember, write_file
        start 1 {"text":"fail"}
        finish 1 it ‹failed›
        finish 2 `write_file` is not allowed here
        said 3 results
        said assistant "done"
        Answered
    "#]],
    )
    .await;
}

#[tokio::test]
async fn calls_that_read_run_side_by_side_and_others_in_order() {
    let script = vec![
        calls(&[
            ("1", "look", "{\"text\": \"a\"}"),
            ("2", "look", "{\"text\": \"b\"}"),
            ("3", "remember", "{\"text\": \"c\"}"),
            ("4", "look", "{\"text\": \"d\"}"),
        ]),
        says("done"),
    ];
    let world = World::new(ScriptedModel::new(script.into_iter().map(Ok).collect()));
    world.turn(world.setup(), &mut Log::default()).await;
    let ran = world.ran.lock().unwrap().join(", ");
    assert_eq!(ran, "begin a, begin b, end a, end b, begin c, end c, begin d, end d");
}

#[tokio::test]
async fn calls_with_one_id_get_their_own() {
    let both = [("x", "look", "{\"text\": \"a\"}"), ("x", "look", "{\"text\": \"b\"}")];
    let script = vec![calls(&both), look("x", "c"), says("done")];
    check(
        script,
        &expect![[r#"
        said assistant ""
        start x {"text":"a"}
        start x-2 {"text":"b"}
        finish x a
        finish x-2 b
        said 2 results
        said assistant ""
        start x-3 {"text":"c"}
        finish x-3 c
        said 1 results
        said assistant "done"
        Answered
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_call_that_cannot_be_read_does_not_run_and_the_model_may_write_it_out_at_last() {
    let bad = |id| broken(id, "look", "it ends early");
    let script = vec![bad("1"), bad("2"), bad("3"), look("4", "x"), says("done")];
    let world = World::new(ScriptedModel::new(script.into_iter().map(Ok).collect()));
    let mut log = Log::default();
    let finished = world.turn(world.setup(), &mut log).await;
    assert_eq!(finished.end, TurnEnd::Answered);
    assert_eq!(finished.calling, ToolSupport::Written);
    let calling: Vec<_> = world.model.requests().iter().map(|request| request.calling).collect();
    let [native, written] = [ToolSupport::Native, ToolSupport::Written];
    assert_eq!(calling, [native, native, native, written, written]);
    assert_eq!(log.lines().iter().filter(|line| *line == "calls written").count(), 1);
    assert_eq!(*world.ran.lock().unwrap(), ["begin x", "end x"]);
}

fn garbled() -> Result<Reply, ProviderError> {
    Err(ProviderError::Garbled { message: "no JSON".to_owned() })
}

#[tokio::test]
async fn an_answer_that_its_server_could_not_read_is_asked_for_again_and_at_last_in_writing() {
    let script = vec![garbled(), garbled(), garbled(), Ok(look("1", "x")), Ok(says("done"))];
    let world = World::new(ScriptedModel::new(script));
    let mut log = Log::default();
    let finished = world.turn(world.setup(), &mut log).await;
    assert_eq!((&finished.end, finished.calling), (&TurnEnd::Answered, ToolSupport::Written));
    assert!(finished.error.is_none());
    let requests = world.model.requests();
    let calling: Vec<_> = requests.iter().map(|request| request.calling).collect();
    let [native, written] = [ToolSupport::Native, ToolSupport::Written];
    assert_eq!(calling, [native, native, native, written, written]);
    // The model is told once, and only behind such an answer.
    let told: Vec<_> = requests
        .iter()
        .map(|request| {
            let texts = request.messages.iter().map(Message::text);
            texts.filter(|text| text.contains("could not be read")).count()
        })
        .collect();
    assert_eq!(told, [0, 1, 1, 1, 0]);
    let retried = log.lines().iter().filter(|line| line.starts_with("Retrying")).count();
    let switched = log.lines().iter().filter(|line| *line == "calls written").count();
    assert_eq!((retried, switched), (3, 1));
    assert_eq!(finished.said.len(), 3, "{:?}", finished.said);
}

#[tokio::test]
async fn a_server_that_never_reads_its_model_ends_the_turn_with_its_own_words() {
    let world = World::new(ScriptedModel::new((0..9).map(|_| garbled()).collect()));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    let TurnEnd::Failed { message, hint: Some(_) } = finished.end else { panic!() };
    assert_eq!(message, "the server could not read what the model wrote: no JSON");
    assert!(matches!(finished.error, Some(ProviderError::Garbled { .. })));
    assert_eq!(world.model.requests().len(), 6);
    assert_eq!(finished.said, []);
    // Faulty calls count together with them, and every question is one of the budget.
    let bad = |id| Ok(broken(id, "look", "it ends early"));
    let script = vec![bad("1"), garbled(), bad("2"), Ok(says("done"))];
    let world = World::new(ScriptedModel::new(script));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    assert_eq!((finished.end, finished.calling), (TurnEnd::Answered, ToolSupport::Written));
    let world = World::new(ScriptedModel::new((0..9).map(|_| garbled()).collect()));
    let mut setup = world.setup();
    setup.limits.steps = 2;
    let finished = world.turn(setup, &mut Log::default()).await;
    assert!(matches!(finished.end, TurnEnd::OverBudget { .. }), "{:?}", finished.end);
    assert_eq!(world.model.requests().len(), 2);
}

#[tokio::test]
async fn a_model_that_can_write_calls_in_no_way_is_given_up() {
    let script = (0..9).map(|id| calls(&[(&id.to_string(), "nothing", "{}")])).map(Ok).collect();
    let world = World::new(ScriptedModel::new(script));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    assert!(matches!(finished.end, TurnEnd::Failed { .. }), "{:?}", finished.end);
    assert_eq!(world.model.requests().len(), 6);
}

#[tokio::test]
async fn no_call_of_an_answer_that_was_cut_off_runs() {
    let script = vec![stopped(look("1", "x"), StopReason::MaxTokens), says("done")];
    check(script, &expect![[r#"
        said assistant ""
        finish 1 the answer was cut off at its longest, so this call did not run; ask for less at once
        said 1 results
        said assistant "done"
        Answered
    "#]]).await;
    let cut = |id| stopped(look(id, "x"), StopReason::MaxTokens);
    check(vec![cut("1"), cut("2"), cut("3")], &expect![[r#"
        said assistant ""
        finish 1 the answer was cut off at its longest, so this call did not run; ask for less at once
        said 1 results
        said assistant ""
        finish 2 the answer was cut off at its longest, so this call did not run; ask for less at once
        said 1 results
        said assistant ""
        said 1 results
        OutOfTokens
    "#]]).await;
}

#[tokio::test]
async fn an_answer_that_ran_out_or_was_refused_is_kept_and_said_to_be_so() {
    check(
        vec![stopped(says("Once upon"), StopReason::MaxTokens)],
        &expect![[r#"
        said assistant "Once upon"
        OutOfTokens
    "#]],
    )
    .await;
    check(
        vec![stopped(says("I will not."), StopReason::Refusal)],
        &expect![[r#"
        said assistant "I will not."
        Refused
    "#]],
    )
    .await;
    check(
        vec![stopped(look("1", "x"), StopReason::Refusal)],
        &expect![[r#"
        said assistant ""
        said 1 results
        Refused
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_answer_is_asked_for_once_more() {
    check(
        vec![says(" "), says("Hello.")],
        &expect![[r#"
        said assistant "Hello."
        Answered
    "#]],
    )
    .await;
    check(vec![says(""), thinks("hm", "")], &expect![[r#"
        thinking hm
        Failed { message: "the model answered with nothing, twice", hint: Some("ask again in other words, or choose another model") }
    "#]]).await;
    check(
        vec![look("1", "x"), says(""), says("Hello.")],
        &expect![[r#"
        said assistant ""
        start 1 {"text":"x"}
        finish 1 x
        said 1 results
        said assistant "Hello."
        Answered
    "#]],
    )
    .await;
}

#[tokio::test]
async fn calls_that_go_round_in_circles_end_the_turn() {
    check(
        vec![look("1", "x"), look("2", "x"), look("3", "x")],
        &expect![[r#"
        said assistant ""
        start 1 {"text":"x"}
        finish 1 x
        said 1 results
        said assistant ""
        start 2 {"text":"x"}
        finish 2 x
        said 1 results
        said assistant ""
        said 1 results
        Repeating { tool: "look" }
    "#]],
    )
    .await;
    let circle = (0..9).map(|id| look(&id.to_string(), ["a", "b"][id % 2])).map(Ok).collect();
    let world = World::new(ScriptedModel::new(circle));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    assert_eq!(finished.end, TurnEnd::Repeating { tool: "look".to_owned() });
    assert_eq!(world.model.requests().len(), 6);
}

#[tokio::test]
async fn every_budget_ends_the_turn() {
    let some = Limits::default();
    let script = || vec![look("1", "a"), look("2", "b"), look("3", "c"), says("done")];
    let expected = expect![[r#"
        said assistant ""
        start 1 {"text":"a"}
        finish 1 a
        said 1 results
        said assistant ""
        said 1 results
        OverBudget { what: "2 calls of the model" }
    "#]];
    check_with(script(), Limits { steps: 2, ..some }, &expected).await;
    let expected = expect![[r#"
        said assistant ""
        start 1 {"text":"a"}
        finish 1 a
        said 1 results
        said assistant ""
        said 1 results
        OverBudget { what: "1 tool calls" }
    "#]];
    check_with(script(), Limits { calls: 1, ..some }, &expected).await;
    let expected = expect![[r#"
        said assistant ""
        start 1 {"text":"a"}
        finish 1 a
        said 1 results
        said assistant ""
        said 1 results
        OverBudget { what: "20 tokens" }
    "#]];
    check_with(script(), Limits { tokens: 20, ..some }, &expected).await;
    let expected = expect![[r#"
        said assistant ""
        start 1 {"text":"a"}
        finish 1 a
        said 1 results
        OverBudget { what: "10 bytes of tool results" }
    "#]];
    check_with(script(), Limits { result_bytes: 10, ..some }, &expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_hangs_is_stopped_in_time() {
    let limits = Limits { duration: Duration::from_secs(60), ..Limits::default() };
    let hang = calls(&[("1", "look", "{\"text\": \"hang\"}"), ("2", "look", "{\"text\": \"a\"}")]);
    check_with(
        vec![hang],
        limits,
        &expect![[r#"
        said assistant ""
        start 1 {"text":"hang"}
        start 2 {"text":"a"}
        finish 2 a
        finish 1 it was stopped while it ran; whether it did anything is not known
        said 2 results
        OverBudget { what: "60 seconds" }
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_provider_that_fails_ends_the_turn_with_its_words_and_causes() {
    let source = Box::new(std::io::Error::other("connection refused"));
    let failure = Err(ProviderError::Unreachable { source });
    let world = World::new(ScriptedModel::new(vec![failure]));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    let message = "cannot reach the server: connection refused".to_owned();
    assert_eq!(finished.end, TurnEnd::Failed { message, hint: None });
    assert!(matches!(finished.error, Some(ProviderError::Unreachable { .. })));
}

#[tokio::test]
async fn a_refusal_for_length_teaches_that_the_model_counts_more_than_its_window() {
    let failure = Err(ProviderError::TooLong { message: "9000 tokens".to_owned() });
    let world = World::new(ScriptedModel::new(vec![failure]));
    let step = start(world.setup(), None, vec![user(&"word ".repeat(2_000))]);
    let finished = run(step, &world.hands(&UpTo(Risk::Read)), &mut Log::default()).await;
    let estimated = localgpt_agent::budget::measure(&world.model.requests()[0]);
    assert!(estimated < finished.window.tokens);
    assert!(finished.window.calibration.apply(estimated) > finished.window.tokens);
}

#[tokio::test]
async fn what_tools_say_is_cut_to_what_the_window_has_left() {
    let large = calls(&[("1", "look", "{\"text\": \"word \", \"times\": 30000}")]);
    let more = calls(&[("2", "look", "{\"text\": \"1\", \"times\": 30000}")]);
    let world = World::new(ScriptedModel::new(vec![Ok(large), Ok(more), Ok(says("It is long."))]));
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    assert_eq!(finished.end, TurnEnd::Answered);
    for request in world.model.requests() {
        assert!(localgpt_agent::budget::measure(&request) <= 7_500);
    }
}

#[tokio::test]
async fn a_message_that_never_fits_is_not_sent() {
    let world = World::new(ScriptedModel::new(vec![]));
    let approver = UpTo(Risk::Read);
    let step = start(world.setup(), None, vec![user("a"), user(&"long ".repeat(20_000))]);
    let finished = run(step, &world.hands(&approver), &mut Log::default()).await;
    let TurnEnd::Failed { message, hint: Some(_) } = finished.end else { panic!() };
    assert!(message.contains("in a window of 8000"), "{message}");
    assert_eq!(world.model.requests(), []);
}

#[tokio::test]
async fn old_results_are_left_out_before_the_turn_is_given_up() {
    let world = World::new(ScriptedModel::new(vec![Ok(look("1", "x")), Ok(says("done"))]));
    let mut messages = vec![user("first")];
    let large = calls(&[("1", "look", "{}")]);
    messages.push(Message::Assistant(large.parts));
    let result = localgpt_protocol::ToolResult {
        call: localgpt_protocol::ToolCallId::new("1"),
        name: localgpt_protocol::ToolName::new("look"),
        outcome: localgpt_protocol::ToolOutcome::Denied("old ".repeat(8_000)),
    };
    messages.push(Message::ToolResults(vec![result]));
    messages.push(Message::Assistant(vec![AssistantPart::Text("I see.".to_owned())]));
    messages.push(user("second"));
    let approver = UpTo(Risk::Read);
    let mut log = Log::default();
    let finished =
        run(start(world.setup(), None, messages), &world.hands(&approver), &mut log).await;
    assert_eq!(finished.end, TurnEnd::Answered);
    assert_eq!(log.lines().iter().filter(|line| *line == "left out").count(), 1);
    let requests = world.model.requests();
    let Message::ToolResults(results) = &requests[1].messages[2] else { panic!() };
    assert_eq!(results[0].outcome.text(), "[old result left out: 32000 characters]");
}
