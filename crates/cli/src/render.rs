//! What data looks like to a person: text in, text out; nothing here knows a command.
//!
//! Everything that comes from a note passes through `localgpt_guard::visible` here, whether the
//! output is a terminal or a pipe.

mod answer;
mod clipboard;
mod json;
mod markdown;
mod progress;
mod recall;
mod sessions;
mod skills;
mod style;
mod tables;
mod text;
mod turn;

pub(crate) use answer::answer;
pub(crate) use clipboard::clipboard;
pub(crate) use json::harmless_json;
pub(crate) use markdown::MarkdownStyle;
pub(crate) use progress::Progress;
pub(crate) use recall::{Detail, hits};
pub(crate) use sessions::{UsageBy, figures, models, session_hits, sessions, usage};
pub(crate) use skills::{skill, skill_faults, skill_review, skills};
pub(crate) use style::{accent, alarm, bold, dim, good};
pub(crate) use tables::{checks, origins, pairs, recent, reindexed, skipped, stats};
pub(crate) use text::{Width, shell_word, wrap};
pub(crate) use turn::{Motion, Screen, Signs, ThinkingShown, TurnLook, TurnView, note_text};
