//! Five hundred turns with a server of 4,096 tokens that would cut in silence, and a summariser that keeps failing.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use localgpt_agent::{
    budget::Window,
    compact::{Entry, Notes, Talk, make_room},
    drive::{UpTo, run},
    tokens::Calibration,
    turn::{Setup, start},
};
use localgpt_protocol::{
    Message, ProviderError, Reply, Request, Risk, StopReason, Summariser, ToolName, TurnEnd,
    UserPart,
};
use localgpt_testkit::{ScriptedModel, calls, says};

use crate::world::{Log, World, assert_answered, user};

const WINDOW: usize = 4_096;

/// What such a server would count: a quarter of all bytes that reach it.
fn count(request: &Request) -> usize {
    let mut bytes = request.instructions.stable.len() + request.instructions.changing.len();
    for tool in &request.tools {
        bytes += tool.name.as_str().len() + tool.description.len();
        bytes += tool.input_schema.to_string().len();
    }
    for message in &request.messages {
        bytes += match message {
            Message::User(parts) => parts.iter().map(user_bytes).sum(),
            Message::Assistant(_) => {
                let calls: usize = message.calls().map(|call| call.input.to_string().len()).sum();
                message.text().len() + calls
            }
            Message::ToolResults(results) => {
                results.iter().map(|result| result.outcome.text().len()).sum()
            }
        };
    }
    bytes.div_ceil(4)
}

fn user_bytes(part: &UserPart) -> usize {
    match part {
        UserPart::Text(text) => text.len(),
        UserPart::Recalled(recalled) => recalled.notes.as_str().len(),
        UserPart::Attached(attached) => attached.text.as_str().len(),
        UserPart::Image(_) => 0,
    }
}

/// Answers of every kind; the `every`th summary fails, in a different way each time.
fn server(
    every: usize,
    setup: Arc<Mutex<Option<Setup>>>,
    asked: Arc<Mutex<String>>,
    sent: Arc<AtomicUsize>,
) -> ScriptedModel {
    let (mut steps, mut summaries) = (0, 0);
    ScriptedModel::answering(move |request| {
        let tokens = count(request);
        assert!(tokens <= WINDOW, "{tokens} tokens would be cut");
        sent.fetch_add(1, Ordering::Relaxed);
        if request.session.as_str().ends_with("#summary") {
            summaries += 1;
            let fails = every > 0 && summaries % every == 0;
            return if fails {
                failure(summaries / every)
            } else {
                Ok(says(&"So it was. ".repeat(40)))
            };
        }
        if request.session.as_str().ends_with("#notes") {
            let is_first = request.messages.len() == 1;
            let note = calls(&[("n", "remember", "{\"text\": \"It was so.\"}")]);
            return Ok(if is_first { note } else { says("NO_REPLY") });
        }
        let setup = setup.lock().unwrap();
        assert_eq!(request.tools, setup.as_ref().unwrap().tools, "every tool is whole");
        let last =
            request.messages.iter().rev().find(|message| matches!(message, Message::User(_)));
        let asked = asked.lock().unwrap();
        assert!(last.unwrap().text().ends_with(asked.as_str()), "the last message is whole");
        steps += 1;
        Ok(answer(steps))
    })
}

fn failure(number: usize) -> Result<Reply, ProviderError> {
    match number % 4 {
        0 => Err(ProviderError::CutOff { message: "no end".to_owned() }),
        1 => Ok(says("")),
        2 => Ok(Reply { stop: StopReason::MaxTokens, ..says("So it") }),
        _ => Ok(says(&"endless ".repeat(9_000))),
    }
}

fn answer(step: usize) -> Reply {
    let id = step.to_string();
    match step % 7 {
        0 | 3 => {
            let input = format!("{{\"text\": \"found {step} \", \"times\": {}}}", step * 37 % 900);
            calls(&[(&id, "look", &input)])
        }
        5 => {
            let both = format!("{{\"text\": \"{step}\", \"times\": 2000}}");
            calls(&[(&id, "look", &both), ("b", "remember", &both)])
        }
        _ => says(&"It is so. ".repeat(step % 60 + 1)),
    }
}

/// A session and its whole log.
struct Story {
    world: World,
    setup: Setup,
    log: Vec<Message>,
    talk: Talk,
    asked: Arc<Mutex<String>>,
    sent: Arc<AtomicUsize>,
    by_model: usize,
    extracts: usize,
    too_long: usize,
    answered: usize,
}

