//! Tools, a listener and a set-up for the tests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use localgpt_agent::{
    budget::Window,
    drive::{Hands, UpTo, run},
    listener::{Listener, NotKept},
    stop::Cancel,
    tokens::Calibration,
    turn::{Finished, Limits, Setup, start},
};
use localgpt_guard::{Fences, Intent, Untrusted};
use localgpt_protocol::{
    BoxFuture, EventKind, Instructions, Message, Purpose, Risk, SessionId, Tool, ToolContext,
    ToolError, ToolName, ToolSpec, ToolSupport, UserPart,
};
use localgpt_testkit::ScriptedModel;
use serde_json::{Value, json};

/// Says its text back, after it waited some turns of the runtime.
pub(crate) struct Echo {
    spec: ToolSpec,
    waits: usize,
    /// What it did, in order.
    pub(crate) ran: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    pub(crate) fn new(name: &str, risk: Risk, waits: usize) -> Self {
        let input_schema = json!({
            "type": "object",
            "properties": { "text": { "type": "string" }, "times": { "type": "integer" } },
            "required": ["text"],
            "additionalProperties": false,
        });
        let description = "Says the text back.".to_owned();
        let spec = ToolSpec {
            name: ToolName::new(name),
            description,
            input_schema,
            risk,
            aliases: localgpt_protocol::Aliases::default(),
        };
        Self { spec, waits, ran: Arc::default() }
    }
}

impl Tool for Echo {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, _: &Value) -> Result<Intent, ToolError> {
        Ok(Intent::default())
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let text = input["text"].as_str().unwrap().to_owned();
            self.ran.lock().unwrap().push(format!("begin {text}"));
            for _ in 0..self.waits {
                tokio::task::yield_now().await;
            }
            self.ran.lock().unwrap().push(format!("end {text}"));
            let times = input["times"].as_u64().unwrap_or(1);
            match text.as_str() {
                "fail" => Err(ToolError::Failed("it <failed>".to_owned())),
                "hang" => {
                    tokio::time::sleep(Duration::from_secs(3_600)).await;
                    Ok(Untrusted::new(""))
                }
                text => Ok(Untrusted::new(text.repeat(usize::try_from(times).unwrap()))),
            }
        })
    }
}

/// Writes down what it hears, and cannot keep the event of a number.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<EventKind>,
    pub(crate) fails_at: Option<usize>,
    pub(crate) refused: usize,
}

impl Listener for Log {
    fn hear(&mut self, event: EventKind) -> Result<(), NotKept> {
        assert_eq!(self.refused, 0, "it is told more after it could not keep something: {event:?}");
        if self.fails_at == Some(self.events.len()) {
            self.refused += 1;
            return Err(NotKept { message: "the disk is full".to_owned(), hint: None });
        }
        self.events.push(event);
        Ok(())
    }
}

impl Log {
    /// What was said, as a log on disk would have it.
    pub(crate) fn said(&self) -> Vec<Message> {
        let said = self.events.iter().filter_map(|event| match event {
            EventKind::Said { message } => Some(message.clone()),
            _ => None,
        });
        said.collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.events.iter().map(line).collect()
    }
}

fn line(event: &EventKind) -> String {
    match event {
        EventKind::TextDelta { text } => format!("text {text}"),
        EventKind::ThinkingDelta { text } => format!("thinking {text}"),
        EventKind::ToolStarted { call } => format!("start {} {}", call.id, call.input),
        EventKind::ToolFinished { result } => {
            let text = result.outcome.text();
            // Without the fence.
            let inner = text.lines().nth(usize::from(text.starts_with('<'))).unwrap_or_default();
            format!("finish {} {}", result.call, inner)
        }
        EventKind::Said { message } => match message {
            Message::User(_) => "said user".to_owned(),
            Message::Assistant(_) => format!("said assistant {:?}", message.text()),
            Message::ToolResults(results) => format!("said {} results", results.len()),
        },
        EventKind::Spent { usage, .. } => format!("spent {}", usage.input),
        EventKind::CallsWritten => "calls written".to_owned(),
        EventKind::LeftOut { .. } => "left out".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A model, three tools and everything a turn needs.
pub(crate) struct World {
    pub(crate) model: ScriptedModel,
    pub(crate) tools: Vec<Arc<dyn Tool>>,
    pub(crate) ran: Arc<Mutex<Vec<String>>>,
    pub(crate) cancel: Cancel,
    pub(crate) allowed: Risk,
    session: SessionId,
    fences: Mutex<Fences>,
}

impl World {
    pub(crate) fn new(model: ScriptedModel) -> Self {
        let mut look = Echo::new("look", Risk::Read, 2);
        let mut remember = Echo::new("remember", Risk::Remember, 1);
        let mut write = Echo::new("write_file", Risk::Write, 1);
        let ran: Arc<Mutex<Vec<String>>> = Arc::default();
        for tool in [&mut look, &mut remember, &mut write] {
            tool.ran = Arc::clone(&ran);
        }
        Self {
            model,
            tools: vec![Arc::new(look), Arc::new(remember), Arc::new(write)],
            ran,
            cancel: Cancel::new(),
            allowed: Risk::Execute,
            session: SessionId::new("s"),
            fences: Mutex::new(Fences::seeded(1)),
        }
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            session: SessionId::new("s"),
            purpose: Purpose::Answer,
            instructions: Instructions { stable: "You help.".to_owned(), changing: String::new() },
            tools: self.tools.iter().map(|tool| tool.spec().clone()).collect(),
            calling: ToolSupport::Native,
            max_tokens: 500,
            window: Window { tokens: 8_000, calibration: Calibration::default() },
            limits: Limits::default(),
            in_view: localgpt_guard::policy::Seen::new(),
        }
    }

    pub(crate) fn hands<'a>(&'a self, approver: &'a UpTo) -> Hands<'a> {
        Hands {
            provider: &self.model,
            tools: &self.tools,
            approver,
            session: &self.session,
            cancel: &self.cancel,
            fences: &self.fences,
            max_result_chars: 20_000,
        }
    }

    pub(crate) async fn turn(&self, setup: Setup, listener: &mut dyn Listener) -> Finished {
        let approver = UpTo(self.allowed);
        let hands = self.hands(&approver);
        let finished = run(start(setup, None, vec![user("hello")]), &hands, listener).await;
        assert_answered(&finished.said);
        finished
    }
}

pub(crate) fn user(text: &str) -> Message {
    Message::User(vec![UserPart::Text(text.to_owned())])
}

/// Every call has its result right behind it.
pub(crate) fn assert_answered(said: &[Message]) {
    let mut said = said.iter().peekable();
    while let Some(message) = said.next() {
        let open: Vec<_> = message.calls().map(|call| call.id.clone()).collect();
        if open.is_empty() {
            continue;
        }
        let Some(Message::ToolResults(results)) = said.next() else {
            panic!("no results behind {message:?}");
        };
        let answered: Vec<_> = results.iter().map(|result| result.call.clone()).collect();
        assert_eq!(answered, open);
    }
}
