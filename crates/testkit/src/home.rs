//! A temporary home, and runs of the binary in it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "only tests use it: it may panic, and it starts the binary that is tested"
)]

use std::{
    fs,
    io::{self, PipeReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

const MEMORY: &str = "\
# Memory

- Ada looks after the heat pump.
- The heat pump takes filter UP-25-60-180-B.
";
const MARCH_5: &str = "\
# 5 March

## Heating

The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.
";
const MARCH_12: &str = "\
# 12 March

We painted the garden shed green.
";

/// A person's home, with a workspace where the default is.
#[derive(Debug)]
pub struct Home {
    binary: PathBuf,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Home {
    /// A home in which nothing was done yet, for runs of `binary`.
    pub fn empty(binary: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let environment = vec![("HOME".to_owned(), path), ("TZ".to_owned(), "UTC".to_owned())];
        Self { binary: binary.into(), folder, environment }
    }

    /// A home with three notes.
    pub fn with_notes(binary: &str) -> Self {
        let home = Self::empty(binary);
        home.note("MEMORY.md", MEMORY, 1);
        home.note("memory/2026-03-05.md", MARCH_5, 2);
        home.note("memory/2026-03-12.md", MARCH_12, 3);
        home
    }

    /// The same with a variable in the environment.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a note that was changed so many days after 2026-03-20.
    pub fn note(&self, path: &str, text: &str, day: u64) {
        let path = self.workspace().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_964_800 + day * 86_400);
        fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    }

    /// The home folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The default workspace.
    pub fn workspace(&self) -> PathBuf {
        self.path().join(".local/share/localgpt/workspace")
    }

    /// The default configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.path().join(".config/localgpt/config.toml")
    }

    /// The name of the newest note of a day: the day on which something was added.
    pub fn newest_day(&self) -> String {
        let notes = fs::read_dir(self.workspace().join("memory")).unwrap();
        let names = notes.map(|note| note.unwrap().file_name().into_string().unwrap());
        names.max().unwrap().trim_end_matches(".md").to_owned()
    }

    /// Writes the configuration file.
    pub fn configure(&self, text: &str) {
        fs::create_dir_all(self.config_file().parent().unwrap()).unwrap();
        fs::write(self.config_file(), text).unwrap();
    }

    /// Runs the binary with nothing on stdin.
    pub fn run(&self, words: &[&str]) -> Outcome {
        self.run_with("", words)
    }

    /// Runs the binary with `stdin`.
    pub fn run_with(&self, stdin: &str, words: &[&str]) -> Outcome {
        let mut child = self.start(words);
        // A binary that does not read its stdin may be gone already.
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap_or_default();
        self.outcome(&child.wait_with_output().unwrap())
    }

    /// Starts the binary with three pipes.
    pub fn start(&self, words: &[&str]) -> Child {
        Command::new(&self.binary)
            .args(words)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Starts the binary with `lines` on stdin and both outputs in one pipe, as a terminal shows them.
    pub fn start_joined(&self, lines: &str, words: &[&str]) -> (Child, PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        let mut child = Command::new(&self.binary)
            .args(words)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        (child, reader)
    }

    fn outcome(&self, output: &Output) -> Outcome {
        let home = self.path().to_str().unwrap();
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(home, "[HOME]");
        Outcome {
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; none if a signal ended it.
    pub status: Option<i32>,
    /// What it wrote, with the home folder as `[HOME]`.
    pub stdout: String,
    /// The same of its errors.
    pub stderr: String,
}

impl Outcome {
    /// Status and both outputs as one text.
    pub fn shown(&self) -> String {
        let status = self.status.map_or("none".to_owned(), |status| status.to_string());
        let section = |name: &str, text: &str| match text {
            "" => String::new(),
            text if text.ends_with('\n') => format!("--- {name}\n{text}"),
            text => format!("--- {name}\n{text}(no line break)\n"),
        };
        format!(
            "status {status}\n{}{}",
            section("stdout", &self.stdout),
            section("stderr", &self.stderr)
        )
    }

    /// The same with every decimal fraction written as `#.#`, because scores are not this test's matter.
    pub fn shown_without_fractions(&self) -> String {
        without_fractions(&self.shown())
    }
}

/// Writes every decimal fraction, with the spaces before it, as ` #.#`.
fn without_fractions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (before, number) = rest.split_at(start);
        let whole = digits(number);
        let fraction = number[whole..].strip_prefix('.').map_or(0, digits);
        out.push_str(before);
        if fraction > 0 {
            out.truncate(out.trim_end_matches(' ').len());
            out.push_str(" #.#");
            rest = &number[whole + 1 + fraction..];
        } else {
            out.push_str(&number[..whole]);
            rest = &number[whole..];
        }
    }
    out.push_str(rest);
    out
}
