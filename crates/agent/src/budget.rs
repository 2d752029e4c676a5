//! What fits into a model's window, known before it is sent.
//!
//! Invariant: what is counted here is never less than a quarter of the bytes that go out. The last user message, what
//! follows it and every tool are never touched; if those alone are too much, that is an error with numbers.

use std::fmt;

use localgpt_protocol::{
    AssistantPart, ContextPart, ContextReport, ContextState, Instructions, Message, Request,
    ToolOutcome, ToolResult, ToolSpec, ToolSupport, UserPart,
};

use crate::{
    tokens::{Calibration, estimate},
    transcript::shape,
    turn::Setup,
};

/// Tokens of a request that belong to no part of it: the template's beginning and end.
const REQUEST: u32 = 32;
/// Tokens of the explanation how calls are written, where the server offers nothing else.
const WRITTEN: u32 = 300;
/// Tokens around a message: its role, its marks.
const MESSAGE: u32 = 8;
/// Tokens around a part of a message, a call or a result: its type, its id, its quotes.
const PART: u32 = 12;
/// Tokens around a tool: the frame in which its schema stands.
const TOOL: u32 = 24;
/// Tokens of a picture, whatever its size: what the hungriest vendor takes.
const IMAGE: u32 = 1_600;
/// A result shorter than this many characters is not worth leaving out.
const SHORT: usize = 200;

/// What a model can read and write at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its tokens.
    pub tokens: u32,
    /// How far its own count is from our estimate.
    pub calibration: Calibration,
}

/// Tokens to keep free for an answer: what the model can write at most, but no more than a quarter of a window.
pub fn reserve(window: u32, max_output: u32) -> u32 {
    max_output.min(window / 4).max(1)
}

/// Whether something fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It does, with room for the turn to grow.
    Fits {
        /// What it takes, old results left out where that helps.
        tokens: u32,
    },
    /// It will once older messages are replaced by a summary.
    NeedsCompaction {
        /// What it takes.
        tokens: u32,
        /// What there is.
        room: u32,
    },
    /// It never will.
    TooLong(TooLong),
}

/// The message alone, with what must stand before it, is longer than the model's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// Tokens of the message, and of what came after it.
    pub message: u32,
    /// Tokens of the instructions and the tools.
    pub fixed: u32,
    /// Tokens kept free for the answer.
    pub reserved: u32,
    /// Tokens of the window.
    pub window: u32,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, fixed, reserved, window } = self;
        write!(
            f,
            "the message is too long for the model: about {message} tokens, and {fixed} of instructions and tools, \
             and {reserved} for the answer, in a window of {window}"
        )
    }
}

impl std::error::Error for TooLong {}

impl TooLong {
    /// What the person can do about it.
    pub fn hint(&self) -> String {
        "send a shorter message, or choose a model with a larger window".to_owned()
    }
}

/// Tokens that messages, instructions and tools may take together.
pub fn room(setup: &Setup) -> u32 {
    setup.window.tokens.saturating_sub(setup.max_tokens)
}

/// Whether `messages` fit behind `summary`, in the same way in which a turn would send them.
pub fn fit(setup: &Setup, summary: Option<&str>, messages: &[Message]) -> Fit {
    let room = room(setup);
    let current = current(messages);
    let last = messages.get(current..).unwrap_or_default();
    let least = tokens(setup, None, last);
    if least > room {
        let fixed = tokens(setup, None, &[]);
        return Fit::TooLong(TooLong {
            message: least.saturating_sub(fixed),
            fixed,
            reserved: setup.max_tokens,
            window: setup.window.tokens,
        });
    }
    let slimmed = slim(messages, current, u32::MAX);
    let tokens = tokens(setup, summary, &slimmed.messages);
    // A turn that calls tools needs some room to grow.
    let headroom = (setup.window.tokens / 8).min(8_000);
    match tokens <= room.saturating_sub(headroom) {
        true => Fit::Fits { tokens },
        false => Fit::NeedsCompaction { tokens, room },
    }
}

