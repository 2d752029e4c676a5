//! Files as people have them, and as nobody should, read within the walls that the program puts up: each becomes a
//! document or one clear message, in ten seconds and 500 MB.
//!
//! This program is what is run again inside the sandbox, so it has a `main` of its own. What the machine cannot do is
//! skipped, and said loudly.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and this one is its own runner"
)]

#[path = "../made/all.rs"]
mod made;

mod files;
mod memory;

use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use localgpt_documents::{Attachment, Document, Error, Limits, ROLE, Reader, run_role};
use localgpt_sandbox::{Confinement, Launch};

use self::{
    files::{Becomes, File},
    memory::Watch,
};

fn main() -> ExitCode {
    if let Some(code) = localgpt_sandbox::enter_if_asked(&[(ROLE, run_role)]) {
        return code;
    }
    if !localgpt_sandbox::status().is_on() {
        println!("SKIPPED: there is no sandbox here");
        return ExitCode::SUCCESS;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| {
        let mut wanted = words.iter().filter(|word| !word.starts_with('-')).peekable();
        wanted.peek().is_none() || wanted.any(|word| name.contains(word.as_str()))
    };
    let limits = Limits::standard();
    assert!(limits.memory_bytes <= 500_000_000);
    let launch = Launch::own_role(ROLE, Path::new("/")).unwrap().confined(walls(&limits));
    let reader = Reader::new(launch, limits.clone());
    let mut failed = 0;
    let mut most = (0, "");
    let files: Vec<File> = files::all().into_iter().filter(|file| wanted(file.name)).collect();
    for File { name, bytes, becomes } in &files {
        let watch = Watch::begin();
        let start = Instant::now();
        let result = reader.read(Attachment::new(*name, bytes.clone()));
        let took = start.elapsed();
        let peak = watch.end();
        most = most.max((peak, name));
        let complaint = complaint(&result, becomes)
            .or_else(|| (took > Duration::from_secs(10)).then(|| format!("{took:?}")))
            .or_else(|| (peak > limits.memory_bytes).then(|| format!("{peak} bytes of memory")));
        failed += usize::from(complaint.is_some());
        let said =
            complaint.map_or_else(|| "ok".to_owned(), |complaint| format!("FAILED: {complaint}"));
        println!("test {name} ({} ms, {} MB) ... {said}", took.as_millis(), peak / 1_000_000);
    }
    println!(
        "{} files, {failed} failed; the most memory was {} MB, for {}",
        files.len(),
        most.0 / 1_000_000,
        most.1
    );
    match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// What is wrong with a result; nothing if it is what it should be.
fn complaint(result: &Result<Document, Error>, becomes: &Becomes) -> Option<String> {
    let said = match result {
        Ok(Document::Text { sections, .. }) => {
            sections.iter().map(|section| section.text.as_str()).collect::<Vec<_>>().join("\n")
        }
        Ok(Document::Image { media_type, bytes, .. }) => {
            let image = image::load_from_memory(bytes);
            image.map_or_else(|error| error.to_string(), |_| (*media_type).to_owned())
        }
        Err(error) => error.to_string(),
    };
    let is_right = match becomes {
        Becomes::Text(part) => matches!(result, Ok(Document::Text { .. })) && said.contains(part),
        Becomes::Image => {
            matches!(result, Ok(Document::Image { .. })) && said.starts_with("image/")
        }
        // One line, and no crash: what breaks a reader is a fault, also where it does no harm.
        Becomes::Message(part) => {
            matches!(result, Err(Error::Unreadable { .. } | Error::Read { .. }))
                && said.contains(part)
                && said.lines().count() == 1
        }
        Becomes::TextOrMessage => {
            matches!(result, Ok(Document::Text { .. }) | Err(Error::Unreadable { .. }))
        }
    };
    (!is_right)
        .then(|| format!("{becomes:?} and not: {}", said.chars().take(200).collect::<String>()))
}

/// What the program itself gives to a child that reads files.
fn walls(limits: &Limits) -> Confinement {
    Confinement {
        writable: Vec::new(),
        protected: Vec::new(),
        readable: Vec::new(),
        limits: localgpt_sandbox::Limits {
            cpu_seconds: limits.time.as_secs(),
            memory_bytes: limits.memory_bytes,
            file_bytes: 0,
            open_files: 64,
            processes: 16,
        },
    }
}
