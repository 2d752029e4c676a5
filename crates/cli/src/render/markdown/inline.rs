//! The marks inside a line: emphasis, code, links.
//!
//! What is shown word by word must not change its look later, so a stretch is read when every mark
//! in it is closed.

use localgpt_guard::visible;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::span::{Look, Span};

/// Stands before a stretch while it is read, so that nothing in it begins a block.
const GUARD: &str = "a ";
/// Stands for a line break while a stretch is read: white space that no text holds, because
/// `visible` has replaced it.
const BREAK: &str = "\u{c}";

/// The spans of a stretch that neither begins nor ends with white space; line breaks stay.
pub(super) fn spans(text: &str, base: Look) -> Vec<Span> {
    if text.is_empty() {
        return Vec::new();
    }
    let guarded = format!("{GUARD}{}", text.replace('\n', BREAK));
    let mut reader = Reader { spans: Vec::new(), looks: vec![base], links: Vec::new() };
    let mut guard = Some(GUARD);
    for event in Parser::new_ext(&guarded, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(tag) => reader.start(tag),
            Event::End(tag) => reader.end(tag),
            Event::Text(text) => {
                let text = match guard.take() {
                    Some(guard) => text.strip_prefix(guard).unwrap_or(&text),
                    None => &text,
                };
                reader.text(text, Look::PLAIN);
            }
            Event::Code(text) => reader.text(&text, Look::CODE),
            Event::InlineHtml(text) | Event::Html(text) => reader.text(&text, Look::PLAIN),
            Event::SoftBreak | Event::HardBreak => reader.text("\n", Look::PLAIN),
            // None of these is switched on, or stands in a paragraph.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                reader.text(&text, Look::PLAIN);
            }
            Event::Rule | Event::TaskListMarker(_) => {}
        }
    }
    reader.spans
}

struct Reader {
    spans: Vec<Span>,
    looks: Vec<Look>,
    links: Vec<Link>,
}

struct Link {
    address: String,
    title: String,
    /// The first span of its text.
    first: usize,
}

impl Reader {
    fn look(&self) -> Look {
        self.looks.last().copied().unwrap_or_default()
    }

    fn text(&mut self, text: &str, more: Look) {
        let text = text.replace(BREAK, "\n");
        if text.is_empty() {
            return;
        }
        // A character reference can name what no text may hold.
        let text = visible(&text);
        let look = self.look().and(more);
        let first = self.links.last().map_or(0, |link| link.first);
        match self.spans.get_mut(first..).and_then(<[Span]>::last_mut) {
            Some(last) if last.look == look => last.text.push_str(&text),
            Some(_) | None => self.spans.push(Span::new(text, look)),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let more = match tag {
            Tag::Emphasis => Look::ITALIC,
            Tag::Strong => Look::BOLD,
            Tag::Strikethrough => Look::STRUCK,
            Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. } => {
                let (address, title) = (dest_url.to_string(), title.to_string());
                self.links.push(Link { address, title, first: self.spans.len() });
                Look::UNDERLINED
            }
            _ => Look::PLAIN,
        };
        self.looks.push(self.look().and(more));
    }

    fn end(&mut self, tag: TagEnd) {
        self.looks.pop();
        if !matches!(tag, TagEnd::Link | TagEnd::Image) {
            return;
        }
        let Some(Link { address, title, first }) = self.links.pop() else { return };
        let shown: String = self.spans.iter().skip(first).map(|span| span.text.as_str()).collect();
        let mut beside = Vec::new();
        if shown != address && !address.is_empty() {
            beside.push(address);
        }
        if !title.is_empty() {
            beside.push(format!("“{title}”"));
        }
        if !beside.is_empty() {
            let space = if shown.is_empty() { "" } else { " " };
            let dim = Look::DIM;
            self.looks.push(dim);
            self.text(&format!("{space}({})", beside.join(" ")), dim);
            self.looks.pop();
        }
    }
}

