//! Vectors that a model made, in spaces of their own beside the built-in one.
//!
//! Invariant: a vector is compared with those of its own space only, and every one that is stored is whole.

use std::path::Path;

use localgpt_protocol::Embedding;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::{
    Error,
    chunk::{Chunk, Kind},
    extension,
    index::Open,
    notes::{Changed, Note, Notes},
    rank::Candidate,
    seal::IndexFolder,
    table::Table,
    workspace::Workspace,
};

/// Where cosines of the built-in space lie, for a question of which it knows no word.
const USUAL: Spread = Spread { mean: 0.2, deviation: 0.12 };

/// A space that vectors of notes belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Its name.
    pub name: String,
    /// The numbers of each of its vectors.
    pub dimensions: usize,
    /// The chunks that have no vector in it yet.
    pub pending: usize,
}

/// A chunk that has no vector in a space yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What to embed: the chunk with its neighbours and the headings above it.
    pub text: String,
    file: i64,
    chunk: i64,
}

/// What a question means in a space.
#[derive(Debug, Clone, Copy)]
pub struct Meaning<'a> {
    /// The space.
    pub space: &'a str,
    /// The question's vector in it.
    pub embedding: &'a Embedding,
}

/// Every space that has vectors.
pub(crate) fn spaces(connection: &Connection) -> Result<Vec<Space>, Error> {
    let mut statement = connection.prepare_cached("SELECT name, dimensions FROM spaces")?;
    let rows: Vec<(String, i64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut spaces = Vec::with_capacity(rows.len());
    for (name, dimensions) in rows {
        let pending = pending_count(connection, &name)?;
        spaces.push(Space { name, dimensions: usize::try_from(dimensions).unwrap_or(0), pending });
    }
    Ok(spaces)
}

/// How many chunks have no vector in a space.
pub(crate) fn pending_count(connection: &Connection, space: &str) -> Result<usize, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(chunk_count - coalesce(embedded.chunks, 0)), 0) FROM files
         LEFT JOIN embedded ON file = files.id AND space = (SELECT id FROM spaces WHERE name = ?1)",
    )?;
    let count: i64 = statement.query_row([space], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// How many chunks have no vector in a space, in an index that is neither opened nor changed by this; none
/// if there is no index or somebody writes to it.
pub fn pending_in(index_folder: &Path, space: &str) -> Option<usize> {
    let path = IndexFolder::existing(index_folder).sealed()?;
    extension::register();
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' => address.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(*byte)),
            byte => address.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    // Without it, SQLite would put files beside an index in WAL mode.
    address.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(address, flags).ok()?;
    pending_count(&connection, space).ok()
}

fn digit(number: u8) -> char {
    char::from_digit(u32::from(number), 16).unwrap_or_default()
}

/// Some of the chunks that have no vector in a space, those of the newest files first.
pub(crate) fn pending(
    open: &mut Open,
    workspace: &Workspace,
    space: &str,
    most: usize,
) -> Result<Vec<Pending>, Error> {
    let (connection, table) = open.table()?;
    let mut statement = connection.prepare_cached(
        "SELECT id, first_chunk, coalesce(embedded.chunks, 0) FROM files
         LEFT JOIN embedded ON file = files.id AND space = (SELECT id FROM spaces WHERE name = ?1)
         WHERE chunk_count > coalesce(embedded.chunks, 0) ORDER BY modified DESC, id",
    )?;
    let mut notes = Notes::new(connection, workspace, Changed::LeaveOut);
    let mut rows = statement.query([space])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()?
        && pending.len() < most
    {
        let (file, first, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let number = u32::try_from(file).map_err(|_full| rusqlite::Error::InvalidQuery)?;
        // A note that was changed a moment ago is indexed again first.
        let Some(note) = notes.get(number)? else { continue };
        let done = usize::try_from(done).unwrap_or(0);
        for (at, text) in texts(note, first, table).into_iter().enumerate().skip(done) {
            if pending.len() < most {
                pending.push(Pending { text, file, chunk: first + at as i64 });
            }
        }
    }
    Ok(pending)
}

/// What is embedded for each chunk of a note.
fn texts(note: &Note, first: i64, table: &Table) -> Vec<String> {
    let mut headings: Vec<(u8, &str)> = Vec::new();
    let mut texts = Vec::with_capacity(note.chunks.len());
    for (at, chunk) in note.chunks.iter().enumerate() {
        let own = note.text.get(chunk.bytes.clone()).unwrap_or_default();
        if chunk.kind == Kind::Heading {
            headings.retain(|(level, _)| *level < chunk.level);
        }
        let mut text = String::new();
        for (_, heading) in &headings {
            text.push_str(heading);
            text.push('\n');
        }
        let slot = table.place(first + at as i64).and_then(|place| table.slots().get(place));
        let members = slot.map_or(at..at + 1, |slot| slot.window(at));
        let window = note.chunks.get(members).unwrap_or_default();
        text.push_str(note.text.get(bytes_of(window)).unwrap_or(own).trim());
        texts.push(text);
        if chunk.kind == Kind::Heading {
            let line = own.lines().next().unwrap_or_default();
            headings.push((chunk.level, line.trim_matches(['#', ' ', '\t', '\u{feff}'])));
        }
    }
    texts
}

/// The text from the first to the last of some chunks.
fn bytes_of(chunks: &[Chunk]) -> std::ops::Range<usize> {
    match (chunks.first(), chunks.last()) {
        (Some(first), Some(last)) => first.bytes.start..last.bytes.end,
        _ => 0..0,
    }
}

/// Stores the vectors of chunks, as many as are still there.
pub(crate) fn store(
    connection: &Connection,
    space: &str,
    chunks: &[Pending],
    embeddings: &[Embedding],
) -> Result<(), Error> {
    let Some(Embedding(first)) = embeddings.first() else { return Ok(()) };
    let id = space_id(connection, space, first.len())?;
    let mut file = connection.prepare_cached(
        "SELECT first_chunk, coalesce(embedded.chunks, 0) FROM files
         LEFT JOIN embedded ON file = files.id AND space = ?2
         WHERE files.id = ?1 AND ?3 BETWEEN first_chunk AND first_chunk + chunk_count - 1",
    )?;
    let mut vector =
        connection.prepare_cached("INSERT OR REPLACE INTO embeddings VALUES (?1, ?2, ?3)")?;
    let mut done =
        connection.prepare_cached("INSERT OR REPLACE INTO embedded VALUES (?1, ?2, ?3)")?;
    for (chunk, Embedding(numbers)) in chunks.iter().zip(embeddings) {
        if numbers.len() != first.len() {
            return Err(Error::Dimensions { stored: first.len(), given: numbers.len() });
        }
        let known: Option<(i64, i64)> = file
            .query_row(params![chunk.file, id, chunk.chunk], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        // The file may be gone, or another process further on.
        match known {
            Some((first, count)) if chunk.chunk - first == count => {
                vector.execute(params![chunk.chunk, id, to_bytes(numbers)])?;
                done.execute(params![chunk.file, id, count + 1])?;
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Forgets the vectors of every space but one.
pub(crate) fn keep_only(connection: &Connection, space: Option<&str>) -> Result<(), Error> {
    for delete in [
        "DELETE FROM embeddings WHERE space IN (SELECT id FROM spaces WHERE name IS NOT ?1)",
        "DELETE FROM embedded WHERE space IN (SELECT id FROM spaces WHERE name IS NOT ?1)",
        "DELETE FROM spaces WHERE name IS NOT ?1",
    ] {
        connection.prepare_cached(delete)?.execute([space])?;
    }
    Ok(())
}

/// Forgets the vectors of one space.
pub(crate) fn forget(connection: &Connection, space: &str) -> Result<(), Error> {
    for delete in [
        "DELETE FROM embeddings WHERE space = (SELECT id FROM spaces WHERE name = ?1)",
        "DELETE FROM embedded WHERE space = (SELECT id FROM spaces WHERE name = ?1)",
        "DELETE FROM spaces WHERE name = ?1",
    ] {
        connection.prepare_cached(delete)?.execute([space])?;
    }
    Ok(())
}

/// The number of a space, which is made if it is not there.
fn space_id(connection: &Connection, space: &str, dimensions: usize) -> Result<i64, Error> {
    match known_space(connection, space, dimensions)? {
        Some(id) => Ok(id),
        None => {
            connection
                .prepare_cached("INSERT INTO spaces (name, dimensions) VALUES (?1, ?2)")?
                .execute(params![space, dimensions as i64])?;
            Ok(connection.last_insert_rowid())
        }
    }
}

fn known_space(
    connection: &Connection,
    space: &str,
    dimensions: usize,
) -> Result<Option<i64>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT id, dimensions FROM spaces WHERE name = ?1")?;
    let known: Option<(i64, i64)> =
        statement.query_row([space], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match known {
        None => Ok(None),
        Some((id, stored)) if stored == dimensions as i64 => Ok(Some(id)),
        Some((_, stored)) => Err(Error::Dimensions {
            stored: usize::try_from(stored).unwrap_or(0),
            given: dimensions,
        }),
    }
}

/// Puts the question's closeness in its space in the place of the built-in one, for the candidates that
/// have a vector there. The exact cosine, by sqlite-vec.
///
/// Cosines of one space say little beside those of another: with many models unrelated texts have 0.7. So
/// they are brought to the mean and the spread that the built-in ones have over the same candidates. What a
/// cosine counts beside words stays as it was measured, and candidates with and without a vector can be
/// compared.
pub(crate) fn measure(
    (connection, table): (&Connection, &Table),
    candidates: &mut [Candidate],
    meaning: &Meaning<'_>,
    weight: f32,
) -> Result<(), Error> {
    let Embedding(numbers) = meaning.embedding;
    let Some(space) = known_space(connection, meaning.space, numbers.len())? else { return Ok(()) };
    if weight == 0.0 {
        return Ok(());
    }
    let bytes = to_bytes(numbers);
    let mut statement = connection.prepare_cached(
        "SELECT vec_distance_cosine(vec_int8(value), vec_int8(?1)) FROM embeddings
         WHERE chunk = ?2 AND space = ?3",
    )?;
    let mut measured = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let chunk = table.number(candidate.place);
        let distance: Option<f64> =
            statement.query_row(params![bytes, chunk, space], |row| row.get(0)).optional()?;
        if let Some(distance) = distance {
            measured.push((at, 1.0 - distance as f32, candidate.why.vectors / weight));
        }
    }
    let here = Spread::of(measured.iter().map(|(_, cosine, _)| *cosine));
    let built_in = Spread::of(measured.iter().map(|(_, _, built_in)| *built_in));
    let there = if built_in.deviation > 0.0 { built_in } else { USUAL };
    for (at, cosine, _) in measured {
        if let Some(candidate) = candidates.get_mut(at) {
            candidate.why.vectors = weight * there.at(here.deviations(cosine)).clamp(-1.0, 1.0);
        }
    }
    Ok(())
}

/// Where some numbers lie.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    mean: f32,
    deviation: f32,
}

impl Spread {
    fn of(numbers: impl Iterator<Item = f32> + Clone) -> Self {
        let count = numbers.clone().count().max(1) as f32;
        let mean = numbers.clone().sum::<f32>() / count;
        let variance = numbers.map(|number| (number - mean).powi(2)).sum::<f32>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// How many deviations a number lies from the mean.
    fn deviations(self, number: f32) -> f32 {
        if self.deviation > 0.0 { (number - self.mean) / self.deviation } else { 0.0 }
    }

    fn at(self, deviations: f32) -> f32 {
        self.mean + deviations * self.deviation
    }
}

/// A vector as signed bytes: its direction is what counts, so the largest number becomes 127.
fn to_bytes(numbers: &[f32]) -> Vec<u8> {
    let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let scale = 127.0 / largest.max(f32::MIN_POSITIVE);
    numbers.iter().map(|number| ((number * scale).round() as i8).cast_unsigned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_the_direction_whatever_the_length() {
        let signed = |numbers: &[f32]| -> Vec<i8> {
            to_bytes(numbers).into_iter().map(u8::cast_signed).collect()
        };
        assert_eq!(signed(&[1.0, -0.5, 0.0]), [127, -64, 0]);
        assert_eq!(signed(&[2e-20, -1e-20, 0.0]), [127, -64, 0]);
        assert_eq!(signed(&[3e38, -3e38]), [127, -127]);
    }

    #[test]
    fn a_spread_is_carried_to_another() {
        let high = Spread::of([0.7, 0.8, 0.9].into_iter());
        let low = Spread::of([0.0, 0.1, 0.2].into_iter());
        assert!((low.at(high.deviations(0.9)) - 0.2).abs() < 1e-5);
        let alone = Spread::of([0.7].into_iter());
        assert_eq!((alone.deviations(0.7), alone.deviation), (0.0, 0.0));
    }
}
