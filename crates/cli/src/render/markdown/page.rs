//! The blocks of a page, shown while they arrive.
//!
//! Every decision depends on the characters so far and on nothing else, so how they were cut into
//! pieces cannot be seen, and what was written is never written again.

use super::{
    code::Code,
    flow::{Flow, Prefix, is_breakable},
    inline,
    line::{Container, Fence, Item, Leaf, Line, Mark, Seen, inside, scan},
    span::{Look, Span},
    table,
};

/// A stretch with an open mark waits no longer than this for its end.
const LONGEST_STRETCH: usize = 1_000;
/// A line across the page is not longer than this.
const LONGEST_RULE: usize = 40;

/// A page that arrives character by character.
#[derive(Debug)]
pub(super) struct Page {
    width: usize,
    containers: Vec<Container>,
    /// Whether the marks of the items at the end of `containers` were not shown yet, from which on.
    fresh: Option<usize>,
    place: Place,
    paragraph: Option<Paragraph>,
    rows: Vec<String>,
    /// An empty line stood before what comes.
    is_apart: bool,
    is_empty: bool,
}

/// Where the next character belongs.
#[derive(Debug)]
enum Place {
    /// To the beginning of a line that is not understood yet.
    Head(String),
    /// To a paragraph.
    Text,
    /// To a line that is shown when it is whole.
    Line(Leaf, String),
    /// To a line of code.
    Fenced(Fence, Code, String),
}

/// Text that is shown as soon as its look is certain.
#[derive(Debug)]
struct Paragraph {
    flow: Flow,
    stretch: String,
}

