//! The files of a workspace as text: what stays the same in a session, then what changes.

use localgpt_guard::{Fence, Untrusted, quote};
use localgpt_protocol::{
    ContextFile, ContextName, ContextPart, ContextState, DayNote, Found, js_trim_end,
};

use crate::{
    prompt::{
        cut::{Keep, Piece, cut, units},
        share::{LEAST, share},
    },
    tokens::estimate,
};

/// The most that is sent of a file, in UTF-16 units.
const MOST_OF_FILE: usize = 20_000;
/// The most that is sent of a note of a day.
const MOST_OF_NOTE: usize = 1_200;
/// The most that is sent of all notes of days.
const MOST_OF_NOTES: usize = 2_800;

const HEADING: &str = "\n# Project context\n\nFiles of the workspace, in its owner's words.\n";
const EMBODY: &str = "Be who SOUL.md says you are: its manner and its voice are yours.\n";
const NO_ROOM: &str = "there is no room for it";
const NOTES: &str = "\n## Notes of the last days\n";

/// The most important first.
const IMPORTANCE: [ContextName; 8] = [
    ContextName::Identity,
    ContextName::Soul,
    ContextName::Agents,
    ContextName::Heartbeat,
    ContextName::User,
    ContextName::Memory,
    ContextName::Bootstrap,
    ContextName::Tools,
];

/// Files and notes as text.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// What is the same in every request of a session.
    pub stable: String,
    /// What changes.
    pub changing: String,
    /// What is in both, and what is not.
    pub parts: Vec<ContextPart>,
}

impl Layout {
    /// Lays out the files with at most `room` units of their text.
    pub(super) fn new(
        files: &[&ContextFile],
        notes: &[DayNote],
        fence: Fence,
        room: usize,
    ) -> Self {
        let mut layout = Self::default();
        let rooms = rooms(files, room);
        let used: usize = rooms.iter().map(|(_, room)| *room).sum();
        let room_of =
            |name| rooms.iter().find(|(other, _)| *other == name).map_or(0, |(_, room)| *room);
        for file in files {
            layout.file(file, room_of(file.name));
        }
        if !layout.stable.is_empty() {
            let is_embodied = files
                .iter()
                .any(|file| file.name == ContextName::Soul && matches!(file.found, Found::Text(_)));
            let embody = if is_embodied && room_of(ContextName::Soul) > 0 { EMBODY } else { "" };
            layout.stable = format!("{HEADING}{embody}{}", layout.stable);
        }
        layout.notes(notes, fence, (room - used).min(MOST_OF_NOTES));
        layout
    }

    /// The units that the text of all files and notes would take if there were no other limit than their own.
    pub(super) fn wanted(files: &[&ContextFile], notes: &[DayNote]) -> usize {
        let of = |found: &Found, most: usize| {
            found.text().map_or(0, |text| units(js_trim_end(text)).min(most))
        };
        let in_files: usize = files.iter().map(|file| of(&file.found, MOST_OF_FILE)).sum();
        let in_notes: usize = notes.iter().map(|note| of(&note.found, MOST_OF_NOTE)).sum();
        in_files + in_notes.min(MOST_OF_NOTES)
    }

    /// The estimated tokens of it.
    pub(super) fn tokens(&self) -> u32 {
        estimate(&self.stable).saturating_add(estimate(&self.changing))
    }

    /// Nothing is sent, and every part says so.
    pub(super) fn empty(files: &[&ContextFile], notes: &[DayNote]) -> Self {
        let mut layout = Self::new(files, notes, Fence(0), 0);
        layout.stable.clear();
        layout.changing.clear();
        layout.parts.retain(|part| part.state != ContextState::Whole);
        for part in &mut layout.parts {
            part.tokens = 0;
        }
        layout
    }

