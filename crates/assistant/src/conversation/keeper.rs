//! Hears what happens in a turn and puts into the log what has to be kept, before anybody acts on it.

use localgpt_agent::listener::{Listener, NotKept};
use localgpt_protocol::{Clock, EventKind, SessionRecord, Usage};

use super::Open;
use crate::{Error, desk::Desk, desk::in_words};

/// Whoever is told what happens.
pub type Tell<'a> = &'a mut (dyn FnMut(EventKind) + Send);

/// The one who writes the log of a turn.
pub(super) struct Keeper<'a> {
    pub(super) open: &'a mut Open,
    pub(super) clock: &'a Clock,
    pub(super) desk: &'a Desk,
    pub(super) tell: Tell<'a>,
    /// What the turn has taken, work behind the scenes included.
    pub(super) usage: Usage,
    /// Whether the model was heard: then no other one can answer in its place.
    pub(super) heard: bool,
}

impl Keeper<'_> {
    /// Appends a record.
    pub(super) fn keep(&mut self, record: SessionRecord) -> Result<(), NotKept> {
        self.open.keep(record).map_err(|error| not_kept(&error))
    }
}

/// What could not be kept, for the person.
pub(super) fn not_kept(error: &Error) -> NotKept {
    NotKept { message: in_words(error), hint: error.hint() }
}

impl Listener for Keeper<'_> {
    fn hear(&mut self, event: EventKind) -> Result<(), NotKept> {
        let at = self.clock.now();
        match &event {
            EventKind::Said { message } => {
                self.heard = true;
                self.keep(SessionRecord::Said { at, message: message.clone() })?;
            }
            EventKind::Spent { model, purpose, usage } => {
                self.usage.add(*usage);
                let (model, purpose, usage) = (model.clone(), *purpose, *usage);
                self.keep(SessionRecord::Spent { at, model, purpose, usage })?;
            }
            EventKind::TextDelta { .. } | EventKind::ThinkingDelta { .. } => self.heard = true,
            EventKind::ToolFinished { .. } => {
                (self.tell)(event);
                self.open
                    .keep_written(self.desk, at, &mut *self.tell)
                    .map_err(|error| not_kept(&error))?;
                return Ok(());
            }
            EventKind::ApprovalAnswered { approval, decision } => {
                let (approval, decision) = (approval.clone(), decision.clone());
                self.keep(SessionRecord::Approved { at, approval, decision })?;
            }
            EventKind::TurnStarted { .. }
            | EventKind::ApprovalAsked { .. }
            | EventKind::Recalled { .. }
            | EventKind::LeftOut { .. }
            | EventKind::Retrying { .. }
            | EventKind::FailedOver { .. }
            | EventKind::CallsWritten
            | EventKind::ToolStarted { .. }
            | EventKind::Remembered { .. }
            | EventKind::Compacted { .. }
            | EventKind::TurnFinished { .. } => {}
        }
        (self.tell)(event);
        Ok(())
    }
}