impl Page {
    /// An empty page; `width` is the room for its lines.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            containers: Vec::new(),
            fresh: None,
            place: Place::Head(String::new()),
            paragraph: None,
            rows: Vec::new(),
            is_apart: false,
            is_empty: true,
        }
    }

    /// Takes the next character, which `visible` has let through.
    pub(super) fn push(&mut self, character: char, out: &mut String) {
        let place = std::mem::replace(&mut self.place, Place::Text);
        self.place = match (place, character) {
            (Place::Head(head), '\n') => {
                self.head(head, Seen::Whole, out);
                return;
            }
            (Place::Head(mut head), character) => {
                match character {
                    '\t' => head.push_str("    "),
                    _ => head.push(character),
                }
                self.head(head, Seen::Beginning, out);
                return;
            }
            (Place::Text, '\n') => {
                self.text_line_ended(out);
                Place::Head(String::new())
            }
            (Place::Text, character) => {
                if let Some(paragraph) = &mut self.paragraph {
                    paragraph.push(character, out);
                }
                Place::Text
            }
            (Place::Line(leaf, line), '\n') => {
                self.line(leaf, &line, out);
                Place::Head(String::new())
            }
            (Place::Line(leaf, mut line), character) => {
                line.push(character);
                Place::Line(leaf, line)
            }
            (Place::Fenced(fence, code, line), '\n') => {
                self.code_line(fence, code, &line, out);
                return;
            }
            (Place::Fenced(fence, code, mut line), character) => {
                line.push(character);
                Place::Fenced(fence, code, line)
            }
        };
    }

    /// Shows what still waited.
    pub(super) fn finish(&mut self, out: &mut String) {
        match &self.place {
            Place::Head(head) if head.is_empty() => {}
            Place::Fenced(_, _, line) if line.is_empty() => {}
            Place::Head(_) | Place::Text | Place::Line(..) | Place::Fenced(..) => {
                self.push('\n', out);
            }
        }
        if matches!(self.place, Place::Fenced(..)) {
            self.code_ended(out);
        }
        self.end_paragraph(out);
        self.end_table(out);
        self.show_marks(out);
    }

    /// Reads the beginning of a line, or goes on waiting.
    fn head(&mut self, head: String, seen: Seen, out: &mut String) {
        let is_paragraph = self.paragraph.is_some();
        let Some(line) = scan(&head, seen, &self.containers, is_paragraph) else {
            self.place = Place::Head(head);
            return;
        };
        let text = head.get(line.start..).unwrap_or_default();
        self.place = Place::Text;
        self.open(line, text, out);
        if seen == Seen::Whole {
            match &self.place {
                Place::Text | Place::Line(..) => self.push('\n', out),
                Place::Head(_) | Place::Fenced(..) => {}
            }
        }
    }

    /// Begins, or goes on with, what the line holds.
    fn open(&mut self, line: Line, text: &str, out: &mut String) {
        let Line { kept, opened, leaf, start: _ } = line;
        let goes_on = opened.is_empty() && kept == self.containers.len();
        if !(leaf == Leaf::Text && goes_on && self.paragraph.is_some()) {
            self.end_paragraph(out);
            if !(leaf == Leaf::Row && goes_on) {
                self.end_table(out);
            }
            if kept < self.containers.len() || !opened.is_empty() {
                self.show_marks(out);
            }
            self.containers.truncate(kept);
            let is_gap = leaf == Leaf::Blank && opened.is_empty();
            self.is_apart |= is_gap || matches!(leaf, Leaf::Heading(_));
            if !is_gap && self.rows.is_empty() {
                self.gap(out);
            }
            if !opened.is_empty() {
                self.fresh = Some(self.containers.len());
                self.containers.extend(opened);
            }
        }
        match leaf {
            Leaf::Blank => self.place = Place::Head(String::new()),
            Leaf::Text => self.text(text, out),
            Leaf::Fence(fence) => self.code_begins(fence, text, out),
            Leaf::Heading(_) | Leaf::Row | Leaf::Rule | Leaf::Code => {
                self.place = Place::Line(leaf, text.to_owned());
            }
        }
    }

    fn text(&mut self, text: &str, out: &mut String) {
        let mut paragraph = match self.paragraph.take() {
            Some(paragraph) => paragraph,
            None => {
                let (first, rest) = self.prefixes();
                let flow = Flow::new(self.width, first, rest);
                Paragraph { flow, stretch: String::new() }
            }
        };
        for character in text.chars() {
            paragraph.push(character, out);
        }
        self.paragraph = Some(paragraph);
    }

    fn text_line_ended(&mut self, out: &mut String) {
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.line_ended(out);
        }
    }

    fn end_paragraph(&mut self, out: &mut String) {
        if let Some(mut paragraph) = self.paragraph.take() {
            paragraph.show(out);
            paragraph.flow.line_break(out);
        }
    }

    /// Shows a line that is whole.
    fn line(&mut self, leaf: Leaf, line: &str, out: &mut String) {
        match leaf {
            Leaf::Row => self.row(line, out),
            Leaf::Heading(level) => {
                let look = match level {
                    1 => Look::BOLD.and(Look::UNDERLINED),
                    2 => Look::BOLD,
                    _ => Look::BOLD.and(Look::ITALIC),
                };
                let (first, rest) = self.prefixes();
                let mut flow = Flow::new(self.width, first, rest);
                flow.spans(&inline::spans(heading(line), look), out);
                flow.line_break(out);
                self.is_apart = true;
            }
            Leaf::Rule => {
                let (first, _) = self.prefixes();
                let room = self.width.saturating_sub(first.width()).clamp(3, LONGEST_RULE);
                first.write(out);
                Span::new("─".repeat(room), Look::DIM).write(out);
                out.push('\n');
            }
            Leaf::Code | Leaf::Text | Leaf::Blank | Leaf::Fence(_) => {
                self.prefixes().0.write(out);
                out.push_str("    ");
                out.push_str(line);
                out.push('\n');
            }
        }
    }

    fn row(&mut self, line: &str, out: &mut String) {
        self.rows.push(line.to_owned());
        if let [_, second] = self.rows.as_slice()
            && !table::is_divider(second)
        {
            self.end_table(out);
        }
    }

    fn end_table(&mut self, out: &mut String) {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return;
        }
        let (first, rest) = self.prefixes();
        let room = self.width.saturating_sub(first.width());
        match table::lines(&rows, room)
            .filter(|_| rows.get(1).is_some_and(|row| table::is_divider(row)))
        {
            Some(lines) => table::write(&lines, first, &rest, out),
            None => {
                let mut flow = Flow::new(self.width, first, rest);
                for row in rows {
                    flow.spans(&inline::spans(row.trim(), Look::PLAIN), out);
                    flow.line_break(out);
                }
            }
        }
    }

    fn code_begins(&mut self, fence: Fence, language: &str, out: &mut String) {
        let (first, _) = self.prefixes();
        first.write(out);
        let language = language.trim();
        let space = if language.is_empty() { "" } else { " " };
        Span::new(format!("───{space}{language}"), Look::DIM).write(out);
        out.push('\n');
        self.place = Place::Fenced(fence, Code::of(language), String::new());
    }

    fn code_line(&mut self, fence: Fence, mut code: Code, line: &str, out: &mut String) {
        let Some(text) = inside(line, &self.containers) else {
            // The quote that the code stands in has ended, so the line is something else.
            self.code_ended(out);
            for character in line.chars().chain(['\n']) {
                self.push(character, out);
            }
            return;
        };
        if fence.is_closed_by(text) {
            return self.code_ended(out);
        }
        let (prefix, _) = self.prefixes();
        prefix.write(out);
        out.push_str(&code.line(fence.strip(text)));
        out.push('\n');
        self.place = Place::Fenced(fence, code, String::new());
    }

    fn code_ended(&mut self, out: &mut String) {
        let (prefix, _) = self.prefixes();
        prefix.write(out);
        Span::new("───", Look::DIM).write(out);
        out.push('\n');
        self.place = Place::Head(String::new());
    }

    /// Writes the empty line before a block, inside the quotes that go on.
    fn gap(&mut self, out: &mut String) {
        if self.is_apart && !self.is_empty {
            let is_quote = |container: &&Container| matches!(container, Container::Quote);
            let quotes = self.containers.iter().take_while(is_quote).count();
            if quotes > 0 {
                Span::new("│ ".repeat(quotes).trim_end(), Look::DIM).write(out);
            }
            out.push('\n');
        }
        self.is_apart = false;
        self.is_empty = false;
    }

    /// Shows the marks of items that hold nothing.
    fn show_marks(&mut self, out: &mut String) {
        if self.fresh.is_some() {
            self.prefixes().0.write(out);
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
    }

    /// What stands before the first line of a block, and before its other lines.
    fn prefixes(&mut self) -> (Prefix, Prefix) {
        let fresh = self.fresh.take().unwrap_or(usize::MAX);
        let mut first = Prefix::default();
        let mut rest = Prefix::default();
        let mut depth = 0;
        for (index, container) in self.containers.iter().enumerate() {
            match container {
                Container::Quote => {
                    first.0.push(Span::new("│ ", Look::DIM));
                    rest.0.push(Span::new("│ ", Look::DIM));
                }
                Container::Item(item) => {
                    let mark = Span::new(mark(item, depth), Look::PLAIN);
                    let spaces = Span::new(" ".repeat(mark.width()), Look::PLAIN);
                    first.0.push(if index < fresh { spaces.clone() } else { mark });
                    rest.0.push(spaces);
                    depth += 1;
                }
            }
        }
        (first, rest)
    }
}

