//! Tables that mean something, among those that only put things beside each other.

use super::tree::{Tree, is_block};

/// The longest text of a cell, in bytes.
pub(super) const LONGEST_CELL: usize = 2_000;
/// More columns than this are no table that anybody reads.
const MOST_COLUMNS: usize = 40;

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its element; none where a cell above reaches down.
    pub(super) at: Option<usize>,
    /// How many columns it spans; at least one.
    pub(super) columns: usize,
}

/// The rows of a table; nothing if it is none but a layout.
pub(super) fn rows(
    tree: &Tree,
    at: usize,
    is_read: impl Fn(usize) -> bool,
) -> Option<Vec<Vec<Cell>>> {
    if tree.subtree(at).skip(1).any(|node| tree.tag(node) == "table") {
        return None;
    }
    let mut rows = Vec::new();
    // For each column, how many rows a cell still reaches down.
    let mut reaching = [0_usize; MOST_COLUMNS];
    for row in tree.find("tr", tree.subtree(at)).filter(|row| is_read(*row)) {
        let cells = tree.children(Some(row)).filter(|cell| matches!(tree.tag(*cell), "td" | "th"));
        let row = laid_out(tree, cells.filter(|cell| is_read(*cell)), &mut reaching)?;
        if !row.is_empty() {
            rows.push(row);
        }
    }
    let widest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let says_so = tree.subtree(at).any(|node| matches!(tree.tag(node), "th" | "caption" | "thead"));
    let mut cells = rows.iter().flatten().filter_map(|cell| cell.at);
    let is_meant = says_so || (rows.len() >= 2 && cells.all(|cell| is_short(tree, cell)));
    (widest >= 2 && is_meant).then_some(rows)
}

/// The cells of a row, with those that reach down from above. Nothing if there are too many.
fn laid_out(
    tree: &Tree,
    cells: impl Iterator<Item = usize>,
    reaching: &mut [usize; MOST_COLUMNS],
) -> Option<Vec<Cell>> {
    let mut row = Vec::new();
    let mut column = 0;
    for cell in cells {
        while let Some(rows) = reaching.get_mut(column).filter(|rows| **rows > 0) {
            *rows -= 1;
            row.push(Cell { at: None, columns: 1 });
            column += 1;
        }
        let columns = span(tree, cell, "colspan");
        let rows = span(tree, cell, "rowspan");
        reaching.get_mut(column..column + columns)?.fill(rows - 1);
        row.push(Cell { at: Some(cell), columns });
        column += columns;
    }
    for rows in reaching.get_mut(column..).unwrap_or_default() {
        *rows = rows.saturating_sub(1);
    }
    Some(row)
}

fn span(tree: &Tree, cell: usize, name: &str) -> usize {
    const MOST_ROWS: usize = 1_000;
    let most = if name == "rowspan" { MOST_ROWS } else { MOST_COLUMNS };
    let said = tree.element(cell).and_then(|element| element.attribute(name)?.parse().ok());
    said.unwrap_or(1).clamp(1, most)
}

/// Whether a cell holds a value, and no part of a page.
fn is_short(tree: &Tree, cell: usize) -> bool {
    const LONGEST: usize = 200;
    let holds_blocks =
        tree.subtree(cell).skip(1).any(|node| is_block(tree.tag(node)) && tree.tag(node) != "p");
    !holds_blocks && tree.text(cell).trim().len() <= LONGEST
}
