//! A turn can be stopped, dropped or left without a log at any point.

use std::{future::poll_fn, pin::pin, task::Poll};

use localgpt_agent::{
    drive::{UpTo, run},
    transcript::shape,
    turn::{Finished, start},
};
use localgpt_protocol::{Message, Reply, Risk, ToolOutcome, TurnEnd};
use localgpt_testkit::{ScriptedModel, broken, calls, says};

use crate::world::{Log, World, assert_answered, user};

fn script() -> Vec<Reply> {
    let mut talking = calls(&[
        ("1", "look", "{\"text\": \"a\"}"),
        ("2", "look", "{\"text\": \"b\"}"),
        ("3", "remember", "{\"text\": \"c\"}"),
        ("4", "write_file", "{\"text\": \"d\"}"),
    ]);
    talking.parts.splice(0..0, says("I look it up.").parts);
    vec![talking, broken("5", "look", "cut"), says(""), says("That is all.")]
}

fn world() -> World {
    World::new(ScriptedModel::new(script().into_iter().map(Ok).collect()))
}

/// Polls a turn `polls` times, presses the switch, and lets it end. `None` if it ended before.
async fn cancelled_after(polls: usize) -> (Option<Finished>, World, Log) {
    let world = world();
    let mut log = Log::default();
    let finished = {
        let approver = UpTo(Risk::Execute);
        let hands = world.hands(&approver);
        let mut turn = pin!(run(start(world.setup(), None, vec![user("hello")]), &hands, &mut log));
        let mut ended = false;
        for _ in 0..polls {
            ended |= poll_fn(|context| Poll::Ready(turn.as_mut().poll(context).is_ready())).await;
            if ended {
                break;
            }
            tokio::task::yield_now().await;
        }
        world.cancel.cancel();
        if ended { None } else { Some(turn.await) }
    };
    (finished, world, log)
}

#[tokio::test]
async fn wherever_it_is_cancelled_every_call_has_a_result_and_nothing_runs_after_it() {
    let mut ways = 0;
    for polls in 0.. {
        let (finished, world, log) = cancelled_after(polls).await;
        let Some(finished) = finished else { break };
        ways += 1;
        assert_eq!(finished.end, TurnEnd::Cancelled, "after {polls}");
        assert_answered(&finished.said);
        assert_eq!(log.said(), finished.said);
        let mut all = vec![user("hello")];
        all.extend(finished.said);
        assert_eq!(shape(None, &all), all, "it is legal as it is, after {polls}");

        let done = all.iter().flat_map(|message| match message {
            Message::ToolResults(results) => results.as_slice(),
            Message::User(_) | Message::Assistant(_) => &[],
        });
        let done = done.filter(|result| matches!(result.outcome, ToolOutcome::Done(_))).count();
        let ran = world.ran.lock().unwrap();
        assert_eq!(ran.iter().filter(|line| line.starts_with("end")).count(), done);
    }
    assert!(ways > 8, "{ways}");
}

#[tokio::test]
async fn what_was_shown_before_it_was_cancelled_is_kept() {
    let (finished, _, log) = cancelled_after(1).await;
    let shown = log.lines().first().unwrap().clone();
    assert_eq!(shown, "text I look");
    assert_eq!(finished.unwrap().said[0].text(), "I look");
}

#[tokio::test]
async fn wherever_it_is_dropped_its_log_can_be_made_legal() {
    for polls in 0.. {
        let world = world();
        let mut log = Log::default();
        let mut ended = false;
        {
            let approver = UpTo(Risk::Execute);
            let hands = world.hands(&approver);
            let step = start(world.setup(), None, vec![user("hello")]);
            let mut turn = pin!(run(step, &hands, &mut log));
            for _ in 0..polls {
                ended |=
                    poll_fn(|context| Poll::Ready(turn.as_mut().poll(context).is_ready())).await;
                if ended {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let mut all = vec![user("hello")];
        all.extend(log.said());
        assert_answered(&shape(None, &all));
        if ended {
            break;
        }
    }
}

#[tokio::test]
async fn whatever_cannot_be_kept_ends_the_turn_and_nothing_acts_on_it() {
    let mut ways = 0;
    for at in 0.. {
        let world = world();
        let mut log = Log { fails_at: Some(at), ..Log::default() };
        let finished = world.turn(world.setup(), &mut log).await;
        if log.refused == 0 {
            break;
        }
        ways += 1;
        let failed = TurnEnd::Failed { message: "the disk is full".to_owned(), hint: None };
        assert_eq!(finished.end, failed, "at {at}");
        // No tool ran whose call is not in the log.
        let begun =
            world.ran.lock().unwrap().iter().filter(|line| line.starts_with("begin")).count();
        let logged = log.said().iter().flat_map(Message::calls).count();
        assert!(begun <= logged, "at {at}: {begun} of {logged}");
        let said = log.said();
        assert_eq!(said, finished.said[..said.len()]);
    }
    assert!(ways > 15, "{ways}");
}

#[tokio::test]
async fn a_switch_that_is_pressed_already_sends_nothing() {
    let world = world();
    world.cancel.cancel();
    let finished = world.turn(world.setup(), &mut Log::default()).await;
    assert_eq!(finished.end, TurnEnd::Cancelled);
    assert_eq!(world.model.requests(), []);
}

#[test]
fn a_turn_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let world = world();
    let approver = UpTo(Risk::Execute);
    let hands = world.hands(&approver);
    let mut log = Log::default();
    is_send(&run(start(world.setup(), None, vec![user("hello")]), &hands, &mut log));
}
