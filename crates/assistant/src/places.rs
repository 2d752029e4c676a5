//! Where an assistant keeps what is not the user's: a folder a workspace, named after it.

use std::path::PathBuf;

use localgpt_config::Config;

/// The folder of the workspace's index. It can be deleted at any time.
pub(crate) fn index(config: &Config) -> PathBuf {
    config.directories.cache.join("index").join(name(config))
}

/// The lock that is held while a note of the day is written.
pub(crate) fn note_lock(config: &Config) -> PathBuf {
    config.directories.state.join("workspaces").join(name(config)).join("note.lock")
}

/// The folder of the models that run in this process. They are the user's, and large.
pub(crate) fn models(config: &Config) -> PathBuf {
    config.directories.data.join("models")
}

/// The log of who wrote which line of the notes.
pub(crate) fn provenance(config: &Config) -> PathBuf {
    config.directories.state.join("workspaces").join(name(config)).join("provenance.log")
}

/// What the person has allowed for this workspace.
pub(crate) fn grants(config: &Config) -> PathBuf {
    config.directories.state.join("workspaces").join(name(config)).join("grants.json")
}

/// The repository of the changes of a workspace, where it may not lie in the workspace.
pub(crate) fn history(config: &Config) -> PathBuf {
    config.directories.data.join("history").join(name(config))
}

/// The folder of session logs: one for each workspace, because what was said belongs to what is known.
pub(crate) fn sessions(config: &Config) -> PathBuf {
    config.directories.state.join("workspaces").join(name(config)).join("sessions")
}

/// The folder in which is written what the person accepted of skills.
pub(crate) fn accepted_skills(config: &Config) -> PathBuf {
    config.directories.state.join("workspaces").join(name(config)).join("skills")
}

/// The folder of the person's own skills, for every workspace.
pub(crate) fn skills(config: &Config) -> PathBuf {
    config.directories.data.join("skills")
}

/// An empty folder in which the `claude` program works.
pub(crate) fn claude(config: &Config) -> PathBuf {
    config.directories.cache.join("claude")
}

/// The workspace's own name, for a person, and a hash of its path, so that no two share a folder.
fn name(config: &Config) -> String {
    let path =
        std::fs::canonicalize(&config.workspace).unwrap_or_else(|_| config.workspace.clone());
    let own: String = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("workspace")
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .take(40)
        .collect();
    let hash = twox_hash::XxHash3_128::oneshot(path.as_os_str().as_encoded_bytes());
    format!("{own}-{:016x}", hash as u64)
}
