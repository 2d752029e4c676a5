//! Small reports: what is in memory, what changed, what was checked.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use localgpt_guard::one_line;
use localgpt_protocol::{
    Check, CheckState, MemoryStats, ModelSpace, NoteOrigins, RecentNote, ReindexReport, SkipReason,
    Skipped,
};
use unicode_width::UnicodeWidthStr as _;

use super::{
    style::{accent, alarm, caution, dim, good},
    text::{Width, count, crop, pad, size},
};

/// Writes names and values in two columns.
pub(crate) fn pairs(out: &mut dyn Write, pairs: &[(&str, String)]) -> io::Result<()> {
    let widest = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    for (name, value) in pairs {
        writeln!(out, "{}  {}", dim(&pad(name, widest)), one_line(value))?;
    }
    Ok(())
}

/// Writes what is in memory.
pub(crate) fn stats(out: &mut dyn Write, stats: &MemoryStats) -> io::Result<()> {
    let days = match (stats.oldest, stats.newest) {
        (Some(oldest), Some(newest)) => format!("{oldest} to {newest}"),
        (Some(day), None) | (None, Some(day)) => day.to_string(),
        (None, None) => "none".to_owned(),
    };
    let mut vectors = stats.vector_space.clone();
    for ModelSpace { name, pending } in &stats.model_spaces {
        let left = match pending {
            0 => String::new(),
            _ => format!(" ({} to embed)", count(*pending, "chunk")),
        };
        vectors = format!("{vectors}, {}{left}", one_line(name));
    }
    let rows = [
        ("workspace", stats.workspace.clone()),
        ("files", stats.files.to_string()),
        ("chunks", stats.chunks.to_string()),
        ("text", size(stats.bytes)),
        ("dated notes", days),
        ("vectors", vectors),
        ("index", format!("{} ({})", stats.index, size(stats.index_bytes))),
        ("left out", count(stats.skipped.len(), "file")),
    ];
    pairs(out, &rows)
}

/// Writes the notes changed last.
pub(crate) fn recent(
    out: &mut dyn Write,
    notes: &[RecentNote],
    zone: &TimeZone,
    width: Width,
) -> io::Result<()> {
    let paths: Vec<String> = notes.iter().map(|note| one_line(&note.path)).collect();
    let widest = paths.iter().map(|path| path.width()).max().unwrap_or(0);
    for (note, path) in notes.iter().zip(&paths) {
        let modified =
            note.modified.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let room = width.columns().saturating_sub(modified.len() + widest + 4).max(20);
        let preview = one_line(&note.preview);
        let line =
            format!("{}  {}  {}", dim(&modified), accent(&pad(path, widest)), crop(&preview, room));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes where the lines of notes come from, or that they are trusted now.
pub(crate) fn origins(out: &mut dyn Write, notes: &[NoteOrigins], is_list: bool) -> io::Result<()> {
    if notes.is_empty() {
        return writeln!(out, "every line of every note has a trusted author");
    }
    let widest = notes.iter().map(|note| note.path.width()).max().unwrap_or(0);
    for note in notes {
        let path = accent(&pad(&one_line(&note.path), widest));
        let NoteOrigins { lines, unknown, untrusted, .. } = note;
        let of = count(*lines, "line");
        let others = match untrusted {
            0 => String::new(),
            _ => format!(", {untrusted} from others"),
        };
        match is_list {
            true => writeln!(out, "{path}  {unknown} of {of} unknown{others}")?,
            false => writeln!(out, "{path}  {} of {of} now trusted", unknown + untrusted)?,
        }
    }
    Ok(())
}

/// Writes what a rebuild did.
pub(crate) fn reindexed(out: &mut dyn Write, report: &ReindexReport) -> io::Result<()> {
    let files = count(report.files, "file");
    let chunks = count(report.chunks, "chunk");
    writeln!(out, "indexed {files}, {chunks}, {} in {:.2} s", size(report.bytes), report.seconds)
}

/// Writes what was checked, and what to do about it.
pub(crate) fn checks(out: &mut dyn Write, checks: &[Check]) -> io::Result<()> {
    let widest = checks.iter().map(|check| check.name.width()).max().unwrap_or(0);
    for check in checks {
        let state = match check.state {
            CheckState::Ok => good("ok     "),
            CheckState::Warning => caution("warning"),
            CheckState::Problem => alarm("problem"),
        };
        let name = pad(&one_line(&check.name), widest);
        writeln!(out, "{state}  {name}  {}", one_line(&check.detail))?;
        if let Some(hint) = &check.hint {
            writeln!(
                out,
                "         {}  {}",
                " ".repeat(widest),
                dim(&format!("hint: {}", one_line(hint)))
            )?;
        }
    }
    Ok(())
}

/// What was left out of the index, naming at most `most` files.
pub(crate) fn skipped(skipped: &[&Skipped], most: usize) -> String {
    let mut lines = vec![format!("note: {} left out", count(skipped.len(), "file"))];
    for file in skipped.iter().take(most) {
        lines.push(format!("  {}: {}", one_line(&file.path), reason(&file.reason)));
    }
    if skipped.len() > most {
        lines.push(format!("  and {} more (-v names all)", skipped.len() - most));
    }
    lines.join("\n")
}

fn reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Link => "a link".to_owned(),
        SkipReason::HardLink => "a second name of another file".to_owned(),
        SkipReason::NotAFile => "not a regular file".to_owned(),
        SkipReason::TooLarge { bytes, limit } => {
            format!("{}, more than the limit of {}", size(*bytes), size(*limit))
        }
        SkipReason::Binary => "not text".to_owned(),
        SkipReason::Unreadable { message } => format!("cannot be read: {}", one_line(message)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn many_skipped_files_are_counted_and_a_few_named() {
        let file = |path: &str, reason| Skipped { path: path.to_owned(), reason };
        let files = [
            file("memory/a\n.md", SkipReason::Link),
            file("memory/b.md", SkipReason::TooLarge { bytes: 314_572_800, limit: 16_777_216 }),
            file("memory/c.md", SkipReason::Binary),
        ];
        let files: Vec<&Skipped> = files.iter().collect();
        expect![[r"
            note: 3 files left out
              memory/a .md: a link
              memory/b.md: 300 MiB, more than the limit of 16 MiB
              and 1 more (-v names all)"]]
        .assert_eq(&skipped(&files, 2));
    }
}
