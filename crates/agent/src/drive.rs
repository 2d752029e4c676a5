//! The loop that runs a turn: the only place that awaits a model or a tool.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use localgpt_guard::{Effect, Fence, Fences, Intent, Untrusted, policy::Seen, quote};
use localgpt_protocol::{
    Approval, BoxFuture, Decision, Delta, EventKind, Provider, ProviderError, Reply, Risk,
    SessionId, Tool, ToolCall, ToolContext, ToolError, ToolOutcome, ToolResult, ToolSpec,
};
use tokio::time::{Instant, sleep_until};

use crate::{
    budget::measure,
    listener::{Listener, NotKept},
    stop::{Cancel, Stop},
    tokens::estimate,
    turn::{CallModel, Finished, Planned, RunTools, Step},
};

/// What a turn may touch.
pub struct Hands<'a> {
    /// The model.
    pub provider: &'a dyn Provider,
    /// The tools.
    pub tools: &'a [Arc<dyn Tool>],
    /// Who decides. There is no default: a caller that allows everything says so.
    pub approver: &'a dyn Approver,
    /// Where the calls come from.
    pub session: &'a SessionId,
    /// Stops the turn.
    pub cancel: &'a Cancel,
    /// Names for what is quoted.
    pub fences: &'a Mutex<Fences>,
    /// The most characters of one tool result.
    pub max_result_chars: usize,
}

impl<'a> Hands<'a> {
    fn tool(&self, call: &ToolCall) -> Option<&'a Arc<dyn Tool>> {
        self.tools.iter().find(|tool| tool.spec().name == call.name)
    }

    /// A name for what is quoted next.
    pub(crate) fn fence(&self) -> Fence {
        self.fences.lock().unwrap_or_else(PoisonError::into_inner).next_fence()
    }
}

/// Decides whether a call may run.
pub trait Approver: Send + Sync {
    /// What the rules say about a call that intends this, of a model that has seen that.
    fn rule(&self, call: &ToolCall, spec: &ToolSpec, intent: &Intent, seen: &Seen) -> Verdict;

    /// Waits for the person. What they take to decide is not counted against the time of the turn.
    fn decide<'a>(&'a self, approval: &'a Approval) -> BoxFuture<'a, Decision>;
}

/// What the rules say about a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It runs.
    Allowed,
    /// It does not; this is why, for the model.
    Denied(String),
    /// The person decides.
    Asked(Box<Approval>),
}

/// Allows every tool up to a risk, and asks nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpTo(pub Risk);

impl Approver for UpTo {
    fn rule(&self, _: &ToolCall, spec: &ToolSpec, _: &Intent, _: &Seen) -> Verdict {
        match spec.risk <= self.0 {
            true => Verdict::Allowed,
            false => Verdict::Denied(format!("`{}` is not allowed here", spec.name)),
        }
    }

    fn decide<'a>(&'a self, _: &'a Approval) -> BoxFuture<'a, Decision> {
        Box::pin(std::future::ready(Decision::Unattended))
    }
}

/// Runs a turn to its end.
///
/// Every message that the turn says is heard before anything acts on it; the message it answers was kept by the
/// caller. What the listener cannot keep ends the turn. The beginning and the end of the turn are the caller's to
/// tell.
pub async fn run(mut step: Step, hands: &Hands<'_>, listener: &mut dyn Listener) -> Finished {
    let limit = step.duration();
    let deadline = Instant::now() + limit;
    let mut drive = Drive { hands, listener, lost: None, limit, deadline };
    let mut heard = 0;
    loop {
        for message in step.said().get(heard..).unwrap_or_default() {
            if let Err(stop) = drive.hear(EventKind::Said { message: message.clone() }) {
                return step.stopped(stop);
            }
            heard += 1;
        }
        step = match step {
            Step::CallModel(call) => drive.call_model(call).await,
            Step::RunTools(run) => drive.run_tools(run).await,
            Step::Finished(finished) => return finished,
        };
    }
}

/// The model did not answer. One that refuses a text as too long has counted more than its window, whatever we
/// thought: that is learnt, so that another try makes room first.
fn refused(call: CallModel, error: ProviderError) -> Step {
    let is_too_long = matches!(error, ProviderError::TooLong { .. });
    let estimated = is_too_long.then(|| measure(call.request()));
    let mut step = call.failed(error);
    if let (Step::Finished(finished), Some(estimated)) = (&mut step, estimated) {
        let window = &mut finished.window;
        window.calibration.learn(estimated, u64::from(window.tokens) + 1);
    }
    step
}

