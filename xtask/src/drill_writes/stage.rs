//! A user's home that is put back before every run, and one write in it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::{binary::User, process::program};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// One record of a session.
    Session,
    /// One note.
    Note,
    /// One value of the configuration.
    Config,
}

/// What goes wrong at a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The program is killed.
    Kill,
    /// The disk is full, for this call.
    FullOnce,
    /// The disk is full, and stays so.
    FullFromHereOn,
}

/// What is there after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Old,
    New,
    Neither(String),
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The call that went wrong; none if there was no call of that number.
    pub(super) hit: Option<String>,
    /// Whether it wrote to the person.
    pub(super) hit_output: bool,
    /// A call that was refused and is needed for the content to be on disk.
    pub(super) lost: Option<String>,
    /// Whether the program itself ran.
    pub(super) was_loaded: bool,
    pub(super) status: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Whether it told the person that it is done.
    pub(super) acknowledged: bool,
    pub(super) content: Content,
}

impl Write {
    pub(super) const ALL: [Self; 3] = [Self::Session, Self::Note, Self::Config];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Note => "note",
            Self::Config => "config",
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Session => &["session", "rename", "drill", "The newer title"],
            Self::Note => &["memory", "add", "The newer note."],
            Self::Config => &["config", "set", "language", "german"],
        }
    }

    /// What the new content has and the old one has not.
    fn newer(self) -> &'static str {
        match self {
            Self::Session => "The newer title\"}\n",
            Self::Note => "- The newer note.\n",
            Self::Config => "language = \"german\"\n",
        }
    }
}

impl Fault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "killed",
            Self::FullOnce => "disk full once",
            Self::FullFromHereOn => "disk full from here on",
        }
    }

    fn injection(self, call: &str, number: usize) -> String {
        match self {
            Self::Kill => format!("inject={call}:signal=KILL:when={number}"),
            Self::FullOnce => format!("inject={call}:error=ENOSPC:when={number}"),
            Self::FullFromHereOn => format!("inject={call}:error=ENOSPC:when={number}+"),
        }
    }
}

/// A home, and how it was before.
pub(super) struct Stage {
    user: User,
    write: Write,
    before: TempDir,
    trace: TempDir,
    /// The file that is written.
    file: PathBuf,
    old: String,
}

impl Stage {
    /// Makes a home with a session, a note and a configuration.
    pub(super) fn prepare(binary: &Path, write: Write) -> Result<Self> {
        let user = User::create(binary)?;
        let notes = user.home().join("notes");
        fs::create_dir_all(notes.join("memory")).context("cannot make a workspace")?;
        fs::write(notes.join("MEMORY.md"), "# Memory\n\n- The cat is called Mimi.\n")?;
        user.configure("# Mine.\nlanguage = \"english\"\n")?;
        must_succeed(&user, &notes, &["memory", "add", "The older note."])?;
        // Makes the folder that logs are in.
        must_succeed(&user, &notes, &["session", "list"])?;
        let sessions = find(&user.home().join("state"), "sessions")?;
        let log = sessions.join("drill.jsonl");
        fs::write(
            &log,
            "{\"type\":\"opened\",\"version\":1,\"id\":\"drill\",\"at\":\"2026-01-01T00:00:00Z\"}\n\
             {\"type\":\"titled\",\"at\":\"2026-01-01T00:00:00Z\",\"title\":\"The older title\"}\n",
        )?;
        let file = match write {
            Write::Session => log,
            Write::Note => only_file(&notes.join("memory"))?,
            Write::Config => user.home().join("config/config.toml"),
        };
        let old = fs::read_to_string(&file).context("cannot read what is there")?;
        let before = tempfile::tempdir().context("cannot make a folder")?;
        copy(user.home(), before.path())?;
        let trace = tempfile::tempdir().context("cannot make a folder")?;
        Ok(Self { user, write, before, trace, file, old })
    }

