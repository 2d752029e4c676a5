//! What the assistant may do, as used: its rules, the network, skills, the history of its changes.

use std::path::PathBuf;

use serde::Deserialize;

use crate::SecretRef;
use crate::number::Size;
use crate::schema::{Text, one_of};

/// How much the assistant asks before it does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PolicyMode {
    /// The workspace is its own to work in.
    TrustedFolder,
    /// It asks before each change.
    Ask,
    /// It changes nothing.
    ReadOnly,
}

impl PolicyMode {
    /// Returns the word that stands for it, as in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrustedFolder => "trusted-folder",
            Self::Ask => "ask",
            Self::ReadOnly => "read-only",
        }
    }
}

impl TryFrom<String> for PolicyMode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = [Self::TrustedFolder, Self::Ask, Self::ReadOnly];
        one_of(&text, &all.map(|mode| (mode.name(), mode)))
    }
}

/// Who searches the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchConfig {
    /// Nobody.
    Off,
    /// A SearXNG server.
    Searxng {
        /// Its address.
        base_url: String,
    },
    /// Brave, with a key.
    Brave {
        /// Its address.
        base_url: Option<String>,
        /// Where the key is.
        api_key: SecretRef,
    },
    /// The page of DuckDuckGo for browsers without scripts.
    DuckDuckGo {
        /// Its address.
        base_url: Option<String>,
    },
}

/// The network, as tools may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// Who searches.
    pub search: SearchConfig,
    /// Hosts that may be fetched from although they are not on the public internet: `host` or `host:port`.
    pub own_hosts: Vec<String>,
}

/// Where the history of the assistant's changes is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum HistoryPlace {
    /// In a repository of its own, in the data directory.
    Beside,
    /// In the workspace, which becomes a repository.
    Workspace,
    /// Nowhere: nothing can be undone.
    Off,
}

impl TryFrom<String> for HistoryPlace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = [("beside", Self::Beside), ("workspace", Self::Workspace), ("off", Self::Off)];
        one_of(&text, &words)
    }
}

/// The history of the assistant's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryConfig {
    /// Where.
    pub place: HistoryPlace,
    /// A larger file is not covered.
    pub max_file_bytes: u64,
}

/// The skills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillsConfig {
    /// More folders of skills, as written; relative ones start at the workspace.
    pub folders: Vec<PathBuf>,
    /// Skills that are not used, by name.
    pub disabled: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicySchema {
    pub(crate) mode: PolicyMode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebSchema {
    search: Engine,
    search_url: Option<Text>,
    search_key: SecretRef,
    own_hosts: Vec<Text>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
enum Engine {
    Off,
    Searxng,
    Brave,
    DuckDuckGo,
}

impl TryFrom<String> for Engine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = [
            ("off", Self::Off),
            ("searxng", Self::Searxng),
            ("brave", Self::Brave),
            ("duckduckgo", Self::DuckDuckGo),
        ];
        one_of(&text, &words)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistorySchema {
    place: HistoryPlace,
    max_file_bytes: Size,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkillsSchema {
    folders: Vec<Text>,
    disabled: Vec<Text>,
}

/// The address of a SearXNG server on this machine, as its own documentation starts it.
const SEARXNG: &str = "http://127.0.0.1:8080";

pub(crate) fn resolve_web(written: WebSchema) -> WebConfig {
    let WebSchema { search, search_url, search_key, own_hosts } = written;
    let base_url = search_url.map(|Text(url)| url.trim().to_owned());
    let search = match search {
        Engine::Off => SearchConfig::Off,
        Engine::Searxng => {
            SearchConfig::Searxng { base_url: base_url.unwrap_or_else(|| SEARXNG.to_owned()) }
        }
        Engine::Brave => SearchConfig::Brave { base_url, api_key: search_key },
        Engine::DuckDuckGo => SearchConfig::DuckDuckGo { base_url },
    };
    let own_hosts = own_hosts.into_iter().map(|Text(host)| host.trim().to_lowercase()).collect();
    WebConfig { search, own_hosts }
}

pub(crate) fn resolve_history(written: &HistorySchema) -> HistoryConfig {
    HistoryConfig { place: written.place, max_file_bytes: written.max_file_bytes.0 }
}

pub(crate) fn resolve_skills(written: SkillsSchema) -> SkillsConfig {
    SkillsConfig {
        folders: written.folders.into_iter().map(|Text(path)| PathBuf::from(path)).collect(),
        disabled: written.disabled.into_iter().map(|Text(name)| name.trim().to_owned()).collect(),
    }
}
