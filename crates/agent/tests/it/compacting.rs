//! Making room for a turn: what is kept, what is replaced, and what happens when that fails.

use localgpt_agent::{
    compact::{Compaction, Entry, NoRoom, Notes, Talk, compact, make_room, plan},
    drive::UpTo,
};
use localgpt_guard::{Fence, Untrusted, quote};
use localgpt_protocol::{
    AssistantPart, Citation, Message, ProviderError, Purpose, Recalled, Risk, Summariser, ToolName,
    TurnEnd, UserPart,
};
use localgpt_testkit::{ScriptedModel, calls, says};

use crate::world::{Log, World, user};

fn assistant(text: &str) -> Message {
    Message::Assistant(vec![AssistantPart::Text(text.to_owned())])
}

/// Questions and answers of about `tokens` each, and one more question.
fn talk(rounds: u64, tokens: usize) -> Talk {
    let mut entries = Vec::new();
    for round in 0..rounds {
        let text = "word ".repeat(tokens);
        let message = user(&format!("Question {round}: {text}"));
        entries.push(Entry { record: round * 10, message });
        entries.push(Entry { record: round * 10 + 1, message: assistant(&text) });
    }
    entries.push(Entry { record: rounds * 10, message: user("And now?") });
    Talk { summary: None, origin: localgpt_guard::Origin::Human, entries }
}

async fn made(
    world: &World,
    talk: &Talk,
    notes: Notes,
    log: &mut Log,
) -> Result<Option<Compaction>, NoRoom> {
    let approver = UpTo(Risk::Remember);
    let hands = world.hands(&approver);
    make_room(talk, &world.setup(), &notes, &hands, log).await
}

#[tokio::test]
async fn what_fits_stays_as_it_is() {
    let world = World::new(ScriptedModel::new(vec![]));
    let room = made(&world, &talk(3, 100), Notes::Skip, &mut Log::default()).await;
    assert_eq!(room, Ok(None));
}

#[tokio::test]
async fn notes_are_saved_and_the_old_part_becomes_a_summary() {
    let model = ScriptedModel::answering(|request| {
        let note = calls(&[("1", "remember", "{\"text\": \"They count rounds.\"}")]);
        Ok(match (request.tools.len(), request.messages.len()) {
            (0, _) => says("They asked ten questions."),
            (_, 1) => note,
            _ => says("NO_REPLY"),
        })
    });
    let world = World::new(model);
    let mut talk = talk(10, 400);
    let mut log = Log::default();
    let notes = Notes::Save(ToolName::new("remember"));
    let compaction = made(&world, &talk, notes, &mut log).await.unwrap().unwrap();

    assert_eq!(*world.ran.lock().unwrap(), ["begin They count rounds.", "end They count rounds."]);
    assert_eq!(compaction.by, Summariser::Model);
    assert_eq!(compaction.notes, Some(TurnEnd::Answered));
    let asked = world.model.requests().len();
    assert_eq!(compaction.usage.input, 10 * asked as u64);
    assert_eq!(log.lines(), vec!["spent 10"; asked], "nothing else is heard");

    compaction.apply(&mut talk);
    assert_eq!(talk.summary.as_deref(), Some("They asked ten questions."));
    assert_eq!(talk.entries[0].record, compaction.kept_from);
    assert!(matches!(talk.entries[0].message, Message::User(_)));
    assert_eq!(talk.entries.last().unwrap().message, user("And now?"));
    let room = made(&world, &talk, Notes::Skip, &mut Log::default()).await;
    assert_eq!(room, Ok(None), "once is enough");
}

#[tokio::test]
async fn a_long_part_is_summarised_in_passes_that_fit() {
    let world = World::new(ScriptedModel::answering(|request| {
        let count = localgpt_agent::budget::measure(request);
        assert!(count <= 7_500, "{count}");
        Ok(says("A summary."))
    }));
    let mut log = Log::default();
    let compaction = made(&world, &talk(60, 400), Notes::Skip, &mut log).await.unwrap().unwrap();
    assert_eq!(compaction.by, Summariser::Model);
    let passes = world.model.requests().len();
    assert!((2..=4).contains(&passes), "{passes}");
}

#[tokio::test]
async fn an_extract_stands_in_where_the_model_fails() {
    let failures = || {
        vec![
            Err(ProviderError::Overloaded { retry_after: None, message: "busy".to_owned() }),
            Ok(says("  ")),
            Ok(calls(&[("1", "look", "{}")])),
        ]
    };
    for at in 0..failures().len() {
        let failure = failures().into_iter().nth(at).unwrap();
        let world = World::new(ScriptedModel::new(vec![failure]));
        let talk = talk(10, 400);
        let room = made(&world, &talk, Notes::Skip, &mut Log::default()).await;
        let compaction = room.unwrap().unwrap();
        assert_eq!(compaction.by, Summariser::Extract);
        assert!(compaction.failure.is_some());
        assert!(compaction.summary.contains("#0: Question 0"), "{}", compaction.summary);
    }
}

