//! The turn as a pure state machine.
//!
//! Each state is a type whose only methods are the legal next inputs, so a driver cannot answer a model call with tool
//! results, or go on after the end. Whichever way a turn ends, every tool call in it has a result, and no request is
//! ever larger than the model's window.

mod limits;
mod state;

use std::time::Duration;

use localgpt_guard::policy::Seen;
use localgpt_protocol::{
    AssistantPart, EventKind, Instructions, Message, ProviderError, Purpose, Reply, Request,
    SessionId, StopReason, ToolCall, ToolOutcome, ToolResult, ToolSpec, ToolSupport, TurnEnd,
    Usage,
};

pub use self::limits::Limits;
use self::{
    limits::Spent,
    state::{Nudge, State},
};
use crate::{budget::Window, repair::understand, stop::Stop};

/// The model gets this many chances in a row to write a call that can be read, in each way of calling.
const FAULTY_ROUNDS: u32 = 3;
/// The model's answer may be cut off this many times in a row while it calls tools.
const CUT_ROUNDS: u32 = 3;
/// What to do about a model that has used up its chances.
const UNABLE: &str = "choose a model that can call tools";

/// What stays the same through a turn.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whose turn it is.
    pub session: SessionId,
    /// What the turn is for, in the account of what was spent.
    pub purpose: Purpose,
    /// What the model reads first.
    pub instructions: Instructions,
    /// Tools on offer.
    pub tools: Vec<ToolSpec>,
    /// How they are called, to begin with.
    pub calling: ToolSupport,
    /// The most tokens of one answer; kept free in the window. [`crate::budget::reserve`] says how many.
    pub max_tokens: u32,
    /// What the model can take.
    pub window: Window,
    /// Where to stop.
    pub limits: Limits,
    /// What the model sees before the first message: the files that it reads first, a summary.
    pub in_view: Seen,
}

/// What the driver has to do next.
#[derive(Debug)]
pub enum Step {
    /// Send the request.
    CallModel(CallModel),
    /// Run the calls.
    RunTools(RunTools),
    /// Stop.
    Finished(Finished),
}

/// Waiting for the model.
#[derive(Debug)]
pub struct CallModel {
    state: Box<State>,
    request: Request,
    estimated: u32,
    notices: Vec<EventKind>,
}

/// Waiting for the tools.
#[derive(Debug)]
pub struct RunTools {
    state: Box<State>,
    planned: Vec<Planned>,
    result_tokens: u32,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// It runs, repaired where that was needed.
    Run(ToolCall),
    /// It does not, and this is what the model reads.
    Refused(ToolResult),
}

/// The turn is over.
#[derive(Debug)]
pub struct Finished {
    /// What the model said and what its tools answered, in order. The person's message is not among it.
    pub said: Vec<Message>,
    /// What it took.
    pub usage: Usage,
    /// How it ended.
    pub end: TurnEnd,
    /// Why the provider failed, if that is how it ended.
    pub error: Option<ProviderError>,
    /// How the model calls tools now; another turn with it begins like this.
    pub calling: ToolSupport,
    /// The window with what was learnt about the model's own count.
    pub window: Window,
}

/// Begins a turn over `messages`, of which the last is the one to answer, with a summary of what was before them.
///
/// The message to answer has been kept by the caller: [`Step::said`] holds only what comes after it. A turn that was
/// broken off can go on in the same way, with its tool results as the last message.
pub fn start(setup: Setup, summary: Option<&str>, messages: Vec<Message>) -> Step {
    Box::new(State::new(setup, summary, messages)).call_model()
}

impl Step {
    /// What was said since the turn began, without the message that began it.
    pub fn said(&self) -> &[Message] {
        match self {
            Self::CallModel(CallModel { state, .. }) | Self::RunTools(RunTools { state, .. }) => {
                state.said()
            }
            Self::Finished(finished) => &finished.said,
        }
    }