    fn file(&mut self, file: &ContextFile, room: usize) {
        let name = file.name.as_str();
        let (body, state) = match &file.found {
            Found::Text(text) => match piece(text, name, room, keep(file.name)) {
                Some(piece) => (piece.text, piece.state),
                None => (format!("[LEFT OUT] {NO_ROOM}"), left_out(NO_ROOM)),
            },
            Found::Blank => return,
            Found::Missing { lookalike: Some(other) } => {
                let reason = format!("only the exact name counts, and there is {other}");
                (format!("[MISSING] {reason}"), left_out(&reason))
            }
            Found::Missing { lookalike: None } if needs_not_exist(file.name) => return,
            Found::Missing { lookalike: None } => {
                (format!("[MISSING] expected at {name}"), ContextState::Whole)
            }
            Found::Unreadable { reason } => (format!("[UNREADABLE] {reason}"), left_out(reason)),
            Found::TooLarge { bytes, limit } => {
                let reason = too_large(*bytes, *limit);
                (format!("[TOO LARGE] {reason}"), left_out(&reason))
            }
            Found::Refused { reason } => (format!("[REFUSED] {reason}"), left_out(reason)),
        };
        let section = format!("\n## {name}\n\n{body}\n");
        let tokens = estimate(&section);
        let is_missing = matches!(file.found, Found::Missing { .. });
        let part = if is_missing { format!("{name} (missing)") } else { name.to_owned() };
        self.parts.push(ContextPart { name: part, tokens, state });
        let text = match file.name {
            ContextName::Heartbeat => &mut self.changing,
            _ => &mut self.stable,
        };
        text.push_str(&section);
    }

    fn notes(&mut self, notes: &[DayNote], fence: Fence, room: usize) {
        let mut left = room;
        let mut quoted = String::new();
        for note in notes {
            let mut tokens = 0;
            let state = match &note.found {
                Found::Blank | Found::Missing { .. } => continue,
                Found::Unreadable { reason } | Found::Refused { reason } => left_out(reason),
                Found::TooLarge { bytes, limit } => left_out(&too_large(*bytes, *limit)),
                Found::Text(text) => match note_piece(note, text, left.min(MOST_OF_NOTE)) {
                    None => left_out(NO_ROOM),
                    Some(piece) => {
                        left -= units(&piece.text);
                        let text = Untrusted::new(piece.text).labelled(note.label);
                        let text = quote(&text, &note.path, fence, MOST_OF_NOTE);
                        let section = format!("\n{}\n", text.as_str());
                        quoted.push_str(&section);
                        tokens = estimate(&section);
                        piece.state
                    }
                },
            };
            self.parts.push(ContextPart { name: note.path.clone(), tokens, state });
        }
        if !quoted.is_empty() {
            self.changing.push_str(NOTES);
            self.changing.push_str(&quoted);
        }
    }
}

fn left_out(reason: &str) -> ContextState {
    ContextState::LeftOut { reason: reason.to_owned() }
}

fn too_large(bytes: u64, limit: u64) -> String {
    format!("it has {bytes} bytes, the limit is {limit}")
}

/// How much of each file with text may be sent.
fn rooms(files: &[&ContextFile], room: usize) -> Vec<(ContextName, usize)> {
    let want = |name: ContextName| {
        let file = files.iter().find(|file| file.name == name)?;
        let text = file.found.text()?;
        Some((name, units(js_trim_end(text)).min(MOST_OF_FILE)))
    };
    let wants: Vec<(ContextName, usize)> = IMPORTANCE.into_iter().filter_map(want).collect();
    let sizes: Vec<usize> = wants.iter().map(|(_, size)| *size).collect();
    wants.iter().map(|(name, _)| *name).zip(share(room, &sizes)).collect()
}

/// What is sent of a text, and whether that is all of it.
struct Shown {
    text: String,
    state: ContextState,
}

fn piece(text: &str, name: &str, room: usize, keep: Keep) -> Option<Shown> {
    let text = js_trim_end(text);
    let piece = if room < LEAST.min(units(text)) { None } else { cut(text, name, room, keep) }?;
    let Piece { text, kept, of } = piece;
    let state = if kept == of { ContextState::Whole } else { ContextState::Cut { kept, of } };
    Some(Shown { text, state })
}

/// The end of a note. Where its beginning was not even read, the numbers are those of what was.
fn note_piece(note: &DayNote, text: &str, room: usize) -> Option<Shown> {
    match note.unread {
        0 => piece(text, &note.path, room, Keep::END),
        _ => piece(text, &format!("the end of {}", note.path), room, Keep::END),
    }
}

fn keep(name: ContextName) -> Keep {
    match name {
        ContextName::Agents => Keep::RULES,
        ContextName::Soul
        | ContextName::Identity
        | ContextName::User
        | ContextName::Tools
        | ContextName::Bootstrap
        | ContextName::Memory
        | ContextName::Heartbeat => Keep::ENDS,
    }
}

/// Files that nobody misses: there is nothing to remember, to set up or to look after yet.
fn needs_not_exist(name: ContextName) -> bool {
    match name {
        ContextName::Memory | ContextName::Bootstrap | ContextName::Heartbeat => true,
        ContextName::Agents
        | ContextName::Soul
        | ContextName::Identity
        | ContextName::User
        | ContextName::Tools => false,
    }
}