impl Paragraph {
    fn push(&mut self, character: char, out: &mut String) {
        if matches!(character, ' ' | '\t') {
            if self.stretch.is_empty() {
                self.flow.space(Look::PLAIN);
            } else if self.is_certain() {
                self.show(out);
                self.flow.space(Look::PLAIN);
            } else {
                self.stretch.push(' ');
            }
            return;
        }
        self.stretch.push(character);
        if is_breakable(character) && self.is_certain() {
            self.show(out);
        }
    }

    fn line_ended(&mut self, out: &mut String) {
        if let Some(text) = self.stretch.strip_suffix('\\')
            && !text.ends_with('\\')
        {
            self.stretch.pop();
        }
        if self.stretch.is_empty() || self.is_certain() {
            self.show(out);
            self.flow.line_break(out);
        } else {
            self.stretch.push('\n');
        }
    }

    fn is_certain(&self) -> bool {
        self.stretch.len() > LONGEST_STRETCH || inline::is_closed(&self.stretch)
    }

    fn show(&mut self, out: &mut String) {
        let stretch = std::mem::take(&mut self.stretch);
        self.flow.spans(&inline::spans(stretch.trim_end(), Look::PLAIN), out);
    }
}

/// The text of a heading without the signs that may close it.
fn heading(line: &str) -> &str {
    let line = line.trim();
    let text = line.trim_end_matches('#');
    match text.is_empty() || text.ends_with(' ') {
        true => text.trim_end(),
        false => line,
    }
}

fn mark(item: &Item, depth: usize) -> String {
    let mark = match (&item.mark, depth) {
        (Mark::Bullet, _) if item.task.is_some() => "",
        (Mark::Bullet, 0) => "• ",
        (Mark::Bullet, 1) => "◦ ",
        (Mark::Bullet, _) => "▪ ",
        (Mark::Number(number), _) => &format!("{number} "),
    };
    let task = match item.task {
        None => "",
        Some(false) => "☐ ",
        Some(true) => "☑ ",
    };
    format!("{mark}{task}")
}
