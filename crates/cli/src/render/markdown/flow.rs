//! Words that flow into lines of a width, as they come.

use unicode_width::UnicodeWidthChar as _;

use super::span::{Look, Span, width};

/// What stands before the text of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefix(pub(super) Vec<Span>);

impl Prefix {
    /// The columns it takes.
    pub(super) fn width(&self) -> usize {
        width(&self.0)
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut String) {
        for span in &self.0 {
            span.write(out);
        }
    }
}

/// The lines of one block. What was written stays as it is.
#[derive(Debug)]
pub(super) struct Flow {
    width: usize,
    /// Stands before the line that was not begun yet.
    next: Prefix,
    /// Stands before every other line.
    rest: Prefix,
    column: Option<usize>,
    gap: Option<Look>,
    /// What is written next, with one look.
    run: Option<Span>,
}

impl Flow {
    /// Lines of at most `width` columns, unless a word is longer.
    pub(super) fn new(width: usize, first: Prefix, rest: Prefix) -> Self {
        Self { width, next: first, rest, column: None, gap: None, run: None }
    }

    /// Writes spans whose first and last words are whole.
    pub(super) fn spans(&mut self, spans: &[Span], out: &mut String) {
        for token in tokens(spans) {
            match token {
                Token::Word(word) => self.word(&word, out),
                Token::Space(look) => self.space(look),
                Token::Break => self.line_break(out),
            }
        }
        self.write_run(out);
    }

    /// Notes white space between two words.
    pub(super) fn space(&mut self, look: Look) {
        if self.column.is_some() {
            self.gap = Some(look);
        }
    }

    /// Ends the line, if one was begun.
    pub(super) fn line_break(&mut self, out: &mut String) {
        self.write_run(out);
        if self.column.take().is_some() {
            out.push('\n');
            self.next = self.rest.clone();
        }
        self.gap = None;
    }

    fn word(&mut self, word: &[Span], out: &mut String) {
        let wide = width(word);
        let gap = self.gap.take();
        let needed = wide + usize::from(gap.is_some());
        if self.column.is_some_and(|column| column.saturating_add(needed) > self.width)
            && self.column > Some(self.rest.width())
        {
            self.line_break(out);
        }
        let column = match self.column {
            None => {
                self.next.write(out);
                self.next.width()
            }
            Some(column) => match gap {
                Some(look) => {
                    self.put(" ", look, out);
                    column + 1
                }
                None => column,
            },
        };
        for span in word {
            self.put(&span.text, span.look, out);
        }
        self.column = Some(column.saturating_add(wide));
    }

    fn put(&mut self, text: &str, look: Look, out: &mut String) {
        match &mut self.run {
            Some(run) if run.look == look => run.text.push_str(text),
            Some(_) | None => {
                self.write_run(out);
                self.run = Some(Span::new(text, look));
            }
        }
    }

    fn write_run(&mut self, out: &mut String) {
        if let Some(run) = self.run.take() {
            run.write(out);
        }
    }
}

enum Token {
    Word(Vec<Span>),
    Space(Look),
    Break,
}

fn tokens(spans: &[Span]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Vec<Span> = Vec::new();
    let end = |word: &mut Vec<Span>, tokens: &mut Vec<Token>| {
        if !word.is_empty() {
            tokens.push(Token::Word(std::mem::take(word)));
        }
    };
    for span in spans {
        let mut piece = String::new();
        for character in span.text.chars() {
            let is_space = matches!(character, ' ' | '\t' | '\n');
            if !is_space {
                piece.push(character);
                if !is_breakable(character) {
                    continue;
                }
            }
            if !piece.is_empty() {
                word.push(Span::new(std::mem::take(&mut piece), span.look));
            }
            end(&mut word, &mut tokens);
            match character {
                '\n' => tokens.push(Token::Break),
                _ if is_space => tokens.push(Token::Space(span.look)),
                _ => {}
            }
        }
        if !piece.is_empty() {
            word.push(Span::new(piece, span.look));
        }
    }
    end(&mut word, &mut tokens);
    tokens
}

/// Whether a line may end behind the character although no space follows: Chinese and Japanese.
pub(super) fn is_breakable(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The spans in lines of at most `room` columns; a word that is longer is cut.
pub(super) fn fold(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = vec![Vec::new()];
    let mut used = 0;
    let mut gap = None;
    for token in tokens(spans) {
        let word = match token {
            Token::Word(word) => word,
            Token::Space(look) => {
                gap = Some(look);
                continue;
            }
            Token::Break => {
                gap = Some(Look::PLAIN);
                continue;
            }
        };
        let wide = width(&word);
        let space = usize::from(gap.is_some() && used > 0);
        if used > 0 && used + space + wide > room {
            lines.push(Vec::new());
            used = 0;
        } else if let (Some(look), 1, Some(line)) = (gap, space, lines.last_mut()) {
            line.push(Span::new(" ", look));
            used += 1;
        }
        gap = None;
        for piece in cut(&word, room, &mut used) {
            match (piece, lines.last_mut()) {
                (Some(span), Some(line)) => line.push(span),
                (None, _) | (_, None) => lines.push(Vec::new()),
            }
        }
    }
    lines
}

/// The word in pieces; `None` is where a line ends because the word is longer than the room.
fn cut(word: &[Span], room: usize, used: &mut usize) -> Vec<Option<Span>> {
    let mut pieces = Vec::new();
    for span in word {
        let mut piece = String::new();
        for character in span.text.chars() {
            let wide = character.width().unwrap_or(0);
            if *used + wide > room && *used > 0 {
                if !piece.is_empty() {
                    pieces.push(Some(Span::new(std::mem::take(&mut piece), span.look)));
                }
                pieces.push(None);
                *used = 0;
            }
            piece.push(character);
            *used += wide;
        }
        if !piece.is_empty() {
            pieces.push(Some(Span::new(piece, span.look)));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flowed(words: &[&str], columns: usize) -> String {
        let mut flow = Flow::new(
            columns,
            Prefix(vec![Span::new("• ", Look::PLAIN)]),
            Prefix(vec![Span::new("  ", Look::PLAIN)]),
        );
        let mut out = String::new();
        for word in words {
            flow.spans(&[Span::new(*word, Look::PLAIN)], &mut out);
            flow.space(Look::PLAIN);
        }
        flow.line_break(&mut out);
        out
    }

    #[test]
    fn words_flow_into_lines_behind_their_prefix() {
        assert_eq!(flowed(&["one two", "three"], 10), "• one two\n  three\n");
        assert_eq!(flowed(&["http://a.very/long", "x"], 10), "• http://a.very/long\n  x\n");
        assert_eq!(flowed(&["漢字漢字漢字"], 8), "• 漢字漢\n  字漢字\n");
        assert_eq!(flowed(&["👩‍👩‍👧 ok"], 8), "• 👩‍👩‍👧 ok\n");
    }

    #[test]
    fn a_cell_cuts_what_does_not_fit() {
        let lines = |text: &str, room| {
            fold(&[Span::new(text, Look::PLAIN)], room)
                .into_iter()
                .map(|line| line.into_iter().map(|span| span.text).collect::<String>())
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
        assert_eq!(lines("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(lines("", 4), [""]);
    }
}