/// Why a call does not run after the person was asked, for the model; none if it runs.
fn refusal(decision: &Decision, approval: &Approval) -> Option<String> {
    let Approval { rule, reason, .. } = approval;
    let ending = match decision {
        Decision::Once | Decision::Session | Decision::Always => return None,
        Decision::No => "the person said no",
        Decision::Expired => "nobody answered in time",
        Decision::Unattended => "nobody is there to ask",
    };
    Some(format!(
        "{ending} (rule {rule}: {reason}). Do not try it in another way; say what you wanted to do."
    ))
}

struct Drive<'d, 'h> {
    hands: &'d Hands<'h>,
    listener: &'d mut dyn Listener,
    /// What could not be kept. Nothing is told any more after it: behind a gap it would be a lie.
    lost: Option<NotKept>,
    limit: Duration,
    deadline: Instant,
}

impl Drive<'_, '_> {
    fn hear(&mut self, event: EventKind) -> Result<(), Stop> {
        if let Some(lost) = &self.lost {
            return Err(Stop::NotKept(lost.clone()));
        }
        self.listener.hear(event).map_err(|lost| {
            self.lost = Some(lost.clone());
            Stop::NotKept(lost)
        })
    }

    async fn call_model(&mut self, call: CallModel) -> Step {
        let mut shown = String::new();
        match self.reply(&call, &mut shown).await {
            Ok(Ok(reply)) => call.replied(reply),
            Ok(Err(error)) => refused(call, error),
            Err(stop) => Step::Finished(call.stop(stop, &shown)),
        }
    }

