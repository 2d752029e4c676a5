//! What a line begins with: known as soon as its first characters say so.

/// What a line stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Container {
    /// A quote.
    Quote,
    /// An item of a list.
    Item(Item),
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The column of its mark, counted from the quote that it stands in.
    pub(super) column: usize,
    /// Its mark.
    pub(super) mark: Mark,
    /// Whether there is a task, and whether it is done.
    pub(super) task: Option<bool>,
}

/// The mark of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A dot.
    Bullet,
    /// A number and what stands behind it.
    Number(String),
}

/// What a line holds behind its containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    /// Nothing.
    Blank,
    /// Text of a paragraph.
    Text,
    /// A heading of this level; its text follows.
    Heading(usize),
    /// The first line of code; the language follows.
    Fence(Fence),
    /// It may be a row of a table; it starts with its `|`.
    Row,
    /// A line across the page.
    Rule,
    /// A line of code that stands further in.
    Code,
}

/// What code is fenced with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
    column: usize,
}

impl Fence {
    /// Whether the line, without its containers, ends the code.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.chars().count() >= self.length && line.chars().all(|mark| mark == self.mark)
    }

    /// The line without the spaces that its fence stands behind.
    pub(super) fn strip(self, line: &str) -> &str {
        line.get(spaces(line).min(self.column)..).unwrap_or(line)
    }
}

/// A line that is understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// How many of the open containers it stands in.
    pub(super) kept: usize,
    /// The containers that begin with it.
    pub(super) opened: Vec<Container>,
    /// What it holds.
    pub(super) leaf: Leaf,
    /// The byte at which its text starts.
    pub(super) start: usize,
}

/// How much of a line is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Its beginning.
    Beginning,
    /// All of it.
    Whole,
}

/// Marks longer than this mean nothing.
const LONGEST: usize = 200;
/// Containers deeper than this are text.
const DEEPEST: usize = 20;

/// Reads the beginning of a line, if it says enough. `is_paragraph` tells whether the line before was
/// text that may go on.
pub(super) fn scan(
    head: &str,
    seen: Seen,
    containers: &[Container],
    is_paragraph: bool,
) -> Option<Line> {
    let (kept, mut rest) = matched(head, seen, containers)?;
    // Where columns are counted from.
    let mut edge = head.len() - rest.len();
    let mut opened: Vec<Container> = Vec::new();
    let is_list = containers.iter().any(|container| matches!(container, Container::Item(_)));
    let leaf = loop {
        let indent = spaces(rest);
        let after = rest.get(indent..).unwrap_or_default();
        if after.is_empty() {
            match seen {
                Seen::Whole => break Leaf::Blank,
                Seen::Beginning if head.len() < LONGEST => return None,
                Seen::Beginning => break Leaf::Text,
            }
        }
        if indent >= 4 && opened.is_empty() && !is_list && !is_paragraph {
            rest = rest.get(4..).unwrap_or_default();
            break Leaf::Code;
        }
        if opened.len() + kept >= DEEPEST || after.len() > LONGEST {
            rest = after;
            break Leaf::Text;
        }
        let column = head.len() - after.len() - edge;
        let may_start_anywhere = !is_paragraph || is_list || !opened.is_empty();
        match begin(after, seen, may_start_anywhere, is_paragraph)? {
            Begun::Quote(length) => {
                opened.push(Container::Quote);
                rest = after.get(length..).unwrap_or_default();
                edge = head.len() - rest.len();
            }
            Begun::Item(mark, length) => {
                let (task, text) = task(after.get(length..).unwrap_or_default(), seen)?;
                opened.push(Container::Item(Item { column, mark, task }));
                rest = text;
            }
            Begun::Leaf(leaf, length) => {
                let leaf = match leaf {
                    Leaf::Fence(fence) => Leaf::Fence(Fence { column, ..fence }),
                    _ => leaf,
                };
                rest = after.get(length..).unwrap_or_default();
                break leaf;
            }
        }
    };
    let start = head.len() - rest.len();
    // A paragraph goes on although the marks of its containers are missing.
    let is_lazy = is_paragraph && leaf == Leaf::Text && opened.is_empty();
    let kept = if is_lazy { containers.len() } else { kept };
    Some(Line { kept, opened, leaf, start })
}

/// How many of the containers go on, and what follows their marks.
fn matched<'a>(head: &'a str, seen: Seen, containers: &[Container]) -> Option<(usize, &'a str)> {
    let mut rest = head;
    let mut kept = 0;
    for container in containers {
        let indent = spaces(rest);
        let after = rest.get(indent..).unwrap_or_default();
        if after.is_empty() && seen == Seen::Beginning && head.len() < LONGEST {
            return None;
        }
        match container {
            Container::Quote => match after.strip_prefix('>') {
                Some("") if seen == Seen::Beginning => return None,
                Some(inner) => rest = inner.strip_prefix(' ').unwrap_or(inner),
                None => break,
            },
            Container::Item(_) if after.is_empty() => {}
            Container::Item(item) if indent >= item.column + 2 => {}
            Container::Item(_) => break,
        }
        kept += 1;
    }
    Some((kept, rest))
}

/// A line of fenced code without the marks of its quotes, if it stands in all of them.
pub(super) fn inside<'a>(line: &'a str, containers: &[Container]) -> Option<&'a str> {
    let mut rest = line;
    for container in containers {
        if *container == Container::Quote {
            let inner = rest.trim_start_matches(' ').strip_prefix('>')?;
            rest = inner.strip_prefix(' ').unwrap_or(inner);
        }
    }
    Some(rest)
}

enum Begun {
    Quote(usize),
    Item(Mark, usize),
    Leaf(Leaf, usize),
}

