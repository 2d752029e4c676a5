//! The child itself: one task in, one answer out.

use std::{
    io::{self, Read, Write},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    time::Instant,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    Kind, Limits, Why, child,
    format::{docx, image, odt, pdf},
    wire::{self, HEAD, Parsed, Task},
};

/// The name of the role in which the program reads one file.
pub const ROLE: &str = "documents";

/// Reads one file from its input and writes what it made of it to its output.
///
/// This is what the program does when it is started again as [`ROLE`]. It needs no file, no
/// network and no environment.
pub fn run_role() -> ExitCode {
    // What a parser says when it gives up is for nobody.
    panic::set_hook(Box::new(|_| {}));
    match serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut head = [0; HEAD];
    input.read_exact(&mut head)?;
    let task = Task::read(&head).ok_or(io::ErrorKind::InvalidData)?;
    limit_ourselves(&task.limits)?;
    let file =
        child::read_all(input, task.limits.input_bytes)?.ok_or(io::ErrorKind::InvalidData)?;
    output.write_all(&wire::write_answer(&parse(&task, file)))?;
    output.flush()
}

/// Whatever else confines us: a file that wants more than it may ends us, not the machine.
fn limit_ourselves(limits: &Limits) -> io::Result<()> {
    let seconds = limits.time.as_secs().saturating_add(1);
    for (resource, most) in
        [(Resource::As, limits.memory_bytes), (Resource::Cpu, seconds), (Resource::Core, 0)]
    {
        let allowed = getrlimit(resource).maximum;
        let most = allowed.map_or(most, |allowed| allowed.min(most));
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        match setrlimit(resource, limit) {
            Ok(()) => {}
            // macOS knows the limit on memory and does not let it be set below what is mapped.
            Err(_) if cfg!(not(target_os = "linux")) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Makes of a file what can be made of it.
pub(crate) fn parse(task: &Task, file: Vec<u8>) -> Result<Parsed, Why> {
    let deadline = Instant::now() + child::patience(task.limits.time);
    let parsed = panic::catch_unwind(AssertUnwindSafe(|| match task.kind {
        Kind::Pdf => pdf::read(file, &task.limits, deadline),
        Kind::Docx => docx::read(&file, &task.limits),
        Kind::Odt => odt::read(&file, &task.limits),
        Kind::Png | Kind::Jpeg | Kind::Webp | Kind::Gif => {
            image::read(&file, task.kind, &task.limits)
        }
        Kind::Text | Kind::Markdown | Kind::Html | Kind::Csv | Kind::Code(_) => Err(Why::Damaged),
    }));
    parsed.unwrap_or(Err(Why::Crashed))
}
