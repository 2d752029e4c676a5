//! Forgetting a text: out of the notes, the history, the index with its vectors, the sessions, and every other file of
//! the program, so that a scan of all bytes finds nothing.
//!
//! Before the first change it is written down what is forgotten, and only when all is done that note goes. Each step
//! can be done twice. So a process that is killed leaves everything as it was, or something that the next start
//! finishes.

mod fact;
mod intent;
#[cfg(test)]
mod killed;
mod own;
mod scan;
mod territory;

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use localgpt_config::{Config, HistoryPlace};
use localgpt_history::{Consent, History, Options, Words};
use localgpt_memory::{
    Memory, Turn, Workspace, WorkspaceOptions, is_index_idle, lines_that, replace, try_turn,
    without_lines,
};
use localgpt_protocol::{Clock, ForgetPlan, ForgetReport, LeftFile, MeantLine, MeantRecords};
use localgpt_sessions::{HeldLogs, Mention, SessionStore};

use self::{
    fact::Fact,
    intent::{Intent, OnlyOne},
    own::Done,
    scan::Found,
    territory::{Owner, Territory},
};
use crate::{Error, desk::in_words, places};

/// Learns of every step when it is durable.
type Watch = Arc<dyn Fn(&str) + Send + Sync>;

/// Whether what was said stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepSessions {
    /// Sessions are left alone.
    Yes,
    /// Words in them are replaced.
    No,
}

/// A text of one workspace that is to be forgotten.
pub struct Forget {
    config: Config,
    clock: Clock,
    fact: Fact,
    sessions: KeepSessions,
    territory: Territory,
    watch: Watch,
}

/// By whom the work was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// By this process.
    Now,
    /// By one that was killed.
    Earlier,
}

/// Keeps others from writing what is taken out.
struct Held {
    logs: Option<HeldLogs>,
    _note: Turn,
}

impl Forget {
    /// To forget `text`, at least four characters of one line, in the workspace that `config` names.
    pub fn new(
        config: &Config,
        clock: &Clock,
        text: &str,
        sessions: KeepSessions,
    ) -> Result<Self, Error> {
        if !config.workspace.is_dir() {
            return Err(Error::NoWorkspace(config.workspace.clone()));
        }
        let fact = Fact::new(text)?;
        Ok(Self::of(config.clone(), clock.clone(), fact, sessions))
    }

    fn of(config: Config, clock: Clock, fact: Fact, sessions: KeepSessions) -> Self {
        let territory = Territory::of(&config);
        Self { config, clock, fact, sessions, territory, watch: Arc::new(|_| {}) }
    }

    /// What would go. Nothing is changed.
    pub fn plan(&self) -> Result<ForgetPlan, Error> {
        let found = self.scan();
        let mut plan =
            ForgetPlan { history: self.territory.has_history(), ..ForgetPlan::default() };
        for path in &found.files {
            match self.territory.owner(path) {
                Owner::Person => match self.lines(path) {
                    Some(lines) => plan.lines.extend(lines),
                    None => plan.left.push(left(path, NO_TEXT)),
                },
                Owner::Index | Owner::Log | Owner::Cache | Owner::Program => {
                    plan.files.push(shown(path));
                }
                Owner::Session | Owner::History | Owner::Nobody => {}
                Owner::Other(reason) => plan.left.push(left(path, reason)),
            }
        }
        plan.left.extend(not_files(&found));
        if self.sessions == KeepSessions::No {
            let mentions = self.store()?.mentions(&|text| self.fact.scrubbed(text))?;
            plan.sessions = mentions.into_iter().map(records).collect();
        }
        Ok(plan)
    }

    /// Forgets it. An error means that nothing was changed; what could not be done is in the report.
    pub fn carry_out(&self) -> Result<ForgetReport, Error> {
        let path = intent::path(&self.config);
        let failed = |source| Error::Forgetting { path: path.clone(), source };
        let _one = OnlyOne::take(&self.config).map_err(failed)?.ok_or_else(|| {
            Error::ForgetBusy { what: "another process is forgetting something".to_owned() }
        })?;
        let held = self.hold()?;
        let intent = Intent::new(&self.config, self.fact.text(), self.sessions);
        intent.begin(&self.config).map_err(failed)?;
        self.reach("intent");
        Ok(self.finish(&held, Begun::Now))
    }

    /// Finishes what a process began that was killed; none if there is nothing of the kind.
    pub fn finish_interrupted(
        config: &Config,
        clock: &Clock,
    ) -> Result<Option<ForgetReport>, Error> {
        let path = intent::path(config);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let failed = |source| Error::Forgetting { path: path.clone(), source };
        // Whoever holds the lock is at it.
        let Some(_one) = OnlyOne::take(config).map_err(failed)? else { return Ok(None) };
        let Some(intent) = Intent::load(config).map_err(failed)? else { return Ok(None) };
        let fact = Fact::new(&intent.text)?;
        let forget = Self::of(intent.config(config), clock.clone(), fact, intent.sessions);
        let held = forget.hold()?;
        Ok(Some(forget.finish(&held, Begun::Earlier)))
    }