    /// The turn is stopped from outside.
    pub fn stopped(self, stop: Stop) -> Finished {
        match self {
            Self::CallModel(call) => call.stop(stop, ""),
            Self::RunTools(run) => run.stop(stop, Vec::new()),
            Self::Finished(finished) => Finished { end: stop.end(), ..finished },
        }
    }

    /// How long the turn may take.
    pub fn duration(&self) -> Duration {
        match self {
            Self::CallModel(CallModel { state, .. }) | Self::RunTools(RunTools { state, .. }) => {
                state.setup.limits.duration
            }
            Self::Finished(_) => Duration::ZERO,
        }
    }
}

impl CallModel {
    /// The request to send. It fits into the model's window.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What the turn is for.
    pub fn purpose(&self) -> Purpose {
        self.state.setup.purpose
    }

    /// What the person should know before it is sent: what was left out, another way of calling tools.
    pub fn notices(&self) -> &[EventKind] {
        &self.notices
    }

    /// The model answered.
    pub fn replied(self, reply: Reply) -> Step {
        let mut state = self.state;
        state.nudge = None;
        state.spent.steps += 1;
        state.usage.add(reply.usage);
        state.setup.window.calibration.learn(self.estimated, reply.usage.input);

        let has_calls = reply.parts.iter().any(|part| matches!(part, AssistantPart::ToolCall(_)));
        match (reply.stop, has_calls) {
            (StopReason::Refusal, _) => {
                state.close(reply.parts, "the model would not go on", TurnEnd::Refused)
            }
            (StopReason::MaxTokens, false) => state.close(reply.parts, "", TurnEnd::OutOfTokens),
            (StopReason::MaxTokens, true) => cut_off(state, reply.parts),
            (StopReason::End, true) => plan(state, reply),
            (StopReason::End, false) if has_text(&reply.parts) => {
                state.close(reply.parts, "", TurnEnd::Answered)
            }
            (StopReason::End, false) if state.nudged => {
                let message = "the model answered with nothing, twice".to_owned();
                let hint = Some("ask again in other words, or choose another model".to_owned());
                state.finish(TurnEnd::Failed { message, hint })
            }
            (StopReason::End, false) => {
                state.nudged = true;
                state.nudge = Some(Nudge::Empty);
                state.call_model()
            }
        }
    }

    /// The model did not answer. What was shown of an answer that broke off is no answer, and is not kept.
    ///
    /// What the server could not read counts like a call that cannot be read: the model is asked again, and then in
    /// the other way. What was shown of it is not kept either: nobody knows what the model wrote between it and the
    /// call, and a notice says that the answer begins anew.
    pub fn failed(self, error: ProviderError) -> Step {
        let mut state = self.state;
        let message = with_causes(&error);
        if !matches!(error, ProviderError::Garbled { .. }) {
            return state.fail(error, TurnEnd::Failed { message, hint: None });
        }
        state.spent.steps += 1;
        state.faulty_rounds += 1;
        if let Some(end) = state.spent.before_tools(&state.setup.limits, &state.usage) {
            return state.fail(error, end);
        }
        state.notices.push(EventKind::Retrying { reason: message.clone(), pause_ms: 0 });
        if state.faulty_rounds >= FAULTY_ROUNDS && state.give_up_calling().is_some() {
            let hint = Some(UNABLE.to_owned());
            return state.fail(error, TurnEnd::Failed { message, hint });
        }
        state.nudge = Some(Nudge::Garbled);
        state.call_model()
    }

    /// The turn is stopped from outside while the model answers. What was `shown` of its answer is kept.
    pub fn stop(self, stop: Stop, shown: &str) -> Finished {
        let mut state = self.state;
        if !shown.trim().is_empty() {
            state.say(Message::Assistant(vec![AssistantPart::Text(shown.to_owned())]));
        }
        state.finished(stop.end())
    }
}

