//! A document that has headings instead of pages, as Markdown.

use crate::{
    Cut, Note, Section, Why,
    text::{shortened, within},
    wire::{Content, LONGEST_LABEL, MOST_SECTIONS, Parsed},
};

/// Headings down to this level begin a section that can be cited.
const SECTION_LEVEL: u8 = 2;
/// Markdown knows no deeper heading.
const DEEPEST_HEADING: u8 = 6;

/// A text that grows block by block, up to a limit.
pub(super) struct Story {
    sections: Vec<Section>,
    label: Option<String>,
    text: String,
    left: usize,
    written: usize,
    is_full: bool,
    /// Whether the block before was an item, which the next item follows without a blank line.
    after_item: bool,
}

impl Story {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            sections: Vec::new(),
            label: None,
            text: String::new(),
            left: limit,
            written: 0,
            is_full: false,
            after_item: false,
        }
    }

    /// A heading; the highest is 1.
    pub(super) fn heading(&mut self, level: u8, text: &str) {
        let text = one_line(text);
        if text.is_empty() {
            return;
        }
        if level <= SECTION_LEVEL {
            self.begin(Some(label(&text)));
        }
        let level = usize::from(level.clamp(1, DEEPEST_HEADING));
        self.block(&format!("{} {text}", "#".repeat(level)));
    }

    /// Begins a section; what was written before it belongs to the one before.
    pub(super) fn begin(&mut self, label: Option<String>) {
        if self.sections.len() < MOST_SECTIONS {
            self.end();
            self.label = label;
        }
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.block(text.trim());
    }

    /// An item of a list, `depth` lists deep.
    pub(super) fn item(&mut self, depth: usize, number: Option<u32>, text: &str) {
        let indent = "  ".repeat(depth.min(8));
        let text = one_line(text);
        if text.is_empty() {
            return;
        }
        let line = match number {
            Some(number) => format!("{indent}{number}. {text}"),
            None => format!("{indent}- {text}"),
        };
        if self.after_item {
            self.push("\n");
            self.push(&line);
        } else {
            self.block(&line);
        }
        self.after_item = true;
    }

    /// A table whose first row is its head.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let is_empty = |row: &Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
        if columns == 0 || rows.iter().all(is_empty) {
            return;
        }
        // A table of one cell is a frame around a paragraph.
        if let [row] = rows
            && let [cell] = row.as_slice()
        {
            self.paragraph(cell);
            return;
        }
        let mut lines = Vec::with_capacity(rows.len() + 1);
        for (number, row) in rows.iter().enumerate() {
            let cells = (0..columns).map(|column| row.get(column).map(|cell| one_line(cell)));
            let cells: Vec<String> =
                cells.map(|cell| cell.unwrap_or_default().replace('|', "\\|")).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
            if number == 0 {
                lines.push(format!("|{}", " --- |".repeat(columns)));
            }
        }
        self.block(&lines.join("\n"));
    }

    pub(super) fn finish(mut self, notes: Vec<Note>) -> Result<Parsed, Why> {
        self.end();
        if self.sections.is_empty() {
            return Err(Why::Empty);
        }
        let bytes = u64::try_from(self.written).unwrap_or(u64::MAX);
        let cut = self.is_full.then_some(Cut::Bytes(bytes));
        Ok(Parsed { content: Content::Text { sections: self.sections, cut }, notes })
    }

    fn block(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.push("\n\n");
        }
        self.push(text);
        self.after_item = false;
    }

    fn push(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        let fits = within(text, self.left);
        self.text.push_str(fits);
        self.left = self.left.saturating_sub(fits.len());
        self.written = self.written.saturating_add(fits.len());
        self.is_full = fits.len() < text.len();
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.after_item = false;
        if !text.trim().is_empty() {
            self.sections.push(Section { label: self.label.clone(), text });
        }
    }
}

/// A text without line breaks and without runs of blanks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A heading made fit to cite.
fn label(heading: &str) -> String {
    let visible: String = heading.chars().filter(|character| !character.is_control()).collect();
    shortened(&visible, LONGEST_LABEL).to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn story(limit: usize) -> Parsed {
        let mut story = Story::new(limit);
        story.paragraph("Before.");
        story.heading(1, "An  offer\nfor you");
        story.item(0, None, "one");
        story.item(1, Some(1), "two");
        story.paragraph("After.");
        story.heading(3, "Prices");
        story.table(&[
            vec!["What".to_owned(), "Price".to_owned()],
            vec!["A | B".to_owned(), "5".to_owned(), "+".to_owned()],
        ]);
        story.table(&[vec!["framed".to_owned()]]);
        story.finish(Vec::new()).unwrap()
    }

    #[test]
    fn blocks_become_markdown_in_sections() {
        let Content::Text { sections, cut: None } = story(1000).content else { panic!() };
        let text = |section: &Section| format!("[{:?}]\n{}", section.label, section.text);
        expect![[r#"
            [None]
            Before.
            [Some("An offer for you")]
            # An offer for you

            - one
              1. two

            After.

            ### Prices

            | What | Price |  |
            | --- | --- | --- |
            | A \| B | 5 | + |

            framed"#]]
        .assert_eq(&sections.iter().map(text).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_story_ends_where_its_limit_is() {
        let Content::Text { sections, cut } = story(10).content else { panic!() };
        assert_eq!(cut, Some(Cut::Bytes(10)));
        assert_eq!(sections.iter().map(|section| section.text.len()).sum::<usize>(), 10);
    }

    #[test]
    fn a_story_without_words_is_empty() {
        let mut story = Story::new(10);
        story.heading(1, " ");
        story.paragraph("");
        story.table(&[vec![String::new(), String::new()]]);
        assert_eq!(story.finish(Vec::new()), Err(Why::Empty));
    }
}
