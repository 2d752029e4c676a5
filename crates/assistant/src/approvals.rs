//! Who decides about calls: the rules first, then the person.
//!
//! A question names the exact call and its effects; an answer counts once and for that alone. After two minutes, or where
//! nobody is there, it is a no.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use localgpt_agent::drive::{Approver, Verdict};
use localgpt_config::{Config, PolicyMode};
use localgpt_guard::{
    Digest, Effect, Intent, Label, Origin,
    policy::{Because, Grant, Mode, Rules, Ruling, Seen, decide, is_grantable},
};
use localgpt_protocol::{
    Approval, ApprovalId, BoxFuture, Clock, Decision, ExplainedRuling, Explanation, PolicyReport,
    RuleRow, ToolCall, ToolSpec,
};
use tokio::{sync::oneshot, time::timeout};

use crate::{Error, conversation::random, grants::Grants, places};

/// How long a question stays open.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether somebody is there to be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nobody: what would be asked about is denied.
    #[default]
    Unattended,
    /// A person who sees the questions and answers with [`Approvals::answer`].
    Attended,
}

/// The rules of one workspace, the questions that are open, and what was allowed before.
#[derive(Debug)]
pub struct Approvals {
    mode: Mode,
    own_hosts: Vec<String>,
    grants: Grants,
    clock: Clock,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    presence: Presence,
    /// What was allowed until the session ends.
    session: Vec<Grant>,
    /// How many addresses were allowed that the person did not type.
    followed: usize,
    questions: BTreeMap<ApprovalId, Question>,
}

#[derive(Debug)]
struct Question {
    grants: Vec<Grant>,
    /// None once it is answered.
    answer: Option<oneshot::Sender<Decision>>,
    /// Taken by whoever waits; the answer can come before.
    answered: Option<oneshot::Receiver<Decision>>,
}

impl Open {
    /// What the answer to a question takes: where it goes, and what it can allow.
    fn take_answer(&mut self, id: &ApprovalId) -> Option<(oneshot::Sender<Decision>, Vec<Grant>)> {
        let question = self.questions.get_mut(id)?;
        let taken = (question.answer.take()?, std::mem::take(&mut question.grants));
        self.tidy(id);
        Some(taken)
    }

    /// What whoever waits for an answer takes.
    fn take_answered(&mut self, id: &ApprovalId) -> Option<oneshot::Receiver<Decision>> {
        let answered = self.questions.get_mut(id)?.answered.take();
        self.tidy(id);
        answered
    }

    /// Forgets a question that has been answered and heard.
    fn tidy(&mut self, id: &ApprovalId) {
        let is_over = |of: &Question| of.answer.is_none() && of.answered.is_none();
        if self.questions.get(id).is_some_and(is_over) {
            self.questions.remove(id);
        }
    }
}

impl Approvals {
    /// The rules that `config` lays down for its workspace, with what was allowed for it before.
    pub fn new(config: &Config, clock: &Clock) -> Arc<Self> {
        Arc::new(Self {
            mode: mode(config.policy),
            own_hosts: config.web.own_hosts.clone(),
            grants: Grants::new(places::grants(config)),
            clock: clock.clone(),
            open: Mutex::default(),
        })
    }

    /// Says whether somebody is there to be asked.
    pub fn attend(&self, presence: Presence) {
        self.open().presence = presence;
    }

    /// Answers a question. It must be open; a yes for later is on disk when this returns.
    pub fn answer(&self, id: &ApprovalId, decision: Decision) -> Result<(), Error> {
        let taken = self.open().take_answer(id);
        let (answer, grants) = taken.ok_or_else(|| Error::NoQuestion(id.clone()))?;
        let decision = match decision {
            // Where nothing can be remembered, a yes counts once.
            Decision::Session | Decision::Always if grants.is_empty() => Decision::Once,
            Decision::Session => {
                self.open().session.extend(grants);
                decision
            }
            Decision::Always => {
                self.grants.add(grants, self.clock.now())?;
                decision
            }
            Decision::Once | Decision::No | Decision::Expired | Decision::Unattended => decision,
        };
        // Whoever asked may be gone: the turn was stopped.
        answer.send(decision).map_err(|_gone| Error::NoQuestion(id.clone()))
    }

    /// The rules as a person reads them.
    pub fn report(&self) -> Result<PolicyReport, Error> {
        let rule = |rule: localgpt_guard::policy::Rule| RuleRow {
            name: rule.to_string(),
            meaning: rule.meaning().to_owned(),
        };
        Ok(PolicyReport {
            mode: self.mode.as_str().to_owned(),
            rules: localgpt_guard::policy::Rule::ALL.map(rule).into(),
            grants: self.grants.list()?,
        })
    }

    /// Takes back what was allowed under these names, or all of it: how many.
    pub fn revoke(&self, ids: Option<&[String]>) -> Result<usize, Error> {
        self.grants.revoke(ids)
    }