#[tokio::test]
async fn a_switch_that_is_pressed_or_a_log_that_is_full_leaves_everything_as_it_was() {
    let world = World::new(ScriptedModel::answering(|_| Ok(says("A summary."))));
    let talk = talk(10, 400);
    for fails_at in 0..2 {
        let mut log = Log { fails_at: Some(fails_at), ..Log::default() };
        let notes = Notes::Save(ToolName::new("remember"));
        let room = made(&world, &talk, notes, &mut log).await;
        assert!(matches!(room, Err(NoRoom::NotKept(_))), "{room:?}");
    }
    world.cancel.cancel();
    for notes in [Notes::Skip, Notes::Save(ToolName::new("remember"))] {
        let room = made(&world, &talk, notes, &mut Log::default()).await;
        assert_eq!(room, Err(NoRoom::Cancelled));
    }
}

#[tokio::test]
async fn a_message_that_alone_is_too_long_is_said_so_with_numbers() {
    let world = World::new(ScriptedModel::new(vec![]));
    let message = user(&"word ".repeat(9_000));
    let talk = Talk {
        summary: None,
        origin: localgpt_guard::Origin::Human,
        entries: vec![Entry { record: 0, message }],
    };
    let room = made(&world, &talk, Notes::Skip, &mut Log::default()).await;
    let TurnEnd::Failed { message, .. } = room.unwrap_err().end() else { panic!() };
    assert!(message.contains("window of 8000"), "{message}");
}

#[tokio::test]
async fn recalled_notes_and_what_was_looked_up_reach_neither_notes_nor_summary() {
    let world = World::new(ScriptedModel::answering(|request| {
        let seen = format!("{:?}", request.messages);
        assert!(!seen.contains("SECRET"), "{seen}");
        assert!(seen.contains("What is it?") || seen.contains("summary so far"), "{seen}");
        match request.tools.is_empty() {
            true => Ok(says("A summary.")),
            false => Ok(says("NO_REPLY")),
        }
    }));
    let notes = quote(&Untrusted::new("SECRET note"), "memory", Fence(1), 100);
    let citations = vec![Citation { path: "a.md".to_owned(), start_line: 1, end_line: 1 }];
    let recalled = UserPart::Recalled(Recalled { citations, notes });
    let asked = Message::User(vec![UserPart::Text("What is it?".to_owned()), recalled]);
    let call = Message::Assistant(calls(&[("1", "look", "{\"text\": \"x\"}")]).parts);
    let found = quote(&Untrusted::new("SECRET result"), "look", Fence(2), 100);
    let result = localgpt_protocol::ToolResult {
        call: localgpt_protocol::ToolCallId::new("1"),
        name: ToolName::new("look"),
        outcome: localgpt_protocol::ToolOutcome::Done(found),
    };
    let messages = [
        asked,
        call,
        Message::ToolResults(vec![result]),
        assistant(&"It is. ".repeat(200)),
        user("And now?"),
    ];
    let entries = (0..).zip(messages).map(|(record, message)| Entry { record, message }).collect();
    let talk = Talk { summary: None, origin: localgpt_guard::Origin::Human, entries };
    let approver = UpTo(Risk::Remember);
    let mut setup = world.setup();
    // So small that only the last message is kept.
    setup.window.tokens = 1_800;
    let hands = world.hands(&approver);
    let notes = Notes::Save(ToolName::new("remember"));
    let mut log = Log::default();
    let compaction = compact(&talk, &setup, &notes, &hands, &mut log).await.unwrap().unwrap();
    assert_eq!(compaction.kept_from, 4);
    assert_eq!(compaction.by, Summariser::Model);
    assert!(world.model.requests().iter().all(|request| request.session.as_str().contains('#')));
    let purposes = log.events.iter().filter_map(|event| match event {
        localgpt_protocol::EventKind::Spent { purpose, .. } => Some(*purpose),
        _ => None,
    });
    let purposes: Vec<Purpose> = purposes.collect();
    assert_eq!(purposes.first(), Some(&Purpose::Notes));
    assert!(purposes.iter().skip(1).all(|purpose| *purpose == Purpose::Summary));
}

#[test]
fn a_cut_stands_before_a_message_of_the_person_and_keeps_the_last() {
    let messages = talk(3, 100).messages();
    assert_eq!(plan(&messages, 100_000), None);
    assert_eq!(plan(&messages, 0), Some(6));
    assert_eq!(plan(&messages, 400), Some(4));
    assert_eq!(plan(&[user("a")], 0), None);
    assert_eq!(plan(&[], 0), None);
    assert_eq!(plan(&[assistant("a"), user("b")], 100), Some(1));
}
