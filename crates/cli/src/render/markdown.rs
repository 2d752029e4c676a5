//! Markdown of a model, shown while it arrives.
//!
//! What was written stays: nothing is taken back and the cursor is never moved, so there is no
//! flicker, and a screen reader or a log reads it once.

mod code;
mod flow;
mod inline;
mod line;
mod page;
mod span;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use localgpt_guard::visible;

use self::page::Page;
use super::text::Width;

/// How Markdown is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkdownStyle {
    /// Set like a page: headings, lists, tables, code in colours, lines of the width.
    Styled,
    /// As it was written: for a pipe, a screen reader, a terminal without colours.
    Plain,
}

/// One text that arrives in pieces.
#[derive(Debug)]
pub(crate) struct MarkdownStream {
    shown: Shown,
    /// Carriage returns whose line break may still come.
    returns: String,
    is_line_begun: bool,
}

#[derive(Debug)]
enum Shown {
    Page(Box<Page>),
    Text,
}

impl MarkdownStream {
    /// A text of which nothing has come yet.
    pub(crate) fn new(width: Width, style: MarkdownStyle) -> Self {
        let shown = match (style, width) {
            (MarkdownStyle::Plain, _) => Shown::Text,
            (MarkdownStyle::Styled, Width::Columns(columns)) => {
                Shown::Page(Box::new(Page::new(columns)))
            }
            (MarkdownStyle::Styled, Width::Endless) => Shown::Page(Box::new(Page::new(usize::MAX))),
        };
        Self { shown, returns: String::new(), is_line_begun: false }
    }

    /// Takes the next piece and writes what of it can be shown; characters that could steer the
    /// terminal are written as escapes.
    pub(crate) fn push(&mut self, delta: &str, out: &mut dyn Write) -> io::Result<()> {
        self.returns.push_str(delta);
        let text = std::mem::take(&mut self.returns);
        let kept = text.trim_end_matches('\r');
        self.returns = text.get(kept.len()..).unwrap_or_default().to_owned();
        // What is kept never ends with a return, so nothing but line ends is dropped.
        let text = visible(kept);
        let mut shown = String::new();
        match &mut self.shown {
            Shown::Text => shown.push_str(&text),
            Shown::Page(page) => {
                for character in text.chars() {
                    page.push(character, &mut shown);
                }
            }
        }
        self.write(&shown, out)
    }

    /// Writes what still waited, and ends the line.
    pub(crate) fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        // The last of the returns ends a line, like one before a line break.
        let returns = std::mem::take(&mut self.returns);
        let returns = visible(&returns);
        let mut shown = String::new();
        match &mut self.shown {
            Shown::Text => shown.push_str(&returns),
            Shown::Page(page) => {
                for character in returns.chars() {
                    page.push(character, &mut shown);
                }
                page.finish(&mut shown);
            }
        }
        self.write(&shown, out)?;
        match self.is_line_begun {
            true => self.write("\n", out),
            false => Ok(()),
        }
    }

    fn write(&mut self, shown: &str, out: &mut dyn Write) -> io::Result<()> {
        if shown.is_empty() {
            return Ok(());
        }
        self.is_line_begun = !shown.ends_with('\n');
        out.write_all(shown.as_bytes())?;
        out.flush()
    }
}
