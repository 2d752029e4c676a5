//! One process and the session that it speaks in.

use std::time::Duration;

use jiff::Timestamp;
use localgpt_protocol::{
    Clock, Delta, Instructions, Message, ProviderError, Reply, Request, StopReason, ToolCallId,
    ToolResult, ToolSpec, Usage, UserPart,
};
use localgpt_sandbox::Launch;

use super::{
    control::{self, Answer, Asked, FIRST_QUESTION},
    failure::judge,
    process::Process,
    transcript::{self, Seen, tools_mark},
    turn::{Step, Turn},
    wire::{Control, Ending, Line},
};

/// A process that holds a conversation.
#[derive(Debug)]
pub(super) struct Session {
    process: Process,
    /// None until it has answered once.
    seen: Option<Seen>,
    /// What cannot change while it runs.
    stable: String,
    tools: u64,
    /// The changing part of the instructions as it was last told.
    changing: String,
    /// The calls that it waits for, by the reply that had them.
    open: Vec<ToolCallId>,
    /// The calls that it has asked for already.
    asked: Vec<Asked>,
    /// What became of the calls.
    results: Vec<ToolResult>,
    spending: Spending,
}

/// What is left to say to a process.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next<'a> {
    /// Everything.
    All(&'a [Message]),
    /// What the person said.
    Said(&'a [UserPart]),
    /// What became of the calls that it waits for.
    Results(&'a [ToolResult]),
}

/// How long a silence may be, and what time it is.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    pub(super) silence: Duration,
    pub(super) clock: Clock,
}

/// Whether a process can go on after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Afterwards {
    Waits,
    /// It may have thought on in a way that the transcript does not show.
    Over,
}

/// Why there is no reply.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: ProviderError,
    pub(super) heard: Heard,
}

/// Whether anything came before it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    Something,
}

impl Session {
    /// Starts a process and tells it who it is and which tools there are.
    pub(super) async fn start(
        launch: Launch,
        request: &Request,
        patience: &Patience,
    ) -> Result<Self, ProviderError> {
        let mut session = Self {
            process: Process::start(launch)?,
            seen: None,
            stable: request.instructions.stable.clone(),
            tools: tools_mark(&request.tools),
            changing: request.instructions.changing.clone(),
            open: Vec::new(),
            asked: Vec::new(),
            results: Vec::new(),
            spending: Spending::default(),
        };
        session.process.send(control::first_question(&whole(&request.instructions)));
        loop {
            let line = session.process.next(patience.silence).await.map_err(not_started)?;
            match line {
                Line::ControlRequest { request_id, request: control } => {
                    session.asked_something(request_id, control, &request.tools);
                }
                Line::ControlResponse { response } if response.request_id == FIRST_QUESTION => {
                    return match response.subtype.as_str() {
                        "success" => Ok(session),
                        _ => Err(ProviderError::Protocol {
                            message: response.error.unwrap_or_default(),
                        }),
                    };
                }
                _ => {}
            }
        }
    }

