//! What a `SKILL.md` says about its skill.

use localgpt_protocol::js_trim;
use serde_json::{Map, Value};

use crate::front_matter;

/// The names under which metadata for a program like this one stands, the first counts.
const OWN_KEYS: [&str; 4] = ["openclaw", "clawdbot", "moltbot", "moldbot"];

/// What a `SKILL.md` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its name; the name of its folder where none is given.
    pub name: String,
    /// What it is for; never empty.
    pub description: String,
    /// Where more is to be read.
    pub homepage: Option<String>,
    /// Whether the person can call it with `/name`.
    pub is_for_person: bool,
    /// Whether the model is told of it.
    pub is_for_model: bool,
    /// The tool that `/name` calls, without asking the model.
    pub dispatch: Option<ToolDispatch>,
    /// What must be there.
    pub gate: Gate,
    /// Another name for it in the settings.
    pub key: Option<String>,
    /// What its author would have installed, in words. Nothing of it is done.
    pub installs: Vec<String>,
    /// What the model reads when the skill is loaded.
    pub body: String,
}

/// A tool that a slash command calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDispatch {
    /// The tool.
    pub tool: String,
}

/// What must be there for a skill to be of use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// Nothing but the system counts.
    pub always: bool,
    /// One of these systems, if there are some: `linux`, `darwin`, `win32`.
    pub os: Vec<String>,
    /// All of these programs.
    pub bins: Vec<String>,
    /// One of these programs.
    pub any_bins: Vec<String>,
    /// All of these variables.
    pub env: Vec<String>,
    /// All of these settings.
    pub config: Vec<String>,
    /// The variable that holds the skill's key.
    pub primary_env: Option<String>,
}

/// Reads the text of a `SKILL.md` in a folder of this name, or says why not. The second part names what was ignored.
pub fn parse(text: &str, folder: &str) -> Result<(Manifest, Vec<String>), String> {
    let (front, body) = front_matter::split(text)?;
    let fields = front_matter::read(front)?;
    let mut ignored = Vec::new();
    let said = |key: &str| fields.get(key).and_then(text_of).filter(|text| !text.is_empty());
    let description = said("description").ok_or("it has no description")?;
    let metadata = metadata(&fields, &mut ignored);
    let own = OWN_KEYS.iter().find_map(|key| metadata.get(*key)?.as_object());
    let own = own.cloned().unwrap_or_default();
    let homepage = ["homepage", "website", "url"].into_iter().find_map(said);
    let manifest = Manifest {
        name: said("name").unwrap_or_else(|| folder.to_owned()),
        description,
        homepage: homepage.or_else(|| own.get("homepage").and_then(text_of)),
        is_for_person: flag(fields.get("user-invocable")).unwrap_or(true),
        is_for_model: !flag(fields.get("disable-model-invocation")).unwrap_or(false),
        dispatch: dispatch(&fields, &mut ignored),
        gate: gate(&own),
        key: own.get("skillKey").and_then(text_of),
        installs: installs(&own),
        body: body.to_owned(),
    };
    Ok((manifest, ignored))
}

/// Metadata is a map, or text that is JSON5.
fn metadata(fields: &Map<String, Value>, ignored: &mut Vec<String>) -> Map<String, Value> {
    match fields.get("metadata") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(metadata)) => metadata.clone(),
        Some(Value::String(text)) => match front_matter::json5(text) {
            Ok(Value::Object(metadata)) => metadata,
            Ok(_) => {
                ignored.push("its metadata is no map".to_owned());
                Map::new()
            }
            Err(error) => {
                ignored.push(format!("its metadata cannot be read: {error}"));
                Map::new()
            }
        },
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            ignored.push("its metadata is no map".to_owned());
            Map::new()
        }
    }
}

fn dispatch(fields: &Map<String, Value>, ignored: &mut Vec<String>) -> Option<ToolDispatch> {
    let said = |key: &str| fields.get(key).and_then(text_of);
    let how = said("command-dispatch")?;
    if !how.eq_ignore_ascii_case("tool") {
        ignored.push("`command-dispatch` is not `tool`".to_owned());
        return None;
    }
    let tool = said("command-tool").filter(|tool| !tool.is_empty());
    if tool.is_none() {
        ignored.push("`command-dispatch: tool` names no `command-tool`".to_owned());
    }
    Some(ToolDispatch { tool: tool? })
}

fn gate(own: &Map<String, Value>) -> Gate {
    let requires = own.get("requires").and_then(Value::as_object);
    let needs = |key: &str| list(requires.and_then(|requires| requires.get(key)));
    Gate {
        // Only a real boolean: `"yes"` is not one.
        always: own.get("always") == Some(&Value::Bool(true)),
        os: list(own.get("os")),
        bins: needs("bins"),
        any_bins: needs("anyBins"),
        env: needs("env"),
        config: needs("config"),
        primary_env: own.get("primaryEnv").and_then(text_of).filter(|name| !name.is_empty()),
    }
}

/// Each entry as one line, for a person who wants to do it by hand.
fn installs(own: &Map<String, Value>) -> Vec<String> {
    let entries = own.get("install").and_then(Value::as_array);
    let line = |entry: &Value| match entry.as_object() {
        Some(fields) => {
            let said = |key: &str| fields.get(key).and_then(text_of);
            let kind = said("kind").unwrap_or_else(|| "?".to_owned());
            let what = ["formula", "package", "module", "url", "cmd"].into_iter().find_map(said);
            format!("{kind}: {}", what.unwrap_or_else(|| "?".to_owned()))
        }
        None => entry.to_string(),
    };
    entries.into_iter().flatten().map(line).collect()
}

/// A list, or one text with commas.
fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(values)) => {
            values.iter().filter_map(text_of).filter(|text| !text.is_empty()).collect()
        }
        Some(Value::String(text)) => {
            let parts = text.split(',').map(|part| js_trim(part).to_owned());
            parts.filter(|part| !part.is_empty()).collect()
        }
        None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            Vec::new()
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(js_trim(text).to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn flag(value: Option<&Value>) -> Option<bool> {
    let text = text_of(value?)?.to_lowercase();
    match text.as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
