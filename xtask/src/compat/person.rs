//! Somebody who runs the binary over a workspace, with the scripted server as their model.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Stdio,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::server::{Act, Server};
use crate::binary::User;

/// How long a command may take before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(30);

/// A user with a model.
#[derive(Debug)]
pub(crate) struct Person {
    user: User,
    server: Server,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; none if it hung and was stopped.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// What came of a question.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) ran: Ran,
    /// What the model was told first; none if it was not asked.
    pub(crate) prompt: Option<String>,
}

impl Person {
    /// Somebody with an empty home.
    pub(crate) fn create(binary: &Path) -> Result<Self> {
        let user = User::create(binary)?;
        let server = Server::start()?;
        let port = server.port();
        user.configure(&format!(
            "language = \"english\"\n[model]\nuse = \"desk/local-model\"\nmax_silence = 5\n\
             [[providers.servers]]\nname = \"desk\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\ncontext = 200000\n"
        ))?;
        Ok(Self { user, server })
    }

    /// Runs a command over a workspace.
    pub(crate) fn run(&self, workspace: &Path, words: &[&str]) -> Result<Ran> {
        let begun = Instant::now();
        let mut child = self
            .user
            .command(workspace)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the binary")?;
        let stdout = all_of(child.stdout.take().context("it has no output")?);
        let stderr = all_of(child.stderr.take().context("it has no output")?);
        let said = stdout.recv_timeout(LIMIT);
        if said.is_err() {
            child.kill().context("cannot stop the binary")?;
        }
        let status = child.wait().context("cannot wait for the binary")?;
        let took = begun.elapsed();
        let complaint = stderr.recv().unwrap_or_default();
        let (status, said) = match said {
            Ok(said) => (status.code(), said),
            Err(_) => (None, stdout.recv().unwrap_or_default()),
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Ran { status, stdout: text(said), stderr: text(complaint), took })
    }

    /// Runs a command that must succeed.
    pub(crate) fn done(&self, workspace: &Path, words: &[&str]) -> Result<Ran> {
        let ran = self.run(workspace, words)?;
        ensure!(ran.status == Some(0), "`{}`: {:?}: {}", words.join(" "), ran.status, ran.stderr);
        Ok(ran)
    }

    /// Runs a command that must succeed and print one document.
    pub(crate) fn json(&self, workspace: &Path, words: &[&str]) -> Result<Value> {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let ran = self.done(workspace, &words)?;
        serde_json::from_str(&ran.stdout)
            .with_context(|| format!("`{}` printed no JSON", words.join(" ")))
    }

    /// Asks the model.
    pub(crate) fn ask(&self, workspace: &Path, question: &str) -> Result<Asked> {
        self.server.take();
        let ran = self.run(workspace, &["ask", question])?;
        let said = |body: &Value| {
            let first = body.get("messages")?.get(0)?;
            let is_system = first.get("role")?.as_str()? == "system";
            is_system.then(|| first.get("content")?.as_str().map(str::to_owned)).flatten()
        };
        let prompt = self.server.take().last().and_then(said);
        Ok(Asked { ran, prompt })
    }

    /// Asks a model that does this.
    pub(crate) fn ask_and_have(
        &self,
        workspace: &Path,
        acts: impl IntoIterator<Item = Act>,
    ) -> Result<Ran> {
        self.server.tell(acts);
        self.run(workspace, &["ask", "hello"])
    }

    /// The prompt of a question that must be answered.
    pub(crate) fn prompt(&self, workspace: &Path) -> Result<String> {
        let Asked { ran, prompt } = self.ask(workspace, "hello")?;
        prompt.with_context(|| format!("the model was not asked: {:?} {}", ran.status, ran.stderr))
    }

    /// The files of their own in which `secret` stands.
    pub(crate) fn files_with(&self, secret: &str) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.user.home().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if holds(&fs::read(&path)?, secret.as_bytes()) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }
}

/// What stands under the heading of a file in a prompt.
pub(crate) fn section<'a>(prompt: &'a str, name: &str) -> Option<&'a str> {
    const NAMES: [&str; 8] = [
        "AGENTS.md",
        "SOUL.md",
        "IDENTITY.md",
        "USER.md",
        "TOOLS.md",
        "BOOTSTRAP.md",
        "MEMORY.md",
        "HEARTBEAT.md",
    ];
    const NEXT: [&str; 3] = ["\n\n## Notes of the last days\n", "\n\n# Skills\n", "\n\n# Now\n"];
    let (_, section) = prompt.split_once(&format!("\n## {name}\n\n"))?;
    let ends = NAMES.iter().map(|name| format!("\n\n## {name}\n\n"));
    let ends = ends.chain(NEXT.map(str::to_owned));
    let end = ends.filter_map(|end| section.find(&end)).min()?;
    section.get(..end)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn all_of(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was said until then is what there is; nobody may wait for it any more.
        stream.read_to_end(&mut bytes).map(drop).unwrap_or_default();
        sender.send(bytes).unwrap_or_default();
    });
    receiver
}
