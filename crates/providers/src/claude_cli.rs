//! Claude through the person's own `claude` program: their login, their subscription, our tools.
//!
//! One process lives as long as the session: a turn of a warm process starts many times faster than a cold
//! one. `claude` is used as a model only. Its own tools, commands, settings, memory and summaries are off,
//! and our tools are offered over the same pipe that carries the conversation.
//!
//! **Who knows what was said.** Our session log does. `claude` could keep and resume sessions of its own,
//! but then there would be two truths, and after a rewind, a compaction or an answer of another model they
//! would differ. So its sessions are not kept. Before each request the transcript is compared with what
//! the process has seen: if it goes on from there, only what is new is sent; if not, a fresh process is
//! started and the transcript is handed over in its first message.
//!
//! **Tools.** When the model calls tools, the reply ends there and the process waits. The next request
//! carries the results, and they are the answers to what `claude` asks then.
//!
//! **Stopping.** Dropping the future of a reply kills the process and all it started. `claude` can also be
//! interrupted, but then it remembers a half-said answer that the transcript may not have.
//!
//! **The login** stays where it is: `claude` reads it by itself from the home folder it is given. We read
//! no token, and pass on no variable that the options do not hold.

mod control;
mod failure;
mod launch;
mod process;
mod session;
mod transcript;
mod turn;
mod version;
mod wire;

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use localgpt_protocol::{
    BoxFuture, Capabilities, Clock, Delta, ModelName, Provider, ProviderError, Reply, Request,
    SessionId, ToolSupport, WindowSource,
};
use localgpt_sandbox::Program;
use serde_json::Value;
use tokio::sync::{OnceCell, oneshot};

use self::{
    launch::Place,
    session::{Afterwards, Broken, Heard, Next, Patience, Session},
    version::Version,
};

/// The variables of a person's environment that `claude` needs to find its login and the network.
///
/// A key for the API is not among them: with one in its environment `claude` would use that, and not the
/// subscription that it is logged in to.
pub const ENVIRONMENT: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "CLAUDE_CONFIG_DIR",
    "XDG_CONFIG_HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The window of the models without options that enlarge it.
const CONTEXT_WINDOW: u32 = 200_000;
const MAX_OUTPUT: u32 = 32_000;

/// Which `claude`, and with what.
#[derive(Debug, Clone)]
pub struct ClaudeCliOptions {
    /// The model: its second half is an alias like `sonnet`, or a full name.
    pub model: ModelName,
    /// The program, for example from [`find`].
    pub program: PathBuf,
    /// All of its environment but our own switches: what is set of [`ENVIRONMENT`].
    pub environment: Vec<(OsString, OsString)>,
    /// A folder of ours where it works; made if it is not there.
    pub folder: PathBuf,
    /// The tokens it can read and write, if they were configured.
    pub context_window: Option<u32>,
    /// How long nothing may come from it.
    pub silence: Duration,
    /// The most processes that wait for their session to go on; each takes some 200 MB.
    pub processes: usize,
    /// Says how far away the time is at which a limit is lifted.
    pub clock: Clock,
}

/// A model behind `claude`.
#[derive(Debug)]
pub struct ClaudeCli {
    capabilities: Capabilities,
    program: Program,
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
    patience: Patience,
    most: usize,
    /// Set once it was found good.
    version: OnceCell<Version>,
    waiting: Mutex<Waiting>,
}

/// The processes that wait for their session to go on.
#[derive(Debug, Default)]
struct Waiting {
    sessions: HashMap<SessionId, (u64, Session)>,
    /// Counts up, so that the one that has waited longest is known.
    count: u64,
}

/// Whether `claude` is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// It is.
    LoggedIn {
        /// How, in its own word: `claude.ai`, `api_key`.
        method: String,
    },
    /// It is not: a person has to run `claude` once.
    LoggedOut,
}

/// Finds `claude` in the folders of `path_value`, which is what a `PATH` variable holds.
pub fn find(path_value: &OsStr) -> Option<PathBuf> {
    Program::find("claude", path_value).ok().map(|program| program.path().to_owned())
}

impl ClaudeCli {
    /// Uses a program; nothing is started yet.
    pub fn new(options: ClaudeCliOptions) -> Result<Self, ProviderError> {
        let ClaudeCliOptions { model, program, environment, folder, silence, clock, .. } = options;
        let window_source = match options.context_window {
            Some(_) => WindowSource::Configuration,
            None => WindowSource::Assumed,
        };
        Ok(Self {
            capabilities: Capabilities {
                model,
                context_window: options.context_window.unwrap_or(CONTEXT_WINDOW),
                window_source,
                max_output: MAX_OUTPUT,
                tools: ToolSupport::Native,
                images: true,
                price: None,
            },
            program: program_at(&program)?,
            environment,
            folder,
            patience: Patience { silence, clock },
            most: options.processes,
            version: OnceCell::new(),
            waiting: Mutex::default(),
        })
    }

