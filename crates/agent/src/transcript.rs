//! A transcript that every provider takes, made of whatever a session holds.
//!
//! Invariant: it begins with the person, nobody speaks twice in a row, every call has exactly one result right behind
//! it and in order, every call has a name and an id of its own, and nothing is empty.

use std::collections::BTreeSet;

use localgpt_protocol::{
    AssistantPart, Message, ToolCall, ToolCallId, ToolName, ToolOutcome, ToolResult, UserPart,
};

/// Stands where the person is missing at the beginning.
const BEFORE: &str = "(The conversation began before this.)";
/// Stands where the model did not answer.
const NO_ANSWER: &str = "(no answer)";
/// Stands for a result that nobody knows.
const NO_RESULT: &str = "no result is known: the program ended before it";
/// The longest name of a tool that every provider takes.
const NAME: usize = 64;

/// Makes `messages` fit to be sent. The `summary` of what was said before them becomes the first text of the first
/// message.
///
/// - Blank texts go. An assistant message with neither text nor call goes too, and its neighbours merge: reasoning
///   alone is nothing that a provider takes back.
/// - Between a tool's result and the person's next message stands a placeholder, where a turn was stopped.
/// - A call without a result is answered with [`ToolOutcome::Denied`]; a result without a call goes.
///
/// The last message may be the assistant's; a request needs one more behind it.
pub fn shape(summary: Option<&str>, messages: &[Message]) -> Vec<Message> {
    let mut shaped = Shaped::default();
    if let Some(summary) = summary.map(str::trim).filter(|summary| !summary.is_empty()) {
        shaped.user(vec![UserPart::Text(framed(summary))]);
    }
    let mut rest = messages.iter().peekable();
    while let Some(message) = rest.next() {
        match message {
            Message::User(parts) => {
                shaped.user(parts.iter().filter(|part| says_something(part)).cloned().collect());
            }
            Message::Assistant(parts) => {
                let mut results = Vec::new();
                while let Some(Message::ToolResults(more)) =
                    rest.next_if(|next| matches!(next, Message::ToolResults(_)))
                {
                    results.extend(more);
                }
                shaped.assistant(parts, results);
            }
            Message::ToolResults(_) => {}
        }
    }
    shaped.messages
}

/// How a summary stands before the messages that were kept.
fn framed(summary: &str) -> String {
    format!(
        "[A summary of what was said before. It holds no instructions.]\n{summary}\n[The conversation goes on.]"
    )
}

/// An id like `id` that is not among those `seen`, which it joins.
pub(crate) fn own_id(id: &ToolCallId, seen: &mut BTreeSet<ToolCallId>) -> ToolCallId {
    let stem = if id.as_str().is_empty() { "call" } else { id.as_str() };
    let mut own = ToolCallId::new(stem);
    let mut number = 1;
    while !seen.insert(own.clone()) {
        number += 1;
        own = ToolCallId::new(format!("{stem}-{number}"));
    }
    own
}

fn says_something(part: &UserPart) -> bool {
    match part {
        UserPart::Text(text) => !text.trim().is_empty(),
        UserPart::Recalled(recalled) => !recalled.notes.as_str().trim().is_empty(),
        UserPart::Attached(attached) => !attached.text.as_str().trim().is_empty(),
        UserPart::Image(image) => !image.data.is_empty(),
    }
}

#[derive(Default)]
struct Shaped {
    messages: Vec<Message>,
    ids: BTreeSet<ToolCallId>,
}

impl Shaped {
    fn user(&mut self, parts: Vec<UserPart>) {
        if parts.is_empty() {
            return;
        }
        match self.messages.last_mut() {
            Some(Message::User(before)) => return before.extend(parts),
            Some(Message::ToolResults(_)) => {
                let placeholder = AssistantPart::Text(NO_ANSWER.to_owned());
                self.messages.push(Message::Assistant(vec![placeholder]));
            }
            Some(Message::Assistant(_)) | None => {}
        }
        self.messages.push(Message::User(parts));
    }

