//! Watches what tools change: each change is a commit, and what the model wrote is labelled.
//!
//! What a tool says it changed is not asked: the files are looked at before and after. So a program in the sandbox is
//! covered like a tool of our own, and a deletion is a deletion however it was made.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use localgpt_config::{Config, HistoryPlace};
use localgpt_guard::{Effect, Intent, Label, Origin, Place, Untrusted, policy::Rule};
use localgpt_history::{
    Author, Change, Consent, DiffKind, DiffText, FileDiff, History, Options, Reason, Scope,
};
use localgpt_memory::{Provenance, Written};
use localgpt_protocol::{
    BoxFuture, Clock, Risk, SessionId, Tool, ToolContext, ToolError, ToolSpec,
};
use serde_json::Value;

use crate::{Error, desk::in_words, places};

/// Keeps the history and the labels of one workspace.
pub(crate) struct Witness {
    workspace: PathBuf,
    options: Option<Options>,
    clock: Clock,
    /// Opened with the first change.
    history: Mutex<Option<History>>,
    provenance: Mutex<Provenance>,
    /// Folders that are repositories of their own, as they were before the last change.
    repositories: Mutex<Vec<PathBuf>>,
}

/// A change of the workspace that is being made. It is recorded when it has ended, or when nobody waits for it any more.
struct Deed {
    witness: Arc<Witness>,
    session: SessionId,
    summary: String,
    risk: Risk,
    /// The least trusted of what the model had seen.
    seen: Origin,
    /// The files that the call says it writes, with what was in them.
    written: Vec<(PathBuf, String)>,
    is_recorded: bool,
}

impl Witness {
    /// Watches the workspace of `config`.
    pub(crate) fn new(config: &Config, clock: &Clock) -> Arc<Self> {
        Arc::new(Self {
            workspace: config.workspace.clone(),
            options: options(config),
            clock: clock.clone(),
            history: Mutex::new(None),
            provenance: Mutex::new(Provenance::new(places::provenance(config))),
            repositories: Mutex::default(),
        })
    }

