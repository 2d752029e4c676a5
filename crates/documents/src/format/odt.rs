//! OpenDocument texts: what a reader sees, as Markdown.

use std::collections::HashSet;

use crate::{
    Limits, Note, Why,
    format::{
        archive::Archive,
        story::Story,
        xml::{Tag, Visit, walk},
    },
    wire::Parsed,
};

/// The most blanks, empty cells or remembered styles that a file may ask for.
const MOST_REPEATED: usize = 64;
const MOST_STYLES: usize = 10_000;
const MOST_REMARKS: usize = 10_000;

/// Reads the text, its notes and its comments.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, Why> {
    let mut archive = Archive::open(bytes)?;
    let manifest = archive.text("META-INF/manifest.xml")?.unwrap_or_default();
    if manifest.contains("encryption-data") {
        return Err(Why::Encrypted);
    }
    let content = archive.text("content.xml")?.ok_or(Why::Damaged)?;
    let mut walker = Walker::new(Story::new(limits.text_bytes));
    walk(&content, &mut walker)?;
    let Walker { mut story, remarks, hidden, deleted, .. } = walker;
    for (label, place) in [("footnotes", Place::Note), ("comments", Place::Comment)] {
        story.begin(Some(label.to_owned()));
        for (_, text) in remarks.iter().filter(|(of, _)| *of == place) {
            story.paragraph(text);
        }
    }
    let hidden = (hidden > 0).then_some(Note::HiddenText(hidden));
    let deleted = (deleted > 0).then_some(Note::DeletedText(deleted));
    story.finish(hidden.into_iter().chain(deleted).collect())
}

/// Where a paragraph stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Note,
    Comment,
}

/// A paragraph that is being read, or an element that holds paragraphs and words that are not text.
struct Paragraph {
    text: String,
    level: Option<u8>,
    is_hidden: bool,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
    repeated: usize,
}

/// A list that is open.
struct List {
    style: Option<String>,
    count: u32,
}

struct Walker {
    story: Story,
    paragraphs: Vec<Paragraph>,
    places: Vec<Place>,
    tables: Vec<Table>,
    lists: Vec<List>,
    /// For each open span, whether its style hides it.
    spans: Vec<bool>,
    hidden_styles: HashSet<String>,
    numbered: HashSet<(String, usize)>,
    current_style: Option<String>,
    /// Notes and comments, which come after the text.
    remarks: Vec<(Place, String)>,
    /// How many elements are open that keep what was deleted.
    taken_away: usize,
    hidden: u32,
    deleted: u32,
}

impl Walker {
    fn new(story: Story) -> Self {
        Self {
            story,
            paragraphs: Vec::new(),
            places: Vec::new(),
            tables: Vec::new(),
            lists: Vec::new(),
            spans: Vec::new(),
            hidden_styles: HashSet::new(),
            numbered: HashSet::new(),
            current_style: None,
            remarks: Vec::new(),
            taken_away: 0,
            hidden: 0,
            deleted: 0,
        }
    }

    fn add(&mut self, text: &str) {
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if self.taken_away > 0 {
            self.deleted = self.deleted.saturating_add(count);
        } else if paragraph.is_hidden || self.spans.contains(&true) {
            self.hidden = self.hidden.saturating_add(count);
        } else {
            paragraph.text.push_str(text);
        }
    }

    fn begin_paragraph(&mut self, level: Option<u8>, tag: &Tag<'_>) {
        let is_hidden = self.is_hidden(tag);
        self.paragraphs.push(Paragraph { text: String::new(), level, is_hidden });
    }

    fn is_hidden(&self, tag: &Tag<'_>) -> bool {
        tag.value("style-name").is_some_and(|style| self.hidden_styles.contains(&style))
    }

    fn end_paragraph(&mut self) {
        let Some(Paragraph { text, level, .. }) = self.paragraphs.pop() else { return };
        if text.trim().is_empty() {
            return;
        }
        let place = self.places.last().copied().unwrap_or(Place::Text);
        if place != Place::Text {
            if self.remarks.len() < MOST_REMARKS {
                self.remarks.push((place, text));
            }
        } else if let Some(table) = self.tables.last_mut() {
            if !table.cell.is_empty() {
                table.cell.push(' ');
            }
            table.cell.push_str(text.trim());
        } else if let Some(level) = level {
            self.story.heading(level, &text);
        } else if self.lists.is_empty() {
            self.story.paragraph(&text);
        } else {
            self.item(&text);
        }
    }

