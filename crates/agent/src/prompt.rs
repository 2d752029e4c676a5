//! What a model reads first: who it is, the files of its workspace, and the time.
//!
//! Invariant: nothing is cut in silence. What is not sent as it is in its file is named in the prompt and in the parts
//! that come back, and together they are never larger than the room that was given.

mod charter;
mod cut;
mod layout;
mod rules;
mod share;
#[cfg(test)]
mod tests;

use jiff::ZonedDateTime;
use localgpt_guard::Fence;
use localgpt_protocol::{
    ContextFile, ContextFiles, ContextName, ContextPart, ContextState, Instructions, ToolSpec,
};

use crate::{prompt::layout::Layout, tokens::estimate};

/// The most that is sent of all files together, in UTF-16 units.
const MOST_IN_ALL: usize = 60_000;
const SILENT: &str = "\
Nobody reads the answer of this turn: do what is asked, and when there is nothing to say, \
answer NO_REPLY and nothing else.
";

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner of the workspace alone.
    Private,
    /// Others too: neither `MEMORY.md` nor `HEARTBEAT.md` nor notes of a day.
    Group,
    /// The assistant itself, which gave a part of its work away: `AGENTS.md` and `TOOLS.md` alone.
    SubAgent,
    /// Nobody asked; it looks after what `HEARTBEAT.md` says.
    Heartbeat,
}

/// Whether the assistant acts by itself at times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// It does, so its owner's sessions show `HEARTBEAT.md`.
    On,
    /// It does not.
    Off,
}

/// Whether somebody reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Yes.
    Aloud,
    /// No; [`NO_REPLY`](crate::silent::NO_REPLY) is the answer when there is nothing to say.
    Silent,
}

/// What the first part of a request depends on beside the files.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Who reads the answer.
    pub audience: Audience,
    /// Whether the assistant acts by itself at times.
    pub heartbeat: Heartbeat,
    /// Whether somebody reads the answer.
    pub voice: Voice,
    /// The tools that are offered.
    pub tools: &'a [ToolSpec],
    /// The time in the user's zone.
    pub now: &'a ZonedDateTime,
    /// The estimated tokens that the instructions may take. What is said always is sent even if it takes more.
    pub tokens_available: u32,
    /// What stands around notes of a day.
    pub fence: Fence,
}

/// What a model reads first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The text.
    pub instructions: Instructions,
    /// Its parts: `instructions`, then the files and notes that are sent or left out. Together they have the estimated
    /// tokens of the text. A file that need not be there, or is kept from this audience, is no part.
    pub parts: Vec<ContextPart>,
}

/// Puts together what a model reads first.
///
/// A file is sent up to 20,000 UTF-16 units, all of them up to 60,000; a note of a day up to 1,200, all up to 2,800. If
/// that takes more tokens than there are, all of this shrinks alike until it fits, and is shared in the order of importance:
/// `IDENTITY.md`, `SOUL.md`, `AGENTS.md`, `HEARTBEAT.md`, `USER.md`, `MEMORY.md`, `BOOTSTRAP.md`, `TOOLS.md`, notes.
pub fn assemble(files: &ContextFiles, setting: &Setting<'_>) -> Assembled {
    let charter = charter::charter(setting.tools);
    let ending = ending(setting);
    let fixed = estimate(&charter) + estimate(&ending);
    // Where two texts meet, one token may be added.
    let available = setting.tokens_available.saturating_sub(fixed.saturating_add(2));
    let layout = fit(files, setting, available);
    let stable = charter + &layout.stable;
    let changing = layout.changing + &ending;
    let tokens = estimate(&stable) + estimate(&changing);
    let in_files = layout.parts.iter().fold(0_u32, |sum, part| sum.saturating_add(part.tokens));
    let own = ContextPart {
        name: "instructions".to_owned(),
        tokens: tokens.saturating_sub(in_files),
        state: ContextState::Whole,
    };
    let parts = std::iter::once(own).chain(layout.parts).collect();
    Assembled { instructions: Instructions { stable, changing }, parts }
}

/// The files laid out with as much of them as `available` tokens hold.
fn fit(files: &ContextFiles, setting: &Setting<'_>, available: u32) -> Layout {
    let visible: Vec<&ContextFile> =
        files.files.iter().filter(|file| may_see(setting, file.name)).collect();
    let notes = match setting.audience {
        Audience::Private => files.notes.as_slice(),
        Audience::Group | Audience::SubAgent | Audience::Heartbeat => &[],
    };
    let lay_out = |room| Layout::new(&visible, notes, setting.fence, room);
    let mut room = Layout::wanted(&visible, notes).min(MOST_IN_ALL);
    let mut layout = lay_out(room);
    // Headings and marks do not shrink.
    let frame = lay_out(0).tokens();
    while layout.tokens() > available {
        if frame > available {
            return Layout::empty(&visible, notes);
        }
        let text = u64::from(layout.tokens().saturating_sub(frame)).max(1);
        let shrunk = room as u64 * u64::from(available - frame) * 19 / (text * 20);
        room = usize::try_from(shrunk).unwrap_or(0);
        layout = lay_out(room);
    }
    layout
}

fn may_see(setting: &Setting<'_>, name: ContextName) -> bool {
    match name {
        ContextName::Agents | ContextName::Tools => true,
        ContextName::Soul | ContextName::Identity | ContextName::User | ContextName::Bootstrap => {
            setting.audience != Audience::SubAgent
        }
        ContextName::Memory => match setting.audience {
            Audience::Private | Audience::Heartbeat => true,
            Audience::Group | Audience::SubAgent => false,
        },
        ContextName::Heartbeat => match setting.audience {
            Audience::Private => setting.heartbeat == Heartbeat::On,
            Audience::Group | Audience::SubAgent => false,
            Audience::Heartbeat => true,
        },
    }
}

/// What stands last: the time, and what holds for a silent turn.
fn ending(setting: &Setting<'_>) -> String {
    let time = setting.now.strftime("%A, %Y-%m-%d %H:%M");
    let offset = setting.now.strftime("UTC%:z");
    // A zone that was read from a file of the system has no name of its own.
    let name = setting.now.time_zone().iana_name().filter(|name| *name != "Local");
    let mut text = match name {
        Some(zone) => format!("\n# Now\n\nIt is {time} in {zone} ({offset}).\n"),
        None => format!("\n# Now\n\nIt is {time} ({offset}).\n"),
    };
    match setting.voice {
        Voice::Aloud => {}
        Voice::Silent => text.push_str(SILENT),
    }
    text
}