const TEXT: Begun = Begun::Leaf(Leaf::Text, 0);

fn begin(after: &str, seen: Seen, any_number: bool, is_paragraph: bool) -> Option<Begun> {
    let first = after.chars().next()?;
    let run = after.len() - after.trim_start_matches(first).len();
    let behind = after.get(run..).unwrap_or_default();
    let waits = seen == Seen::Beginning;
    match first {
        '>' => match after.get(1..).unwrap_or_default() {
            "" if waits => None,
            inner => Some(Begun::Quote(1 + usize::from(inner.starts_with(' ')))),
        },
        '#' if behind.is_empty() && waits => None,
        '#' if run <= 6 && (behind.is_empty() || behind.starts_with(' ')) => {
            Some(Begun::Leaf(Leaf::Heading(run), run))
        }
        '`' | '~' if behind.is_empty() && waits => None,
        '`' if behind.contains('`') => Some(TEXT),
        '`' | '~' if run >= 3 => {
            let fence = Fence { mark: first, length: run, column: 0 };
            (!waits).then_some(Begun::Leaf(Leaf::Fence(fence), run))
        }
        '|' => Some(Begun::Leaf(Leaf::Row, 0)),
        '=' if is_paragraph && behind.trim().is_empty() => {
            (!waits).then_some(Begun::Leaf(Leaf::Rule, after.len()))
        }
        '-' | '*' | '+' | '_' => bullet(after, first, seen),
        '0'..='9' => number(after, seen, any_number),
        _ => Some(TEXT),
    }
}

fn bullet(after: &str, mark: char, seen: Seen) -> Option<Begun> {
    let is_item = mark != '_' && (after.len() == 1 || after.get(1..2) == Some(" "));
    if after.chars().all(|character| character == mark || character == ' ') {
        let count = after.chars().filter(|character| *character == mark).count();
        return match seen {
            Seen::Beginning => None,
            Seen::Whole if count >= 3 && mark != '+' => Some(Begun::Leaf(Leaf::Rule, after.len())),
            Seen::Whole if is_item => Some(Begun::Item(Mark::Bullet, after.len().min(2))),
            Seen::Whole => Some(TEXT),
        };
    }
    Some(if is_item { Begun::Item(Mark::Bullet, 2) } else { TEXT })
}

fn number(after: &str, seen: Seen, any_number: bool) -> Option<Begun> {
    let behind = after.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = after.len() - behind.len();
    let is_allowed = digits <= 9 && (any_number || after.get(..digits) == Some("1"));
    let mut characters = behind.chars();
    let (sign, next) = (characters.next(), characters.next());
    match (sign, next) {
        _ if digits > 9 => Some(TEXT),
        (None, _) | (Some('.' | ')'), None) if seen == Seen::Beginning => None,
        (Some('.' | ')'), None | Some(' ')) if is_allowed => {
            let mark = after.get(..=digits).unwrap_or_default().to_owned();
            Some(Begun::Item(Mark::Number(mark), (digits + 2).min(after.len())))
        }
        _ => Some(TEXT),
    }
}

/// Whether the text of an item begins with a task, and what follows.
fn task(text: &str, seen: Seen) -> Option<(Option<bool>, &str)> {
    let trimmed = text.trim_start_matches(' ');
    let boxes = [("[ ] ", false), ("[x] ", true), ("[X] ", true)];
    if seen == Seen::Beginning && boxes.iter().any(|(mark, _)| mark.starts_with(trimmed)) {
        // The box, once it is whole, still has something behind it.
        return None;
    }
    for (mark, is_done) in boxes {
        if let Some(text) = trimmed.strip_prefix(mark) {
            return Some((Some(is_done), text));
        }
    }
    Some((None, text))
}

/// The spaces that a text begins with.
fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(head: &str) -> Option<Leaf> {
        scan(head, Seen::Beginning, &[], false).map(|line| line.leaf)
    }

    #[test]
    fn a_line_is_known_as_soon_as_its_beginning_says_so() {
        assert_eq!(leaf("-"), None);
        assert_eq!(leaf("--"), None);
        assert_eq!(leaf("--a"), Some(Leaf::Text));
        assert_eq!(leaf("- [ ]"), None);
        assert_eq!(leaf("- a"), Some(Leaf::Text));
        assert_eq!(leaf("**"), None);
        assert_eq!(leaf("**b"), Some(Leaf::Text));
        assert_eq!(leaf("12"), None);
        assert_eq!(leaf("12 "), Some(Leaf::Text));
        assert_eq!(leaf("## "), Some(Leaf::Heading(2)));
        assert_eq!(leaf("#a"), Some(Leaf::Text));
        assert_eq!(leaf("```rust"), None);
    }

    #[test]
    fn a_whole_line_says_what_it_is() {
        let whole = |head| scan(head, Seen::Whole, &[], false).map(|line| line.leaf);
        assert_eq!(whole("* * *"), Some(Leaf::Rule));
        assert_eq!(whole(""), Some(Leaf::Blank));
        assert_eq!(whole("    x"), Some(Leaf::Code));
        assert!(matches!(whole("```rust"), Some(Leaf::Fence(_))));
        assert_eq!(whole("```a```"), Some(Leaf::Text));
        assert_eq!(whole("> > - 1. x"), Some(Leaf::Text));
    }

    #[test]
    fn a_number_inside_a_paragraph_begins_a_list_only_if_it_is_the_first() {
        let opened = |head| scan(head, Seen::Whole, &[], true).map(|line| line.opened.len());
        assert_eq!(opened("1986. Then"), Some(0));
        assert_eq!(opened("1. Then"), Some(1));
    }
}
