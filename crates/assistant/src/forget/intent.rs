//! What is being forgotten, on disk while it is: so that the next start can finish it.
//!
//! The file is written in one go and never changed. Half of one means that nothing was begun.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use localgpt_config::{Config, HistoryPlace};
use localgpt_memory::create_private_folder;
use serde_json::{Value, json};

use super::{KeepSessions, own};

/// What was begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) text: String,
    pub(super) sessions: KeepSessions,
    workspace: PathBuf,
    extra_paths: Vec<PathBuf>,
    place: String,
}

/// One process forgets at a time; over when this is dropped.
#[derive(Debug)]
pub(super) struct OnlyOne(#[expect(dead_code, reason = "held for its lock")] File);

impl OnlyOne {
    /// None if another process is at it.
    pub(super) fn take(config: &Config) -> io::Result<Option<Self>> {
        create_private_folder(&config.directories.state)?;
        let path = config.directories.state.join("forgetting.lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Where it is written.
pub(super) fn path(config: &Config) -> PathBuf {
    config.directories.state.join("forgetting.json")
}

impl Intent {
    /// To forget `text` in the workspace of `config`.
    pub(super) fn new(config: &Config, text: &str, sessions: KeepSessions) -> Self {
        let place = match config.history.place {
            HistoryPlace::Beside => "beside",
            HistoryPlace::Workspace => "workspace",
            HistoryPlace::Off => "off",
        };
        Self {
            text: text.to_owned(),
            sessions,
            workspace: config.workspace.clone(),
            extra_paths: config.memory.extra_paths.clone(),
            place: place.to_owned(),
        }
    }

    /// The configuration under which it was begun, as far as it matters.
    pub(super) fn config(&self, now: &Config) -> Config {
        let mut config = now.clone();
        config.workspace.clone_from(&self.workspace);
        config.memory.extra_paths.clone_from(&self.extra_paths);
        if let Ok(place) = HistoryPlace::try_from(self.place.clone()) {
            config.history.place = place;
        }
        config
    }

    /// Writes it down. When this returns, it is on disk.
    pub(super) fn begin(&self, config: &Config) -> io::Result<()> {
        let path = path(config);
        let document = self.document()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        file.write_all(document.to_string().as_bytes())?;
        file.sync_all()?;
        own::sync_above(&path)
    }

    /// What was begun and not finished. What is no intent was never begun, and is removed.
    pub(super) fn load(config: &Config) -> io::Result<Option<Self>> {
        let bytes = match fs::read(path(config)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice(&bytes).ok().as_ref().and_then(Self::read) {
            Some(intent) => Ok(Some(intent)),
            None => {
                end(config)?;
                Ok(None)
            }
        }
    }

    fn document(&self) -> io::Result<Value> {
        let text = |path: &Path| {
            let reason = format!("the name of {} is no text", path.display());
            path.to_str().map(str::to_owned).ok_or_else(|| io::Error::other(reason))
        };
        let extra_paths: io::Result<Vec<String>> =
            self.extra_paths.iter().map(|path| text(path)).collect();
        Ok(json!({
            "text": self.text,
            "keep_sessions": self.sessions == KeepSessions::Yes,
            "workspace": text(&self.workspace)?,
            "extra_paths": extra_paths?,
            "history": self.place,
        }))
    }

    fn read(document: &Value) -> Option<Self> {
        let text = |name: &str| Some(document.get(name)?.as_str()?.to_owned());
        let extra_paths = document.get("extra_paths")?.as_array()?.iter();
        Some(Self {
            text: text("text")?,
            sessions: match document.get("keep_sessions")?.as_bool()? {
                true => KeepSessions::Yes,
                false => KeepSessions::No,
            },
            workspace: text("workspace")?.into(),
            extra_paths: extra_paths.filter_map(|path| Some(path.as_str()?.into())).collect(),
            place: text("history")?,
        })
    }
}

/// Nothing is left to do.
pub(super) fn end(config: &Config) -> io::Result<()> {
    let path = path(config);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => own::sync_above(&path),
    }
}
