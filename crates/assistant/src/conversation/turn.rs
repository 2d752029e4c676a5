//! A turn: from what the person says to the end of the answer.

use std::sync::Arc;

use futures_util::future::try_join;
use localgpt_agent::{
    compact::{self, Compaction, NoRoom, Notes, Talk},
    drive::{self, Hands, UpTo},
    listener::Listener as _,
    turn::{self, Finished},
};
use localgpt_config::PolicyMode;
use localgpt_protocol::{
    ContextReport, EventKind, Message, ModelName, Provider, Risk, SessionRecord, ToolName, TurnEnd,
    Usage, UserPart,
};

use super::{
    Conversation,
    context::{Prepared, look_up},
    keeper::{Keeper, Tell, not_kept},
};
use crate::{Answerer, Error, desk::in_words, error::provider_hint};

/// The most characters of one tool result.
const MOST_OF_A_RESULT: usize = 40_000;
/// The tool that writes notes.
const REMEMBER: &str = "remember";
/// The provider that is a program.
const CLAUDE_CLI: &str = "claude-cli";

/// What became of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: TurnEnd,
    /// What it took.
    pub usage: Usage,
}

impl Conversation {
    /// Says `parts` to the model and waits for the end of its answer.
    ///
    /// Before anything is sent, the message is on disk. An error means that nothing was said; how a turn ended that
    /// was begun is in the outcome.
    pub async fn send(&mut self, parts: Vec<UserPart>, tell: Tell<'_>) -> Result<Outcome, Error> {
        self.cancel.reset();
        let cancel = self.cancel.clone();
        // What stands behind the person's own words was piped in, and is no question.
        let text = parts.iter().find_map(|part| match part {
            UserPart::Text(text) => Some(text.clone()),
            UserPart::Recalled(_) | UserPart::Attached(_) | UserPart::Image(_) => None,
        });
        let text = text.unwrap_or_default();
        let (desk, room) = (Arc::clone(&self.desk), self.reach.config.model.recall_tokens);
        let mut others = Answerer::fallback(&self.reach.config.model)?.into_iter();
        // Memory is searched, on its own thread, while the model is reached.
        let reached = try_join(look_up(&desk, &text, room), self.connect(&mut others, tell));
        let (hits, provider) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Error::Stopped),
            reached = reached => reached?,
        };
        let model = provider.capabilities().clone();
        self.begin()?;
        tell(EventKind::TurnStarted { model: model.model.clone() });
        self.keep_written(tell)?;
        let mut parts = parts;
        parts.extend(self.attachments.take());
        if let Some(recalled) = self.beside(hits, model.context_window) {
            tell(EventKind::Recalled { recalled: recalled.clone() });
            parts.push(UserPart::Recalled(recalled));
        }
        let message = Message::User(parts);
        self.keep(SessionRecord::Said { at: self.now(), message: message.clone() })?;
        tell(EventKind::Said { message });
        let mut taken = Usage::default();
        let end = loop {
            let (end, error, usage, heard) = self.attempt(tell).await?;
            taken.add(usage);
            let (Some(reason), false) = (error, heard) else { break end };
            // Only the models that the person listed, and only where the first has said nothing.
            if !self.fail_over(&mut others, &reason, tell).await? {
                break end;
            }
        };
        self.finish(end, taken, tell)
    }

    /// Asks the model for what it has not answered yet: how that ended, why the provider failed if it did, what it
    /// took, and whether the model was heard.
    async fn attempt(
        &mut self,
        tell: Tell<'_>,
    ) -> Result<(TurnEnd, Option<String>, Usage, bool), Error> {
        let Some(provider) = self.provider.clone() else { return Err(Error::NoModel) };
        let before = self.calibration;
        let mut result = self.attempt_with(provider.as_ref(), tell).await;
        // It said nothing and counts more than was thought: once this is known, older messages make room.
        if let Ok((_, Some(_), spent, false)) = result
            && self.calibration != before
        {
            result = self.attempt_with(provider.as_ref(), tell).await;
            if let Ok((_, _, usage, _)) = &mut result {
                usage.add(spent);
            }
        }
        result
    }

    pub(super) async fn attempt_with(
        &mut self,
        provider: &dyn Provider,
        tell: Tell<'_>,
    ) -> Result<(TurnEnd, Option<String>, Usage, bool), Error> {
        let prepared = self.prepare(provider.capabilities())?;
        self.keep_in_view(&prepared)?;
        let mut usage = Usage::default();
        match self.make_room(provider, &prepared, Wanted::IfNeeded, tell).await? {
            Ok(compaction) => usage.add(compaction.map(|made| made.usage).unwrap_or_default()),
            Err(no_room) => return Ok((no_room.end(), None, usage, true)),
        }
        self.tell_context(&prepared, tell);
        let session = self.id().clone();
        let Some(open) = &mut self.open else { return Err(Error::NothingSaid) };
        let talk = talk(open);
        let step = turn::start(prepared.setup, talk.summary.as_deref(), talk.messages());
        let hands = Hands {
            provider,
            tools: &prepared.tools,
            approver: self.approvals.as_ref(),
            session: &session,
            cancel: &self.cancel,
            fences: &self.fences,
            max_result_chars: MOST_OF_A_RESULT,
        };
        let mut keeper = Keeper {
            open,
            clock: &self.reach.clock,
            desk: &self.desk,
            tell,
            usage: Usage::default(),
            heard: false,
        };
        let finished = drive::run(step, &hands, &mut keeper).await;
        let (spent, heard) = (keeper.usage, keeper.heard);
        usage.add(spent);
        let Finished { end, error, calling, window, .. } = finished;
        self.calling = Some(calling);
        // Where a process stands between, the count includes a prompt of its own.
        if !keeps_a_process(provider) {
            self.calibration = window.calibration;
        }
        let reason = error.as_ref().map(|error| in_words(error));
        let end = match (end, error) {
            (TurnEnd::Failed { message, hint }, Some(error)) => {
                let hint = hint.or_else(|| provider_hint(&error, &provider.capabilities().model));
                TurnEnd::Failed { message, hint }
            }
            (end, _) => end,
        };
        Ok((end, reason, usage, heard))
    }

    /// Keeps how little what stands before the messages can be trusted, before anything is said with it in view.
    fn keep_in_view(&mut self, prepared: &Prepared) -> Result<(), Error> {
        let origin = prepared.setup.in_view.origin();
        let known = self.open.as_ref().map(|open| open.session.transcript().origin);
        match known.is_some_and(|known| origin > known) {
            true => self.keep(SessionRecord::InView { at: self.now(), origin }),
            false => Ok(()),
        }
    }

    /// Replaces older messages by a summary, if there is no room or the person wants it.
    async fn make_room(
        &mut self,
        provider: &dyn Provider,
        prepared: &Prepared,
        wanted: Wanted,
        tell: Tell<'_>,
    ) -> Result<Result<Option<Compaction>, NoRoom>, Error> {
        let session = self.id().clone();
        let Some(open) = &mut self.open else { return Err(Error::NothingSaid) };
        let talk = talk(open);
        let hands = Hands {
            provider,
            tools: &prepared.tools,
            approver: &UpTo(Risk::Remember),
            session: &session,
            cancel: &self.cancel,
            fences: &self.fences,
            max_result_chars: MOST_OF_A_RESULT,
        };
        let mut keeper = Keeper {
            open,
            clock: &self.reach.clock,
            desk: &self.desk,
            tell,
            usage: Usage::default(),
            heard: false,
        };
        // A process of a session of its own, for a few notes, is too much.
        let is_read_only = self.reach.config.policy == PolicyMode::ReadOnly;
        let notes = match keeps_a_process(provider) || is_read_only {
            true => Notes::Skip,
            false => Notes::Save(ToolName::new(REMEMBER)),
        };
        let setup = &prepared.setup;
        let made = match wanted {
            Wanted::IfNeeded => compact::make_room(&talk, setup, &notes, &hands, &mut keeper).await,
            Wanted::Always => compact::compact(&talk, setup, &notes, &hands, &mut keeper).await,
        };
        let compaction = match made {
            Ok(Some(compaction)) => compaction,
            Ok(None) => return Ok(Ok(None)),
            Err(no_room) => return Ok(Err(no_room)),
        };
        let record = SessionRecord::Compacted {
            at: self.reach.clock.now(),
            summary: compaction.summary.clone(),
            kept_from: compaction.kept_from,
            by: compaction.by,
            origin: compaction.origin,
        };
        if let Err(lost) = keeper.keep(record) {
            return Ok(Err(NoRoom::NotKept(lost)));
        }
        let event = EventKind::Compacted { messages: compaction.messages, by: compaction.by };
        if let Err(lost) = keeper.hear(event) {
            return Ok(Err(NoRoom::NotKept(lost)));
        }
        Ok(Ok(Some(compaction)))
    }

    /// Replaces older messages by a summary now: how many. None if there is nothing to replace.
    pub async fn compact(&mut self, tell: Tell<'_>) -> Result<Option<usize>, Error> {
        self.cancel.reset();
        let provider = self.reach(tell).await?;
        let prepared = self.prepare(provider.capabilities())?;
        self.keep_in_view(&prepared)?;
        let made = self.make_room(provider.as_ref(), &prepared, Wanted::Always, tell).await;
        match made? {
            Ok(compaction) => Ok(compaction.map(|made| made.messages)),
            Err(no_room) => Err(Error::NotCompactedNow(no_room.end())),
        }
    }

    /// The parts of the next request and their sizes, without the message.
    pub async fn context(&mut self) -> Result<ContextReport, Error> {
        let provider = self.reach(&mut |_| {}).await?;
        let prepared = self.prepare(provider.capabilities())?;
        Ok(self.report(&prepared))
    }

    /// Reaches the model, so that what is said next does not fail for that.
    pub async fn ready(&mut self, tell: Tell<'_>) -> Result<(), Error> {
        self.reach(tell).await.map(drop)
    }

    async fn reach(&mut self, tell: Tell<'_>) -> Result<Arc<dyn Provider>, Error> {
        self.cancel.reset();
        let cancel = self.cancel.clone();
        let mut others = Answerer::fallback(&self.reach.config.model)?.into_iter();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Stopped),
            reached = self.connect(&mut others, tell) => reached,
        }
    }

    /// Reaches the model, if that was not done yet: the one that answers, or the next of the person's list.
    async fn connect(
        &mut self,
        others: &mut (dyn Iterator<Item = ModelName> + Send),
        tell: Tell<'_>,
    ) -> Result<Arc<dyn Provider>, Error> {
        if let Some(provider) = &self.provider {
            return Ok(Arc::clone(provider));
        }
        // What was learnt of another model does not hold for this one.
        self.forget_model();
        let model = self.model()?.clone();
        match self.reach.model(&model).await {
            Ok(provider) => self.provider = Some(provider.into()),
            Err(error) => {
                if !self.fail_over(others, &in_words(&error), tell).await? {
                    return Err(error);
                }
            }
        }
        self.provider.clone().ok_or(Error::NoModel)
    }

    /// Goes on with the next model of the list that can be reached.
    async fn fail_over(
        &mut self,
        others: &mut (dyn Iterator<Item = ModelName> + Send),
        reason: &str,
        tell: Tell<'_>,
    ) -> Result<bool, Error> {
        // The one that failed, which is another than the chosen one when that has failed before.
        let from = match &self.provider {
            Some(provider) => provider.capabilities().model.clone(),
            None => self.model()?.clone(),
        };
        for to in others {
            if to == from {
                continue;
            }
            match self.reach.model(&to).await {
                Ok(provider) => {
                    self.forget_model();
                    self.provider = Some(provider.into());
                    let reason = reason.to_owned();
                    tell(EventKind::FailedOver { from, reason, to });
                    return Ok(true);
                }
                Err(error) => {
                    tracing::warn!(model = %to, error = %in_words(&error), "cannot fail over to it");
                }
            }
        }
        Ok(false)
    }

    /// Tells what was left out, once for the same things.
    fn tell_context(&mut self, prepared: &Prepared, tell: Tell<'_>) {
        let context = self.report(prepared);
        let left_out: Vec<String> = context.incomplete().map(|part| part.name.clone()).collect();
        if left_out != self.told {
            if !left_out.is_empty() {
                tell(EventKind::LeftOut { context });
            }
            self.told = left_out;
        }
    }

    pub(super) fn finish(
        &mut self,
        end: TurnEnd,
        usage: Usage,
        tell: Tell<'_>,
    ) -> Result<Outcome, Error> {
        let kept = self.keep(SessionRecord::Ended { at: self.now(), end: end.clone() });
        // A turn that failed because nothing can be written any more has said so; any other end is in the log's
        // messages as well.
        if let Err(error) = &kept {
            tracing::warn!(error = %in_words(error), "the end of a turn could not be kept");
        }
        let end = match (kept, end) {
            (Err(error), TurnEnd::Answered) => {
                let lost = not_kept(&error);
                TurnEnd::Failed { message: lost.message, hint: lost.hint }
            }
            (_, end) => end,
        };
        tell(EventKind::TurnFinished { end: end.clone(), usage });
        Ok(Outcome { end, usage })
    }
}

/// Whether the model is a program that keeps a process for each session.
fn keeps_a_process(provider: &dyn Provider) -> bool {
    provider.capabilities().model.provider() == CLAUDE_CLI
}

/// When older messages are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    IfNeeded,
    Always,
}

/// What the model still sees of the session.
fn talk(open: &super::Open) -> Talk {
    let transcript = open.session.transcript();
    let entry = |entry: &localgpt_sessions::Entry| compact::Entry {
        record: entry.record,
        message: entry.message.clone(),
    };
    Talk {
        summary: transcript.summary.map(str::to_owned),
        origin: transcript.origin,
        entries: transcript.messages.iter().map(entry).collect(),
    }
}
