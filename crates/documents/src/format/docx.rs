//! Documents of Word: what a reader sees, as Markdown.

mod lists;
mod styles;

use crate::{
    Limits, Note, Why,
    format::{
        archive::Archive,
        story::Story,
        xml::{Tag, Visit, walk},
    },
    wire::Parsed,
};

use self::{lists::Lists, styles::Styles};

/// Reads the text, its notes and its comments.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, Why> {
    let mut archive = Archive::open(bytes)?;
    let body = archive.text("word/document.xml")?.ok_or(Why::Damaged)?;
    let mut styles = Styles::default();
    if let Some(xml) = archive.text("word/styles.xml")? {
        walk(&xml, &mut styles)?;
    }
    let mut lists = Lists::default();
    if let Some(xml) = archive.text("word/numbering.xml")? {
        walk(&xml, &mut lists)?;
    }
    let mut walker = Walker::new(Story::new(limits.text_bytes), styles, lists);
    walk(&body, &mut walker)?;
    for (file, label) in [
        ("word/footnotes.xml", "footnotes"),
        ("word/endnotes.xml", "endnotes"),
        ("word/comments.xml", "comments"),
    ] {
        if let Some(xml) = archive.text(file)? {
            walker.story.begin(Some(label.to_owned()));
            walk(&xml, &mut walker)?;
        }
    }
    let counts =
        [(walker.hidden, Note::HiddenText as fn(u32) -> Note), (walker.deleted, Note::DeletedText)];
    let notes = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, note)| note(count));
    let notes = notes.collect();
    walker.story.finish(notes)
}

/// A paragraph that is being read. One may lie in another: a text box is anchored in a paragraph.
#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    outline: Option<u8>,
    list: Option<String>,
    depth: usize,
}

/// A table that is being read; one may lie in a cell of another.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
}

struct Walker {
    story: Story,
    styles: Styles,
    lists: Lists,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// How many elements are open whose text is another version of what is there.
    doubled: usize,
    /// How many elements are open whose text a tracked change takes away.
    taken_away: usize,
    /// Whether the characters between two tags are text of the document.
    is_text: bool,
    /// Whether the run is marked as hidden.
    is_hidden: bool,
    hidden: u32,
    deleted: u32,
}

impl Walker {
    fn new(story: Story, styles: Styles, lists: Lists) -> Self {
        Self {
            story,
            styles,
            lists,
            paragraphs: Vec::new(),
            tables: Vec::new(),
            doubled: 0,
            taken_away: 0,
            is_text: false,
            is_hidden: false,
            hidden: 0,
            deleted: 0,
        }
    }

    /// Adds what a reader sees, and counts what they do not.
    fn add(&mut self, text: &str) {
        if self.doubled > 0 {
            return;
        }
        let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if self.taken_away > 0 {
            self.deleted = self.deleted.saturating_add(count);
        } else if self.is_hidden {
            self.hidden = self.hidden.saturating_add(count);
        } else if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn end_paragraph(&mut self) {
        let Some(paragraph) = self.paragraphs.pop() else { return };
        if let Some(table) = self.tables.last_mut() {
            table.add(&paragraph.text);
            return;
        }
        let style = paragraph.style.as_deref();
        let level = paragraph.outline.or_else(|| self.styles.level(style));
        let list = paragraph.list.or_else(|| self.styles.list(style).map(str::to_owned));
        if paragraph.text.trim().is_empty() {
            return;
        }
        match (level, list) {
            (Some(level), _) => self.story.heading(level, &paragraph.text),
            // List 0 takes a paragraph out of the list of its style.
            (None, Some(list)) if list != "0" => {
                let number = self.lists.number(&list, paragraph.depth);
                self.story.item(paragraph.depth, number, &paragraph.text);
            }
            (None, _) => self.story.paragraph(&paragraph.text),
        }
    }

    fn end_table(&mut self) {
        let Some(table) = self.tables.pop() else { return };
        let Some(outer) = self.tables.last_mut() else {
            self.story.table(&table.rows);
            return;
        };
        for row in &table.rows {
            outer.add(&row.join(", "));
        }
    }

    /// Takes in what a paragraph or a run says about itself.
    fn property(&mut self, name: &str, tag: &Tag<'_>) {
        if name == "vanish" {
            self.is_hidden = !matches!(tag.value("val").as_deref(), Some("0" | "false" | "off"));
        }
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        match name {
            "pStyle" => paragraph.style = tag.value("val"),
            "outlineLvl" => paragraph.outline = tag.value("val").and_then(|value| level(&value)),
            "numId" => paragraph.list = tag.value("val"),
            "ilvl" => {
                paragraph.depth =
                    tag.value("val").and_then(|value| value.parse().ok()).unwrap_or_default();
            }
            _ => {}
        }
    }
}

impl Table {
    fn add(&mut self, text: &str) {
        if !self.cell.is_empty() && !text.trim().is_empty() {
            self.cell.push(' ');
        }
        self.cell.push_str(text.trim());
    }
}

/// The level of a heading, of an outline level as Word writes it: from 0, and 9 is no heading.
fn level(outline: &str) -> Option<u8> {
    outline.parse::<u8>().ok().filter(|level| *level < 9).map(|level| level.saturating_add(1))
}

impl Visit for Walker {
    fn open(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "r" => self.is_hidden = false,
            "t" | "delText" => {
                self.is_text = true;
                self.taken_away = self.taken_away.saturating_add(usize::from(name == "delText"));
            }
            "del" | "moveFrom" => self.taken_away = self.taken_away.saturating_add(1),
            "Fallback" => self.doubled = self.doubled.saturating_add(1),
            "tab" => self.add("\t"),
            "br" | "cr" => self.add("\n"),
            "noBreakHyphen" => self.add("-"),
            "tbl" => self.tables.push(Table::default()),
            "tr" => self.tables.iter_mut().last().into_iter().for_each(|table| {
                table.rows.push(Vec::new());
            }),
            _ => self.property(name, tag),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => self.end_paragraph(),
            "t" => self.is_text = false,
            "delText" => {
                self.is_text = false;
                self.taken_away = self.taken_away.saturating_sub(1);
            }
            "del" | "moveFrom" => self.taken_away = self.taken_away.saturating_sub(1),
            "Fallback" => self.doubled = self.doubled.saturating_sub(1),
            "tc" => {
                if let Some(table) = self.tables.last_mut() {
                    let cell = std::mem::take(&mut table.cell);
                    table.rows.last_mut().into_iter().for_each(|row| row.push(cell.clone()));
                }
            }
            "tbl" => self.end_table(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_text {
            self.add(text);
        }
    }
}
