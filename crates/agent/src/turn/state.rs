//! What a turn knows, and the request it makes of it.

use std::collections::BTreeSet;

use localgpt_guard::policy::Seen;
use localgpt_protocol::{
    EventKind, Message, ProviderError, Request, ToolCallId, TurnEnd, Usage, UserPart,
};

use super::{Finished, Setup, Spent, limits};
use crate::{
    budget::{self, Fit, Slimmed, slim},
    origins::look,
    transcript::{own_id, shape},
};

/// What the model reads where nothing is left to answer.
const GO_ON: &str = "(Go on.)";

/// What is wrong with an answer of which nothing stands in the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nudge {
    /// It was empty.
    Empty,
    /// The model's own server could not read it.
    Garbled,
}

impl Nudge {
    /// What the model reads of it.
    fn words(self) -> &'static str {
        match self {
            Self::Empty => "(The last answer was empty. Answer now, in words.)",
            Self::Garbled => {
                "(The last answer could not be read: a tool call in it was not whole and valid JSON. Answer again.)"
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) setup: Setup,
    pub(super) usage: Usage,
    pub(super) spent: Spent,
    pub(super) faulty_rounds: u32,
    pub(super) cut_rounds: u32,
    /// Whether the model was told that its answer was empty.
    pub(super) nudged: bool,
    /// What the next request says of the last answer.
    pub(super) nudge: Option<Nudge>,
    pub(super) notices: Vec<EventKind>,
    pub(super) error: Option<ProviderError>,
    summary: Option<String>,
    messages: Vec<Message>,
    /// Where the message that is answered stands.
    current: usize,
    /// Where what this turn says begins.
    begun: usize,
    ids: BTreeSet<ToolCallId>,
    /// How many old results the person was told of.
    told: usize,
}

impl State {
    pub(super) fn new(setup: Setup, summary: Option<&str>, messages: Vec<Message>) -> Self {
        let ids = messages.iter().flat_map(Message::calls).map(|call| call.id.clone()).collect();
        Self {
            setup,
            usage: Usage::default(),
            spent: Spent::default(),
            faulty_rounds: 0,
            cut_rounds: 0,
            nudged: false,
            nudge: None,
            notices: Vec::new(),
            error: None,
            summary: summary.map(str::to_owned),
            current: budget::current(&messages),
            begun: messages.len(),
            messages,
            ids,
            told: 0,
        }
    }

    pub(super) fn said(&self) -> &[Message] {
        self.messages.get(self.begun..).unwrap_or_default()
    }

    pub(super) fn say(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// What the model has seen of the session, also what did not fit into the last request.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = self.setup.in_view.clone();
        look(&mut seen, &self.messages);
        seen
    }

    pub(super) fn own_id(&mut self, id: &ToolCallId) -> ToolCallId {
        own_id(id, &mut self.ids)
    }

    /// The next request and its estimated tokens, or how the turn ends because it does not fit.
    pub(super) fn compose(&mut self) -> Result<(Request, u32), TurnEnd> {
        let whole = Slimmed { messages: self.messages.clone(), results: 0, characters: 0 };
        let (request, excess) = self.request(&whole);
        if excess == 0 {
            let estimated = budget::measure(&request);
            return Ok((request, estimated));
        }
        let slimmed = slim(&self.messages, self.current, excess);
        let (request, excess) = self.request(&slimmed);
        if excess > 0 {
            return Err(self.too_long());
        }
        if slimmed.results > self.told {
            self.told = slimmed.results;
            let context = budget::report(&request, self.setup.window, &slimmed);
            self.notices.push(EventKind::LeftOut { context });
        }
        let estimated = budget::measure(&request);
        Ok((request, estimated))
    }

    /// The request made of these messages, and the tokens that are too many.
    fn request(&self, slimmed: &Slimmed) -> (Request, u32) {
        let setup = &self.setup;
        let mut messages = shape(self.summary.as_deref(), &slimmed.messages);
        let more = match (self.nudge, messages.last()) {
            (Some(nudge), _) => Some(nudge.words()),
            (None, Some(Message::User(_) | Message::ToolResults(_))) => None,
            (None, Some(Message::Assistant(_)) | None) => Some(GO_ON),
        };
        if let Some(more) = more {
            messages.push(Message::User(vec![UserPart::Text(more.to_owned())]));
            messages = shape(None, &messages);
        }
        let request = Request {
            session: setup.session.clone(),
            instructions: setup.instructions.clone(),
            messages,
            tools: setup.tools.clone(),
            calling: setup.calling,
            max_tokens: setup.max_tokens,
        };
        let tokens = setup.window.calibration.apply(budget::measure(&request));
        let excess = tokens.saturating_sub(budget::room(setup));
        (request, excess)
    }

    /// The tokens that are left for the results of tools, once old ones are left out.
    pub(super) fn free(&self) -> u32 {
        let slimmed = slim(&self.messages, self.current, u32::MAX);
        let tokens = budget::tokens(&self.setup, self.summary.as_deref(), &slimmed.messages);
        self.setup.window.calibration.undo(budget::room(&self.setup).saturating_sub(tokens))
    }

    pub(super) fn out_of_window(&self) -> TurnEnd {
        limits::over(format!("the model's window of {} tokens", self.setup.window.tokens))
    }

    fn too_long(&self) -> TurnEnd {
        match budget::fit(&self.setup, self.summary.as_deref(), &self.messages) {
            Fit::TooLong(too_long) if self.spent.steps == 0 => {
                TurnEnd::Failed { message: too_long.to_string(), hint: Some(too_long.hint()) }
            }
            Fit::TooLong(_) | Fit::NeedsCompaction { .. } | Fit::Fits { .. } => {
                self.out_of_window()
            }
        }
    }

    pub(super) fn finished(self, end: TurnEnd) -> Finished {
        let Self { setup, mut messages, begun, usage, error, .. } = self;
        let said = messages.split_off(begun.min(messages.len()));
        Finished { said, usage, end, error, calling: setup.calling, window: setup.window }
    }
}
