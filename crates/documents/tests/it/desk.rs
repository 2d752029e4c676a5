//! A reader whose children are real ones, and what it says in a few words.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use localgpt_documents::{Attachment, Document, Error, Limits, Reader};
use localgpt_sandbox::{Launch, Program};

pub(crate) fn reader(limits: Limits) -> Reader {
    let program = Program::at(Path::new(env!("CARGO_BIN_EXE_documents-role"))).unwrap();
    Reader::new(Launch::new(program, Path::new("/")), limits)
}

/// Reads a file within the limits that people have, and no longer than they would wait.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Document, Error> {
    let limits = Limits::standard();
    assert!(limits.time <= Duration::from_secs(10) && limits.memory_bytes <= 500_000_000);
    let start = Instant::now();
    let document = reader(limits).read(Attachment::new(name, bytes.to_vec()));
    assert!(start.elapsed() < Duration::from_secs(11), "{name} took {:?}", start.elapsed());
    document
}

/// Reads a file and compares what became of it.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8], expected: &str) {
    assert_eq!(said(&read(name, bytes)), expected);
}

/// What a person reads.
pub(crate) fn said(result: &Result<Document, Error>) -> String {
    let document = match result {
        Ok(document) => document,
        Err(error) => return format!("error: {error}"),
    };
    let mut lines = Vec::new();
    match document {
        Document::Text { sections, cut, .. } => {
            for section in sections {
                let label = section.label.as_ref().map(|label| format!("[{label}] "));
                lines.push(format!("{}{}", label.unwrap_or_default(), section.text.trim_end()));
            }
            lines.extend(cut.map(|cut| format!("cut: {cut}")));
        }
        Document::Image { media_type, bytes, .. } => {
            let image = image::load_from_memory(bytes).unwrap();
            lines.push(format!("{media_type} {} x {}", image.width(), image.height()));
        }
    }
    lines.extend(document.notes().iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}