impl RunTools {
    /// What becomes of each call, in the order of the calls.
    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    /// The most tokens that each result may have, so that the next request still fits.
    pub fn result_tokens(&self) -> u32 {
        self.result_tokens
    }

    /// What the model had seen when it asked for these calls.
    pub fn seen(&self) -> Seen {
        self.state.seen()
    }

    /// Every call has run, or was not let. A call without a result among `results` is denied.
    pub fn ran(self, results: Vec<ToolResult>) -> Step {
        let mut state = self.state;
        let bytes: usize = results.iter().map(|result| result.outcome.text().len()).sum();
        state.spent.result_bytes += bytes as u64;
        state.say(answered(self.planned, results, "it did not run"));
        match state.spent.after_tools(&state.setup.limits) {
            Some(end) => state.finish(end),
            None => state.call_model(),
        }
    }

    /// The turn is stopped from outside. A call without a result among `results` is denied.
    pub fn stop(self, stop: Stop, results: Vec<ToolResult>) -> Finished {
        let mut state = self.state;
        let reason = format!("it did not run: {}", stop.reason());
        state.say(answered(self.planned, results, &reason));
        state.finished(stop.end())
    }
}

/// An answer that was cut off while it called tools: the calls may be cut as well, so none runs.
fn cut_off(mut state: Box<State>, parts: Vec<AssistantPart>) -> Step {
    let reason =
        "the answer was cut off at its longest, so this call did not run; ask for less at once";
    state.cut_rounds += 1;
    if state.cut_rounds >= CUT_ROUNDS {
        return state.close(parts, reason, TurnEnd::OutOfTokens);
    }
    if let Some(end) = state.spent.before_tools(&state.setup.limits, &state.usage) {
        return state.close(parts, reason, end);
    }
    let calls = state.open(parts);
    let refused = |call: ToolCall| Planned::Refused(denied(&call, reason));
    let planned = calls.into_iter().map(refused).collect();
    Step::RunTools(RunTools { state, planned, result_tokens: 0 })
}

/// Decides what becomes of every call of a reply.
fn plan(mut state: Box<State>, reply: Reply) -> Step {
    state.cut_rounds = 0;
    let calls = state.judge(reply);
    let runnable = calls.iter().filter(|call| matches!(call, Planned::Run(_))).count();
    state.faulty_rounds = if runnable == 0 { state.faulty_rounds + 1 } else { 0 };

    let mut made = calls.iter().filter_map(|call| match call {
        Planned::Run(call) => Some(call),
        Planned::Refused(_) => None,
    });
    let limits = state.setup.limits;
    let end = if state.faulty_rounds >= FAULTY_ROUNDS {
        state.give_up_calling()
    } else {
        let repeated = made.find(|call| state.spent.repeats(call, &limits));
        repeated.map(|call| TurnEnd::Repeating { tool: call.name.to_string() })
    };
    let end = end.or_else(|| state.spent.before_tools(&limits, &state.usage));
    let end = end.or_else(|| state.spent.calls(runnable, &limits));

    // One share is left for what comes after them.
    let share = match u32::try_from(runnable) {
        Ok(0) => 0,
        Ok(shares) => state.free() / shares.saturating_add(1),
        Err(_) => 0,
    };
    let end = match (end, runnable) {
        (None, 1..) if share < limits::LEAST_RESULT => Some(state.out_of_window()),
        (end, _) => end,
    };
    let run = RunTools { state, planned: calls, result_tokens: share };
    match end {
        None => Step::RunTools(run),
        Some(end) => {
            let mut state = run.state;
            let reason = format!("it did not run: {}", limits::reason(&end));
            state.say(answered(run.planned, Vec::new(), &reason));
            state.finish(end)
        }
    }
}

