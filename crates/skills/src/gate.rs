//! Whether a skill is of use here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use localgpt_protocol::{SkillUnusable, js_trim};
use serde_json::Value;

use crate::{
    manifest::{Gate, Manifest},
    settings::{Entry, Settings},
    variables,
};

/// The machine and the process, as a skill may ask for them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Machine {
    /// The system as skills name it: `linux`, `darwin`, `win32`.
    pub os: String,
    /// The folders in which programs are looked for.
    pub search: Vec<PathBuf>,
    /// The names of the variables that are set, and not to nothing.
    pub variables: BTreeSet<String>,
    /// The configuration, for skills that ask for a setting.
    pub config: Value,
}

impl Machine {
    /// The system this program was built for, as skills name it.
    pub fn own_os() -> &'static str {
        match std::env::consts::OS {
            "macos" => "darwin",
            "windows" => "win32",
            other => other,
        }
    }

    fn has_program(&self, name: &str) -> bool {
        // A name with a folder in it is none; nothing is looked up outside of the search path.
        !name.contains('/')
            && self.search.iter().any(|folder| {
                fs::metadata(folder.join(name))
                    .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
            })
    }
}

/// Programs that were looked for, so that a hundred skills that ask for one look once.
#[derive(Debug, Default)]
pub(crate) struct Looked(BTreeMap<String, bool>);

impl Looked {
    fn has(&mut self, machine: &Machine, name: &str) -> bool {
        *self.0.entry(name.to_owned()).or_insert_with(|| machine.has_program(name))
    }
}

/// Why a skill is of no use here; nothing if it is.
pub(crate) fn refusal(
    manifest: &Manifest,
    settings: &Settings,
    machine: &Machine,
    looked: &mut Looked,
) -> Option<SkillUnusable> {
    let entry = variables::entry(settings, manifest.key.as_deref(), &manifest.name);
    let is_chosen = settings.only.as_ref().is_none_or(|only| only.contains(&manifest.name));
    let is_disabled = settings.disabled.contains(&manifest.name);
    if !is_chosen || is_disabled || entry.is_some_and(|entry| entry.is_disabled) {
        return Some(SkillUnusable::Disabled);
    }
    let gate = &manifest.gate;
    if !gate.os.is_empty() && !gate.os.iter().any(|os| os.eq_ignore_ascii_case(&machine.os)) {
        return Some(SkillUnusable::Os(gate.os.clone()));
    }
    if gate.always {
        return None;
    }
    let missing = |names: &[String], is_there: &mut dyn FnMut(&String) -> bool| {
        let missing: Vec<String> = names.iter().filter(|name| !is_there(name)).cloned().collect();
        (!missing.is_empty()).then_some(missing)
    };
    if let Some(bins) = missing(&gate.bins, &mut |name| looked.has(machine, name)) {
        return Some(SkillUnusable::Bins(bins));
    }
    if !gate.any_bins.is_empty() && !gate.any_bins.iter().any(|name| looked.has(machine, name)) {
        return Some(SkillUnusable::AnyBins(gate.any_bins.clone()));
    }
    if let Some(env) = missing(&gate.env, &mut |name| is_set(name, gate, entry, machine)) {
        return Some(SkillUnusable::Env(env));
    }
    missing(&gate.config, &mut |path| is_true(path, &machine.config)).map(SkillUnusable::Config)
}

/// Whether a variable is set, or would be for the run.
fn is_set(name: &str, gate: &Gate, entry: Option<&Entry>, machine: &Machine) -> bool {
    machine.variables.contains(name)
        || variables::for_run(gate, entry, machine).set.contains_key(name)
}

/// Whether a setting is there and is not nothing.
fn is_true(path: &str, config: &Value) -> bool {
    let found = path.split('.').try_fold(config, |value, key| value.get(key));
    match found {
        None | Some(Value::Null) => path == "browser.enabled",
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
        Some(Value::String(text)) => !js_trim(text).is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}
