//! Markdown into chunks: the smallest pieces that are indexed and cited.
//!
//! A chunk is a heading, a paragraph, a list item without the items below it, a code block, a table
//! or the front matter, always whole lines. Only what is longer than [`LONGEST`] is cut: between lines
//! where there are several, inside a line at the end of a sentence, and at a character at worst.
//!
//! Invariant: every line with a letter or a digit belongs to a chunk, and chunks do not overlap.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The most bytes of a chunk of prose.
pub(crate) const LONGEST: usize = 2_000;
/// The most bytes of a code block, which reads badly in pieces.
const LONGEST_CODE: usize = 8_000;
/// Bytes after which a piece of something too long may end.
const CUT_AFTER: usize = 1_000;

/// What a chunk is; the number is how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A paragraph, quotation or table.
    Text = 1,
    /// A list item.
    Item = 2,
    /// A heading.
    Heading = 3,
    /// A code block.
    Code = 4,
    /// The front matter.
    FrontMatter = 5,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// What it is.
    pub kind: Kind,
    /// Its place in the text.
    pub bytes: Range<usize>,
    /// Its first line, counted from 1.
    pub start_line: u32,
    /// Its last line.
    pub end_line: u32,
    /// For a heading its level, 1 to 6; else 0.
    pub level: u8,
}

/// Cuts a text into chunks, in the order in which they stand.
pub(crate) fn chunks(text: &str) -> Vec<Chunk> {
    let body = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut pieces = pieces(text.get(body..).unwrap_or_default());
    for piece in &mut pieces {
        piece.bytes = piece.bytes.start + body..piece.bytes.end + body;
    }
    let pieces = with_gaps(text, pieces);
    let mut chunks = Vec::with_capacity(pieces.len());
    let mut lines = LineCounter { text, at: 0, line: 1 };
    for piece in pieces {
        let longest = if piece.kind == Kind::Code { LONGEST_CODE } else { LONGEST };
        for bytes in cut(text, piece.bytes, longest) {
            let start_line = lines.line_at(bytes.start);
            let end_line = lines.line_at(bytes.end);
            chunks.push(Chunk {
                kind: piece.kind,
                bytes,
                start_line,
                end_line,
                level: piece.level,
            });
        }
    }
    chunks
}

#[derive(Debug)]
struct Piece {
    kind: Kind,
    bytes: Range<usize>,
    level: u8,
}

/// The pieces that the Markdown parser knows of, in order, not yet whole lines.
fn pieces(text: &str) -> Vec<Piece> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_TASKLISTS;
    let mut pieces = Vec::new();
    // Where the item that is being read began, if its text is not yet a piece; one for each level.
    let mut items: Vec<Option<usize>> = Vec::new();
    // Inside a leaf nothing else is looked at.
    let mut leaf: Option<TagEnd> = None;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if let Some(end) = leaf {
            if matches!(event, Event::End(found) if found == end) {
                leaf = None;
            }
            continue;
        }
        match event {
            Event::Start(Tag::Item) => {
                close_item(&mut items, &mut pieces, range.start);
                items.push(Some(range.start));
            }
            Event::End(TagEnd::Item) => {
                close_item(&mut items, &mut pieces, range.end);
                items.pop();
                if let Some(outer) = items.last_mut() {
                    *outer = Some(range.end);
                }
            }
            Event::Start(ref tag) if items.is_empty() => {
                let kind = match tag {
                    Tag::Heading { .. } => Kind::Heading,
                    Tag::CodeBlock(_) => Kind::Code,
                    Tag::MetadataBlock(_) => Kind::FrontMatter,
                    Tag::Paragraph | Tag::HtmlBlock | Tag::Table(_) => Kind::Text,
                    _ => continue,
                };
                let level = if let Tag::Heading { level, .. } = tag { *level as u8 } else { 0 };
                pieces.push(Piece { kind, bytes: range, level });
                leaf = Some(tag.to_end());
            }
            _ => {}
        }
    }
    pieces
}

fn close_item(items: &mut [Option<usize>], pieces: &mut Vec<Piece>, end: usize) {
    if let Some(start) = items.last_mut().and_then(Option::take) {
        pieces.push(Piece { kind: Kind::Item, bytes: start..end, level: 0 });
    }
}

/// Makes pieces whole lines, drops those without a word, and adds what lies between them (link
/// definitions are nothing to a Markdown parser, but something to a reader).
fn with_gaps(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut whole = Vec::with_capacity(pieces.len());
    let mut covered = 0;
    for mut piece in pieces {
        piece.bytes = whole_lines(text, piece.bytes);
        piece.bytes.start = piece.bytes.start.max(covered);
        if !has_word(text, &piece.bytes) {
            continue;
        }
        add_gap(text, covered..piece.bytes.start, &mut whole);
        covered = piece.bytes.end;
        whole.push(piece);
    }
    add_gap(text, covered..text.len(), &mut whole);
    whole
}

fn add_gap(text: &str, gap: Range<usize>, pieces: &mut Vec<Piece>) {
    let mut start = gap.start;
    for paragraph in text.get(gap).unwrap_or_default().split_inclusive("\n\n") {
        let bytes = start..start + paragraph.len();
        start = bytes.end;
        if has_word(text, &bytes) {
            let bytes = whole_lines(text, bytes);
            pieces.push(Piece { kind: Kind::Text, bytes, level: 0 });
        }
    }
}