    /// What would become of a call that intends this.
    pub fn explain(&self, call: ToolCall, intent: &Intent) -> Result<Explanation, Error> {
        let mut seen = Seen::new();
        let trusted = explained(self.ruling(intent, &seen)?);
        seen.note(Label::of(Origin::Web).origin);
        let untrusted = explained(self.ruling(intent, &seen)?);
        let effects = intent.effects.iter().map(ToString::to_string).collect();
        Ok(Explanation { call, effects, trusted, untrusted })
    }

    fn ruling(&self, intent: &Intent, seen: &Seen) -> Result<Ruling, Error> {
        let kept = self.grants.list()?.into_iter().map(|kept| kept.grant);
        let grants: Vec<Grant> = kept.chain(self.open().session.iter().cloned()).collect();
        let rules = Rules { mode: self.mode, grants: &grants, own_hosts: &self.own_hosts };
        Ok(decide(intent, seen, &rules))
    }

    fn ask(&self, call: &ToolCall, intent: &Intent, because: Because) -> Result<Approval, Error> {
        let effects: Vec<String> = intent.effects.iter().map(ToString::to_string).collect();
        let grants: Vec<Grant> = match is_grantable(because.rule) {
            true => intent.effects.iter().filter_map(Grant::of).collect(),
            false => Vec::new(),
        };
        let exact = format!("{} {} {:?}", call.name, call.input, intent.effects);
        let id = ApprovalId::new(format!("{:016x}{:016x}", random()?, random()?));
        let approval = Approval {
            id: id.clone(),
            call: call.clone(),
            rule: because.rule.to_string(),
            reason: because.reason,
            effects,
            preview: intent.preview.clone(),
            grants: grants.iter().map(ToString::to_string).collect(),
            expires_in: PATIENCE.as_secs(),
            digest: Digest::of(exact.as_bytes()).to_string(),
        };
        let (answer, answered) = oneshot::channel();
        let question = Question { grants, answer: Some(answer), answered: Some(answered) };
        self.open().questions.insert(id, question);
        Ok(approval)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Approver for Approvals {
    fn rule(&self, call: &ToolCall, _: &ToolSpec, intent: &Intent, seen: &Seen) -> Verdict {
        let denied = |because: &Because, how: &str| {
            Verdict::Denied(format!("{how} (rule {}: {})", because.rule, because.reason))
        };
        let followed = self.open().followed;
        let seen = &seen.clone().having_followed(followed);
        let ruled = self.ruling(intent, seen).and_then(|ruling| match ruling {
            Ruling::Allow => {
                let others = intent.effects.iter().filter(|effect| {
                    matches!(effect, Effect::Fetch { url } if !seen.was_address_typed(url))
                });
                self.open().followed += others.count();
                Ok(Verdict::Allowed)
            }
            Ruling::Deny(because) => Ok(denied(&because, "the rules do not allow it")),
            Ruling::Ask(because) if self.open().presence == Presence::Unattended => {
                Ok(denied(&because, "this needs the person's yes, and nobody is there to ask"))
            }
            Ruling::Ask(mut because) => {
                if seen.is_suspicious() {
                    because.reason.push_str("; a text in view looks like an attack");
                }
                self.ask(call, intent, because).map(|approval| Verdict::Asked(Box::new(approval)))
            }
        });
        // What cannot be decided does not run.
        ruled.unwrap_or_else(|error| Verdict::Denied(crate::desk::in_words(&error)))
    }

    fn decide<'a>(&'a self, approval: &'a Approval) -> BoxFuture<'a, Decision> {
        let answered = self.open().take_answered(&approval.id);
        Box::pin(async move {
            let Some(answered) = answered else { return Decision::Expired };
            match timeout(PATIENCE, answered).await {
                Ok(Ok(decision)) => decision,
                Ok(Err(_)) | Err(_) => {
                    self.open().questions.remove(&approval.id);
                    Decision::Expired
                }
            }
        })
    }
}

fn mode(written: PolicyMode) -> Mode {
    match written {
        PolicyMode::TrustedFolder => Mode::TrustedFolder,
        PolicyMode::Ask => Mode::Ask,
        PolicyMode::ReadOnly => Mode::ReadOnly,
    }
}

fn explained(ruling: Ruling) -> ExplainedRuling {
    let (word, because) = match ruling {
        Ruling::Allow => ("allow", None),
        Ruling::Ask(because) => ("ask", Some(because)),
        Ruling::Deny(because) => ("deny", Some(because)),
    };
    ExplainedRuling {
        ruling: word.to_owned(),
        rule: because.as_ref().map(|because| because.rule.to_string()),
        reason: because.map(|because| because.reason),
    }
}

#[cfg(test)]
mod tests;