    async fn reply(
        &mut self,
        call: &CallModel,
        shown: &mut String,
    ) -> Result<Result<Reply, ProviderError>, Stop> {
        for notice in call.notices() {
            self.hear(notice.clone())?;
        }
        let provider = self.hands.provider;
        let (deadline, limit, cancel) = (self.deadline, self.limit, self.hands.cancel);
        let deaf = Cancel::new();
        let mut show = |delta: Delta| {
            let event = match delta {
                Delta::Text(text) => {
                    shown.push_str(&text);
                    EventKind::TextDelta { text }
                }
                Delta::Thinking(text) => EventKind::ThinkingDelta { text },
                Delta::Retrying { reason, pause } => {
                    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                    EventKind::Retrying { reason, pause_ms }
                }
            };
            if self.hear(event).is_err() {
                deaf.cancel();
            }
        };
        let reply = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Stop::Cancelled),
            () = sleep_until(deadline) => return Err(Stop::OutOfTime(limit)),
            // Not even begun before the switch was looked at.
            reply = async { provider.reply(call.request(), &mut show).await } => reply,
            () = deaf.cancelled() => Err(ProviderError::CutOff { message: "nobody listens".to_owned() }),
        };
        if let Some(lost) = &self.lost {
            return Err(Stop::NotKept(lost.clone()));
        }
        let Ok(mut reply) = reply else { return Ok(reply) };
        let capabilities = provider.capabilities();
        reply.usage = reply.usage.priced(capabilities.price);
        self.hear(EventKind::Spent {
            model: capabilities.model.clone(),
            purpose: call.purpose(),
            usage: reply.usage,
        })?;
        Ok(Ok(reply))
    }

    async fn run_tools(&mut self, run: RunTools) -> Step {
        let mut results = Vec::new();
        match self.run_all(&run, &mut results).await {
            Ok(()) => run.ran(results),
            Err(stop) => Step::Finished(run.stop(stop, results)),
        }
    }

    async fn run_all(&mut self, run: &RunTools, results: &mut Vec<ToolResult>) -> Result<(), Stop> {
        let mut calls = Vec::new();
        for planned in run.planned() {
            match planned {
                Planned::Run(call) => calls.push(call),
                Planned::Refused(result) => {
                    self.hear(EventKind::ToolFinished { result: result.clone() })?;
                }
            }
        }
        // Calls that only read run side by side, up to the next one that does more.
        let seen = run.seen();
        let mut rest = calls.as_slice();
        while !rest.is_empty() {
            let reading = rest.iter().take_while(|call| self.is_reading(call)).count();
            let (together, later) = rest.split_at(reading.max(1));
            self.run_together(together, &seen, run.result_tokens(), results).await?;
            rest = later;
        }
        Ok(())
    }

    async fn run_together(
        &mut self,
        calls: &[&ToolCall],
        seen: &Seen,
        result_tokens: u32,
        results: &mut Vec<ToolResult>,
    ) -> Result<(), Stop> {
        let mut running = FuturesUnordered::new();
        let mut open: Vec<&ToolCall> = Vec::new();
        for call in calls {
            let Some(tool) = self.hands.tool(call) else {
                let outcome = ToolOutcome::Denied(format!("`{}` is not available here", call.name));
                self.finish(call, outcome, results)?;
                continue;
            };
            let intent = match tool.intent(&call.input) {
                Ok(intent) => intent,
                Err(error) => {
                    let outcome = self.outcome(call, Err(error), result_tokens);
                    self.finish(call, outcome, results)?;
                    continue;
                }
            };
            if let Err(reason) = self.decision(call, tool.spec(), &intent, seen).await? {
                self.finish(call, ToolOutcome::Denied(reason), results)?;
                continue;
            }
            self.hear(EventKind::ToolStarted { call: (*call).clone() })?;
            open.push(call);
            // A page may say again what its address says, and so what the model wants it to say.
            let is_composed = intent
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Fetch { url } if !seen.holds_address(url)));
            let session = self.hands.session.clone();
            let context = ToolContext { session, origin: seen.origin(), allowed: intent.effects };
            running.push(async move {
                let output = tool.call(call.input.clone(), &context).await;
                (*call, output.map(|text| if is_composed { text.composed() } else { text }))
            });
        }
        while !running.is_empty() {
            let next = tokio::select! {
                biased;
                () = self.hands.cancel.cancelled() => Err(Stop::Cancelled),
                () = sleep_until(self.deadline) => Err(Stop::OutOfTime(self.limit)),
                next = running.next() => Ok(next),
            };
            match next {
                Ok(Some((call, output))) => {
                    open.retain(|other| other.id != call.id);
                    let outcome = self.outcome(call, output, result_tokens);
                    self.finish(call, outcome, results)?;
                }
                Ok(None) => break,
                Err(stop) => {
                    for call in open {
                        let reason =
                            "it was stopped while it ran; whether it did anything is not known";
                        self.finish(call, ToolOutcome::Denied(reason.to_owned()), results)?;
                    }
                    return Err(stop);
                }
            }
        }
        Ok(())
    }

    /// Whether a call may run. While a person thinks about it the clock of the turn stands still.
    async fn decision(
        &mut self,
        call: &ToolCall,
        spec: &ToolSpec,
        intent: &Intent,
        seen: &Seen,
    ) -> Result<Result<(), String>, Stop> {
        let approver = self.hands.approver;
        let approval = match approver.rule(call, spec, intent, seen) {
            Verdict::Allowed => return Ok(Ok(())),
            Verdict::Denied(reason) => return Ok(Err(reason)),
            Verdict::Asked(approval) => *approval,
        };
        self.hear(EventKind::ApprovalAsked { approval: approval.clone() })?;
        let asked = Instant::now();
        let decision = tokio::select! {
            biased;
            () = self.hands.cancel.cancelled() => return Err(Stop::Cancelled),
            decision = async { approver.decide(&approval).await } => decision,
        };
        self.deadline += asked.elapsed();
        let refusal = refusal(&decision, &approval);
        self.hear(EventKind::ApprovalAnswered { approval, decision })?;
        Ok(refusal.map_or(Ok(()), Err))
    }

    /// The result is known even if it cannot be told.
    fn finish(
        &mut self,
        call: &ToolCall,
        outcome: ToolOutcome,
        results: &mut Vec<ToolResult>,
    ) -> Result<(), Stop> {
        let result = ToolResult { call: call.id.clone(), name: call.name.clone(), outcome };
        results.push(result.clone());
        self.hear(EventKind::ToolFinished { result })
    }

    fn outcome(
        &self,
        call: &ToolCall,
        output: Result<Untrusted, ToolError>,
        tokens: u32,
    ) -> ToolOutcome {
        let (text, is_done) = match output {
            Ok(text) => (text, true),
            Err(error) => (Untrusted::new(error.to_string()).of(error.origin()), false),
        };
        let fence = self.hands.fence();
        let mut chars = self.hands.max_result_chars;
        let quoted = loop {
            let quoted = quote(&text, call.name.as_str(), fence, chars);
            let size = estimate(quoted.as_str());
            if size <= tokens || chars == 0 {
                break quoted;
            }
            let scaled =
                quoted.as_str().chars().count() as u64 * u64::from(tokens) / u64::from(size);
            chars = usize::try_from(scaled).unwrap_or(0).min(chars.saturating_sub(chars / 10 + 1));
        };
        match is_done {
            true => ToolOutcome::Done(quoted),
            false => ToolOutcome::Failed(quoted),
        }
    }

    fn is_reading(&self, call: &ToolCall) -> bool {
        self.hands.tool(call).is_some_and(|tool| tool.spec().risk == Risk::Read)
    }
}
