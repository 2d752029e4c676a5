//! The references: what the machine needs for the bare work, in the same run.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, params};

/// Plain full-text search: FTS5 over paragraphs, with nothing of ours.
#[derive(Debug)]
pub(crate) struct RawIndex(Connection);

impl RawIndex {
    /// Reads the files and inserts each paragraph as a row, in one transaction, into the file `database`.
    pub(crate) fn build(database: &Path, files: &[PathBuf]) -> Result<Self> {
        let mut connection = Connection::open(database).context("cannot make a database")?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        let transaction = connection.transaction()?;
        transaction.execute_batch("create virtual table paragraph using fts5(text)")?;
        {
            let mut insert = transaction.prepare("insert into paragraph(text) values (?1)")?;
            for file in files {
                let text = fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) {
                    insert.execute(params![paragraph])?;
                }
            }
        }
        transaction.commit()?;
        Ok(Self(connection))
    }

    /// Returns how many rows there are.
    pub(crate) fn rows(&self) -> Result<u64> {
        let count: i64 =
            self.0.query_row("select count(*) from paragraph", [], |row| row.get(0))?;
        count.try_into().context("a negative number of rows")
    }

    /// Finds the best eight rows with any word of the question and returns how long it took.
    pub(crate) fn search(&self, question: &str) -> Result<Duration> {
        let words: Vec<String> = question
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| format!("\"{word}\""))
            .collect();
        let start = Instant::now();
        let mut select = self.0.prepare_cached(
            "select text from paragraph where paragraph match ?1 order by rank limit 8",
        )?;
        let texts = select.query_map([words.join(" OR ")], |row| row.get::<_, String>(0))?;
        let found: Vec<String> = texts.collect::<Result<_, _>>()?;
        let took = start.elapsed();
        std::hint::black_box(found);
        Ok(took)
    }
}

/// Asks the system about each file below `folder`, which an unchanged index cannot do without.
pub(crate) fn look_at_files(folder: &Path) -> Result<Duration> {
    let start = Instant::now();
    let mut bytes = 0;
    for entry in fs::read_dir(folder).context("cannot list the notes")? {
        bytes += entry.and_then(|entry| entry.metadata()).context("cannot look at a note")?.len();
    }
    std::hint::black_box(bytes);
    Ok(start.elapsed())
}

/// Appends a line to a file below `folder` and waits until it is on the disk, as a log must.
pub(crate) fn write_through(folder: &Path) -> Result<Duration> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).append(true).open(folder.join("reference.log"));
    let mut file = opened.context("cannot make a log")?;
    let line = "x".repeat(1_000);
    let start = Instant::now();
    writeln!(file, "{line}").and_then(|()| file.sync_data()).context("cannot write a log")?;
    Ok(start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_paragraph_is_a_row_that_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("a.md");
        fs::write(&note, "# Day\n\n- one\n- two\n\nthree\n").unwrap();
        let index = RawIndex::build(&folder.path().join("raw.sqlite"), &[note]).unwrap();
        assert_eq!(index.rows().unwrap(), 3);
        index.search("Wo ist three?").unwrap();
    }
}