fn has_word(text: &str, bytes: &Range<usize>) -> bool {
    text.get(bytes.clone()).is_some_and(|text| text.chars().any(char::is_alphanumeric))
}

/// Trims white space, then goes to the start of the first line and the end of the last.
fn whole_lines(text: &str, bytes: Range<usize>) -> Range<usize> {
    let Some(piece) = text.get(bytes.clone()) else { return bytes };
    let start = bytes.start + (piece.len() - piece.trim_start().len());
    let end = (bytes.start + piece.trim_end().len()).max(start);
    let start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(end..).unwrap_or_default();
    let line_end = rest.find('\n').map_or(text.len(), |at| end + at);
    let line = text.get(start..line_end).unwrap_or_default();
    start..start + line.trim_end_matches('\r').len()
}

/// Cuts what is longer than `longest`.
fn cut(text: &str, bytes: Range<usize>, longest: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while rest.len() > longest {
        let window = floor_boundary(text, rest.start + longest);
        let from = floor_boundary(text, rest.start + CUT_AFTER.min(longest / 2));
        let piece = text.get(from..window).unwrap_or_default();
        let end = piece
            .rfind('\n')
            .or_else(|| {
                ["? ", "! ", ". "]
                    .iter()
                    .filter_map(|mark| piece.rfind(mark))
                    .max()
                    .map(|at| at + 1)
            })
            .or_else(|| piece.rfind(' '))
            .map_or(window, |at| from + at);
        let part = text.get(rest.start..end).unwrap_or_default();
        parts.push(rest.start..rest.start + part.trim_end().len());
        let after = text.get(end..rest.end).unwrap_or_default();
        rest.start = end + (after.len() - after.trim_start().len());
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Counts lines for ascending places.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl LineCounter<'_> {
    fn line_at(&mut self, place: usize) -> u32 {
        if let Some(between) = self.text.as_bytes().get(self.at..place) {
            let breaks = memchr::memchr_iter(b'\n', between).count();
            self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.at = place;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(markdown: &str, expected: &Expect) {
        let shown: Vec<String> = chunks(markdown)
            .into_iter()
            .map(|chunk| {
                let (from, to) = (chunk.start_line, chunk.end_line);
                format!("{:?} {from}-{to} {:?}\n", chunk.kind, &markdown[chunk.bytes])
            })
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn headings_paragraphs_and_items_are_chunks_of_their_own() {
        check(
            "\u{feff}# Day\r\n\r\n- one\r\n- two\r\n  more\r\n  - inner\r\n\r\n  after\r\n\r\nSome\r\ntext.\r\n",
            &expect![[r##"
                Heading 1-1 "\u{feff}# Day"
                Item 3-3 "- one"
                Item 4-5 "- two\r\n  more"
                Item 6-6 "  - inner"
                Item 8-8 "  after"
                Text 10-11 "Some\r\ntext."
            "##]],
        );
    }

    #[test]
    fn code_tables_front_matter_and_link_definitions_stay_whole() {
        check(
            "---\ntitle: A\n---\nTitle\n=====\n```sh\na\n\nb\n```\n| x | y |\n|---|---|\n| 1 | 2 |\n\n[a]: https://example.org\n\n***\n> quoted\n",
            &expect![[r#"
                FrontMatter 1-3 "---\ntitle: A\n---"
                Heading 4-5 "Title\n====="
                Code 6-10 "```sh\na\n\nb\n```"
                Text 11-13 "| x | y |\n|---|---|\n| 1 | 2 |"
                Text 15-15 "[a]: https://example.org"
                Text 18-18 "> quoted"
            "#]],
        );
    }

    #[test]
    fn a_long_line_is_cut_at_sentences_and_keeps_its_number() {
        let line = "Ein Satz mit Umlauten: äöü. ".repeat(200);
        let text = format!("a\n\n{line}");
        let chunks = chunks(&text);
        assert!(chunks.len() > 2);
        for chunk in chunks.iter().skip(1) {
            assert!(chunk.bytes.len() <= LONGEST && chunk.start_line == 3 && chunk.end_line == 3);
            assert!(text[chunk.bytes.clone()].trim_end().ends_with('.'));
        }
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_is_in_two_chunks(
            text in "([-*#>|` \t\r\n]|[0-9]\\. |```|---\n|\\[a\\]: |: |ä|\u{feff}|日本|word |\n\n|    ){0,40}"
        ) {
            let chunks = chunks(&text);
            let mut end = 0;
            for chunk in &chunks {
                prop_assert!(chunk.bytes.start >= end, "{chunks:?}");
                prop_assert!(!text[end..chunk.bytes.start].chars().any(char::is_alphanumeric));
                let line = 1 + text[..chunk.bytes.start].matches('\n').count();
                prop_assert_eq!(chunk.start_line as usize, line);
                end = chunk.bytes.end;
            }
            prop_assert!(!text[end..].chars().any(char::is_alphanumeric));
        }
    }
}
