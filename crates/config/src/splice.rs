//! Where in the text an edit goes. Only that place changes: the parser gives positions, and the
//! text itself is never written anew from what was parsed.

use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, Value};

use crate::schema::find;

/// One change of the text: what stands in `range` becomes `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Splice {
    range: Range<usize>,
    with: String,
}

impl Splice {
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        changed.replace_range(self.range.clone(), &self.with);
        changed
    }
}

/// Returns the change that gives `name` the value `value`, which is TOML; `None` where only a
/// person can do it well, as inside an inline table.
pub(crate) fn set(document: &Document<&str>, name: &[Key], value: &str) -> Option<Splice> {
    match find(document, name) {
        // A table of dotted keys has no text of its own that could be replaced.
        Some(Item::Value(Value::InlineTable(table))) if table.is_dotted() => None,
        Some(item) => {
            let range = item.as_value()?.span()?;
            Some(Splice { range, with: value.to_owned() })
        }
        None => insert(document, name, value),
    }
}

/// Returns the change that takes the line of `name` out; `None` where only a person can do it
/// well. The key must be there.
pub(crate) fn unset(document: &Document<&str>, name: &[Key]) -> Option<Splice> {
    let text = document.raw();
    let (last, tables) = name.split_last()?;
    // An entry of an inline table has no line of its own.
    let table = find(document, tables)?.as_table()?;
    let (key, item) = table.get_key_value(last.get())?;
    let value = item.as_value()?.span()?;
    let start = line_start(text, key.span()?.start);
    Some(Splice { range: start..line_end(text, value.end), with: String::new() })
}

fn insert(document: &Document<&str>, name: &[Key], value: &str) -> Option<Splice> {
    let text = document.raw();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let section = Section::of(document, name)?;
    let rest = name.get(section.depth..)?;
    let (last, between) = rest.split_last()?;
    if between.is_empty() || section.continues_dotted {
        let line = format!("{} = {value}{newline}", dotted(rest));
        return Some(section.end_of_entries(text, &line, newline));
    }
    let (_, tables) = name.split_last()?;
    let mut with = break_before(text, text.len(), newline);
    if !text.trim_start_matches('\u{feff}').is_empty() {
        with.push_str(newline);
    }
    with.push_str(&format_lines(
        &[
            format!("[{}]", dotted(tables)),
            format!("{} = {value}", dotted(std::slice::from_ref(last))),
        ],
        newline,
    ));
    Some(Splice { range: text.len()..text.len(), with })
}

/// The part of the text below one header, or above the first.
struct Section<'d> {
    table: &'d Table,
    /// How many parts of the name lead to it.
    depth: usize,
    /// Whether a table below it is written with dotted keys, and so must go on that way.
    continues_dotted: bool,
    first_header: Option<usize>,
}

impl<'d> Section<'d> {
    fn of(document: &'d Document<&str>, name: &[Key]) -> Option<Self> {
        let first_header = first_header(document.as_table());
        let table = document.as_table();
        let mut section = Section { table, depth: 0, continues_dotted: false, first_header };
        let mut item = document.as_item();
        for (index, part) in name.iter().enumerate() {
            let Some(next) = item.as_table()?.get(part.get()) else { break };
            let table = next.as_table()?;
            if table.is_dotted() {
                section.continues_dotted = true;
            } else if !table.is_implicit() {
                section =
                    Section { table, depth: index + 1, continues_dotted: false, first_header };
            }
            item = next;
        }
        Some(section)
    }

    fn end_of_entries(&self, text: &str, line: &str, newline: &str) -> Splice {
        let at = match (last_entry(self.table), self.depth, self.first_header) {
            (Some(end), _, _) => line_end(text, end),
            (None, 0, Some(header)) => above_comments(text, line_start(text, header)),
            (None, 0, None) => text.len(),
            (None, _, _) => line_end(text, self.table.span().map_or(text.len(), |span| span.end)),
        };
        let mut with = break_before(text, at, newline);
        with.push_str(line);
        // The first key above a header stands apart from it.
        if self.depth == 0 && last_entry(self.table).is_none() && at < text.len() {
            with.push_str(newline);
        }
        Splice { range: at..at, with }
    }
}

/// Returns where the last value ends that belongs to the header of `table` itself.
fn last_entry(table: &Table) -> Option<usize> {
    let ends = table.iter().filter_map(|(_, item)| match item {
        Item::Value(value) => value.span().map(|span| span.end),
        Item::Table(inner) if inner.is_dotted() => last_entry(inner),
        Item::Table(_) | Item::ArrayOfTables(_) | Item::None => None,
    });
    ends.max()
}

fn first_header(table: &Table) -> Option<usize> {
    let starts = table.iter().filter_map(|(_, item)| match item {
        Item::Table(inner) if inner.is_implicit() || inner.is_dotted() => first_header(inner),
        Item::Table(inner) => {
            let own = inner.span().map(|span| span.start);
            own.into_iter().chain(first_header(inner)).min()
        }
        Item::ArrayOfTables(tables) => {
            tables.iter().filter_map(Table::span).map(|span| span.start).min()
        }
        Item::Value(_) | Item::None => None,
    });
    starts.min()
}

/// Goes up from a header over the comment that belongs to it.
fn above_comments(text: &str, header: usize) -> usize {
    let top = line_start(text, 0);
    let mut at = header;
    while at > top {
        let above = line_start(text, at - 1);
        if !text[above..at].starts_with('#') {
            break;
        }
        at = above;
    }
    at
}

fn line_start(text: &str, at: usize) -> usize {
    match text[..at].rfind('\n') {
        Some(newline) => newline + 1,
        None if text.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
        None => 0,
    }
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// Returns the line break that is missing where the last line of a file is not ended.
fn break_before(text: &str, at: usize, newline: &str) -> String {
    let before = text[..at].trim_start_matches('\u{feff}');
    match before.is_empty() || before.ends_with('\n') {
        true => String::new(),
        false => newline.to_owned(),
    }
}

fn dotted(parts: &[Key]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| Key::new(part.get()).to_string()).collect();
    parts.join(".")
}

fn format_lines(lines: &[String], newline: &str) -> String {
    lines.iter().map(|line| format!("{line}{newline}")).collect()
}
