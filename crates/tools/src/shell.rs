//! `shell`: a command in the sandbox.
//!
//! Invariant: a program ends with the call that started it, or with its session if it runs in the background.

mod output;
mod process;
mod programs;

use std::{fmt, sync::Arc, time::Duration};

use localgpt_guard::{Effect, Intent, Origin, Place, Untrusted};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use localgpt_sandbox::{Launch, Program};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::programs::{Input as Stdin, start};
pub use self::{process::Process, programs::Programs};
use crate::{
    Folder,
    apart::apart,
    files::ours,
    folder::Spot,
    typed::{read, spec},
};

/// How long a command may take unless the model asks otherwise, and the most that it can ask for.
const USUAL: Duration = Duration::from_secs(120);
const USUAL_BEHIND: Duration = Duration::from_secs(1_800);
const MOST: Duration = Duration::from_secs(24 * 3_600);

/// How programs are started.
pub struct Setup {
    /// What reads commands: `sh`.
    pub shell: Program,
    /// Puts the walls around a program. It is called for each one, so that files that are new are protected as well.
    pub confine: Box<dyn Fn(Launch) -> Launch + Send + Sync>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("shell", &self.shell).finish_non_exhaustive()
    }
}

/// Runs commands.
pub struct Shell {
    spec: ToolSpec,
    folder: Arc<Folder>,
    setup: Arc<Setup>,
    programs: Arc<Programs>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    command: String,
    #[serde(default)]
    #[schemars(skip)]
    workdir: Option<String>,
    #[serde(default)]
    timeout: Option<f64>,
    #[serde(default)]
    background: Option<bool>,
}

impl Shell {
    /// Runs commands in `folder`; those in the background are kept in `programs`.
    pub fn new(folder: Arc<Folder>, setup: Setup, programs: Arc<Programs>) -> Self {
        let description = "Run a command with sh; no network; timeout in seconds.";
        let spec = spec::<Input>("shell", description, Risk::Execute);
        let parameters = &[
            ("cmd", "command"),
            ("cwd", "workdir"),
            ("timeoutSeconds", "timeout"),
            ("run_in_background", "background"),
        ];
        let aliases = Aliases { names: &["exec", "bash", "run"], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, folder, setup: Arc::new(setup), programs }
    }
}

/// The folder that a command starts in.
fn place(folder: &Folder, workdir: Option<&str>) -> Result<Spot, ToolError> {
    let spot = folder.spot(workdir.unwrap_or("."))?;
    match &spot.place {
        Place::Inside(_) => {
            // Says why, where it is no folder.
            spot.open_folder()?;
            Ok(spot)
        }
        Place::Outside(_) => {
            Err(ToolError::Forbidden(format!("`{}` is outside the workspace", spot.shown())))
        }
    }
}

impl Input {
    fn checked(input: Value) -> Result<Self, ToolError> {
        let input: Self = read(input)?;
        match input.command.as_str() {
            command if command.trim().is_empty() => {
                Err(ToolError::Input("`command` is empty".to_owned()))
            }
            command if command.contains('\0') => {
                Err(ToolError::Input("`command` has a zero byte in it".to_owned()))
            }
            _ => Ok(input),
        }
    }

    fn is_behind(&self) -> bool {
        self.background.unwrap_or(false)
    }

    fn timeout(&self) -> Duration {
        let usual = if self.is_behind() { USUAL_BEHIND } else { USUAL };
        let asked = self.timeout.filter(|seconds| *seconds > 0.0);
        let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        asked.unwrap_or(usual).min(MOST)
    }
}

impl Tool for Shell {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let input = Input::checked(input.clone())?;
        let spot = place(&self.folder, input.workdir.as_deref())?;
        let mut preview = input.command.clone();
        if spot.name() != "." {
            preview = format!("in {}:\n{preview}", spot.name());
        }
        Ok(Intent::only(Effect::Run { command: input.command }).showing(preview))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, setup) = (Arc::clone(&self.folder), Arc::clone(&self.setup));
        let (programs, context) = (Arc::clone(&self.programs), context.clone());
        apart(move |stop| {
            let input = Input::checked(input)?;
            if !context.allows(&Effect::Run { command: input.command.clone() }) {
                return Err(ToolError::Forbidden("the command was not allowed".to_owned()));
            }
            if input.is_behind() {
                check_watched(&context)?;
            }
            let spot = place(&folder, input.workdir.as_deref())?;
            let launch = Launch::new(setup.shell.clone(), &spot.real).args(["-c", &input.command]);
            let launch = (setup.confine)(launch);
            if input.is_behind() {
                let started = start(launch, Stdin::Pipe, input.timeout())?;
                let running = programs.keep(context.session, input.command, started)?;
                let id = &running.id;
                return Ok(ours(format!(
                    "it runs as {id}; `process` with sessionId {id} shows it"
                )));
            }
            let started = start(launch, Stdin::Nothing, input.timeout())?;
            let killer = started.killer.clone();
            // Nobody is left to hear that it failed; the time limit still ends it.
            stop.then(move || killer.kill().unwrap_or_default());
            let end = started.output.wait();
            Ok(said(started.output.text(0).0, &end))
        })
    }
}

/// Refuses work that goes on when the call has ended: what it deletes then would not be seen, and not be put back.
fn check_watched(context: &ToolContext) -> Result<(), ToolError> {
    match context.origin.is_untrusted() {
        false => Ok(()),
        true => Err(ToolError::Forbidden(
            "with text of others in view nothing is done in the background; run it without `background`"
                .to_owned(),
        )),
    }
}

/// What a program wrote, and how it stands with it.
fn said(mut text: String, state: &str) -> Untrusted {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Untrusted::new(text + state).of(Origin::Tool)
}