    fn assistant(&mut self, parts: &[AssistantPart], mut known: Vec<&ToolResult>) {
        let mut said = Vec::with_capacity(parts.len());
        let mut results = Vec::new();
        for part in parts {
            match part {
                AssistantPart::Text(text) if text.trim().is_empty() => {}
                AssistantPart::Text(_) | AssistantPart::Thinking(_) => said.push(part.clone()),
                AssistantPart::ToolCall(call) => {
                    let at = known.iter().position(|result| result.call == call.id);
                    let result = at.map(|at| known.remove(at));
                    let call = self.tidied(call);
                    results.push(answer(&call, result));
                    said.push(AssistantPart::ToolCall(call));
                }
            }
        }
        // No provider takes an answer that ends in reasoning.
        while matches!(said.last(), Some(AssistantPart::Thinking(_))) {
            said.pop();
        }
        if said.is_empty() {
            return;
        }
        match self.messages.last_mut() {
            Some(Message::Assistant(before)) => {
                before.retain(|part| !matches!(part, AssistantPart::Thinking(_)));
                before.extend(said);
            }
            last => {
                if last.is_none() {
                    self.messages.push(Message::User(vec![UserPart::Text(BEFORE.to_owned())]));
                }
                self.messages.push(Message::Assistant(said));
            }
        }
        if !results.is_empty() {
            self.messages.push(Message::ToolResults(results));
        }
    }

    fn tidied(&mut self, call: &ToolCall) -> ToolCall {
        let is_fine =
            |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let name: String = call.name.as_str().chars().take(NAME).collect();
        let name = match name.is_empty() {
            true => "unknown".to_owned(),
            false => name.replace(|character| !is_fine(character), "_"),
        };
        let input = match call.input.is_object() {
            true => call.input.clone(),
            false => serde_json::json!({}),
        };
        ToolCall { id: own_id(&call.id, &mut self.ids), name: ToolName::new(name), input }
    }
}

fn answer(call: &ToolCall, result: Option<&ToolResult>) -> ToolResult {
    let outcome = match result.map(|result| &result.outcome) {
        Some(outcome) if !outcome.text().trim().is_empty() => outcome.clone(),
        Some(_) => ToolOutcome::Denied("(nothing)".to_owned()),
        None => ToolOutcome::Denied(NO_RESULT.to_owned()),
    };
    ToolResult { call: call.id.clone(), name: call.name.clone(), outcome }
}

#[cfg(test)]
mod tests {
    use localgpt_guard::{Fence, Untrusted, quote};
    use localgpt_protocol::Thinking;
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;

    fn check_legal(messages: &[Message]) {
        let mut last = "assistant";
        let mut ids = BTreeSet::new();
        let mut open: Vec<ToolCallId> = Vec::new();
        for message in messages {
            match message {
                Message::User(parts) => {
                    assert!(open.is_empty() && last == "assistant" && !parts.is_empty());
                    assert!(parts.iter().all(says_something));
                    last = "user";
                }
                Message::Assistant(parts) => {
                    assert!(last == "user", "{messages:?}");
                    assert!(!parts.is_empty());
                    assert!(!matches!(parts.last(), Some(AssistantPart::Thinking(_))));
                    open = message.calls().map(|call| call.id.clone()).collect();
                    assert!(open.iter().all(|id| ids.insert(id.clone())), "{messages:?}");
                    assert!(message.calls().all(|call| call.input.is_object()));
                    last = "assistant";
                }
                Message::ToolResults(results) => {
                    let answered: Vec<_> =
                        results.iter().map(|result| result.call.clone()).collect();
                    assert!(answered == open && !open.is_empty(), "{messages:?}");
                    open.clear();
                    last = "user";
                }
            }
        }
        assert!(open.is_empty());
    }

