//! A skill that calls a tool in the place of a model: `command-dispatch: tool`.
//!
//! It is a turn like any other, in which the skill stands where the model would: the same rules, the same questions,
//! the same record. What the tool puts out is shown to the person; a later model reads it as the result that it is.

use localgpt_agent::repair::understand;
use localgpt_protocol::{
    AssistantPart, BoxFuture, Capabilities, Delta, EventKind, Message, ModelName, Provider,
    ProviderError, Reply, Request, SessionRecord, StopReason, ToolCall, ToolCallId, ToolName,
    ToolOutcome, ToolSpec, ToolSupport, Usage, UserPart, WindowSource,
};
use localgpt_skills::{Dispatch, Invocation};
use serde_json::{Value, json};

use super::{Conversation, Outcome, Tell};
use crate::Error;

/// Nobody reads what stands before the call, so nothing has to make room.
const WINDOW: u32 = u32::MAX / 4;

/// What is to be done with what a person typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// It is said to the model.
    Said(Vec<UserPart>),
    /// A tool is called without a model.
    Tool(ToolOfSkill),
}

/// A call that a skill makes for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOfSkill {
    typed: String,
    skill: String,
    call: ToolCall,
}

impl From<Vec<UserPart>> for Called {
    fn from(parts: Vec<UserPart>) -> Self {
        Self::Said(parts)
    }
}

impl Conversation {
    /// Does what a person wants who typed something, and waits for its end, as [`Conversation::send`] does.
    pub async fn take(&mut self, called: Called, tell: Tell<'_>) -> Result<Outcome, Error> {
        match called {
            Called::Said(parts) => self.send(parts, tell).await,
            Called::Tool(of_skill) => self.dispatch(of_skill, tell).await,
        }
    }

    /// The call that a skill makes; none if the model is to be asked.
    pub(super) fn dispatched(
        &self,
        typed: &str,
        invocation: &Invocation,
    ) -> Option<Result<ToolOfSkill, Error>> {
        let Dispatch::Tool { tool, .. } = &invocation.dispatch else { return None };
        let specs: Vec<ToolSpec> =
            self.equipment.tools.iter().map(|tool| tool.spec().clone()).collect();
        Some(fitting(tool, &invocation.input, &specs).map(|call| {
            let (typed, skill) = (typed.to_owned(), invocation.skill.clone());
            ToolOfSkill { typed, skill, call }
        }))
    }

    async fn dispatch(&mut self, of_skill: ToolOfSkill, tell: Tell<'_>) -> Result<Outcome, Error> {
        let ToolOfSkill { typed, skill, call } = of_skill;
        let caller = Caller::new(&skill, call)?;
        self.cancel.reset();
        self.begin()?;
        tell(EventKind::TurnStarted { model: caller.capabilities.model.clone() });
        self.keep_written(tell)?;
        let message = Message::User(vec![UserPart::Text(typed)]);
        self.keep(SessionRecord::Said { at: self.now(), message: message.clone() })?;
        tell(EventKind::Said { message });
        // What is known of the model is not known of a skill.
        let known = (self.calling, self.calibration, self.told.clone());
        let attempted = self.attempt_with(&caller, tell).await;
        (self.calling, self.calibration, self.told) = known;
        let (end, _, usage, _) = attempted?;
        self.finish(end, usage, tell)
    }
}

/// The call of a tool with what was typed: as the command that other programs hand over, or as the one text that the
/// tool needs.
fn fitting(tool: &str, typed: &str, specs: &[ToolSpec]) -> Result<ToolCall, Error> {
    let call =
        |input: Value| ToolCall { id: ToolCallId::new("skill"), name: ToolName::new(tool), input };
    let as_text = call(Value::String(typed.to_owned()));
    let as_command = call(json!({ "command": typed }));
    understand(&as_command, specs)
        .or_else(|_| understand(&as_text, specs))
        .map_err(|misfit| Error::Call(misfit.to_string()))
}

/// Makes one call, and says in the end that it was made.
struct Caller {
    capabilities: Capabilities,
    call: ToolCall,
}

impl Caller {
    fn new(skill: &str, call: ToolCall) -> Result<Self, Error> {
        let name: String = skill
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
            .collect();
        let model = ModelName::new("skill", &name).map_err(|_wrong| Error::NoModel)?;
        let capabilities = Capabilities {
            model,
            context_window: WINDOW,
            window_source: WindowSource::Assumed,
            max_output: 1,
            tools: ToolSupport::Native,
            images: false,
            price: None,
        };
        Ok(Self { capabilities, call })
    }
}

impl Provider for Caller {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        let part = match request.messages.last() {
            Some(Message::ToolResults(results)) => {
                let outcome = results.first().map(|result| &result.outcome);
                let name = &self.call.name;
                // The text of others is shown, and never becomes what the assistant said itself.
                let (shown, said) = match outcome {
                    Some(ToolOutcome::Done(text)) => {
                        (inner(text.as_str()), format!("`{name}` ran."))
                    }
                    Some(ToolOutcome::Failed(text)) => {
                        (inner(text.as_str()), format!("`{name}` failed."))
                    }
                    // Why not was told where it was decided.
                    Some(ToolOutcome::Denied(_)) | None => ("", format!("`{name}` did not run.")),
                };
                show(Delta::Text(match shown.trim_end() {
                    "" => said.clone(),
                    shown => shown.to_owned(),
                }));
                AssistantPart::Text(said)
            }
            _ => AssistantPart::ToolCall(self.call.clone()),
        };
        let reply = Reply {
            parts: vec![part],
            faults: Vec::new(),
            stop: StopReason::End,
            usage: Usage::default(),
        };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// What stands in a fence; for a person, who sees where it comes from.
fn inner(quoted: &str) -> &str {
    let inner = quoted.split_once('\n').and_then(|(_, rest)| rest.rsplit_once('\n'));
    inner.map_or(quoted, |(inner, _)| inner)
}
