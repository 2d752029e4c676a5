//! What a person settled about skills.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
};

use serde_json::Value;

/// What a person settled about skills.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// For single skills, by their key or name.
    pub entries: BTreeMap<String, Entry>,
    /// Folders that a link in a folder of skills may lead to.
    pub link_targets: Vec<PathBuf>,
    /// The only skills that are used, where somebody chose.
    pub only: Option<Vec<String>>,
    /// Skills that are not used, by their own name, whatever key they have.
    pub disabled: BTreeSet<String>,
}

/// What is settled about one skill.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Switches it off.
    pub is_disabled: bool,
    /// The value of its main variable: a secret.
    pub api_key: Option<String>,
    /// More variables; their values may be secrets.
    pub env: BTreeMap<String, String>,
}

/// Says which variables there are, and never their values.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("is_disabled", &self.is_disabled)
            .field("has_api_key", &self.api_key.is_some())
            .field("env", &self.env.keys())
            .finish()
    }
}

impl Settings {
    /// Reads `skills` of a configuration of OpenClaw; what is of another type than it should be is passed over.
    pub fn from_openclaw(skills: &Value) -> Self {
        let entries = skills.get("entries").and_then(Value::as_object);
        let entries = entries.into_iter().flatten();
        let targets = skills.pointer("/load/allowSymlinkTargets").and_then(Value::as_array);
        Self {
            entries: entries.map(|(key, entry)| (key.clone(), Entry::read(entry))).collect(),
            link_targets: targets
                .into_iter()
                .flatten()
                .filter_map(|target| target.as_str().map(PathBuf::from))
                .collect(),
            only: None,
            disabled: BTreeSet::new(),
        }
    }
}

impl Entry {
    fn read(entry: &Value) -> Self {
        let env = entry.get("env").and_then(Value::as_object).into_iter().flatten();
        let text =
            |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            is_disabled: entry.get("enabled") == Some(&Value::Bool(false)),
            api_key: entry.get("apiKey").and_then(text),
            env: env.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect(),
        }
    }
}
