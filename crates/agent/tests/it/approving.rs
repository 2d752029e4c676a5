//! Whether a call runs: the rules, and a person who is asked.

use std::sync::Mutex;

use localgpt_agent::{
    drive::{Approver, Hands, Verdict, run},
    turn::start,
};
use localgpt_guard::{Effect, Intent, Origin, Untrusted, policy::Seen};
use localgpt_protocol::{
    Approval, ApprovalId, BoxFuture, Decision, EventKind, Tool, ToolCall, ToolContext, ToolError,
    ToolOutcome, ToolSpec,
};
use localgpt_testkit::{ScriptedModel, calls, says};
use serde_json::Value;

use crate::world::{Log, World, user};

/// Asks about every call, gives one answer, and keeps what had been seen.
struct Asks {
    answer: Decision,
    seen: Mutex<Vec<Origin>>,
    /// Whether what was fetched had been seen before.
    held: Mutex<Vec<bool>>,
}

impl Asks {
    fn and_gets(answer: Decision) -> Self {
        Self { answer, seen: Mutex::default(), held: Mutex::default() }
    }
}

impl Approver for Asks {
    fn rule(&self, call: &ToolCall, _: &ToolSpec, intent: &Intent, seen: &Seen) -> Verdict {
        self.seen.lock().unwrap().push(seen.origin());
        if let Some(Effect::Fetch { url }) = intent.effects.first() {
            self.held.lock().unwrap().push(seen.holds_address(url));
        }
        Verdict::Asked(Box::new(Approval {
            id: ApprovalId::new("q"),
            call: call.clone(),
            rule: "core-file".to_owned(),
            reason: "it is one".to_owned(),
            effects: Vec::new(),
            preview: None,
            grants: Vec::new(),
            expires_in: 120,
            digest: String::new(),
        }))
    }

    fn decide<'a>(&'a self, _: &'a Approval) -> BoxFuture<'a, Decision> {
        Box::pin(std::future::ready(self.answer.clone()))
    }
}

async fn turn(world: &World, asks: &Asks) -> Log {
    let any = localgpt_agent::drive::UpTo(world.allowed);
    let hands = Hands { approver: asks, ..world.hands(&any) };
    let mut log = Log::default();
    run(start(world.setup(), None, vec![user("hello")]), &hands, &mut log).await;
    log
}

fn write() -> Vec<Result<localgpt_protocol::Reply, localgpt_protocol::ProviderError>> {
    vec![Ok(calls(&[("1", "write_file", "{\"text\": \"x\"}")])), Ok(says("done"))]
}

#[tokio::test]
async fn a_call_runs_only_after_a_yes_and_the_question_and_answer_are_heard() {
    for (answer, runs) in [
        (Decision::Once, true),
        (Decision::Always, true),
        (Decision::No, false),
        (Decision::Expired, false),
        (Decision::Unattended, false),
    ] {
        let world = World::new(ScriptedModel::new(write()));
        let log = turn(&world, &Asks::and_gets(answer.clone())).await;
        let heard: Vec<&str> = log
            .events
            .iter()
            .filter_map(|event| match event {
                EventKind::ApprovalAsked { .. } => Some("asked"),
                EventKind::ApprovalAnswered { decision, .. } if *decision == answer => {
                    Some("answered")
                }
                EventKind::ToolStarted { .. } => Some("started"),
                EventKind::ToolFinished { result } => match &result.outcome {
                    ToolOutcome::Denied(reason) if reason.contains("rule core-file") => {
                        Some("denied")
                    }
                    _ => Some("finished"),
                },
                _ => None,
            })
            .collect();
        let expected: &[&str] = match runs {
            true => &["asked", "answered", "started", "finished"],
            false => &["asked", "answered", "denied"],
        };
        assert_eq!(heard, expected, "{answer:?}");
        assert_eq!(world.ran.lock().unwrap().is_empty(), !runs);
    }
}

#[tokio::test]
async fn what_a_tool_said_counts_for_the_next_call_and_a_call_beside_it_is_ruled_before() {
    let both =
        calls(&[("1", "look", "{\"text\": \"page\"}"), ("2", "write_file", "{\"text\": \"x\"}")]);
    let again = calls(&[("3", "write_file", "{\"text\": \"y\"}")]);
    let world = World::new(ScriptedModel::new(vec![Ok(both), Ok(again), Ok(says("done"))]));
    let asks = Asks::and_gets(Decision::Once);
    turn(&world, &asks).await;
    let seen = asks.seen.lock().unwrap().clone();
    assert_eq!(seen, [Origin::Assistant, Origin::Assistant, Origin::Unknown]);
}

/// A page that says its own address again, as a page of results does.
struct Reflects(ToolSpec);

impl Tool for Reflects {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let url = input["text"].as_str().unwrap().to_owned();
        Ok(Intent::only(Effect::Fetch { url }))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let said = format!("Nothing found for {}", input["text"].as_str().unwrap());
        Box::pin(async move { Ok(Untrusted::new(said).of(Origin::Web)) })
    }
}

#[tokio::test]
async fn a_page_whose_address_the_model_composed_proves_nothing() {
    let url = "https://find.example/?q=KEY-4471";
    let fetch = |id| calls(&[(id, "look", &format!("{{\"text\": \"{url}\"}}"))]);
    let model = ScriptedModel::new(vec![Ok(fetch("1")), Ok(fetch("2")), Ok(says("done"))]);
    let mut world = World::new(model);
    let spec = world.tools.first().unwrap().spec().clone();
    world.tools = vec![std::sync::Arc::new(Reflects(spec))];
    let asks = Asks::and_gets(Decision::Once);
    turn(&world, &asks).await;
    assert_eq!(*asks.held.lock().unwrap(), [false, false]);
}