/// The tokens of a request made of these, as this model would count them.
pub(crate) fn tokens(setup: &Setup, summary: Option<&str>, messages: &[Message]) -> u32 {
    let shaped = shape(summary, messages);
    let sum = total([
        frame(setup.calling, &setup.tools),
        instructions(&setup.instructions),
        tools(&setup.tools),
        self::messages(&shaped),
    ]);
    setup.window.calibration.apply(sum)
}

/// The estimated tokens of a whole request, before any calibration.
pub fn measure(request: &Request) -> u32 {
    total([
        frame(request.calling, &request.tools),
        instructions(&request.instructions),
        tools(&request.tools),
        messages(&request.messages),
    ])
}

/// Where the current turn begins: at the last user message.
pub(crate) fn current(messages: &[Message]) -> usize {
    messages.iter().rposition(|message| matches!(message, Message::User(_))).unwrap_or(0)
}

/// Messages of which old tool results were left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Slimmed {
    /// The messages.
    pub messages: Vec<Message>,
    /// How many results were left out.
    pub results: usize,
    /// The characters that were left out.
    pub characters: usize,
}

/// Leaves out long tool results before the message `current`, oldest first, until `excess` tokens are saved or there
/// is nothing left to save.
pub fn slim(messages: &[Message], current: usize, excess: u32) -> Slimmed {
    let mut slimmed = Slimmed { messages: messages.to_vec(), results: 0, characters: 0 };
    let mut saved: u32 = 0;
    for message in slimmed.messages.iter_mut().take(current) {
        let Message::ToolResults(results) = message else { continue };
        for result in results {
            if saved >= excess {
                return slimmed;
            }
            let characters = result.outcome.text().chars().count();
            if characters > SHORT {
                let before = estimate(result.outcome.text());
                let text = format!("[old result left out: {characters} characters]");
                result.outcome = ToolOutcome::Denied(text);
                saved =
                    saved.saturating_add(before.saturating_sub(estimate(result.outcome.text())));
                slimmed.results += 1;
                slimmed.characters += characters;
            }
        }
    }
    slimmed
}

/// What is sent and how large it is, and what is not: `slimmed` is what [`slim`] made.
pub fn report(request: &Request, window: Window, slimmed: &Slimmed) -> ContextReport {
    let whole = |name: &str, tokens: u32| ContextPart {
        name: name.to_owned(),
        tokens: window.calibration.apply(tokens),
        state: ContextState::Whole,
    };
    let mut parts = vec![
        whole("instructions", instructions(&request.instructions)),
        whole("tools", tools(&request.tools)),
        whole(
            "messages",
            total([frame(request.calling, &request.tools), messages(&request.messages)]),
        ),
    ];
    if slimmed.results > 0 {
        let Slimmed { results, characters, .. } = slimmed;
        let reason = format!("{results} of earlier turns, {characters} characters");
        let state = ContextState::LeftOut { reason };
        parts.push(ContextPart { name: "tool results".to_owned(), tokens: 0, state });
    }
    ContextReport { window: window.tokens, reserved: request.max_tokens, parts }
}

fn total(sizes: impl IntoIterator<Item = u32>) -> u32 {
    sizes.into_iter().fold(0, u32::saturating_add)
}

fn frame(calling: ToolSupport, tools: &[ToolSpec]) -> u32 {
    match calling {
        ToolSupport::Written if !tools.is_empty() => REQUEST + WRITTEN,
        ToolSupport::Written | ToolSupport::Native => REQUEST,
    }
}

fn instructions(instructions: &Instructions) -> u32 {
    total([MESSAGE, estimate(&instructions.stable), estimate(&instructions.changing)])
}

/// The estimated tokens of tools.
pub fn tools(tools: &[ToolSpec]) -> u32 {
    total(tools.iter().flat_map(|tool| {
        let schema = estimate(&tool.input_schema.to_string());
        [TOOL, estimate(tool.name.as_str()), estimate(&tool.description), schema]
    }))
}

/// The estimated tokens of messages.
pub fn messages(messages: &[Message]) -> u32 {
    total(messages.iter().map(message))
}