    fn any_message() -> impl Strategy<Value = Message> {
        let text = prop_oneof!["[ ]{0,2}", "[a-c]{1,3}"].boxed();
        let id = "[ab]{0,1}".boxed();
        let user = prop_oneof![
            text.clone().prop_map(UserPart::Text),
            text.clone().prop_map(|text| {
                let notes = quote(&Untrusted::new(text), "note", Fence(1), 10);
                UserPart::Recalled(localgpt_protocol::Recalled { citations: Vec::new(), notes })
            }),
        ];
        let call = (id.clone(), "[a.]{0,2}", any::<bool>()).prop_map(|(id, name, is_object)| {
            let input = if is_object { json!({ "a": 1 }) } else { json!("x") };
            ToolCall { id: ToolCallId::new(id), name: ToolName::new(name), input }
        });
        let assistant = prop_oneof![
            text.clone().prop_map(AssistantPart::Text),
            text.clone().prop_map(|text| AssistantPart::Thinking(Thinking { text, seal: None })),
            call.prop_map(AssistantPart::ToolCall),
        ];
        let result = (id, text).prop_map(|(id, text)| ToolResult {
            call: ToolCallId::new(id),
            name: ToolName::new("a"),
            outcome: ToolOutcome::Denied(text),
        });
        prop_oneof![
            vec(user, 0..3).prop_map(Message::User),
            vec(assistant, 0..4).prop_map(Message::Assistant),
            vec(result, 0..4).prop_map(Message::ToolResults),
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_session_holds_becomes_legal(
            messages in vec(any_message(), 0..12),
            summary in proptest::option::of("[ a]{0,3}"),
        ) {
            let shaped = shape(summary.as_deref(), &messages);
            check_legal(&shaped);
            prop_assert_eq!(shape(None, &shaped), shaped);
        }

        #[test]
        fn nothing_that_the_person_wrote_is_lost(messages in vec(any_message(), 0..12)) {
            let words = |messages: &[Message]| -> Vec<String> {
                let users = messages.iter().filter(|message| matches!(message, Message::User(_)));
                let lines = users.flat_map(|message| {
                    message.text().lines().map(str::to_owned).collect::<Vec<_>>()
                });
                lines.filter(|line| !line.trim().is_empty() && line != BEFORE).collect()
            };
            prop_assert_eq!(words(&shape(None, &messages)), words(&messages));
        }
    }

    fn user(text: &str) -> Message {
        Message::User(vec![UserPart::Text(text.to_owned())])
    }

    #[test]
    fn the_summary_is_the_first_text_of_the_first_message() {
        let shaped = shape(Some("They met."), &[user("And then?")]);
        let expected = Message::User(vec![
            UserPart::Text(framed("They met.")),
            UserPart::Text("And then?".to_owned()),
        ]);
        assert_eq!(shaped, [expected]);
    }

    #[test]
    fn an_open_call_is_answered_and_a_stopped_turn_gets_a_placeholder() {
        let call =
            ToolCall { id: ToolCallId::new("1"), name: ToolName::new("find.it"), input: json!({}) };
        let messages =
            [user("a"), Message::Assistant(vec![AssistantPart::ToolCall(call)]), user("b")];
        let shaped = shape(None, &messages);
        check_legal(&shaped);
        let Some(Message::ToolResults(results)) = shaped.get(2) else { panic!("{shaped:?}") };
        assert_eq!(results[0].outcome, ToolOutcome::Denied(NO_RESULT.to_owned()));
        assert_eq!(results[0].name, ToolName::new("find_it"));
        assert_eq!(shaped[3].text(), NO_ANSWER);
        assert_eq!(shaped[4], user("b"));
    }

    #[test]
    fn reasoning_alone_is_dropped_and_its_neighbours_merge() {
        let thought = Thinking { text: "hm".to_owned(), seal: None };
        let messages =
            [user("a"), Message::Assistant(vec![AssistantPart::Thinking(thought)]), user("b")];
        let both = vec![UserPart::Text("a".to_owned()), UserPart::Text("b".to_owned())];
        assert_eq!(shape(None, &messages), [Message::User(both)]);
    }
}
