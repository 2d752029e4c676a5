//! Making room: older messages are replaced by a summary, and stay in the log.
//!
//! Invariant: the cut stands before a message of the person, so no call is parted from its result, and the last message
//! of the person is kept. A summary always comes about: where the model cannot write one, it is an extract.

mod extract;
mod notes;
mod summary;
mod tell;

use localgpt_guard::Origin;
use localgpt_protocol::{EventKind, Message, Summariser, ToolName, TurnEnd, Usage};

pub use self::extract::extract;
use crate::{
    budget::{self, Fit, TooLong, fit},
    drive::Hands,
    listener::{Listener, NotKept},
    origins,
    turn::Setup,
};

/// The most tokens of a summary.
const SUMMARY: u32 = 2_000;
/// Tokens around a summary.
const FRAME: u32 = 64;

/// What the model still sees of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Talk {
    /// What stands for everything before.
    pub summary: Option<String>,
    /// The least trusted of what the summary stands for and of whatever else shaped what was said.
    pub origin: Origin,
    /// The messages, oldest first; the last is the one to answer.
    pub entries: Vec<Entry>,
}

/// A message and where the log has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The number of its record.
    pub record: u64,
    /// The message.
    pub message: Message,
}

impl Talk {
    /// The messages alone.
    pub fn messages(&self) -> Vec<Message> {
        self.entries.iter().map(|entry| entry.message.clone()).collect()
    }
}

/// Whether the model may save notes of what is about to leave its view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notes {
    /// No: in a heartbeat, in a workspace that is only read, where nothing may be remembered.
    Skip,
    /// Yes, by this one of the tools.
    Save(ToolName),
}

/// A summary that replaces older messages. It holds once it is kept in the log and applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Compaction {
    /// Stands for every message before `kept_from`, those of an earlier summary among them.
    pub summary: String,
    /// The number of the record of the first message that is kept.
    pub kept_from: u64,
    /// How many messages it replaces.
    pub messages: usize,
    /// Who wrote it.
    pub by: Summariser,
    /// The least trusted of what it replaces, the earlier summary among it, and of what shaped it.
    pub origin: Origin,
    /// Why the model could not write it, if it could not.
    pub failure: Option<String>,
    /// How the turn that saved notes ended, if there was one.
    pub notes: Option<TurnEnd>,
    /// What both took. It was told as it was spent.
    pub usage: Usage,
}

impl Compaction {
    /// Replaces the messages in `talk`.
    pub fn apply(&self, talk: &mut Talk) {
        let kept = talk.entries.iter().position(|entry| entry.record >= self.kept_from);
        talk.entries.drain(..kept.unwrap_or(talk.entries.len()));
        talk.summary = Some(self.summary.clone());
        talk.origin = self.origin;
    }
}

/// Why there is no room, and nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoom {
    /// The person stopped it.
    Cancelled,
    /// What was spent could not be kept.
    NotKept(NotKept),
    /// The message alone is too long.
    TooLong(TooLong),
}

impl NoRoom {
    /// How the turn ends by it.
    pub fn end(self) -> TurnEnd {
        match self {
            Self::Cancelled => TurnEnd::Cancelled,
            Self::NotKept(lost) => TurnEnd::Failed { message: lost.message, hint: lost.hint },
            Self::TooLong(long) => {
                TurnEnd::Failed { message: long.to_string(), hint: Some(long.hint()) }
            }
        }
    }
}

/// Compacts `talk` if it does not fit into the window of the turn that `setup` describes.
///
/// Leaving out old tool results comes first: if that is enough, the turn does it by itself and nothing is compacted.
/// The model is called through `hands`; only what was spent and remembered is heard. `None` if there is room.
pub async fn make_room(
    talk: &Talk,
    setup: &Setup,
    notes: &Notes,
    hands: &Hands<'_>,
    listener: &mut dyn Listener,
) -> Result<Option<Compaction>, NoRoom> {
    match fit(setup, talk.summary.as_deref(), &talk.messages()) {
        Fit::Fits { .. } => Ok(None),
        Fit::NeedsCompaction { .. } => compact(talk, setup, notes, hands, listener).await,
        Fit::TooLong(too_long) => Err(NoRoom::TooLong(too_long)),
    }
}

/// Compacts `talk` whether it fits or not. `None` if there is nothing to replace.
pub async fn compact(
    talk: &Talk,
    setup: &Setup,
    notes: &Notes,
    hands: &Hands<'_>,
    listener: &mut dyn Listener,
) -> Result<Option<Compaction>, NoRoom> {
    let messages = talk.messages();
    let free = setup.window.calibration.undo(free(setup));
    let Some(at) = plan(&messages, free / 2) else { return Ok(None) };
    let (old, kept) = talk.entries.split_at(at.min(talk.entries.len()));
    let Some(first) = kept.first() else { return Ok(None) };
    let tail = budget::messages(messages.get(at..).unwrap_or_default());
    let limit = SUMMARY.min(free / 6).min(free.saturating_sub(tail).saturating_sub(FRAME));

    let mut usage = Usage::default();
    let mut silent = Silent { inner: listener, usage: &mut usage, lost: None };
    let notes = match notes {
        Notes::Skip => None,
        Notes::Save(tool) => notes::save(old, setup, tool, hands, &mut silent).await?,
    };
    let before = talk.summary.as_deref();
    let wanted = summary::Wanted { before, old, limit };
    let (summary, by, failure) = match summary::write(&wanted, setup, hands, &mut silent).await? {
        Ok(summary) => (summary, Summariser::Model, None),
        Err(failure) => (extract(before, old, limit), Summariser::Extract, Some(failure)),
    };
    let replaced = messages.get(..at).unwrap_or_default();
    let by_model = match by {
        Summariser::Model => Origin::Assistant,
        Summariser::Extract => Origin::Human,
    };
    let origin = origins::origin(replaced).max(talk.origin).max(by_model);
    let (kept_from, messages) = (first.record, old.len());
    Ok(Some(Compaction { summary, kept_from, messages, by, origin, failure, notes, usage }))
}

/// Where the messages that are kept begin: at the earliest message of the person from which on everything has no more
/// than `keep` tokens, or at the last one. `None` if nothing stands before it.
pub fn plan(messages: &[Message], keep: u32) -> Option<usize> {
    let mut size: u32 = 0;
    let mut cut = None;
    for (at, message) in messages.iter().enumerate().rev() {
        size = size.saturating_add(budget::messages(std::slice::from_ref(message)));
        if size > keep && cut.is_some() {
            break;
        }
        if matches!(message, Message::User(_)) {
            cut = Some(at);
        }
    }
    cut.filter(|at| *at > 0)
}

/// Tokens for messages, as the model counts them.
fn free(setup: &Setup) -> u32 {
    budget::room(setup).saturating_sub(budget::tokens(setup, None, &[]))
}

/// Hears of work behind the scenes what has to be kept of it.
struct Silent<'a> {
    inner: &'a mut dyn Listener,
    usage: &'a mut Usage,
    lost: Option<NotKept>,
}

impl Listener for Silent<'_> {
    fn hear(&mut self, event: EventKind) -> Result<(), NotKept> {
        if let EventKind::Spent { usage, .. } = &event {
            self.usage.add(*usage);
        }
        match matches!(event, EventKind::Spent { .. } | EventKind::Remembered { .. }) {
            true => self.inner.hear(event).inspect_err(|lost| self.lost = Some(lost.clone())),
            false => Ok(()),
        }
    }
}