    /// Waits shortly for all others that use what will be changed, and keeps them out where that is possible.
    fn hold(&self) -> Result<Held, Error> {
        let busy = |what: &str| Error::ForgetBusy { what: what.to_owned() };
        let logs = match self.sessions {
            KeepSessions::Yes => None,
            KeepSessions::No => match self.store()?.hold() {
                Err(error @ localgpt_sessions::Error::InUse(_)) => {
                    return Err(busy(&error.to_string()));
                }
                logs => Some(logs?),
            },
        };
        let (note, index) = (places::note_lock(&self.config), places::index(&self.config));
        let locked = |path: &Path, source| Error::Forgetting { path: path.to_owned(), source };
        let turn = try_turn(&note).map_err(|error| locked(&note, error))?;
        let turn = turn.ok_or_else(|| busy("another process is writing a note"))?;
        if !is_index_idle(&index).map_err(|error| locked(&index, error))? {
            return Err(busy("another process is writing the index"));
        }
        // One that is not kept any more is used by nobody.
        let is_kept = self.config.history.place != HistoryPlace::Off;
        if is_kept && self.territory.has_history() && self.config.workspace.is_dir() {
            // It waits for the lock, and what a person changed is not mixed with what goes. What else is wrong is said
            // when it is to be rewritten.
            let looked = self.history().and_then(|mut history| history.record_outside());
            if let Err(error @ localgpt_history::Error::Busy { .. }) = looked {
                return Err(busy(&error.to_string()));
            }
        }
        Ok(Held { logs, _note: turn })
    }

    /// All that comes after it was written down.
    fn finish(&self, held: &Held, begun: Begun) -> ForgetReport {
        let mut report = ForgetReport::default();
        let found = self.scan();
        if begun == Begun::Earlier {
            self.remove_leftovers(&found, &mut report);
        }
        self.clean_notes(&found, &mut report);
        self.clean_history(&mut report);
        self.clean_index(&mut report);
        if let Some(logs) = &held.logs {
            self.clean_sessions(logs, &mut report);
        }
        self.clean_own(&found, &mut report);
        if let Err(error) = intent::end(&self.config) {
            report.left.push(left(&intent::path(&self.config), &error.to_string()));
        }
        self.reach("end");
        self.look_again(&mut report);
        report
    }

    /// The proof: what still says it is told, each file once.
    fn look_again(&self, report: &mut ForgetReport) {
        let found = self.scan();
        report.scanned = found.scanned;
        for path in &found.files {
            let reason = match self.territory.owner(path) {
                Owner::Nobody => continue,
                Owner::Other(reason) => reason,
                Owner::Person => NO_TEXT,
                Owner::History => "the history could not be rewritten",
                Owner::Index => IN_INDEX,
                Owner::Session | Owner::Log | Owner::Cache | Owner::Program => {
                    "it was written again meanwhile, or is no text"
                }
            };
            if !report.left.iter().any(|left| left.path == shown(path)) {
                report.left.push(left(path, reason));
            }
        }
        report.left.extend(not_files(&found));
    }

    /// What the killed process was writing.
    fn remove_leftovers(&self, found: &Found, report: &mut ForgetReport) {
        for path in &found.leftovers {
            match self.territory.owner(path) {
                Owner::Person | Owner::Program => {
                    if let Err(error) = own::remove(path) {
                        report.left.push(left(path, &error.to_string()));
                    }
                }
                Owner::History
                | Owner::Index
                | Owner::Session
                | Owner::Log
                | Owner::Cache
                | Owner::Nobody
                | Owner::Other(_) => {}
            }
        }
    }

    fn clean_notes(&self, found: &Found, report: &mut ForgetReport) {
        for path in &found.files {
            if self.territory.owner(path) != Owner::Person {
                continue;
            }
            let cleaned = fs::read(path).and_then(|bytes| {
                let without = without_lines(&bytes, &|line| self.fact.is_said_in(line));
                let Some((kept, gone)) = without else { return Ok(0) };
                replace(path, &kept).map(|()| gone)
            });
            match cleaned {
                Ok(0) => {}
                Ok(gone) => {
                    report.lines += gone;
                    report.files.push(self.territory.inside(path));
                    self.reach("file");
                }
                Err(error) => report.left.push(left(path, &error.to_string())),
            }
        }
    }

    fn clean_history(&self, report: &mut ForgetReport) {
        if !self.territory.has_history() {
            return;
        }
        let is_meant = |line: &[u8]| self.fact.is_in(line);
        let forgotten = self
            .history()
            .and_then(|mut history| history.forget(Words::Lines(&is_meant), &mut |_| {}));
        match forgotten {
            Ok(forgotten) => {
                report.commits = Some(forgotten.commits);
                self.reach("history");
            }
            Err(error) => {
                let folder = places::history(&self.config);
                report.left.push(left(&folder, &in_words(&error)));
            }
        }
    }