/// Whether every mark that may span several words is closed at the end of the text, as far as that
/// can be told without what follows.
pub(super) fn is_closed(text: &str) -> bool {
    let mut open = Open::default();
    let mut previous = ' ';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = match first {
            '*' | '_' | '~' | '`' => rest.len() - rest.trim_start_matches(first).len(),
            _ => first.len_utf8(),
        };
        let after = rest.get(run..).unwrap_or_default();
        rest = match first {
            '\\' => {
                let mut characters = after.chars();
                characters.next();
                characters.as_str()
            }
            '`' => match after_code(after, run) {
                Some(after) => after,
                None => return false,
            },
            '[' => match after_link(after) {
                Some(after) => after,
                None => return false,
            },
            '*' | '_' | '~' => {
                let next = after.chars().next().unwrap_or(' ');
                open.run(first, run, previous, next);
                after
            }
            _ => after,
        };
        previous = first;
    }
    open.is_empty()
}

/// How many marks of each kind are open.
#[derive(Default)]
struct Open {
    stars: usize,
    lines: usize,
    waves: usize,
}

impl Open {
    fn run(&mut self, mark: char, length: usize, previous: char, next: char) {
        let count = match mark {
            '*' => &mut self.stars,
            '_' if previous.is_alphanumeric() && next.is_alphanumeric() => return,
            '_' => &mut self.lines,
            _ => &mut self.waves,
        };
        let mut left = length;
        if !previous.is_whitespace() {
            let closed = left.min(*count);
            *count -= closed;
            left -= closed;
        }
        if !next.is_whitespace() {
            *count += left;
        }
    }

    fn is_empty(&self) -> bool {
        self.stars == 0 && self.lines == 0 && self.waves == 0
    }
}

/// What follows the code that a run of `length` backticks began, if it ends.
fn after_code(text: &str, length: usize) -> Option<&str> {
    let mut rest = text;
    loop {
        let (_, from) = rest.split_at(rest.find('`')?);
        let after = from.trim_start_matches('`');
        if from.len() - after.len() == length {
            return Some(after);
        }
        rest = after;
    }
}

/// What follows the link that a bracket began, if it ends.
fn after_link(text: &str) -> Option<&str> {
    let after = after_closing(text, '[', ']')?;
    match after.strip_prefix('(') {
        Some(address) => after_closing(address, '(', ')'),
        None => Some(after),
    }
}

fn after_closing(text: &str, opening: char, closing: char) -> Option<&str> {
    let mut depth = 1usize;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == opening {
            depth += 1;
        } else if character == closing {
            depth -= 1;
            if depth == 0 {
                return Some(characters.as_str());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let shown: Vec<String> = spans(text, Look::PLAIN)
            .iter()
            .map(|span| format!("{:?}{}", span.text, span.look_name()))
            .collect();
        expected.assert_eq(&shown.join(" "));
    }

    impl Span {
        fn look_name(&self) -> String {
            let mut out = String::new();
            Self::new("x", self.look).write(&mut out);
            out.replace('\u{1b}', "").replace("x[0m", "").replace('x', "")
        }
    }

    #[test]
    fn marks_become_looks() {
        check("a **b *c*** d", &expect![[r#""a " "b "[1m "c"[1;3m " d""#]]);
        check("~~old~~ `x  y` 2*3", &expect![[r#""old"[9m " " "x  y"[36m " 2*3""#]]);
        check("# no - heading\n- no item", &expect![[r##""# no - heading\n- no item""##]]);
    }

    #[test]
    fn a_link_shows_its_address_once() {
        check("[docs](http://a.b \"T\")", &expect![[r#""docs"[4m " (http://a.b “T”)"[2m"#]]);
        check("<http://a.b> [a](a)", &expect![[r#""http://a.b"[4m " " "a"[4m"#]]);
        check("![alt](x.png)", &expect![[r#""alt"[4m " (x.png)"[2m"#]]);
    }

    #[test]
    fn no_character_reference_steers_the_terminal() {
        check("&amp; &#27;[31m <b>", &expect![[r#""& \\u{1b}[31m <b>""#]]);
    }

    #[test]
    fn a_stretch_is_closed_when_nothing_can_change_its_look() {
        for closed in ["a", "**a**", "5 * 3", "snake_case_name", "`a` b", "[a](b) c", "[1]", r"\*a"]
        {
            assert!(is_closed(closed), "{closed}");
        }
        for open in ["**a", "*a b", "`a b", "``a` b", "[a b", "[a](b", "_a", "~~a", "**a*"] {
            assert!(!is_closed(open), "{open}");
        }
    }
}
