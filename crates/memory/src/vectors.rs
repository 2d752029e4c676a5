//! The vectors of all chunks, as many to a row of the index as fit on one of its pages.
//!
//! A row belongs to one block of the columns (see `table.rs`) and goes when that block is dropped; the
//! vector of a removed chunk stays until then.

use localgpt_embedding::DIMENSIONS;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::table::BLOCK;

/// Vectors of a row: what fits on a page of 8,192 bytes.
const ROW: i64 = 21;
/// Rows of a block.
const ROWS_OF_BLOCK: i64 = (BLOCK as i64 + ROW - 1) / ROW;

/// Where the vector of a chunk lies: in which row, and from which byte on.
pub(crate) fn place(chunk: i64) -> (i64, usize) {
    let block = chunk.div_euclid(BLOCK as i64);
    let within = chunk.rem_euclid(BLOCK as i64);
    (block * ROWS_OF_BLOCK + within / ROW, (within % ROW) as usize * DIMENSIONS)
}

/// Removes the vectors of a block.
pub(crate) fn remove(connection: &Connection, block: i64) -> rusqlite::Result<()> {
    let first = block * ROWS_OF_BLOCK;
    connection
        .prepare_cached("DELETE FROM vectors WHERE id >= ?1 AND id < ?2")?
        .execute([first, first + ROWS_OF_BLOCK])?;
    Ok(())
}

/// Writes vectors of chunks in ascending order, each row once.
#[derive(Default)]
pub(crate) struct VectorWriter {
    /// The row that is not full yet, with its number.
    row: Option<(i64, Vec<u8>)>,
}

impl VectorWriter {
    /// Sets the vector of a chunk, which is above all those that have one.
    pub(crate) fn push(
        &mut self,
        connection: &Connection,
        chunk: i64,
        vector: &[u8; DIMENSIONS],
    ) -> rusqlite::Result<()> {
        let (id, start) = place(chunk);
        if self.row.as_ref().is_some_and(|(open, _)| *open != id) {
            self.flush(connection)?;
        }
        let (_, bytes) = match &mut self.row {
            Some(row) => row,
            row => row.insert((id, if start == 0 { Vec::new() } else { read(connection, id)? })),
        };
        bytes.resize(start, 0);
        bytes.extend_from_slice(vector);
        Ok(())
    }

    /// Writes what was not written yet.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some((id, bytes)) = self.row.take() {
            connection
                .prepare_cached("INSERT OR REPLACE INTO vectors VALUES (?1, ?2)")?
                .execute(params![id, bytes])?;
        }
        Ok(())
    }
}

fn read(connection: &Connection, id: i64) -> rusqlite::Result<Vec<u8>> {
    let mut statement = connection.prepare_cached("SELECT vectors FROM vectors WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_has_a_place_of_its_own_in_its_block() {
        let mut last = place(-1);
        for chunk in 0..5 * BLOCK as i64 {
            let (row, start) = place(chunk);
            assert!((row, start) > last && start < ROW as usize * DIMENSIONS, "{chunk}");
            assert_eq!(row / ROWS_OF_BLOCK, chunk / BLOCK as i64);
            last = (row, start);
        }
    }
}