    /// The index is built from nothing; where that cannot be, it goes, and the next search builds it.
    fn clean_index(&self, report: &mut ForgetReport) {
        let folder = places::index(&self.config);
        if !folder.is_dir() {
            return;
        }
        let options = WorkspaceOptions {
            root: self.config.workspace.clone(),
            extra_paths: self.config.memory.extra_paths.clone(),
            max_file_bytes: self.config.memory.max_file_bytes,
        };
        let rebuilt = Workspace::open(options)
            .map_err(|error| error.to_string())
            .and_then(|workspace| {
                let memory = Memory::open(workspace, &folder);
                memory.map_err(|error| in_words(&error))
            })
            .and_then(|mut memory| {
                memory.rebuild(self.clock.now()).map_err(|error| in_words(&error))
            });
        if let Err(reason) = rebuilt {
            tracing::warn!(reason, "the index cannot be built again and is removed");
            if let Err(error) = fs::remove_dir_all(&folder) {
                report.left.push(left(&folder, &error.to_string()));
            }
        }
        // A power failure must not bring the old one back.
        if let Err(error) = own::sync_above(&folder.join("index")) {
            report.left.push(left(&folder, &error.to_string()));
        }
        self.reach("index");
    }

    fn clean_sessions(&self, logs: &HeldLogs, report: &mut ForgetReport) {
        let scrub = |text: &str| self.fact.scrubbed(text);
        match logs.rewrite(&scrub, &mut || self.reach("session")) {
            Ok(mentions) => report.sessions = mentions.into_iter().map(records).collect(),
            Err(error) => {
                let folder = places::sessions(&self.config);
                report.left.push(left(&folder, &in_words(&error)));
            }
        }
    }

    fn clean_own(&self, found: &Found, report: &mut ForgetReport) {
        for path in &found.files {
            let cleaned = match self.territory.owner(path) {
                Owner::Cache => own::remove(path).map(|()| Done::Forgotten),
                Owner::Log => own::clean_log(path, &self.fact),
                Owner::Program if own::is_leftover(path) => {
                    own::remove(path).map(|()| Done::Forgotten)
                }
                Owner::Program => own::clean(path, &self.fact),
                Owner::Person
                | Owner::History
                | Owner::Index
                | Owner::Session
                | Owner::Nobody
                | Owner::Other(_) => continue,
            };
            match cleaned {
                Ok(Done::Forgotten) => {
                    report.own_files.push(shown(path));
                    self.reach("own file");
                }
                Ok(Done::NotText) => report.left.push(left(path, NO_TEXT)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => report.left.push(left(path, &error.to_string())),
            }
        }
    }

    /// Looks through everything, without models, and without sessions that are kept.
    fn scan(&self) -> Found {
        let mut skipped = vec![
            self.territory.real(&places::models(&self.config)),
            self.territory.real(&intent::path(&self.config)),
        ];
        if self.sessions == KeepSessions::Yes {
            skipped.push(self.territory.real(&places::sessions(&self.config)));
        }
        scan::scan(&self.fact, &self.territory.roots(), &skipped)
    }

    fn lines(&self, path: &Path) -> Option<Vec<MeantLine>> {
        let bytes = fs::read(path).ok()?;
        let lines = lines_that(&bytes, &|line| self.fact.is_said_in(line))?;
        let path = self.territory.inside(path);
        let meant = |(line, text)| MeantLine { path: path.clone(), line, text };
        (!lines.is_empty()).then(|| lines.into_iter().map(meant).collect())
    }

    /// The history that there is, whatever the configuration says now.
    fn history(&self) -> Result<History, localgpt_history::Error> {
        let options = Options {
            workspace: self.config.workspace.clone(),
            beside: places::history(&self.config),
            consent: Consent::NotGiven,
            largest_file: self.config.history.max_file_bytes,
        };
        let watch = Arc::clone(&self.watch);
        History::open_watched(options, self.clock.clone(), move |step| watch(step))
    }

    fn store(&self) -> Result<SessionStore, Error> {
        Ok(SessionStore::open(places::sessions(&self.config))?)
    }

    fn reach(&self, step: &str) {
        (self.watch)(step);
    }
}

impl std::fmt::Debug for Forget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forget").field("workspace", &self.config.workspace).finish_non_exhaustive()
    }
}

const NO_TEXT: &str = "it is no text that could lose a line";

const IN_INDEX: &str = "it lists a note whose name says it, or that cannot be changed";

fn left(path: &Path, reason: &str) -> LeftFile {
    LeftFile { path: shown(path), reason: reason.to_owned() }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn records(mention: Mention) -> MeantRecords {
    MeantRecords { session: mention.session, records: mention.records }
}

/// What a scan met that is no file to be changed.
fn not_files(found: &Found) -> Vec<LeftFile> {
    let names = found.names.iter().map(|path| left(path, "its name says it"));
    let unreadable = found
        .unreadable
        .iter()
        .map(|(path, error)| left(path, &format!("it cannot be read: {error}")));
    names.chain(unreadable).collect()
}

/// Whether the name of a file ends so.
fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension() == Some(OsStr::new(extension))
}

/// The real path, as far as it is there.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
