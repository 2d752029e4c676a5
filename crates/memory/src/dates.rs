//! Days in file names, in front matter and in questions.

use jiff::civil::Date;

use crate::chunk::{Chunk, Kind};

mod question;

pub(crate) use question::{Time, is_time_word, of_question};

/// The day a file's path names: `memory/2026-03-05.md`, `2026/03/05.md`, `2026-03-05-garage.md`.
/// A day that does not exist is none.
pub(crate) fn of_path(path: &str) -> Option<Date> {
    let name = path.rsplit('/').next().unwrap_or(path);
    first_iso(name).or_else(|| {
        let mut parts = path.strip_suffix(".md")?.rsplit('/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let is_day = day.len() == 2 && month.len() == 2 && year.len() == 4;
        is_day.then(|| date(year, month, day)).flatten()
    })
}

/// The day of a file's front matter (`date: 2026-03-05`) or of its first heading.
pub(crate) fn of_text(text: &str, chunks: &[Chunk]) -> Option<Date> {
    let first = chunks.first()?;
    let start = text.get(first.bytes.clone())?;
    match first.kind {
        Kind::FrontMatter => start.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            matches!(key.trim(), "date" | "created" | "datum").then(|| first_iso(value))?
        }),
        Kind::Heading => first_iso(start),
        Kind::Text | Kind::Item | Kind::Code => None,
    }
}

/// The first `YYYY-MM-DD` of a text.
fn first_iso(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(9)).find_map(|at| {
        let piece = text.get(at..at + 10)?;
        let digit_before = at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_digit);
        let digit_after = bytes.get(at + 10).is_some_and(u8::is_ascii_digit);
        let mut parts = piece.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let shape = year.len() == 4 && month.len() == 2 && day.len() == 2;
        (shape && !digit_before && !digit_after).then(|| date(year, month, day)).flatten()
    })
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::chunks;

    #[test]
    fn a_path_names_its_day() {
        for (path, day) in [
            ("memory/2026-03-05.md", Some("2026-03-05")),
            ("memory/2026-03-05-garage.md", Some("2026-03-05")),
            ("memory/2026/03/05.md", Some("2026-03-05")),
            ("memory/2026-02-30.md", None),
            ("memory/12026-03-05.md", None),
            ("memory/plan.md", None),
        ] {
            assert_eq!(of_path(path).map(|day| day.to_string()).as_deref(), day, "{path}");
        }
    }

    #[test]
    fn front_matter_and_the_first_heading_name_a_day() {
        for (text, day) in [
            ("---\ntitle: x\ndate: 2026-03-05T10:00\n---\n", Some("2026-03-05")),
            ("# Notes of 2026-03-05\n\ntext", Some("2026-03-05")),
            ("text 2026-03-05", None),
        ] {
            assert_eq!(
                of_text(text, &chunks(text)).map(|day| day.to_string()).as_deref(),
                day,
                "{text}"
            );
        }
    }
}
