//! `process`: what became of programs in the background.

use std::{
    io::Write as _,
    sync::{Arc, TryLockError, atomic::Ordering},
    time::Duration,
};

use localgpt_guard::{Effect, Intent, Origin, Untrusted, one_line};
use localgpt_protocol::{
    Aliases, BoxFuture, Risk, SessionId, Tool, ToolContext, ToolError, ToolSpec,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    check_watched,
    programs::{Programs, Running},
    said,
};
use crate::{
    apart::apart,
    files::ours,
    typed::{read, spec},
};

/// How long `poll` waits for something new unless the model asks otherwise, and at most.
const USUAL: Duration = Duration::from_secs(5);
const MOST: Duration = Duration::from_secs(60);
/// The most characters of a command in a list.
const SHOWN: usize = 80;

/// Shows, feeds and ends programs in the background.
pub struct Process {
    spec: ToolSpec,
    programs: Arc<Programs>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[schemars(with = "String")]
    action: Action,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    #[schemars(skip)]
    eof: bool,
    #[serde(default)]
    #[schemars(skip)]
    timeout: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    List,
    Poll,
    Log,
    #[serde(alias = "paste", alias = "send-keys")]
    Write,
    Submit,
    Kill,
    #[serde(alias = "clear")]
    Remove,
}

impl Process {
    /// Works with `programs`.
    pub fn new(programs: Arc<Programs>) -> Self {
        let description = "Programs in the background: list, poll, log, write data, kill, remove.";
        let spec = spec::<Input>("process", description, Risk::Execute);
        let parameters = &[
            ("session_id", "sessionId"),
            ("id", "sessionId"),
            ("text", "data"),
            ("input", "data"),
        ];
        let aliases = Aliases { names: &[], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, programs }
    }
}

impl Input {
    fn running(&self, programs: &Programs) -> Result<Arc<Running>, ToolError> {
        let missing = || ToolError::Input("`sessionId` is missing".to_owned());
        programs.named(self.session_id.as_deref().ok_or_else(missing)?)
    }

    /// What goes to the program.
    fn bytes(&self) -> String {
        let data = self.data.clone().unwrap_or_default();
        if self.action == Action::Submit { data + "\n" } else { data }
    }

    /// What is written to a program may be orders to it, so it is allowed like a command, and never as one that was
    /// allowed before.
    fn effect(&self, running: &Running) -> Effect {
        Effect::Run {
            command: format!("to {} ({}): {}", running.id, running.command, self.bytes()),
        }
    }
}

impl Tool for Process {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let input: Input = read(input.clone())?;
        match input.action {
            Action::List | Action::Poll | Action::Log | Action::Kill | Action::Remove => {
                Ok(Intent::only(Effect::Look))
            }
            Action::Write | Action::Submit => {
                let effect = input.effect(&*input.running(&self.programs)?);
                let preview = match &effect {
                    Effect::Run { command } => command.clone(),
                    _ => String::new(),
                };
                Ok(Intent::only(effect).showing(preview))
            }
        }
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (programs, context) = (Arc::clone(&self.programs), context.clone());
        apart(move |_| {
            let input: Input = read(input)?;
            if input.action == Action::List {
                return Ok(listed(&programs, &context.session));
            }
            let running = input.running(&programs)?;
            if running.session != context.session {
                return Err(ToolError::Input("the program belongs to another session".to_owned()));
            }
            match input.action {
                Action::List | Action::Log => Ok(said(running.output.text(0).0, &state(&running))),
                Action::Poll => {
                    let asked =
                        input.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                    let seen = running.shown.load(Ordering::Relaxed);
                    running.output.wait_for_more(seen, asked.unwrap_or(USUAL).min(MOST));
                    let state = state(&running);
                    let (text, total) = running.output.text(seen);
                    running.shown.store(total, Ordering::Relaxed);
                    Ok(said(text, &state))
                }
                Action::Write | Action::Submit => {
                    if !context.allows(&input.effect(&running)) {
                        return Err(ToolError::Forbidden("this was not allowed".to_owned()));
                    }
                    check_watched(&context)?;
                    write(&running, input.bytes().as_bytes(), input.eof)
                }
                Action::Kill => {
                    running.kill();
                    let end = running.output.wait();
                    Ok(ours(format!("{} is over {end}", running.id)))
                }
                Action::Remove => {
                    programs.forget(&running);
                    Ok(ours(format!("{} is gone", running.id)))
                }
            }
        })
    }
}

fn write(running: &Running, bytes: &[u8], is_last: bool) -> Result<Untrusted, ToolError> {
    let mut input = match running.input.try_lock() {
        Ok(input) => input,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => {
            return Err(ToolError::Input("it has not read what was written before".to_owned()));
        }
    };
    let Some(stream) = input.as_mut() else {
        return Err(ToolError::Input("its input is closed".to_owned()));
    };
    let failed = |error| ToolError::Input(format!("it does not read any more: {error}"));
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(failed)?;
    if is_last {
        *input = None;
    }
    Ok(ours(format!("wrote {} bytes to {}", bytes.len(), running.id)))
}

fn state(running: &Running) -> String {
    running.output.ended().unwrap_or_else(|| "[it still runs]".to_owned())
}

/// The commands are the model's own, whatever it had seen.
fn listed(programs: &Programs, session: &SessionId) -> Untrusted {
    let line = |running: &Arc<Running>| {
        let command: String = one_line(&running.command).chars().take(SHOWN).collect();
        let state = if running.output.ended().is_some() { "over" } else { "running" };
        format!("{} {state}: {command}", running.id)
    };
    let lines: Vec<String> = programs.of(session).iter().map(line).collect();
    match lines.is_empty() {
        true => ours("no programs"),
        false => Untrusted::new(lines.join("\n")).of(Origin::Tool),
    }
}
