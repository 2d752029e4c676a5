//! `read`: lines of a text file.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _, Seek as _, SeekFrom},
    sync::Arc,
};

use localgpt_guard::Untrusted;
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Origins, PATH, ours};
use crate::{
    Folder,
    apart::apart,
    typed::{read, spec},
};

/// The most that is shown at once.
const MOST_LINES: usize = 2_000;
const MOST_BYTES: usize = 50 << 10;
/// Files up to this size are read to the end to say how many lines they have.
const COUNTED: u64 = 16 << 20;
/// How much of the beginning shows what a file is.
const BEGINNING: usize = 8 << 10;

/// Reads a file of the workspace, or what may be read beside it.
pub struct Read {
    spec: ToolSpec,
    folder: Arc<Folder>,
    origins: Arc<dyn Origins>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    path: String,
    #[serde(default)]
    offset: Option<usize>,
    #[serde(default)]
    limit: Option<usize>,
}

impl Read {
    /// Reads in `folder`.
    pub fn new(folder: Arc<Folder>, origins: Arc<dyn Origins>) -> Self {
        let spec = spec::<Input>("read", "Read a text file.", Risk::Read);
        let aliases = Aliases { names: &["read_file", "cat"], parameters: &[PATH] };
        Self { spec: ToolSpec { aliases, ..spec }, folder, origins }
    }
}

impl Tool for Read {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, origins) = (Arc::clone(&self.folder), Arc::clone(&self.origins));
        apart(move |_| {
            let Input { path, offset, limit } = read(input)?;
            let spot = folder.spot(&path)?;
            let (file, stat) = spot.open_file()?;
            let size = u64::try_from(stat.st_size).unwrap_or_default();
            let first = offset.unwrap_or(1).max(1);
            let most = limit.unwrap_or(MOST_LINES).clamp(1, MOST_LINES);
            let excerpt = excerpt(file, size, first, most).map_err(|problem| match problem {
                Problem::NoText(what) => ToolError::Input(format!("`{}` is {what}", spot.shown())),
                Problem::Short(lines) => {
                    ToolError::Input(format!("`{}` has only {lines} lines", spot.shown()))
                }
                Problem::Read(error) => {
                    ToolError::Failed(format!("cannot read `{}`: {error}", spot.shown()))
                }
            })?;
            let Excerpt { mut text, notes, is_cut } = excerpt;
            if text.is_empty() {
                return Ok(ours("the file is empty"));
            }
            let mut label = origins.of(&text);
            // A piece of a line is not known as the line is.
            label.by_model |= is_cut;
            text.truncate(text.strip_suffix('\n').unwrap_or(&text).len());
            for note in notes {
                text.push('\n');
                text += &note;
            }
            Ok(Untrusted::new(text).labelled(label))
        })
    }
}

enum Problem {
    NoText(String),
    Short(usize),
    Read(std::io::Error),
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

/// What is shown of a file, and what we say below it.
#[derive(Default)]
struct Excerpt {
    text: String,
    notes: Vec<String>,
    /// Whether its last line is only the beginning of one.
    is_cut: bool,
}

/// The lines from `first` on, and how to go on.
fn excerpt(mut file: File, size: u64, first: usize, most: usize) -> Result<Excerpt, Problem> {
    let mut beginning = Vec::new();
    file.by_ref().take(BEGINNING as u64).read_to_end(&mut beginning)?;
    if let Some(kind) = no_text(&beginning) {
        return Err(Problem::NoText(format!("{kind} of {size} bytes and not text")));
    }
    file.seek(SeekFrom::Start(0))?;
    let mut lines = BufReader::with_capacity(64 << 10, file);
    let mut number = 1;
    while number < first {
        if skip_line(&mut lines)? == Line::End {
            return match (number, size) {
                (_, 0) => Ok(Excerpt::default()),
                _ => Err(Problem::Short(number - 1)),
            };
        }
        number += 1;
    }
    let mut shown = Vec::new();
    let mut notes = Vec::new();
    let (mut next, mut is_cut) = (first, false);
    while next < first + most {
        let room = MOST_BYTES.saturating_sub(shown.len());
        let start = shown.len();
        let read = lines.by_ref().take(room as u64 + 1).read_until(b'\n', &mut shown)?;
        if read == 0 {
            break;
        }
        if read > room {
            if shown.last() != Some(&b'\n') {
                skip_line(&mut lines)?;
            }
            number += 1;
            if start > 0 {
                shown.truncate(start);
                break;
            }
            shown.truncate(MOST_BYTES);
            shown.push(b'\n');
            is_cut = true;
            notes.push(format!("[line {next} is cut after {MOST_BYTES} bytes]"));
            next += 1;
            break;
        }
        number += 1;
        next = number;
    }
    if next == first {
        return match size {
            0 => Ok(Excerpt::default()),
            _ => Err(Problem::Short(first - 1)),
        };
    }
    let is_counted = size <= COUNTED;
    let is_more = !lines.fill_buf()?.is_empty();
    while is_counted && skip_line(&mut lines)? == Line::There {
        number += 1;
    }
    let rest = match (is_counted, is_more || next < number) {
        (_, false) => None,
        (true, true) => Some((number - 1).to_string()),
        (false, true) => Some("more".to_owned()),
    };
    Ok(Excerpt { is_cut, ..finish(&shown, (first, next), rest.as_deref(), notes) })
}

/// `next` is the first line that is not shown, `rest` how many there are if there are more.
fn finish(
    shown: &[u8],
    (first, next): (usize, usize),
    rest: Option<&str>,
    mut notes: Vec<String>,
) -> Excerpt {
    let shown = match first {
        1 => shown.strip_prefix("\u{feff}".as_bytes()).unwrap_or(shown),
        _ => shown,
    };
    let text = String::from_utf8_lossy(shown);
    if std::str::from_utf8(shown).is_err() {
        notes.push("[not UTF-8: such bytes are shown as \u{fffd}]".to_owned());
    }
    if let Some(rest) = rest {
        notes.push(format!("[lines {first}-{} of {rest}; go on with offset {next}]", next - 1));
    }
    Excerpt { text: text.replace("\r\n", "\n"), notes, is_cut: false }
}

#[derive(PartialEq, Eq)]
enum Line {
    There,
    End,
}

/// Passes over a line, however long.
fn skip_line(lines: &mut impl BufRead) -> std::io::Result<Line> {
    let mut passed = Line::End;
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(passed);
        }
        passed = Line::There;
        let (length, is_whole) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        lines.consume(length);
        if is_whole {
            return Ok(passed);
        }
    }
}

/// Beginnings of files that are no text.
const KINDS: &[(&[u8], &str)] = &[
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image, sound or film"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
];

/// What a file is, if it is no text.
fn no_text(beginning: &[u8]) -> Option<&'static str> {
    let is_binary = memchr::memchr(0, beginning).is_some();
    let known = KINDS.iter().find(|(start, _)| beginning.starts_with(start));
    match known {
        // Old text files may begin with any of the shorter ones.
        Some((start, kind)) if is_binary || start.len() > 3 && *start != b"RIFF" => Some(kind),
        _ => is_binary.then_some("a binary file"),
    }
}
