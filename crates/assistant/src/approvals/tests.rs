//! Who is asked, how long, and what an answer counts for.

use localgpt_config::Language;
use localgpt_guard::Place;
use localgpt_protocol::{Aliases, Risk, ToolCallId, ToolName};
use serde_json::json;

use super::*;
use crate::set_up::SetUp;

/// Rules over a workspace of their own, and what a model has seen.
struct Desk {
    set_up: SetUp,
    approvals: Arc<Approvals>,
    seen: Seen,
}

impl Desk {
    fn new(policy: PolicyMode, presence: Presence) -> Self {
        let mut set_up = SetUp::empty(Language::English);
        set_up.config.policy = policy;
        let approvals = Approvals::new(&set_up.config, &set_up.clock);
        approvals.attend(presence);
        Self { set_up, approvals, seen: Seen::new() }
    }

    fn attended() -> Self {
        Self::new(PolicyMode::TrustedFolder, Presence::Attended)
    }

    fn rule(&self, effect: Effect) -> Verdict {
        let call = ToolCall {
            id: ToolCallId::new("1"),
            name: ToolName::new("any"),
            input: json!({ "of": effect.to_string() }),
        };
        let spec = ToolSpec {
            name: ToolName::new("any"),
            description: String::new(),
            input_schema: json!({}),
            risk: Risk::Execute,
            aliases: Aliases::default(),
        };
        self.approvals.rule(&call, &spec, &Intent::only(effect), &self.seen)
    }

    fn asked(&self, effect: Effect) -> Approval {
        match self.rule(effect) {
            Verdict::Asked(approval) => *approval,
            other => panic!("nobody is asked: {other:?}"),
        }
    }

    /// Asks, answers and hears the answer.
    async fn answered(&self, effect: Effect, decision: Decision) -> Decision {
        let approval = self.asked(effect);
        self.approvals.answer(&approval.id, decision).unwrap();
        self.approvals.decide(&approval).await
    }
}

fn write(path: &str, bytes: &[u8]) -> Effect {
    Effect::Write { place: Place::Inside(path.to_owned()), digest: Digest::of(bytes) }
}

fn delete(path: &str) -> Effect {
    Effect::Delete { place: Place::Inside(path.to_owned()) }
}

fn fetch(url: &str) -> Effect {
    Effect::Fetch { url: url.to_owned() }
}

fn no_question(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::NoQuestion(_)))
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_within_two_minutes_is_a_no() {
    let desk = Desk::attended();
    let approval = desk.asked(write("SOUL.md", b"new"));
    assert_eq!(approval.expires_in, 120);
    let begun = tokio::time::Instant::now();
    assert_eq!(desk.approvals.decide(&approval).await, Decision::Expired);
    assert_eq!(begun.elapsed().as_secs(), 120);
    assert!(no_question(&desk.approvals.answer(&approval.id, Decision::Once)), "it comes too late");
    assert_eq!(desk.approvals.decide(&approval).await, Decision::Expired);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_last_second_still_counts() {
    let desk = Desk::attended();
    let approval = desk.asked(write("SOUL.md", b"new"));
    let (approvals, id) = (Arc::clone(&desk.approvals), approval.id.clone());
    let answering = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(119)).await;
        approvals.answer(&id, Decision::Once).unwrap();
    });
    assert_eq!(desk.approvals.decide(&approval).await, Decision::Once);
    answering.await.unwrap();
}

#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_question_alone() {
    let desk = Desk::attended();
    let (first, second) = (desk.asked(write("SOUL.md", b"a")), desk.asked(write("SOUL.md", b"b")));
    assert!(first.id != second.id && first.digest != second.digest);
    desk.approvals.answer(&first.id, Decision::Once).unwrap();
    assert!(no_question(&desk.approvals.answer(&first.id, Decision::Once)), "it is answered");
    assert_eq!(desk.approvals.decide(&first).await, Decision::Once);
    assert_eq!(desk.approvals.decide(&first).await, Decision::Expired, "it was heard");
    desk.approvals.answer(&second.id, Decision::No).unwrap();
    assert_eq!(desk.approvals.decide(&second).await, Decision::No);
    let unknown = ApprovalId::new("0123");
    assert!(no_question(&desk.approvals.answer(&unknown, Decision::Always)));
    let Verdict::Asked(_) = desk.rule(write("SOUL.md", b"a")) else { panic!("a yes was kept") };
}

#[tokio::test]
async fn no_yes_for_a_core_file_is_kept() {
    let desk = Desk::attended();
    for decision in [Decision::Session, Decision::Always] {
        assert!(desk.asked(write("SOUL.md", b"a")).grants.is_empty());
        assert_eq!(desk.answered(write("SOUL.md", b"a"), decision).await, Decision::Once);
    }
    assert_eq!(desk.approvals.report().unwrap().grants, []);
    desk.asked(write("SOUL.md", b"a"));
}

