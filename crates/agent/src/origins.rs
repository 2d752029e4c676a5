//! Where the texts in view come from: what the rules for tool calls look at.

use localgpt_guard::{Origin, policy::Seen};
use localgpt_protocol::{AssistantPart, Message, ToolOutcome, UserPart};

/// Adds what stands in `messages` to what was seen.
pub(crate) fn look(seen: &mut Seen, messages: &[Message]) {
    for message in messages {
        match message {
            Message::User(parts) => parts.iter().for_each(|part| look_at(seen, part)),
            Message::Assistant(parts) => {
                for part in parts {
                    match part {
                        AssistantPart::Text(text) => seen.add(Origin::Assistant, text),
                        AssistantPart::Thinking(_) | AssistantPart::ToolCall(_) => {
                            seen.note(Origin::Assistant);
                        }
                    }
                }
            }
            Message::ToolResults(results) => {
                for result in results {
                    match &result.outcome {
                        ToolOutcome::Done(quoted) | ToolOutcome::Failed(quoted) => {
                            seen.add_quoted(quoted);
                        }
                        // Our own words.
                        ToolOutcome::Denied(_) => {}
                    }
                }
            }
        }
    }
}

fn look_at(seen: &mut Seen, part: &UserPart) {
    match part {
        UserPart::Text(text) => seen.add_typed(text),
        UserPart::Recalled(recalled) => seen.add_quoted(&recalled.notes),
        UserPart::Attached(attached) => seen.add_quoted(&attached.text),
        // A picture can hold words.
        UserPart::Image(_) => seen.note(Origin::Unknown),
    }
}

/// The least trusted of what stands in `messages`.
pub fn origin(messages: &[Message]) -> Origin {
    let mut seen = Seen::new();
    look(&mut seen, messages);
    seen.origin()
}
