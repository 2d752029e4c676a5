//! One turn with a model, as the terminal shows it: events in, text or JSON out, and Ctrl-C.

use std::time::Instant;

use localgpt_assistant::{Called, Conversation, Outcome, Switch};
use localgpt_protocol::{
    ApprovalId, Citation, Decision, Event, EventKind, Message, ModelAnswer, ModelName, Remembered,
    SessionId, TurnEnd,
};
use tokio::{runtime::Runtime, sync::mpsc};

use super::approval::{Answer, Asking, Waiting};
use crate::{
    render::{TurnLook, TurnView},
    report::Failure,
    terminal::Terminal,
    wording::Wording,
};

/// How a turn is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Show {
    /// As text, as it comes, with how it ended.
    Text(TurnLook),
    /// As text, as it comes; how it ended is reported by the caller.
    Reported(TurnLook),
    /// As JSON, one event a line, as it comes.
    Events,
    /// Not at all: the caller prints the whole answer.
    Nothing,
}

/// What waits for models. Nothing else in the terminal waits.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::user("cannot wait for a model").because(error).into())
}

/// Does `work`, which Ctrl-C stops: gently if it has a switch, at once if not, or if it is pressed again.
pub(crate) fn stoppable<T>(
    runtime: &Runtime,
    switch: Option<&Switch>,
    work: impl Future<Output = T>,
) -> anyhow::Result<T> {
    runtime.block_on(async {
        tokio::pin!(work);
        let mut pressed = false;
        loop {
            tokio::select! {
                biased;
                signal = tokio::signal::ctrl_c() => {
                    signal.map_err(|error| Failure::user("cannot hear Ctrl-C").because(error))?;
                    match switch {
                        Some(switch) if !pressed => switch.cancel(),
                        Some(_) | None => return Err(Failure::user("stopped").into()),
                    }
                    pressed = true;
                }
                done = &mut work => return Ok(done),
            }
        }
    })
}

/// How turns are taken.
#[derive(Debug)]
pub(crate) struct Turns<'a> {
    /// Waits for the model.
    pub(crate) runtime: &'a Runtime,
    /// How it looks.
    pub(crate) show: Show,
    /// In whose words.
    pub(crate) wording: &'static Wording,
    /// How the person is asked about calls.
    pub(crate) asking: Asking,
}

impl Turns<'_> {
    /// Does what was typed and shows what comes. Ctrl-C stops the turn, a second one the program.
    pub(crate) fn take(
        &self,
        terminal: &mut Terminal,
        conversation: &mut Conversation,
        called: Called,
    ) -> anyhow::Result<ModelAnswer> {
        let mut watcher = Watcher::new(self.show, self.wording);
        let asking = self.asking;
        conversation.approvals().attend(asking.presence());
        let pumped = pump(terminal, conversation, called, (&mut watcher, asking));
        let outcome = self.runtime.block_on(pumped)?;
        let session = conversation.session().cloned();
        let missing = || Failure::user("the turn left no session");
        Ok(ModelAnswer {
            answerer: watcher.model.take().ok_or_else(missing)?,
            session: session.ok_or_else(missing)?,
            text: watcher.text,
            recalled: watcher.recalled,
            remembered: watcher.remembered,
            end: outcome.end,
            usage: outcome.usage,
        })
    }
}

async fn pump(
    terminal: &mut Terminal,
    conversation: &mut Conversation,
    called: Called,
    (watcher, asking): (&mut Watcher, Asking),
) -> anyhow::Result<Outcome> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let switch = conversation.switch();
    let approvals = conversation.approvals();
    let session = conversation.id().clone();
    let mut question: Option<(ApprovalId, Waiting)> = None;
    let mut tell = move |event| {
        // The receiver is dropped after the turn.
        sender.send(event).unwrap_or_default();
    };
    let mut broken = None;
    let mut pressed = false;
    let outcome = {
        let turn = conversation.take(called, &mut tell);
        tokio::pin!(turn);
        // One listener for the whole turn: a fresh one for each event would miss what is pressed while one is shown.
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        loop {
            tokio::select! {
                biased;
                signal = &mut interrupt => {
                    signal.map_err(|error| Failure::user("cannot hear Ctrl-C").because(error))?;
                    if pressed {
                        return Err(Failure::user("stopped").into());
                    }
                    pressed = true;
                    interrupt.set(tokio::signal::ctrl_c());
                    switch.cancel();
                }
                answer = answered(&mut question) => {
                    let Some((id, waiting)) = question.take() else { continue };
                    waiting.end(asking);
                    match answer {
                        Answer::Decided(decision) => approvals.answer(&id, decision)?,
                        Answer::Interrupted => switch.cancel(),
                    }
                }
                Some(event) = events.recv() => {
                    let asked = match &event {
                        EventKind::ApprovalAsked { approval } => Some(approval.id.clone()),
                        // It was answered, or nobody did in time.
                        EventKind::ApprovalAnswered { .. } => {
                            end(&mut question, asking);
                            None
                        }
                        _ => None,
                    };
                    if broken.is_none()
                        && let Err(error) = watcher.see(terminal, event, &session)
                    {
                        // Nobody reads any more; the log still gets its end.
                        broken = Some(error);
                        switch.cancel();
                    }
                    // It stands on the screen before the terminal gives single keys.
                    question = asked.map(|id| (id, asking.answer())).or(question);
                }
                outcome = &mut turn => break outcome,
            }
        }
    };
    end(&mut question, asking);
    while let Ok(event) = events.try_recv() {
        if broken.is_none() {
            watcher.see(terminal, event, &session)?;
        }
    }
    match broken {
        Some(error) => Err(error),
        None => Ok(outcome?),
    }
}