impl State {
    /// Says what the model said, and what becomes of its calls.
    fn judge(&mut self, mut reply: Reply) -> Vec<Planned> {
        let faults = std::mem::take(&mut reply.faults);
        let mut planned = Vec::new();
        for part in &mut reply.parts {
            let AssistantPart::ToolCall(call) = part else { continue };
            let fault = faults.iter().find(|(id, _)| *id == call.id);
            call.id = self.own_id(&call.id);
            if let Some((_, what)) = fault {
                let reason = format!(
                    "the arguments could not be read: {what}; write one JSON object that fits the schema"
                );
                planned.push(Planned::Refused(denied(call, &reason)));
                continue;
            }
            match understand(call, &self.setup.tools) {
                Ok(repaired) => {
                    // What stands in the transcript is what runs, so the model does not learn from its slip.
                    *call = repaired.clone();
                    planned.push(Planned::Run(repaired));
                }
                Err(misfit) => planned.push(Planned::Refused(denied(call, &misfit.to_string()))),
            }
        }
        self.say(Message::Assistant(reply.parts));
        planned
    }

    /// Says what the model said with an id of its own for every call, and returns the calls.
    fn open(&mut self, mut parts: Vec<AssistantPart>) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        for part in &mut parts {
            if let AssistantPart::ToolCall(call) = part {
                call.id = self.own_id(&call.id);
                calls.push(call.clone());
            }
        }
        if !calls.is_empty() || has_text(&parts) {
            self.say(Message::Assistant(parts));
        }
        calls
    }

    /// Says what the model said, denies its calls, and ends.
    fn close(mut self: Box<Self>, parts: Vec<AssistantPart>, reason: &str, end: TurnEnd) -> Step {
        let calls = self.open(parts);
        if !calls.is_empty() {
            let results = calls.iter().map(|call| denied(call, reason)).collect();
            self.say(Message::ToolResults(results));
        }
        self.finish(end)
    }

    /// The model cannot write calls in this way: the other way, or the end.
    fn give_up_calling(&mut self) -> Option<TurnEnd> {
        self.faulty_rounds = 0;
        match self.setup.calling {
            ToolSupport::Native => {
                self.setup.calling = ToolSupport::Written;
                self.notices.push(EventKind::CallsWritten);
                None
            }
            ToolSupport::Written => Some(TurnEnd::Failed {
                message: "the model writes tool calls that cannot be used".to_owned(),
                hint: Some(UNABLE.to_owned()),
            }),
        }
    }

    fn call_model(mut self: Box<Self>) -> Step {
        match self.compose() {
            Ok((request, estimated)) => {
                let notices = std::mem::take(&mut self.notices);
                Step::CallModel(CallModel { state: self, request, estimated, notices })
            }
            Err(end) => self.finish(end),
        }
    }

    fn fail(mut self: Box<Self>, error: ProviderError, end: TurnEnd) -> Step {
        self.error = Some(error);
        self.finish(end)
    }

    fn finish(self: Box<Self>, end: TurnEnd) -> Step {
        Step::Finished(self.finished(end))
    }
}

fn has_text(parts: &[AssistantPart]) -> bool {
    parts.iter().any(|part| match part {
        AssistantPart::Text(text) => !text.trim().is_empty(),
        AssistantPart::Thinking(_) | AssistantPart::ToolCall(_) => false,
    })
}

fn denied(call: &ToolCall, reason: &str) -> ToolResult {
    let outcome = ToolOutcome::Denied(reason.to_owned());
    ToolResult { call: call.id.clone(), name: call.name.clone(), outcome }
}

/// One result for each call, in order.
fn answered(planned: Vec<Planned>, mut results: Vec<ToolResult>, otherwise: &str) -> Message {
    let answer = |planned| match planned {
        Planned::Refused(result) => result,
        Planned::Run(call) => match results.iter().position(|result| result.call == call.id) {
            Some(at) => results.swap_remove(at),
            None => denied(&call, otherwise),
        },
    };
    Message::ToolResults(planned.into_iter().map(answer).collect())
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