    /// Asks `claude` whether it is logged in. Blocks for as long as it takes to start.
    pub fn login(&self) -> Result<Login, ProviderError> {
        let printed = self.place().ask(&["auth", "status"])?;
        let status: Value = serde_json::from_slice(&printed).map_err(|error| {
            ProviderError::Protocol { message: format!("`claude auth status`: {error}") }
        })?;
        let method = status.get("authMethod").and_then(Value::as_str).unwrap_or_default();
        match status.get("loggedIn").and_then(Value::as_bool) {
            Some(true) => Ok(Login::LoggedIn { method: method.to_owned() }),
            Some(false) | None => Ok(Login::LoggedOut),
        }
    }

    async fn answer(
        &self,
        request: &Request,
        show: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Reply, ProviderError> {
        // While it answers, the process belongs to this future: if that is dropped, so is the process.
        let kept = self.waiting().take(&request.session);
        let going_on = kept.and_then(|session| session.next(request).map(|next| (session, next)));
        if let Some((session, next)) = going_on {
            match self.go_on(session, next, request, show).await {
                // It had ended while it waited, so nothing was asked and nothing shown.
                Err(Broken { error: ProviderError::CutOff { .. }, heard: Heard::Nothing }) => {}
                result => return result.map_err(|broken| broken.error),
            }
        }
        let session = self.start(request).await?;
        let result = self.go_on(session, Next::All(&request.messages), request, show).await;
        result.map_err(|broken| broken.error)
    }

    async fn go_on(
        &self,
        mut session: Session,
        next: Next<'_>,
        request: &Request,
        show: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Reply, Broken> {
        let (reply, afterwards) = session.answer(next, request, &self.patience, show).await?;
        if afterwards == Afterwards::Waits {
            let surplus = self.waiting().put(&request.session, session, self.most);
            drop(surplus);
        }
        Ok(reply)
    }

    async fn start(&self, request: &Request) -> Result<Session, ProviderError> {
        self.version.get_or_try_init(|| self.check()).await?;
        let model = self.capabilities.model.model();
        let launch = launch::session(&self.place(), model, request.max_tokens)?;
        Session::start(launch, request, &self.patience).await
    }

    /// Asks for the version, which blocks, on a thread of its own.
    async fn check(&self) -> Result<Version, ProviderError> {
        let (program, environment) = (self.program.clone(), self.environment.clone());
        let folder = self.folder.clone();
        let (sender, receiver) = oneshot::channel();
        let ask = move || {
            let place = Place { program: &program, environment: &environment, folder: &folder };
            // Nobody waits for the answer any more if the reply was dropped.
            sender.send(place.check()).unwrap_or_default();
        };
        let gone = || ProviderError::NoProgram { message: "cannot ask for the version".to_owned() };
        thread::Builder::new().name("claude version".to_owned()).spawn(ask).map_err(|error| {
            tracing::warn!(error = %error, "no thread for `claude --version`");
            gone()
        })?;
        receiver.await.map_err(|_closed| gone())?
    }

    fn place(&self) -> Place<'_> {
        Place { program: &self.program, environment: &self.environment, folder: &self.folder }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for ClaudeCli {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn reply<'a>(
        &'a self,
        request: &'a Request,
        show: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(self.answer(request, show))
    }
}

impl Waiting {
    fn take(&mut self, id: &SessionId) -> Option<Session> {
        self.sessions.remove(id).map(|(_, session)| session)
    }

    /// Puts a process by, and returns those that are too many, or in its place.
    fn put(&mut self, id: &SessionId, session: Session, most: usize) -> Vec<Session> {
        self.count += 1;
        let replaced = self.sessions.insert(id.clone(), (self.count, session));
        let mut surplus: Vec<Session> = replaced.into_iter().map(|(_, session)| session).collect();
        while self.sessions.len() > most {
            let by_age = self.sessions.iter().min_by_key(|(_, (count, _))| *count);
            let Some(oldest) = by_age.map(|(id, _)| id.clone()) else { break };
            surplus.extend(self.take(&oldest));
        }
        surplus
    }
}

fn program_at(path: &Path) -> Result<Program, ProviderError> {
    Program::at(path).map_err(|error| ProviderError::NoProgram { message: error.to_string() })
}
