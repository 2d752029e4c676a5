//! Which files there are to look through, and whose each of them is.

use std::path::{Path, PathBuf};

use localgpt_config::Config;

use super::{has_extension, real};
use crate::places;

/// Whose a file is, and so what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A file of the workspace, or a note beside it: lines go.
    Person,
    /// The history rewrites itself.
    History,
    /// The index is built again.
    Index,
    /// The log of a session: records lose words.
    Session,
    /// A log file that processes write to.
    Log,
    /// It can be made again.
    Cache,
    /// Any other file of the program.
    Program,
    /// It lies beside notes and is none.
    Nobody,
    /// It is not changed from here, and this is why.
    Other(&'static str),
}

const ELSEWHERE: &str = "it belongs to another workspace: forget it there, with `--workspace DIR`";
const THEIR_REPOSITORY: &str = "it belongs to a git repository that is not ours";

/// The folders of one workspace and of the program.
#[derive(Debug)]
pub(super) struct Territory {
    workspace: PathBuf,
    extra: Vec<PathBuf>,
    /// As they are configured, and as they really are.
    folders: [(PathBuf, PathBuf); 3],
    /// The deepest that holds a file says whose it is.
    owners: Vec<(PathBuf, Owner)>,
    beside: PathBuf,
}

impl Territory {
    /// The folders that `config` names.
    pub(super) fn of(config: &Config) -> Self {
        let directories = &config.directories;
        let folders = [&directories.state, &directories.data, &directories.cache]
            .map(|folder| (folder.clone(), real(folder)));
        let workspace = real(&config.workspace);
        let extra: Vec<PathBuf> = config
            .memory
            .extra_paths
            .iter()
            .map(|path| real(&config.workspace.join(path)))
            .collect();
        let beside = places::history(config);
        let mut territory = Self { workspace, extra, folders, owners: Vec::new(), beside };
        let (state, data, cache) = (&directories.state, &directories.data, &directories.cache);
        let sessions = places::sessions(config);
        let own_state = sessions.parent().unwrap_or(state).to_owned();
        let mut owners: Vec<(PathBuf, Owner)> = [
            (state.clone(), Owner::Program),
            (state.join("log"), Owner::Log),
            (state.join("workspaces"), Owner::Other(ELSEWHERE)),
            (own_state, Owner::Program),
            (sessions, Owner::Session),
            (data.clone(), Owner::Program),
            (data.join("history"), Owner::Other(ELSEWHERE)),
            (data.join("workspace"), Owner::Other(ELSEWHERE)),
            (territory.beside.clone(), Owner::History),
            (cache.clone(), Owner::Cache),
            (cache.join("index"), Owner::Other(ELSEWHERE)),
            (places::index(config), Owner::Index),
        ]
        .map(|(path, owner)| (territory.real(&path), owner))
        .into();
        owners.extend(territory.extra.iter().map(|path| (path.clone(), Owner::Nobody)));
        owners.push((territory.workspace.clone(), Owner::Person));
        territory.owners = owners;
        territory
    }

    /// What is looked through.
    pub(super) fn roots(&self) -> Vec<PathBuf> {
        let folders = self.folders.iter().map(|(_, real)| real);
        folders.chain([&self.workspace]).chain(&self.extra).cloned().collect()
    }

    /// A path of the configuration as a scan meets it.
    pub(super) fn real(&self, path: &Path) -> PathBuf {
        let below = |(named, real): &(PathBuf, PathBuf)| {
            path.strip_prefix(named).ok().map(|rest| real.join(rest))
        };
        self.folders.iter().find_map(below).unwrap_or_else(|| path.to_owned())
    }

    /// Whether there is a history of ours.
    pub(super) fn has_history(&self) -> bool {
        self.is_ours_inside() || self.beside.join("HEAD").is_file()
    }

    /// Whose a file is.
    pub(super) fn owner(&self, path: &Path) -> Owner {
        let holders = self.owners.iter().filter(|(folder, _)| path.starts_with(folder));
        // Of two that are the same folder the last.
        let owner = holders.max_by_key(|(folder, _)| folder.components().count());
        match owner.map_or(Owner::Nobody, |(_, owner)| *owner) {
            Owner::Person => self.owner_in_workspace(path),
            Owner::Nobody if has_extension(path, "md") => Owner::Person,
            Owner::Session if !has_extension(path, "jsonl") => Owner::Program,
            owner => owner,
        }
    }

    /// A path from the workspace, where it lies in it.
    pub(super) fn inside(&self, path: &Path) -> String {
        path.strip_prefix(&self.workspace).unwrap_or(path).display().to_string()
    }

    fn owner_in_workspace(&self, path: &Path) -> Owner {
        let inside = path.strip_prefix(&self.workspace).unwrap_or(path);
        let is_in_repository = inside.components().any(|part| part.as_os_str() == ".git");
        match is_in_repository {
            false => Owner::Person,
            true if inside.starts_with(".git") && self.is_ours_inside() => Owner::History,
            true => Owner::Other(THEIR_REPOSITORY),
        }
    }

    fn is_ours_inside(&self) -> bool {
        self.workspace.join(".git/localgpt").is_dir()
    }
}