#[tokio::test]
async fn a_yes_for_the_session_ends_with_it() {
    let mut desk = Desk::attended();
    desk.seen.add(Origin::Web, "a page");
    assert_eq!(desk.answered(delete("old.txt"), Decision::Session).await, Decision::Session);
    assert_eq!(desk.rule(delete("old.txt")), Verdict::Allowed);
    desk.asked(delete("other.txt"));
    let next = Approvals::new(&desk.set_up.config, &desk.set_up.clock);
    assert_eq!(next.report().unwrap().grants, []);
    next.attend(Presence::Attended);
    desk.approvals = next;
    desk.asked(delete("old.txt"));
}

#[tokio::test]
async fn a_yes_that_is_kept_is_listed_as_narrow_as_it_is_and_can_be_taken_back() {
    let mut desk = Desk::attended();
    desk.seen.add(Origin::Web, "a page");
    let url = fetch("https://a.example/composed?d=1");
    assert_eq!(desk.answered(url.clone(), Decision::Always).await, Decision::Always);
    assert_eq!(desk.answered(delete("old.txt"), Decision::Always).await, Decision::Always);

    // In another process: the file is the truth.
    desk.approvals = Approvals::new(&desk.set_up.config, &desk.set_up.clock);
    desk.approvals.attend(Presence::Attended);
    let kept = desk.approvals.report().unwrap().grants;
    let words: Vec<String> = kept.iter().map(|kept| kept.grant.to_string()).collect();
    assert_eq!(words, ["fetch pages of a.example", "delete old.txt"]);
    assert_eq!(desk.rule(url.clone()), Verdict::Allowed);
    assert_eq!(desk.rule(delete("old.txt")), Verdict::Allowed);
    for wider in [
        fetch("https://b.a.example/"),
        fetch("https://a.example.evil/"),
        fetch("https://a.example:8443/"),
        delete("old.txt.bak"),
        delete("sub/old.txt"),
    ] {
        desk.asked(wider);
    }

    let unknown = desk.approvals.revoke(Some(&["ffffffff".to_owned()]));
    assert!(matches!(unknown, Err(Error::NoGrant(_))));
    assert_eq!(desk.approvals.revoke(Some(&[kept[0].id.clone()])).unwrap(), 1);
    desk.asked(url);
    assert_eq!(desk.rule(delete("old.txt")), Verdict::Allowed);
    assert_eq!(desk.approvals.revoke(None).unwrap(), 1);
    desk.asked(delete("old.txt"));
}

#[test]
fn where_nobody_is_there_what_would_be_asked_is_denied_and_the_rule_is_named() {
    let mut desk = Desk::new(PolicyMode::TrustedFolder, Presence::Unattended);
    let Verdict::Denied(reason) = desk.rule(write("AGENTS.md", b"x")) else { panic!() };
    assert!(reason.contains("nobody is there to ask") && reason.contains("core-file"), "{reason}");
    assert_eq!(desk.rule(write("notes.txt", b"x")), Verdict::Allowed);
    assert_eq!(desk.rule(delete("notes.txt")), Verdict::Allowed);
    desk.seen.note(Origin::Unknown);
    let Verdict::Denied(reason) = desk.rule(delete("notes.txt")) else { panic!() };
    assert!(reason.contains("delete-while-untrusted"), "{reason}");
}

#[test]
fn a_mode_that_only_reads_asks_nobody() {
    let desk = Desk::new(PolicyMode::ReadOnly, Presence::Attended);
    let Verdict::Denied(reason) = desk.rule(write("notes.txt", b"x")) else { panic!() };
    assert!(reason.contains("read-only"), "{reason}");
}

#[tokio::test]
async fn a_grant_that_cannot_be_kept_is_no_yes() {
    let mut desk = Desk::attended();
    desk.seen.note(Origin::Web);
    let approval = desk.asked(delete("old.txt"));
    let path = places::grants(&desk.set_up.config);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "no list").unwrap();
    let answer = desk.approvals.answer(&approval.id, Decision::Always);
    assert!(matches!(answer, Err(Error::Grants { .. })), "{answer:?}");
    assert_eq!(desk.approvals.decide(&approval).await, Decision::Expired);
    // What was allowed before is not known, so nothing runs.
    assert!(matches!(desk.rule(delete("old.txt")), Verdict::Denied(_)));
}

#[test]
fn following_many_addresses_is_asked_about_in_the_end() {
    let mut desk = Desk::attended();
    let urls: Vec<String> = (0..60).map(|page| format!("https://a.example/{page}")).collect();
    desk.seen.add(Origin::Web, &urls.join(" "));
    let followed = urls.iter().take_while(|url| desk.rule(fetch(url)) == Verdict::Allowed).count();
    assert!((1..60).contains(&followed), "{followed}");
    assert_eq!(desk.asked(fetch(&urls[59])).rule, "many-addresses");
}