    fn item(&mut self, text: &str) {
        let depth = self.lists.len().saturating_sub(1);
        // A list in a list has the style of the outer one, unless it says another.
        let style = self.lists.iter().rev().find_map(|list| list.style.clone());
        let is_numbered =
            style.is_some_and(|style| self.numbered.contains(&(style, depth.saturating_add(1))));
        let number = self.lists.last().filter(|_| is_numbered).map(|list| list.count);
        self.story.item(depth, number, text);
    }

    /// Remembers which styles hide text, and which lists have numbers.
    fn style(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "style" | "list-style" => self.current_style = tag.value("name"),
            "text-properties"
                if tag.value("display").as_deref() == Some("none")
                    && self.hidden_styles.len() < MOST_STYLES =>
            {
                self.hidden_styles.extend(self.current_style.clone());
            }
            "list-level-style-number" => {
                let level = tag.value("level").and_then(|level| level.parse().ok());
                if let (Some(style), Some(level)) = (&self.current_style, level)
                    && self.numbered.len() < MOST_STYLES
                {
                    self.numbered.insert((style.clone(), level));
                }
            }
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let cell = std::mem::take(&mut table.cell);
        let repeated = table.repeated;
        table.rows.last_mut().into_iter().for_each(|row| {
            row.extend(std::iter::repeat_n(cell.clone(), repeated));
        });
    }

    fn end_table(&mut self) {
        let Some(mut table) = self.tables.pop() else { return };
        // Cells are repeated to the edge of the sheet that nobody sees.
        for row in &mut table.rows {
            while row.last().is_some_and(String::is_empty) {
                row.pop();
            }
        }
        match self.tables.last_mut() {
            None => self.story.table(&table.rows),
            Some(outer) => {
                let rows: Vec<String> = table.rows.iter().map(|row| row.join(", ")).collect();
                outer.cell.push_str(&rows.join("; "));
            }
        }
    }
}

fn repeated(tag: &Tag<'_>, name: &str) -> usize {
    let count = tag.value(name).and_then(|value| value.parse().ok());
    count.unwrap_or(1_usize).clamp(1, MOST_REPEATED)
}

impl Visit for Walker {
    fn open(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "p" => self.begin_paragraph(None, tag),
            "h" => {
                let level = tag.value("outline-level").and_then(|level| level.parse().ok());
                self.begin_paragraph(Some(level.unwrap_or(1)), tag);
            }
            "span" => self.spans.push(self.is_hidden(tag)),
            "s" => self.add(&" ".repeat(repeated(tag, "c"))),
            "tab" => self.add("\t"),
            "line-break" => self.add("\n"),
            "list" => self.lists.push(List { style: tag.value("style-name"), count: 0 }),
            "list-item" => self.lists.iter_mut().last().into_iter().for_each(|list| {
                list.count = list.count.saturating_add(1);
            }),
            "table" => self.tables.push(Table::default()),
            "table-row" => self.tables.iter_mut().last().into_iter().for_each(|table| {
                table.rows.push(Vec::new());
            }),
            "table-cell" => self.tables.iter_mut().last().into_iter().for_each(|table| {
                table.repeated = repeated(tag, "number-columns-repeated");
            }),
            "tracked-changes" => self.taken_away = self.taken_away.saturating_add(1),
            // The author and the date are words too; they go into a paragraph that nobody keeps.
            "annotation" => {
                self.places.push(Place::Comment);
                self.begin_paragraph(None, tag);
            }
            "note-body" => {
                self.places.push(Place::Note);
                self.begin_paragraph(None, tag);
            }
            "note-citation" => self.add("["),
            _ => self.style(name, tag),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h" => self.end_paragraph(),
            "span" => {
                self.spans.pop();
            }
            "list" => {
                self.lists.pop();
            }
            "table-cell" => self.end_cell(),
            "table" => self.end_table(),
            "tracked-changes" => self.taken_away = self.taken_away.saturating_sub(1),
            "annotation" | "note-body" => {
                self.paragraphs.pop();
                self.places.pop();
            }
            "note-citation" => self.add("]"),
            "style" | "list-style" => self.current_style = None,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        // Line breaks and runs of blanks are how the file is written, not what it says.
        let mut blank = false;
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            let is_blank = matches!(character, ' ' | '\n' | '\r' | '\t');
            if !(is_blank && blank) {
                plain.push(if is_blank { ' ' } else { character });
            }
            blank = is_blank;
        }
        self.add(&plain);
    }
}