impl Story {
    fn new(every: usize) -> Self {
        let (offered, asked) = (Arc::default(), Arc::default());
        let sent = Arc::new(AtomicUsize::new(0));
        let model = server(every, Arc::clone(&offered), Arc::clone(&asked), Arc::clone(&sent));
        let world = World::new(model);
        let mut setup = world.setup();
        setup.max_tokens = 400;
        setup.window = Window { tokens: 4_096, calibration: Calibration::default() };
        *offered.lock().unwrap() = Some(setup.clone());
        let (log, talk) = (Vec::new(), Talk::default());
        let (by_model, extracts, too_long, answered) = (0, 0, 0, 0);
        Self { world, setup, log, talk, asked, sent, by_model, extracts, too_long, answered }
    }

    fn say(&mut self, message: Message) {
        self.talk.entries.push(Entry { record: self.log.len() as u64, message: message.clone() });
        self.log.push(message);
    }

    async fn turn(&mut self, text: String) {
        self.say(user(&text));
        *self.asked.lock().unwrap() = text;
        if !self.has_room().await {
            self.too_long += 1;
            return;
        }
        let (summary, messages) = (self.talk.summary.as_deref(), self.talk.messages());
        let step = start(self.setup.clone(), summary, messages);
        let mut listener = Log::default();
        let approver = UpTo(Risk::Remember);
        let finished = run(step, &self.world.hands(&approver), &mut listener).await;
        assert_answered(&finished.said);
        assert_eq!(listener.said(), finished.said);
        self.setup.window = finished.window;
        for message in finished.said {
            self.say(message);
        }
        match finished.end {
            TurnEnd::Answered => self.answered += 1,
            end => assert!(matches!(end, TurnEnd::OverBudget { .. }), "{end:?}"),
        }
        // What is still in view is the end of the log, whole.
        let view = self.talk.messages();
        assert_eq!(view, self.log[self.log.len() - view.len()..]);
    }

    async fn has_room(&mut self) -> bool {
        let approver = UpTo(Risk::Remember);
        let hands = self.world.hands(&approver);
        let notes = Notes::Save(ToolName::new("remember"));
        let room = make_room(&self.talk, &self.setup, &notes, &hands, &mut Log::default()).await;
        match room {
            Ok(None) => {}
            Ok(Some(compaction)) => {
                let kept_from = usize::try_from(compaction.kept_from).unwrap();
                assert!(matches!(self.log[kept_from], Message::User(_)));
                match compaction.by {
                    Summariser::Model => self.by_model += 1,
                    Summariser::Extract => self.extracts += 1,
                }
                compaction.apply(&mut self.talk);
            }
            Err(no_room) => {
                assert!(matches!(no_room.end(), TurnEnd::Failed { .. }));
                return false;
            }
        }
        true
    }
}

async fn five_hundred_turns(every: usize) {
    let mut story = Story::new(every);
    for turn in 0..500 {
        // Now and then one that can never fit.
        let words = if turn % 97 == 96 { 9_000 } else { turn * 31 % 1_500 };
        story.turn(format!("Question {turn}. {}", "Why? ".repeat(words / 4))).await;
    }
    let Story { by_model, extracts, answered, .. } = story;
    assert_eq!(story.too_long, 5);
    assert!(answered >= 480, "{answered} answered");
    assert!(story.sent.load(Ordering::Relaxed) > 500);
    match every {
        0 => assert!(by_model > 20 && extracts == 0, "{by_model} {extracts}"),
        1 => assert!(extracts > 10, "{by_model} {extracts}"),
        _ => assert!(by_model > 5 && extracts > 3, "{by_model} {extracts}"),
    }
}

#[tokio::test]
async fn nothing_is_cut_and_nothing_is_lost_while_summaries_come() {
    five_hundred_turns(0).await;
}

#[tokio::test]
async fn nothing_is_cut_and_nothing_is_lost_while_every_summary_fails() {
    five_hundred_turns(1).await;
}

#[tokio::test]
async fn nothing_is_cut_and_nothing_is_lost_while_some_summaries_fail() {
    for every in [2, 3, 5] {
        five_hundred_turns(every).await;
    }
}
