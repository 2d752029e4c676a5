//! A model that says what the test wrote down, and refuses a transcript that real providers would refuse.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "only tests use it: it may panic"
)]

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use localgpt_protocol::{
    AssistantPart, BoxFuture, Capabilities, Delta, Instructions, Message, Provider, ProviderError,
    Reply, Request, SessionId, StopReason, Thinking, ToolCall, ToolCallId, ToolName, ToolSupport,
    Usage, WindowSource,
};

type Answer = Box<dyn FnMut(&Request) -> Result<Reply, ProviderError> + Send>;

/// A model that answers by a script.
pub struct ScriptedModel {
    capabilities: Capabilities,
    script: Mutex<Answer>,
    requests: Mutex<Vec<Request>>,
}

impl ScriptedModel {
    /// A model that gives these answers, in this order, and then fails.
    pub fn new(answers: Vec<Result<Reply, ProviderError>>) -> Self {
        let mut answers = VecDeque::from(answers);
        Self::answering(move |_| {
            let over = || Err(ProviderError::Refused { message: "the script is over".to_owned() });
            answers.pop_front().unwrap_or_else(over)
        })
    }

    /// A model that asks `answer`.
    pub fn answering(
        answer: impl FnMut(&Request) -> Result<Reply, ProviderError> + Send + 'static,
    ) -> Self {
        let capabilities = Capabilities {
            model: "scripted/model".parse().unwrap(),
            context_window: 100_000,
            window_source: WindowSource::Server,
            max_output: 4_096,
            tools: ToolSupport::Native,
            images: true,
            price: None,
        };
        Self { capabilities, script: Mutex::new(Box::new(answer)), requests: Mutex::default() }
    }

    /// The same with other abilities.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.capabilities);
        self
    }

    /// What it was asked.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Provider for ScriptedModel {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        assert_legal(&request.messages);
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let answer = (self.script.lock().unwrap_or_else(PoisonError::into_inner))(request);
        Box::pin(async move {
            let reply = answer?;
            for part in &reply.parts {
                match part {
                    // In two pieces, split at a character.
                    AssistantPart::Text(text) => {
                        let middle = text.char_indices().nth(text.chars().count() / 2);
                        let (first, second) = text.split_at(middle.map_or(0, |(at, _)| at));
                        for piece in [first, second] {
                            show(Delta::Text(piece.to_owned()));
                            // A place where the turn can be stopped.
                            yield_once().await;
                        }
                    }
                    AssistantPart::Thinking(thinking) => {
                        show(Delta::Thinking(thinking.text.clone()));
                    }
                    AssistantPart::ToolCall(_) => {}
                }
            }
            Ok(reply)
        })
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Panics unless a transcript is one that every provider takes: it begins with the person, nobody speaks twice
/// in a row, every call has its one result right behind it, in order, and nothing is empty.
fn assert_legal(messages: &[Message]) {
    let mut open: Vec<&ToolCallId> = Vec::new();
    let mut last = "assistant";
    for (index, message) in messages.iter().enumerate() {
        match message {
            Message::User(parts) => {
                assert!(open.is_empty(), "{index}: calls without a result: {open:?}");
                assert_eq!(last, "assistant", "{index}: the person speaks twice");
                assert!(!parts.is_empty(), "{index}: an empty message");
                last = "user";
            }
            Message::Assistant(parts) => {
                assert_eq!(last, "user", "{index}: the model speaks twice, or first");
                assert!(!parts.is_empty(), "{index}: an empty message");
                open = message.calls().map(|call| &call.id).collect();
                let mut ids = open.clone();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), open.len(), "{index}: two calls with one id");
                last = "assistant";
            }
            Message::ToolResults(results) => {
                let answered: Vec<&ToolCallId> =
                    results.iter().map(|result| &result.call).collect();
                assert_eq!(answered, open, "{index}: results that do not fit the calls");
                assert!(!answered.is_empty(), "{index}: no results");
                open.clear();
                last = "user";
            }
        }
    }
    assert!(open.is_empty(), "calls without a result at the end: {open:?}");
    match messages.last() {
        Some(Message::User(_) | Message::ToolResults(_)) => {}
        other => panic!("the last message is not the model's to answer: {other:?}"),
    }
}

fn reply(parts: Vec<AssistantPart>) -> Reply {
    let usage = Usage { input: 10, output: 5, ..Usage::default() };
    Reply { parts, faults: Vec::new(), stop: StopReason::End, usage }
}

/// A model of which nothing is known, for what reads its answers.
pub fn any_model() -> Capabilities {
    Capabilities {
        model: "a/m".parse().unwrap(),
        context_window: 1,
        window_source: WindowSource::Assumed,
        max_output: 1,
        tools: ToolSupport::Native,
        images: false,
        price: None,
    }
}

/// A request that asks for nothing.
pub fn any_request() -> Request {
    Request {
        session: SessionId::new("s"),
        instructions: Instructions::default(),
        messages: Vec::new(),
        tools: Vec::new(),
        calling: ToolSupport::Native,
        max_tokens: 1,
    }
}

/// An answer in text.
pub fn says(text: &str) -> Reply {
    reply(vec![AssistantPart::Text(text.to_owned())])
}

/// An answer in text after some reasoning.
pub fn thinks(thought: &str, text: &str) -> Reply {
    let thinking = Thinking { text: thought.to_owned(), seal: None };
    reply(vec![AssistantPart::Thinking(thinking), AssistantPart::Text(text.to_owned())])
}

/// An answer that calls tools: id, name and arguments in JSON of each.
pub fn calls(wanted: &[(&str, &str, &str)]) -> Reply {
    let call = |(id, name, input): &(&str, &str, &str)| {
        AssistantPart::ToolCall(ToolCall {
            id: ToolCallId::new(*id),
            name: ToolName::new(*name),
            input: serde_json::from_str(input).unwrap(),
        })
    };
    reply(wanted.iter().map(call).collect())
}

/// The same with arguments that could not be read.
pub fn broken(id: &str, name: &str, what: &str) -> Reply {
    let mut reply = calls(&[(id, name, "{}")]);
    reply.faults.push((ToolCallId::new(id), what.to_owned()));
    reply
}
