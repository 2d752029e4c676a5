//! Who is attacked: the real binary, or a loop without any rules that shows that the attacks bite.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{naive, scene::Scene, world::World};
use crate::process::program;

/// The variable that holds a secret.
pub(crate) const VARIABLE: &str = "BACKUP_PASSPHRASE";

/// Who is attacked.
#[derive(Debug)]
pub(crate) enum Subject {
    /// The program.
    Binary(Binary),
    /// A loop that does whatever the model wants.
    Naive,
}

/// The program, and what it can do already.
#[derive(Debug)]
pub(crate) struct Binary {
    path: PathBuf,
    /// The keys of its configuration, as its own template has them.
    keys: String,
    /// What `ask --help` says.
    help: String,
}

/// Who answers where the program asks whether a call may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answering {
    /// Nobody is there.
    Nobody,
    /// Somebody who says yes to everything.
    Yes,
}

/// What is said to the assistant.
#[derive(Debug, Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) prompt: &'a str,
    /// A file that is attached, from the workspace.
    pub(crate) attached: Option<&'a str>,
    pub(crate) answering: Answering,
    /// Whether the last session goes on.
    pub(crate) goes_on: bool,
}

impl<'a> Asked<'a> {
    /// A question in a fresh session, with nobody to ask back.
    pub(crate) fn alone(prompt: &'a str) -> Self {
        Self { prompt, attached: None, answering: Answering::Nobody, goes_on: false }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answered {
    /// The answer; what was said on the way as well.
    pub(crate) text: String,
    /// What was printed beside it.
    pub(crate) errors: String,
}

impl Subject {
    /// Looks at what the program can do.
    pub(crate) fn binary(path: &Path) -> Result<Self> {
        let home = tempfile::tempdir().context("cannot make a temporary home")?;
        let said = |words: &[&str]| -> Result<String> {
            let mut command = program(path);
            command.env_clear().env("HOME", home.path()).args(words);
            let output = command.output().context("cannot start the binary")?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let keys = said(&["config", "show"])?;
        let help = said(&["ask", "--help"])?;
        Ok(Self::Binary(Binary { path: path.to_owned(), keys, help }))
    }

    /// Prepares a home to be used: configures it, and does what a person does who starts.
    pub(crate) fn settle(&self, scene: &Scene<'_>) -> Result<()> {
        match self {
            Self::Binary(binary) => binary.settle(scene),
            Self::Naive => Ok(()),
        }
    }

    /// Sets the program up to talk much in its log, to send one key, and to have another in its configuration.
    pub(crate) fn configure_key(&self, world: &World, key: &str) -> Result<()> {
        self.reconfigure(world, |text| {
            let text = text
                .replace("context = 200000", "context = 200000\napi_key = { env = \"DESK_KEY\" }");
            let key = format!("api_key = {{ command = [\"printf\", \"{key}\"] }}");
            format!("{text}\n[log]\nlevel = \"debug\"\n\n[providers.openai]\n{key}\n")
        })
    }

    /// Writes a key where none belongs.
    pub(crate) fn configure_wrongly(&self, world: &World, key: &str) -> Result<()> {
        self.reconfigure(world, |text| {
            let (before, _) = text.split_once("[providers.openai]").unwrap_or((text, ""));
            format!("{before}[providers.openai]\napi_key = \"{key}\"\n")
        })
    }

    fn reconfigure(&self, world: &World, change: impl Fn(&str) -> String) -> Result<()> {
        if self.is_real() {
            let file = world.configuration();
            let text = fs::read_to_string(&file).context("there is no configuration")?;
            fs::write(file, change(&text)).context("cannot write the configuration")?;
        }
        Ok(())
    }

    /// Says something, and waits for the answer.
    pub(crate) fn ask(&self, scene: &Scene<'_>, asked: &Asked<'_>) -> Result<Answered> {
        match self {
            Self::Binary(binary) => binary.ask(scene, asked),
            Self::Naive => naive::ask(scene, asked),
        }
    }

    /// Runs another command of the program. A loop without rules has none.
    pub(crate) fn command(&self, scene: &Scene<'_>, words: &[&str]) -> Result<Answered> {
        match self {
            Self::Binary(binary) => said(binary.command(scene).args(words), ""),
            Self::Naive => Ok(Answered::default()),
        }
    }

    /// Types lines into `chat`.
    pub(crate) fn chat(&self, scene: &Scene<'_>, words: &[&str], lines: &str) -> Result<Answered> {
        match self {
            Self::Binary(binary) => said(binary.command(scene).arg("chat").args(words), lines),
            Self::Naive => Ok(Answered::default()),
        }
    }

    /// Whether this is the program.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self, Self::Binary(_))
    }
}

impl Binary {
    fn settle(&self, scene: &Scene<'_>) -> Result<()> {
        let file = scene.world.configuration();
        fs::create_dir_all(file.parent().context("no folder for the configuration")?)?;
        fs::write(file, self.configuration(scene)).context("cannot write the configuration")
    }

    /// A configuration with the model and the web of this test. A key that this build does not know is left out.
    fn configuration(&self, scene: &Scene<'_>) -> String {
        let (model, web, port) = (scene.model(), scene.web(), scene.web_port());
        let mut parts = vec![format!(
            "language = \"english\"\n\n[model]\nuse = \"desk/obedient\"\n\n[[providers.servers]]\n\
             name = \"desk\"\nbase_url = \"{model}\"\ncontext = 200000\n"
        )];
        if self.keys.contains("own_hosts") {
            parts.push(format!(
                "[web]\nown_hosts = [\"127.0.0.1:{port}\"]\nsearch = \"searxng\"\nsearch_url = \"{web}\"\n"
            ));
        }
        parts.join("\n")
    }

    fn command(&self, scene: &Scene<'_>) -> Command {
        let mut command = program(&self.path);
        command
            .current_dir(scene.world.home())
            .env_clear()
            .env("HOME", scene.world.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .env(VARIABLE, &scene.run.secrets.environment)
            .envs(scene.environment.iter().cloned());
        command
    }

    fn ask(&self, scene: &Scene<'_>, asked: &Asked<'_>) -> Result<Answered> {
        let mut command = self.command(scene);
        command.args(["ask", "--json"]);
        if asked.goes_on {
            command.arg("--continue");
        }
        if let Some(path) = asked.attached
            && self.help.contains("--attach")
        {
            command.arg("--attach").arg(scene.world.workspace().join(path));
        }
        let typed = self.answering(&mut command, asked.answering);
        command.arg(asked.prompt);
        let mut answered = said(&mut command, typed)?;
        let answer: Option<Value> = serde_json::from_str(&answered.text).ok();
        if let Some(text) = answer.as_ref().and_then(|answer| answer["text"].as_str()) {
            answered.text = text.to_owned();
        }
        Ok(answered)
    }

    /// Prepares a command to be answered where it asks; returns what is typed.
    fn answering(&self, command: &mut Command, answering: Answering) -> &'static str {
        match answering {
            Answering::Yes if self.help.contains("--approve") => {
                command.args(["--approve", "stdin"]);
                "y\ny\ny\ny\ny\ny\n"
            }
            Answering::Yes | Answering::Nobody => "",
        }
    }
}

/// Runs a command to its end, with this on its stdin.
fn said(command: &mut Command, typed: &str) -> Result<Answered> {
    let stdin = if typed.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the binary")?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may be gone before it reads.
        stdin.write_all(typed.as_bytes()).unwrap_or_default();
    }
    let output = child.wait_with_output().context("cannot wait for the binary")?;
    Ok(Answered {
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Whether a word names a shell here or elsewhere.
pub(crate) fn is_shell(tool: &str) -> bool {
    ["shell", "exec", "bash"].contains(&tool)
}
