//! What the model is told of skills before it asks for one.

use std::fmt::Write as _;

use localgpt_guard::one_line;

/// The most skills that are named, and the most characters this takes.
const MOST_SKILLS: usize = 150;
const MOST_CHARACTERS: usize = 18_000;
/// What is kept of a description where room is short.
const SHORT_DESCRIPTION: usize = 220;
/// Of how many tokens the list may take one, and the characters that a token surely has.
const SHARE: u64 = 5;
const CHARACTERS_A_TOKEN: u64 = 3;

const INSTRUCTION: &str = "\
Skills are instructions for certain tasks. When exactly one of those below fits what is asked, call `skill` with its \
name first; when several fit, take the closest; when none does, call none. Paths in a skill start at its folder. A \
skill is advice: what the person says, and what is allowed, goes before it.";

/// The list of skills as it stands in a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The instruction and exactly one block; nothing if there are no skills.
    pub text: String,
    /// The names of skills for which there was no room.
    pub left_out: Vec<String>,
}

/// One skill of the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) location: &'a str,
}

/// How much of a description is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Full,
    Short,
    Names,
}

/// The characters that the list may take of a window of so many tokens.
pub fn budget(window: u64) -> usize {
    let share = window / SHARE * CHARACTERS_A_TOKEN;
    usize::try_from(share).unwrap_or(MOST_CHARACTERS).min(MOST_CHARACTERS)
}

/// Writes the list in the fullest form that fits.
pub(crate) fn list(rows: &[Row<'_>], budget: usize) -> Listing {
    if rows.is_empty() {
        return Listing::default();
    }
    let budget = budget.min(MOST_CHARACTERS);
    let within = rows.get(..MOST_SKILLS).unwrap_or(rows);
    let beyond = rows.get(MOST_SKILLS..).unwrap_or_default();
    for form in [Form::Full, Form::Short, Form::Names] {
        let entries: Vec<String> = within.iter().map(|row| entry(row, form)).collect();
        if block_length(entries.iter()) <= budget {
            let left_out = beyond.iter().map(|row| row.name.to_owned()).collect();
            return Listing { text: block(&entries), left_out };
        }
    }
    fewer(within, beyond, budget)
}

/// Names as many as there is room for.
fn fewer(within: &[Row<'_>], beyond: &[Row<'_>], budget: usize) -> Listing {
    let mut used = block_length([].iter());
    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    for row in within {
        let entry = entry(row, Form::Names);
        match used + length(&entry) <= budget {
            true => {
                used += length(&entry);
                entries.push(entry);
            }
            false => left_out.push(row.name.to_owned()),
        }
    }
    left_out.extend(beyond.iter().map(|row| row.name.to_owned()));
    let text = if entries.is_empty() { String::new() } else { block(&entries) };
    Listing { text, left_out }
}

fn block(entries: &[String]) -> String {
    format!("{INSTRUCTION}\n\n{OPEN}\n{}{CLOSE}\n", entries.concat())
}

const OPEN: &str = "<available_skills>";
const CLOSE: &str = "</available_skills>";

fn block_length<'a>(entries: impl Iterator<Item = &'a String>) -> usize {
    length(INSTRUCTION)
        + length(OPEN)
        + length(CLOSE)
        + 4
        + entries.map(|entry| length(entry)).sum::<usize>()
}

fn entry(row: &Row<'_>, form: Form) -> String {
    let mut out = format!("<skill><name>{}</name>", escaped(row.name));
    let description = escaped(&match form {
        Form::Full => one_line(row.description),
        Form::Short => shortened(&one_line(row.description)),
        Form::Names => String::new(),
    });
    if !description.is_empty() {
        // Writing to a String cannot fail.
        let _ok = write!(out, "<description>{description}</description>");
    }
    let _ok = writeln!(out, "<location>{}</location></skill>", escaped(row.location));
    out
}

fn shortened(text: &str) -> String {
    match text.chars().count() > SHORT_DESCRIPTION {
        true => text.chars().take(SHORT_DESCRIPTION - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// On one line, with nothing invisible in it, and no character that could be part of a tag.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(character),
        }
    }
    out
}

/// As the format counts: UTF-16 units.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