/// The answer to the question that is open; never, if none is.
async fn answered(question: &mut Option<(ApprovalId, Waiting)>) -> Answer {
    match question {
        Some((_, waiting)) => {
            let answer = (&mut waiting.answer).await;
            answer.unwrap_or(Answer::Decided(Decision::No))
        }
        None => std::future::pending().await,
    }
}

fn end(question: &mut Option<(ApprovalId, Waiting)>, asking: Asking) {
    if let Some((_, waiting)) = question.take() {
        waiting.end(asking);
    }
}

/// Collects the answer and shows what happens.
struct Watcher {
    show: Watching,
    reported: bool,
    number: u64,
    model: Option<ModelName>,
    text: String,
    recalled: Vec<Citation>,
    remembered: Vec<Remembered>,
}

enum Watching {
    Text(Box<TurnView>),
    Events,
    Nothing,
}

impl Watcher {
    fn new(show: Show, wording: &'static Wording) -> Self {
        let reported = matches!(show, Show::Reported(_));
        let show = match show {
            Show::Text(look) | Show::Reported(look) => {
                Watching::Text(Box::new(TurnView::new(look, wording)))
            }
            Show::Events => Watching::Events,
            Show::Nothing => Watching::Nothing,
        };
        Self {
            show,
            reported,
            number: 0,
            model: None,
            text: String::new(),
            recalled: Vec::new(),
            remembered: Vec::new(),
        }
    }

    fn see(
        &mut self,
        terminal: &mut Terminal,
        event: EventKind,
        session: &SessionId,
    ) -> anyhow::Result<()> {
        self.collect(&event);
        let event = match event {
            // The view leaves this end to its caller.
            EventKind::TurnFinished { end, usage } if self.reported && end != TurnEnd::Answered => {
                let end = TurnEnd::Failed { message: String::new(), hint: None };
                EventKind::TurnFinished { end, usage }
            }
            event => event,
        };
        match &mut self.show {
            Watching::Text(view) => {
                Ok(view.show(&event, Instant::now(), &mut terminal.screen())?)
            }
            Watching::Events => {
                let number = self.number;
                self.number += 1;
                terminal.json_line(&Event { session: session.clone(), number, kind: event })
            }
            Watching::Nothing => Ok(()),
        }
    }

    fn collect(&mut self, event: &EventKind) {
        match event {
            EventKind::TurnStarted { model } => self.model = Some(model.clone()),
            EventKind::FailedOver { to, .. } => self.model = Some(to.clone()),
            EventKind::Recalled { recalled } => self.recalled.extend(recalled.citations.clone()),
            EventKind::Remembered { citation, text } => {
                let (citation, text) = (citation.clone(), text.clone());
                self.remembered.push(Remembered { citation, text });
            }
            EventKind::Said { message: message @ Message::Assistant(_) } => {
                let text = message.text();
                if !self.text.is_empty() && !text.is_empty() {
                    self.text.push_str("\n\n");
                }
                self.text.push_str(&text);
            }
            EventKind::Said { .. }
            | EventKind::LeftOut { .. }
            | EventKind::TextDelta { .. }
            | EventKind::ThinkingDelta { .. }
            | EventKind::Retrying { .. }
            | EventKind::CallsWritten
            | EventKind::Spent { .. }
            | EventKind::ApprovalAsked { .. }
            | EventKind::ApprovalAnswered { .. }
            | EventKind::ToolStarted { .. }
            | EventKind::ToolFinished { .. }
            | EventKind::Compacted { .. }
            | EventKind::TurnFinished { .. } => {}
        }
    }
}

/// What a command that asked has to report of how the turn ended; nothing if it was answered.
pub(crate) fn failure(end: &TurnEnd) -> Option<Failure> {
    Some(match end {
        TurnEnd::Answered => return None,
        TurnEnd::OutOfTokens => Failure::user("the answer ran out of tokens and is incomplete")
            .with_hint("`model.max_output` in the configuration says how many it may have"),
        TurnEnd::Refused => Failure::user("the model refused to answer"),
        TurnEnd::Repeating { tool } => {
            Failure::user(format!("the model called `{tool}` again and again, so it was stopped"))
                .with_hint("a larger model may do better: `localgpt models`")
        }
        TurnEnd::OverBudget { what } => Failure::user(format!("the turn was stopped after {what}"))
            .with_hint("the table [turn] of the configuration sets the limits"),
        TurnEnd::Cancelled => Failure::user("stopped"),
        TurnEnd::Failed { message, hint } => {
            let failure = Failure::user(message.clone());
            match hint {
                Some(hint) => failure.with_hint(hint.clone()),
                None => failure,
            }
        }
    })
}