    /// What is to be said to it for `request`; none if it cannot go on from what it has seen.
    pub(super) fn next<'a>(&self, request: &'a Request) -> Option<Next<'a>> {
        let is_same = self.stable == request.instructions.stable
            && self.tools == tools_mark(&request.tools)
            && !self.process.has_ended();
        match self.seen?.rest(&request.messages)? {
            [Message::User(parts)] if is_same && self.open.is_empty() => Some(Next::Said(parts)),
            [Message::ToolResults(results)]
                if is_same
                    && !self.open.is_empty()
                    && self.open.iter().all(|call| results.iter().any(|it| it.call == *call)) =>
            {
                Some(Next::Results(results))
            }
            _ => None,
        }
    }

    /// Says what is next, and reads until the model is done or wants its tools run.
    pub(super) async fn answer(
        &mut self,
        next: Next<'_>,
        request: &Request,
        patience: &Patience,
        show: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<(Reply, Afterwards), Broken> {
        self.say(next, &request.instructions);
        let mut turn = Turn::default();
        let mut heard = Heard::Nothing;
        loop {
            let line = self.process.next(patience.silence).await;
            let line = line.map_err(|error| Broken { error, heard })?;
            heard = Heard::Something;
            let step = match line {
                Line::ControlRequest { request_id, request: control } => {
                    let call = self.asked_something(request_id, control, &request.tools);
                    match call.is_some_and(|call| turn.stands(&call)) {
                        true => Step::CallsStand,
                        false => Step::Nothing,
                    }
                }
                Line::ControlCancelRequest { request_id } => {
                    self.asked.retain(|asked| asked.request_id != request_id);
                    Step::Nothing
                }
                Line::System(system) if system.subtype == "init" => {
                    self.spending.key_source = system.key_source;
                    Step::Nothing
                }
                line => turn.take(line),
            };
            match step {
                Step::Nothing => {}
                Step::Show(delta) => show(delta),
                Step::CallsStand => return Ok(self.wants_tools(turn, request)),
                Step::Ended(ending) => {
                    let now = patience.clock.now();
                    let ended = self.ended(turn, &ending, request, now);
                    return ended.map_err(|error| Broken { error, heard });
                }
            }
        }
    }

    fn say(&mut self, next: Next<'_>, instructions: &Instructions) {
        let blocks = match next {
            Next::Results(results) => {
                self.results = results.to_vec();
                self.open.clear();
                for asked in std::mem::take(&mut self.asked) {
                    self.answer_call(asked);
                }
                return;
            }
            Next::Said(parts) => transcript::said(parts),
            Next::All(messages) => transcript::handed_over(messages),
        };
        let changed = self.changing != instructions.changing;
        let note = changed.then_some(instructions.changing.as_str()).filter(|it| !it.is_empty());
        self.process.send(transcript::line(note, blocks));
        self.changing.clone_from(&instructions.changing);
    }

    /// Answers a question, unless it has to wait for a tool: then it is the call that is returned.
    fn asked_something(
        &mut self,
        request_id: String,
        control: Control,
        tools: &[ToolSpec],
    ) -> Option<ToolCallId> {
        match control::answer(request_id, control, tools) {
            Answer::Line(line) => {
                self.process.send(line);
                None
            }
            Answer::WhenItRan(asked) => {
                let call = asked.call.clone();
                self.answer_call(asked);
                Some(call)
            }
        }
    }

    /// Answers a call, now or when its result is there.
    fn answer_call(&mut self, asked: Asked) {
        match self.results.iter().find(|result| result.call == asked.call) {
            Some(result) => self.process.send(control::ran(&asked, &result.outcome)),
            None => self.asked.push(asked),
        }
    }

    fn wants_tools(&mut self, turn: Turn, request: &Request) -> (Reply, Afterwards) {
        self.open = turn.calls();
        let reply = turn.with_calls();
        self.spending.told.add(reply.usage);
        self.seen = Some(Seen::after(&request.messages, &reply.parts));
        let afterwards = match reply.stop {
            StopReason::End => Afterwards::Waits,
            StopReason::MaxTokens | StopReason::Refusal => Afterwards::Over,
        };
        (reply, afterwards)
    }

    fn ended(
        &mut self,
        turn: Turn,
        ending: &Ending,
        request: &Request,
        now: Timestamp,
    ) -> Result<(Reply, Afterwards), ProviderError> {
        let stop = judge(ending, turn.signs(), now)?;
        let usage = self.spending.of_the_rest(ending, turn.usage());
        let reply = turn.ended(stop, usage);
        self.seen = Some(Seen::after(&request.messages, &reply.parts));
        let afterwards = match stop {
            StopReason::End => Afterwards::Waits,
            StopReason::MaxTokens | StopReason::Refusal => Afterwards::Over,
        };
        Ok((reply, afterwards))
    }
}

/// What a process has spent, and how much of it was told.
#[derive(Debug, Default)]
struct Spending {
    /// Whose account is used; `none` is a subscription, where nothing is paid for an answer.
    key_source: Option<String>,
    /// Dollars, all told.
    dollars: f64,
    /// Tokens of this turn that were told, each with the reply that ended with calls.
    told: Usage,
}

impl Spending {
    /// What is left to tell at the end of a turn.
    fn of_the_rest(&mut self, ending: &Ending, streamed: Usage) -> Usage {
        let told = std::mem::take(&mut self.told);
        let mut rest = match ending.usage {
            None => streamed,
            Some(tokens) => {
                let turn = tokens.usage();
                Usage {
                    input: turn.input.saturating_sub(told.input),
                    cache_read: turn.cache_read.saturating_sub(told.cache_read),
                    cache_write: turn.cache_write.saturating_sub(told.cache_write),
                    output: turn.output.saturating_sub(told.output),
                    microdollars: None,
                }
            }
        };
        if let Some(total) = ending.total_cost_usd {
            if self.key_source.as_deref().is_some_and(|source| source != "none") {
                rest.microdollars = Some(microdollars(total - self.dollars));
            }
            self.dollars = total;
        }
        rest
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and a negative price is none"
)]
fn microdollars(dollars: f64) -> u64 {
    (dollars * 1_000_000.0).ceil() as u64
}

fn whole(instructions: &Instructions) -> String {
    let Instructions { stable, changing } = instructions;
    match changing.is_empty() {
        true => stable.clone(),
        false => format!("{stable}\n\n{changing}"),
    }
}

/// A program that ends before it answers its first question cannot be used at all.
fn not_started(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::CutOff { message } => ProviderError::NoProgram { message },
        other => other,
    }
}