    /// Repositories in the workspace, as they were before the last change: what lies in them is run by git.
    pub(crate) fn repositories(&self) -> Vec<PathBuf> {
        self.repositories.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known about a text of the workspace.
    pub(crate) fn label(&self, text: &str) -> Label {
        // What cannot be looked up is not trusted.
        self.provenance().of(text).unwrap_or_else(|error| {
            tracing::warn!(error = %in_words(&error), "the origin of a text cannot be looked up");
            Label { origin: Origin::Unknown, by_model: true }
        })
    }

    fn provenance(&self) -> MutexGuard<'_, Provenance> {
        self.provenance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` with the history; `None` if none is kept.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut History) -> Result<T, localgpt_history::Error>,
    ) -> Result<Option<T>, Error> {
        let Some(options) = &self.options else { return Ok(None) };
        let mut open = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let history = match &mut *open {
            Some(history) => history,
            empty => empty.insert(History::open(options.clone(), self.clock.clone())?),
        };
        Ok(Some(work(history)?))
    }

    /// Before a change: what others changed is theirs, and a program leaves its mark.
    fn before(&self, risk: Risk, session: &SessionId) -> Result<(), Error> {
        if risk == Risk::Execute {
            self.provenance().program_runs(self.clock.now(), session.as_str())?;
        }
        let recorded = self.with(History::record_outside)?.unwrap_or_default();
        let repositories = recorded.uncovered.into_iter().filter_map(|uncovered| {
            (uncovered.reason == Reason::Repository)
                .then(|| self.workspace.join(uncovered.path).join(".git"))
        });
        *self.repositories.lock().unwrap_or_else(PoisonError::into_inner) = repositories.collect();
        Ok(())
    }

    /// What stands in a file of the workspace; nothing where none can be read.
    fn text(&self, path: &Path) -> String {
        let bytes = std::fs::read(self.workspace.join(path)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// After a change: it is a commit, and what is new in it is labelled. What the files lost is told.
    fn after(&self, deed: &Deed) -> Result<Vec<PathBuf>, Error> {
        // First, and whatever the history covers: what was not labelled would pass for somebody else's.
        for (path, before) in &deed.written {
            let (label, at) = (deed.label(), self.clock.now());
            let written = Written { label, at, by: deed.session.as_str() };
            self.provenance().record_change(before, &self.text(path), written)?;
        }
        let change = Change {
            session: Some(deed.session.clone()),
            turn: None,
            summary: localgpt_guard::secrets::mask(&deed.summary).into_owned(),
            author: Author::Assistant,
            scope: Scope::All,
        };
        let made = self.with(|history| {
            let recorded = history.record(&change)?;
            recorded.commit.map(|commit| history.diff_of(commit)).transpose()
        })?;
        let files = made.flatten().unwrap_or_default();
        self.label_new(&files, deed)?;
        // What only has another name is not lost.
        let added: Vec<Vec<&str>> = files
            .iter()
            .filter(|file| file.kind == DiffKind::Added)
            .map(|file| lines(file, '+'))
            .collect();
        let is_lost = |file: &&FileDiff| {
            file.kind == DiffKind::Deleted
                && !added
                    .iter()
                    .any(|lines_of| !lines_of.is_empty() && *lines_of == lines(file, '-'))
        };
        Ok(files.iter().filter(is_lost).map(|file| file.path.clone()).collect())
    }

    fn label_new(&self, files: &[FileDiff], deed: &Deed) -> Result<(), Error> {
        let mut new = String::new();
        for file in files {
            for line in lines(file, '+') {
                new.push_str(line);
                new.push('\n');
            }
        }
        let (label, at) = (deed.label(), self.clock.now());
        let written = Written { label, at, by: deed.session.as_str() };
        Ok(self.provenance().record(&new, written)?)
    }

    /// Puts back what a program deleted while it may not, unless it only gave it another name: what was put back.
    fn put_back(&self, lost: &[PathBuf], session: &SessionId) -> Result<Vec<PathBuf>, Error> {
        let change = Change {
            session: Some(session.clone()),
            turn: None,
            summary: format!("Put back what was deleted ({})", Rule::DeleteWhileUntrusted),
            author: Author::Assistant,
            scope: Scope::All,
        };
        let restored = self.with(|history| {
            let newest = history.list(2, None)?;
            let Some(before) = newest.get(1) else { return Ok(Vec::new()) };
            Ok(history.restore(lost, before.id, &change)?.files)
        })?;
        Ok(restored.unwrap_or_default())
    }
}

impl Deed {
    /// What is known about what it writes.
    fn label(&self) -> Label {
        Label::by_model(match self.risk {
            Risk::Execute => self.seen.max(Origin::Tool),
            Risk::Read | Risk::Remember | Risk::Network | Risk::Write => self.seen,
        })
    }

    /// Records and labels what has changed, and puts back what a program deleted while it may not: what was put back.
    fn recorded(mut self) -> Result<Vec<PathBuf>, Error> {
        self.record()
    }

    fn record(&mut self) -> Result<Vec<PathBuf>, Error> {
        self.is_recorded = true;
        let lost = self.witness.after(self)?;
        match self.risk == Risk::Execute && self.seen.is_untrusted() && !lost.is_empty() {
            true => self.witness.put_back(&lost, &self.session),
            false => Ok(Vec::new()),
        }
    }
}

impl Drop for Deed {
    fn drop(&mut self) {
        // The turn was stopped, or out of time. The program has ended by now, and what it did counts all the same.
        if !self.is_recorded
            && let Err(error) = self.record()
        {
            tracing::warn!(error = %in_words(&error), "what a stopped tool changed is not recorded");
        }
    }
}

/// The lines that a diff adds or takes away, without its head; none if it is no text.
fn lines(file: &FileDiff, sign: char) -> Vec<&str> {
    let DiffText::Unified(diff) = &file.text else { return Vec::new() };
    let body = diff.lines().skip_while(|line| !line.starts_with("@@"));
    body.filter_map(|line| line.strip_prefix(sign)).collect()
}

/// Where the history of the workspace is kept, if it is.
pub(crate) fn options(config: &Config) -> Option<Options> {
    let consent = match config.history.place {
        HistoryPlace::Off => return None,
        HistoryPlace::Beside => Consent::NotGiven,
        HistoryPlace::Workspace => Consent::Given,
    };
    Some(Options {
        workspace: config.workspace.clone(),
        beside: places::history(config),
        consent,
        largest_file: config.history.max_file_bytes,
    })
}

/// A tool that changes something, watched.
pub(crate) struct Watched {
    tool: Arc<dyn Tool>,
    witness: Arc<Witness>,
}

impl Watched {
    /// Watches `tool`.
    pub(crate) fn over(tool: Arc<dyn Tool>, witness: &Arc<Witness>) -> Arc<dyn Tool> {
        Arc::new(Self { tool, witness: Arc::clone(witness) })
    }

    async fn watched(&self, input: Value, context: &ToolContext) -> Result<Untrusted, ToolError> {
        let failed = |error: Error| {
            let words = in_words(&error);
            ToolError::Failed(format!("the change could not be recorded: {words}"))
        };
        let ToolSpec { name, risk, .. } = self.tool.spec();
        let (witness, summary) = (Arc::clone(&self.witness), summary(name.as_str(), context));
        let (session, allowed) = (context.session.clone(), context.allowed.clone());
        let (risk, seen) = (*risk, context.origin);
        let deed = apart(move || {
            witness.before(risk, &session)?;
            let written = files(&allowed).map(|path| {
                let text = witness.text(&path);
                (path, text)
            });
            let written = written.collect();
            Ok(Deed { witness, session, summary, risk, seen, written, is_recorded: false })
        });
        // It is dropped after the call, so a program that is stopped has ended when its changes are looked at.
        let deed = deed.await.map_err(failed)?;
        let outcome = self.tool.call(input, context).await;
        let lost = apart(move || deed.recorded()).await.map_err(failed)?;
        match (outcome, lost.as_slice()) {
            (outcome, []) => outcome,
            (Ok(output), lost) => Ok(output.after(&told(lost))),
            (Err(error), _) => Err(error),
        }
    }
}

/// The files that a call says it writes.
fn files(effects: &[Effect]) -> impl Iterator<Item = PathBuf> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Write { place: Place::Inside(path), .. } => Some(PathBuf::from(path)),
        Effect::Write { place: Place::Outside(_), .. }
        | Effect::Look
        | Effect::Remember
        | Effect::Fetch { .. }
        | Effect::Search { .. }
        | Effect::Delete { .. }
        | Effect::Run { .. } => None,
    })
}

/// What the model reads of files that were put back.
fn told(lost: &[PathBuf]) -> String {
    let names: Vec<String> =
        lost.iter().take(10).map(|path| localgpt_guard::one_line(&shown(path))).collect();
    format!(
        "The command deleted files while text of others is in view (rule {}), so they were put back: {}.",
        Rule::DeleteWhileUntrusted,
        names.join(", ")
    )
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What a change is called in the history.
fn summary(name: &str, context: &ToolContext) -> String {
    let effects: Vec<String> = context
        .allowed
        .iter()
        .map(|effect| match effect {
            // The commit knows the bytes.
            Effect::Write { place, .. } => format!("write {place}"),
            effect => effect.to_string(),
        })
        .map(|effect| localgpt_guard::one_line(&effect))
        .collect();
    let summary = match effects.is_empty() {
        true => name.to_owned(),
        false => effects.join("; "),
    };
    // A command can be long, and the first line of a message is read in lists.
    summary.chars().take(200).collect()
}

/// Does work that waits for the disk where it holds nothing up.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_panicked) => Err(Error::MemoryGone),
    }
}

impl Tool for Watched {
    fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        self.tool.intent(input)
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(self.watched(input, context))
    }
}

#[cfg(test)]
mod tests;