fn message(message: &Message) -> u32 {
    let parts = match message {
        Message::User(parts) => total(parts.iter().map(|part| match part {
            UserPart::Text(text) => PART + estimate(text),
            UserPart::Recalled(recalled) => PART + estimate(recalled.notes.as_str()),
            UserPart::Attached(attached) => PART + estimate(attached.text.as_str()),
            UserPart::Image(_) => PART + IMAGE,
        })),
        Message::Assistant(parts) => total(parts.iter().map(|part| match part {
            AssistantPart::Text(text) => PART + estimate(text),
            AssistantPart::Thinking(thinking) => {
                let sealed =
                    thinking.seal.as_ref().map_or(0, |seal| estimate(&seal.block.to_string()));
                PART + estimate(&thinking.text).max(sealed)
            }
            AssistantPart::ToolCall(call) => {
                let names = estimate(call.id.as_str()) + estimate(call.name.as_str());
                PART + names + estimate(&call.input.to_string())
            }
        })),
        Message::ToolResults(results) => total(results.iter().map(result)),
    };
    MESSAGE.saturating_add(parts)
}

fn result(result: &ToolResult) -> u32 {
    let names = estimate(result.call.as_str()) + estimate(result.name.as_str());
    PART + names + estimate(result.outcome.text())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use localgpt_protocol::{Purpose, SessionId, ToolCallId, ToolName};

    use super::*;
    use crate::turn::Limits;

    fn setup(tokens: u32) -> Setup {
        Setup {
            session: SessionId::new("s"),
            purpose: Purpose::Answer,
            instructions: Instructions { stable: "You help.".to_owned(), changing: String::new() },
            tools: Vec::new(),
            calling: ToolSupport::Native,
            max_tokens: reserve(tokens, 1_000),
            window: Window { tokens, calibration: Calibration::default() },
            limits: Limits::default(),
            in_view: localgpt_guard::policy::Seen::new(),
        }
    }

    fn user(words: usize) -> Message {
        Message::User(vec![UserPart::Text("word ".repeat(words))])
    }

    fn assistant(words: usize) -> Message {
        Message::Assistant(vec![AssistantPart::Text("word ".repeat(words))])
    }

    fn results(lengths: &[usize]) -> Message {
        let result = |length: &usize| ToolResult {
            call: ToolCallId::new("1"),
            name: ToolName::new("look"),
            outcome: ToolOutcome::Denied("x".repeat(*length)),
        };
        Message::ToolResults(lengths.iter().map(result).collect())
    }

    #[test]
    fn the_answer_gets_what_the_model_can_write_but_no_more_than_a_quarter() {
        let cases = [(4_096, 8_192, 1_024), (200_000, 8_192, 8_192), (0, 100, 1), (8_000, 0, 1)];
        for (window, max_output, expected) in cases {
            assert_eq!(reserve(window, max_output), expected, "{window} {max_output}");
        }
    }

    #[test]
    fn old_messages_can_make_room_and_the_last_one_cannot() {
        let told = |messages: &[Message]| format!("{:?}", fit(&setup(4_000), None, messages));
        let lines = [
            told(&[user(10)]),
            told(&[user(3_000), assistant(1_000), user(10)]),
            told(&[user(5_000)]),
        ];
        let expected = expect![[r#"
            Fits { tokens: 76 }
            NeedsCompaction { tokens: 5116, room: 3000 }
            TooLong(TooLong { message: 6270, fixed: 43, reserved: 1000, window: 4000 })"#]];
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn long_old_results_are_left_out_oldest_first_and_only_as_many_as_needed() {
        let messages = [user(1), results(&[900, 100, 800]), user(1), results(&[900])];
        let left_out = |excess| {
            let slimmed = slim(&messages, current(&messages), excess);
            (slimmed.results, slimmed.characters)
        };
        assert_eq!(left_out(0), (0, 0));
        assert_eq!(left_out(1), (1, 900));
        assert_eq!(left_out(u32::MAX), (2, 1_700));
        let slimmed = slim(&messages, current(&messages), u32::MAX);
        assert_eq!(slimmed.messages.last(), messages.last());
    }

    #[test]
    fn a_model_that_counts_more_gets_less() {
        let mut setup = setup(4_000);
        setup.window.calibration.learn(1_000, 2_000);
        let messages = [user(1_000), assistant(500), user(10)];
        assert!(matches!(fit(&setup, None, &messages), Fit::NeedsCompaction { .. }));
    }
}
