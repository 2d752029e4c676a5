//! The truth about every text, and a model that writes new ones.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use localgpt_guard::Origin;
use localgpt_protocol::{
    AssistantPart, Message, Reply, Request, StopReason, ToolCall, ToolCallId, ToolName,
    ToolOutcome, Usage, UserPart,
};
use localgpt_testkit::says;
use serde_json::json;

/// What the words of a text begin with.
const MARK: &str = "zq";

/// What is true, whatever labels say.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    words: HashMap<String, Origin>,
    /// What the model does next, step by step.
    pub(crate) script: VecDeque<Vec<Act>>,
    /// Labels that are better than the truth.
    pub(crate) losses: Vec<String>,
    /// Texts that the model wrote, and those of them with something untrusted in view.
    pub(crate) derived: usize,
    pub(crate) tainted: usize,
    calls: u64,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// Reads a text of this origin.
    Look(Origin),
    /// A tool that fails in the words of somebody.
    Fail,
    /// Writes a note.
    Remember,
    /// Writes a line of a file.
    Write,
    /// Reads a note or a line that was written, by a number.
    Read(usize),
}

pub(crate) type Shared = Arc<Mutex<Truth>>;

pub(crate) fn lock(truth: &Shared) -> MutexGuard<'_, Truth> {
    truth.lock().unwrap()
}

impl Truth {
    /// A new text of this origin.
    pub(crate) fn text(&mut self, origin: Origin, padding: usize) -> String {
        let word = format!("{MARK}{}{}", self.words.len(), MARK);
        self.words.insert(word.clone(), origin);
        // Few letters that are many tokens.
        format!("{word} {}", "文字".repeat(padding))
    }

    /// The worst of what `text` holds; nobody's if it holds nothing.
    pub(crate) fn of(&self, text: &str) -> Origin {
        let words = text.split(|character: char| !character.is_ascii_alphanumeric());
        words.filter_map(|word| self.words.get(word)).copied().max().unwrap_or(Origin::Human)
    }

    /// Holds a label against the truth.
    pub(crate) fn check(&mut self, what: &str, text: &str, label: Origin) {
        let truth = self.of(text);
        if label < truth {
            self.losses.push(format!("{what} is labelled {label} and is {truth}: {text}"));
        }
    }

    /// A text that the model makes of everything in its request.
    fn made(&mut self, request: &Request, padding: usize) -> String {
        let seen = self.of(&in_view(request));
        self.derived += 1;
        self.tainted += usize::from(seen.is_untrusted());
        self.text(seen.max(Origin::Assistant), padding)
    }

    /// What the model answers.
    pub(crate) fn answer(&mut self, request: &Request) -> Reply {
        let names: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
        match (names.as_slice(), request.messages.len()) {
            // A summary; once in a while there is none, and an extract has to do.
            ([], _) if self.words.len().is_multiple_of(5) => says(" "),
            ([], _) => says(&self.made(request, 2)),
            // The silent turn before it.
            (["remember"], 1) => self.calling(request, &[Act::Remember]),
            (["remember"], _) => says("NO_REPLY"),
            _ => match self.script.pop_front() {
                Some(acts) => self.calling(request, &acts),
                None => says(&self.made(request, 4)),
            },
        }
    }

    fn calling(&mut self, request: &Request, acts: &[Act]) -> Reply {
        let call = |act: &Act| {
            self.calls += 1;
            let (name, input) = match act {
                Act::Look(origin) => ("look", json!({ "at": origin.as_str() })),
                Act::Fail => ("look", json!({ "at": "fail" })),
                Act::Remember => ("remember", json!({ "text": self.made(request, 1) })),
                Act::Write => ("write", json!({ "text": self.made(request, 1) })),
                Act::Read(number) => ("recall", json!({ "number": number })),
            };
            let id = ToolCallId::new(format!("c{}", self.calls));
            AssistantPart::ToolCall(ToolCall { id, name: ToolName::new(name), input })
        };
        let parts = acts.iter().map(call).collect();
        Reply { parts, faults: Vec::new(), stop: StopReason::End, usage: Usage::default() }
    }
}

/// Everything that the model can read in a request.
fn in_view(request: &Request) -> String {
    let mut seen = format!("{}\n{}", request.instructions.stable, request.instructions.changing);
    for message in &request.messages {
        seen.push('\n');
        seen.push_str(&words(message));
    }
    seen
}

/// Everything in a message.
fn words(message: &Message) -> String {
    let parts: Vec<String> = match message {
        Message::User(parts) => parts
            .iter()
            .map(|part| match part {
                UserPart::Text(text) => text.clone(),
                UserPart::Recalled(recalled) => recalled.notes.as_str().to_owned(),
                UserPart::Attached(attached) => attached.text.as_str().to_owned(),
                UserPart::Image(_) => String::new(),
            })
            .collect(),
        Message::Assistant(parts) => parts
            .iter()
            .map(|part| match part {
                AssistantPart::Text(text) => text.clone(),
                AssistantPart::Thinking(thinking) => thinking.text.clone(),
                AssistantPart::ToolCall(call) => call.input.to_string(),
            })
            .collect(),
        Message::ToolResults(results) => results
            .iter()
            .map(|result| match &result.outcome {
                ToolOutcome::Done(quoted) | ToolOutcome::Failed(quoted) => {
                    quoted.as_str().to_owned()
                }
                ToolOutcome::Denied(reason) => reason.clone(),
            })
            .collect(),
    };
    parts.join("\n")
}
