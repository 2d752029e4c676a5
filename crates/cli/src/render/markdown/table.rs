//! A table, once all of it is there: columns that fit side by side, their text folded where needed.

use super::{
    flow::{Prefix, fold},
    inline,
    span::{Look, Span, width},
};

/// The columns between two cells.
const GAP: usize = 2;
/// A column is not made narrower than this.
const NARROWEST: usize = 6;

/// On which side the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Middle,
    Right,
}

/// Whether the line stands between the head of a table and its body.
pub(super) fn is_divider(line: &str) -> bool {
    let cells = cells(line);
    let is_dashes = |cell: &String| {
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        !dashes.is_empty() && dashes.chars().all(|character| character == '-')
    };
    !cells.is_empty() && cells.iter().all(is_dashes)
}

/// The lines of the table, or nothing if it is too wide for the room. The second row is its divider.
pub(super) fn lines(rows: &[String], room: usize) -> Option<Vec<Vec<Span>>> {
    let [head, divider, body @ ..] = rows else { return None };
    let mut grid = vec![row(head, Look::BOLD)];
    grid.extend(body.iter().map(|line| row(line, Look::PLAIN)));
    let columns = grid.iter().map(Vec::len).max().unwrap_or(0);
    let mut sides: Vec<Side> = cells(divider).iter().map(|cell| side(cell)).collect();
    sides.resize(columns, Side::Left);
    let widths = widths(&grid, columns, room)?;

    let mut lines = Vec::new();
    for (index, row) in grid.iter().enumerate() {
        lines.extend(row_lines(row, &widths, &sides));
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            lines.push(vec![Span::new(rules.join(&" ".repeat(GAP)), Look::DIM)]);
        }
    }
    Some(lines)
}

/// Writes the lines, each behind its prefix.
pub(super) fn write(lines: &[Vec<Span>], first: Prefix, rest: &Prefix, out: &mut String) {
    let mut prefix = first;
    for line in lines {
        prefix.write(out);
        for span in line {
            span.write(out);
        }
        out.push('\n');
        prefix = rest.clone();
    }
}

fn row(line: &str, look: Look) -> Vec<Vec<Span>> {
    cells(line).iter().map(|cell| inline::spans(cell, look)).collect()
}

/// The texts between the bars; a bar behind a backslash is text.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let mut cells = vec![String::new()];
    let mut characters = line.strip_prefix('|').unwrap_or(line).chars().peekable();
    while let Some(character) = characters.next() {
        let is_last = characters.peek().is_none();
        match (character, cells.last_mut()) {
            ('\\', Some(cell)) => match characters.next_if_eq(&'|') {
                Some(bar) => cell.push(bar),
                None => {
                    cell.push('\\');
                    cell.extend(characters.next());
                }
            },
            ('|', _) if is_last => {}
            ('|', _) | (_, None) => cells.push(String::new()),
            (_, Some(cell)) => cell.push(character),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn side(divider: &str) -> Side {
    match (divider.starts_with(':'), divider.ends_with(':')) {
        (true, true) => Side::Middle,
        (false, true) => Side::Right,
        (_, false) => Side::Left,
    }
}

/// The widths of the columns; the widest give way until all fit.
fn widths(grid: &[Vec<Vec<Span>>], columns: usize, room: usize) -> Option<Vec<usize>> {
    let mut widths = vec![1; columns];
    for row in grid {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let room = room.saturating_sub(GAP * columns.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let widest = widths.iter_mut().max().filter(|width| **width > NARROWEST)?;
        *widest -= 1;
    }
    Some(widths)
}

fn row_lines(row: &[Vec<Span>], widths: &[usize], sides: &[Side]) -> Vec<Vec<Span>> {
    let folded: Vec<Vec<Vec<Span>>> =
        row.iter().zip(widths).map(|(cell, width)| fold(cell, *width)).collect();
    let height = folded.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines = Vec::new();
    for number in 0..height {
        let mut line: Vec<Span> = Vec::new();
        // The spaces before the next text: none stand at the end of a line.
        let mut spaces = 0;
        for ((cell, wide), side) in folded.iter().zip(widths).zip(sides) {
            let text = cell.get(number).map(Vec::as_slice).unwrap_or_default();
            let free = wide.saturating_sub(width(text));
            let before = match side {
                Side::Left => 0,
                Side::Middle => free / 2,
                Side::Right => free,
            };
            if !text.is_empty() {
                line.push(Span::new(" ".repeat(spaces + before), Look::PLAIN));
                line.extend_from_slice(text);
                spaces = free - before + GAP;
            } else {
                spaces += wide + GAP;
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(table: &str, room: usize, expected: &Expect) {
        let rows: Vec<String> = table.lines().map(str::to_owned).collect();
        let text = match lines(&rows, room) {
            None => "too wide".to_owned(),
            Some(lines) => lines
                .iter()
                .map(|line| line.iter().map(|span| span.text.as_str()).collect::<String>() + "\n")
                .collect(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn columns_stand_on_their_side_in_their_width() {
        check(
            "| name | 数量 | n |\n|:--|:-:|--:|\n| **a** \\| b | 漢 | 12 |\n| c | x | 3 | more |",
            80,
            &expect![[r"
                name   数量   n
                ─────  ────  ──  ────
                a | b   漢   12
                c       x     3  more
            "]],
        );
    }

    #[test]
    fn a_wide_table_is_folded_or_given_up() {
        let table = "|a|b|\n|-|-|\n|some words that are long|short|";
        check(
            table,
            20,
            &expect![[r"
                a              b
                ─────────────  ─────
                some words     short
                that are long
            "]],
        );
        check(table, 12, &expect!["too wide"]);
    }

    #[test]
    fn a_divider_is_made_of_dashes() {
        assert!(is_divider("| --- | :-: |"));
        assert!(!is_divider("| a | --- |"));
        assert!(!is_divider("||"));
    }
}