    /// The names of the system calls of a run in which nothing goes wrong.
    pub(super) fn calls(&self) -> Result<BTreeSet<String>> {
        let (output, trace) = self.traced(&[])?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // `1234 openat(AT_FDCWD, …`
        let calls = trace.lines().filter_map(|line| {
            let (_, call) = line.trim_start().split_once(' ')?;
            let (name, _) = call.trim_start().split_once('(')?;
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| name.to_owned())
        });
        Ok(calls.collect())
    }

    /// Puts the home back, and writes with a fault at the system call of that name and number.
    pub(super) fn run(&self, fault: Fault, call: &str, number: usize) -> Result<Ended> {
        let (output, trace) = self.traced(&["-e", &fault.injection(call, number)])?;
        self.ended(&output, &trace, fault)
    }

    fn traced(&self, options: &[&str]) -> Result<(Output, String)> {
        clear(self.user.home())?;
        copy(self.before.path(), self.user.home())?;
        let trace = self.trace.path().join("trace");
        let plain = self.command();
        let mut command = program("strace");
        command.args(["-f", "-y", "-s", "64", "-o"]).arg(&trace).args(options);
        command.arg("--").arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output = command.output().context("cannot start strace")?;
        let trace = fs::read(&trace).context("cannot read what strace wrote")?;
        Ok((output, String::from_utf8_lossy(&trace).into_owned()))
    }

    /// Does the same once more, with nothing wrong: what is not as it should be.
    pub(super) fn goes_on(&self) -> Result<Option<String>> {
        let output = self.command().output().context("cannot start the binary")?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || stderr.contains("error:") {
            return Ok(Some(format!("{}: {stderr}", output.status)));
        }
        let text = fs::read_to_string(&self.file).context("cannot read what was written")?;
        Ok((!text.contains(self.write.newer())).then(|| format!("it left {text:?}")))
    }

    fn command(&self) -> Command {
        let mut command = self.user.command(&self.user.home().join("notes"));
        command.args(self.write.words());
        command
    }

    fn ended(&self, output: &Output, trace: &str, fault: Fault) -> Result<Ended> {
        let content = match fs::read_to_string(&self.file) {
            Ok(text) if text == self.old => Content::Old,
            Ok(text) if self.is_new(&text) => Content::New,
            Ok(text) => Content::Neither(text),
            Err(error) => Content::Neither(error.to_string()),
        };
        let injected: Vec<&str> =
            trace.lines().filter(|line| line.ends_with("(INJECTED)")).collect();
        let hit = match fault {
            Fault::Kill => trace.lines().find(|line| line.ends_with("+++ killed by SIGKILL +++")),
            Fault::FullOnce | Fault::FullFromHereOn => injected.first().copied(),
        };
        let hit = hit.map(str::to_owned);
        let folder = self.file.parent().context("a file has a folder")?.to_string_lossy();
        let must_reach = |line: &&&str| {
            let writes = ["write", "sync(", "datasync(", "rename"];
            line.contains(&*folder) && writes.iter().any(|call| line.contains(call))
        };
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Ended {
            hit,
            hit_output: injected
                .iter()
                .any(|line| line.contains("write(1<") || line.contains("write(2<")),
            lost: injected.iter().find(must_reach).map(ToString::to_string),
            was_loaded: output.status.code() != Some(127),
            status: output.status.code(),
            acknowledged: !stdout.is_empty(),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            content,
        })
    }

    fn is_new(&self, text: &str) -> bool {
        let newer = self.write.newer();
        match self.write {
            Write::Session | Write::Note => {
                text.starts_with(&self.old)
                    && text.ends_with(newer)
                    && text.matches(newer).count() == 1
            }
            Write::Config => text == self.old.replace("language = \"english\"\n", newer),
        }
    }
}

fn must_succeed(user: &User, notes: &Path, words: &[&str]) -> Result<()> {
    let output = user.command(notes).args(words).output().context("cannot start the binary")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`localgpt {}` failed: {stderr}", words.join(" "));
    Ok(())
}

/// The folder of this name, somewhere below.
fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).context("cannot look into the home")? {
            let path = entry?.path();
            if path.is_dir() && path.ends_with(name) {
                return Ok(path);
            }
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    bail!("there is no folder `{name}` in {}", folder.display())
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut entries = fs::read_dir(folder).context("cannot look into the workspace")?;
    let entry = entries.next().context("no note was written")??;
    Ok(entry.path())
}

fn clear(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).context("cannot clear the home")? {
        let path = entry?.path();
        match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        }
        .context("cannot clear the home")?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).context("cannot copy the home")?;
    for entry in fs::read_dir(from).context("cannot copy the home")? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("an entry has a name")?);
        match path.is_dir() {
            true => copy(&path, &target)?,
            false => {
                fs::copy(&path, &target).context("cannot copy the home")?;
            }
        }
    }
    Ok(())
}
