//! What a model meant by a call that is not quite one of its tools.
//!
//! Only what leaves no doubt is repaired: the spelling of a name, the type of a value. Everything else is a
//! [`Misfit`], which never runs and tells the model in one line what to do better.

use std::fmt;

use localgpt_guard::one_line;
use localgpt_protocol::{ToolCall, ToolName, ToolSpec};
use serde_json::{Map, Value, json};

/// Names of tools that prompts written for OpenClaw ask for. Where we have none, the model is told so.
const ELSEWHERE: &[&str] = &[
    "read",
    "write",
    "edit",
    "apply_patch",
    "grep",
    "find",
    "ls",
    "exec",
    "bash",
    "process",
    "web_search",
    "web_fetch",
    "memory_search",
    "memory_get",
    "message",
    "cron",
    "automations",
    "sessions_list",
    "sessions_history",
    "sessions_send",
    "sessions_spawn",
    "sessions_search",
    "sessions_yield",
    "session_status",
    "agents_list",
    "subagents",
    "gateway",
    "browser",
    "canvas",
    "nodes",
    "image",
    "heartbeat_respond",
    "ask_user",
    "skill_workshop",
];

/// What models put before the name of a tool.
const PREFIXES: &[&str] =
    &["functions.", "function.", "tools.", "tool.", "default_api.", "functions_", "tool_"];

/// The most characters of a name from the model that are repeated to it.
const NAME: usize = 60;

/// Why a call is none of the tools on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// Nobody has such a tool.
    Unknown {
        /// The name as it came.
        name: String,
        /// The tools on offer.
        offered: Vec<ToolName>,
    },
    /// Another assistant has this tool, and we do not.
    Elsewhere {
        /// The name as it came.
        name: String,
        /// The tools on offer.
        offered: Vec<ToolName>,
    },
    /// The tool is there, and its input does not fit.
    Input {
        /// The tool.
        tool: ToolName,
        /// Where in the input, as a JSON pointer; empty for all of it.
        path: String,
        /// What is wrong there.
        problem: String,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, what, offered) = match self {
            Self::Unknown { name, offered } => (name, "is no tool", offered),
            Self::Elsewhere { name, offered } => (name, "is not available here", offered),
            Self::Input { tool, path, problem } => {
                let place = if path.is_empty() { "the input" } else { path };
                return write!(f, "`{tool}` did not run: {place} {problem}");
            }
        };
        let name: String = one_line(name).chars().take(NAME).collect();
        match offered.as_slice() {
            [] => write!(f, "`{name}` {what}; there are no tools"),
            offered => {
                let names: Vec<&str> = offered.iter().map(ToolName::as_str).collect();
                write!(f, "`{name}` {what}; the tools are: {}", names.join(", "))
            }
        }
    }
}

impl std::error::Error for Misfit {}

/// Makes `call` one that a tool of `specs` can take, or says why it is none.
///
/// A name may differ in case, separators and a prefix, if it then is exactly one tool's. An input may be JSON inside
/// a string, or the one string a tool needs; values may be written in another type where nothing is lost, and one
/// value as a list of itself.
pub fn understand(call: &ToolCall, specs: &[ToolSpec]) -> Result<ToolCall, Misfit> {
    let Some(spec) = named(call.name.as_str(), specs) else {
        let name = call.name.as_str().to_owned();
        let offered = specs.iter().map(|spec| spec.name.clone()).collect();
        let is_elsewhere = spellings(&name)
            .iter()
            .any(|spelling| ELSEWHERE.iter().any(|tool| key(tool) == *spelling));
        return Err(match is_elsewhere {
            true => Misfit::Elsewhere { name, offered },
            false => Misfit::Unknown { name, offered },
        });
    };
    let schema = &spec.input_schema;
    let mut input = unwrapped(call.input.clone(), schema);
    spell(&mut input, spec.aliases.parameters);
    let input = fit(input, schema, "").map_err(|wrong| Misfit::Input {
        tool: spec.name.clone(),
        path: wrong.path,
        problem: wrong.problem,
    })?;
    Ok(ToolCall { id: call.id.clone(), name: spec.name.clone(), input })
}

/// Gives parameters our own names, unless one was given by both.
fn spell(input: &mut Value, aliases: &[(&str, &str)]) {
    let Value::Object(fields) = input else { return };
    for (theirs, ours) in aliases {
        if !fields.contains_key(*ours)
            && let Some(value) = fields.remove(*theirs)
        {
            fields.insert((*ours).to_owned(), value);
        }
    }
}

fn named<'a>(name: &str, specs: &'a [ToolSpec]) -> Option<&'a ToolSpec> {
    if let Some(spec) = specs.iter().find(|spec| spec.name.as_str() == name) {
        return Some(spec);
    }
    spellings(name).into_iter().filter(|spelling| !spelling.is_empty()).find_map(|spelling| {
        let mut fitting = specs.iter().filter(|spec| key(spec.name.as_str()) == spelling);
        let other = |spec: &&ToolSpec| spec.aliases.names.iter().any(|name| key(name) == spelling);
        match fitting.next() {
            Some(spec) => fitting.next().is_none().then_some(spec),
            None => specs.iter().find(other),
        }
    })
}

/// What a name may stand for, the likeliest first.
fn spellings(name: &str) -> Vec<String> {
    let lower = name.trim().to_lowercase();
    // Some models number their calls: `functions.remember:0`.
    let bare = match lower.rsplit_once(':') {
        Some((bare, number)) if number.chars().all(|digit| digit.is_ascii_digit()) => bare,
        _ => lower.as_str(),
    };
    let mut spellings = vec![key(bare)];
    spellings.extend(PREFIXES.iter().filter_map(|prefix| bare.strip_prefix(prefix)).map(key));
    let served = bare.strip_prefix("mcp__").and_then(|rest| rest.split_once("__"));
    spellings.extend(served.map(|(_, tool)| key(tool)));
    spellings
}

fn key(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The object that was meant by an input that is none.
fn unwrapped(input: Value, schema: &Value) -> Value {
    match input {
        Value::Null => json!({}),
        Value::String(text) => {
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str(&text) {
                return inner;
            }
            // What looks like JSON and is none was cut off, and must not run as if it were the text itself.
            if text.trim_start().starts_with(['{', '[']) {
                return Value::String(text);
            }
            match required(schema).as_slice() {
                [] if text.trim().is_empty() => json!({}),
                [only] if types(property(schema, only)).contains(&"string") => {
                    json!({ *only: text })
                }
                _ => Value::String(text),
            }
        }
        other => other,
    }
}

struct Wrong {
    path: String,
    problem: String,
}

fn wrong<T>(path: &str, problem: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { path: path.to_owned(), problem: problem.into() })
}

/// The value as the part of JSON Schema that our tools use wants it.
fn fit(value: Value, schema: &Value, path: &str) -> Result<Value, Wrong> {
    let types = types(schema);
    let is_right = |value: &Value| types.is_empty() || types.iter().any(|name| is_a(value, name));
    let kind = kind(&value);
    let value = match is_right(&value) {
        true => value,
        false => match types.iter().find_map(|name| coerced(&value, name)) {
            Some(coerced) => coerced,
            None => return wrong(path, format!("must be {}, not {kind}", types.join(" or "))),
        },
    };
    let value = match schema.get("enum").and_then(Value::as_array) {
        Some(choices) => chosen(value, choices, path)?,
        None => value,
    };
    match value {
        Value::Number(number) => {
            let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
            let size = number.as_f64().unwrap_or_default();
            match (limit("minimum"), limit("maximum")) {
                (Some(least), _) if size < least => {
                    wrong(path, format!("must be at least {least}"))
                }
                (_, Some(most)) if size > most => wrong(path, format!("must be at most {most}")),
                _ => Ok(Value::Number(number)),
            }
        }
        Value::String(text) => {
            let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or_default();
            match text.chars().count() as u64 >= least {
                true => Ok(Value::String(text)),
                false if text.is_empty() => wrong(path, "must not be empty"),
                false => wrong(path, format!("must have at least {least} characters")),
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return Ok(Value::Array(items)) };
            let fitted = items
                .into_iter()
                .enumerate()
                .map(|(index, item)| fit(item, schema, &format!("{path}/{index}")));
            fitted.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(fields) => fit_object(&fields, schema, path).map(Value::Object),
        Value::Null | Value::Bool(_) => Ok(value),
    }
}

fn fit_object(
    fields: &Map<String, Value>,
    schema: &Value,
    path: &str,
) -> Result<Map<String, Value>, Wrong> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let required = required(schema);
    let mut fitted = Map::new();
    for (name, value) in fields {
        // Another spelling counts only for a property that was not given by its own name.
        let meant = properties.get_key_value(name).or_else(|| {
            let mut alike = properties
                .iter()
                .filter(|(own, _)| key(own) == key(name) && !fields.contains_key(*own));
            alike.next().filter(|_| alike.next().is_none())
        });
        let Some((name, property)) = meant else {
            if is_closed && !value.is_null() {
                let known: Vec<&str> = properties.keys().map(String::as_str).collect();
                let name: String = one_line(name).chars().take(NAME).collect();
                let problem = format!("is not known; there is: {}", known.join(", "));
                return wrong(&format!("{path}/{name}"), problem);
            }
            if !is_closed {
                fitted.insert(name.clone(), value.clone());
            }
            continue;
        };
        let is_left_out = value.is_null()
            && !required.contains(&name.as_str())
            && !types(property).contains(&"null");
        if !is_left_out {
            let value = fit(value.clone(), property, &format!("{path}/{name}"))?;
            fitted.insert(name.clone(), value);
        }
    }
    match required.iter().find(|name| !fitted.contains_key(**name)) {
        Some(missing) => wrong(&format!("{path}/{missing}"), "is missing"),
        None => Ok(fitted),
    }
}

fn chosen(value: Value, choices: &[Value], path: &str) -> Result<Value, Wrong> {
    if choices.contains(&value) {
        return Ok(value);
    }
    let is_meant = |choice: &&Value| match (choice.as_str(), value.as_str()) {
        (Some(choice), Some(text)) => key(choice) == key(text),
        _ => false,
    };
    let mut meant = choices.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(choice), None) => Ok(choice.clone()),
        _ => {
            let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
            wrong(path, format!("must be one of {}", choices.join(", ")))
        }
    }
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn property<'a>(schema: &'a Value, name: &str) -> &'a Value {
    schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&Value::Null)
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64(),
        name => kind(value) == name,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The same value in another type, if nothing is lost or guessed.
fn coerced(value: &Value, name: &str) -> Option<Value> {
    match value.as_array().map(Vec::as_slice) {
        Some([one]) if is_a(one, name) => Some(one.clone()),
        Some([one]) => converted(one, name),
        Some(_) => None,
        None => converted(value, name),
    }
}

fn converted(value: &Value, name: &str) -> Option<Value> {
    let parsed = || value.as_str().and_then(|text| serde_json::from_str::<Value>(text.trim()).ok());
    match (name, value) {
        ("integer", Value::Number(number)) => {
            let whole = number.as_f64().filter(|size| size.fract() == 0.0 && size.abs() < 9e15)?;
            Some(json!(whole as i64))
        }
        ("integer", Value::String(text)) => {
            text.trim().parse::<i64>().ok().map(|whole| json!(whole))
        }
        ("number", Value::String(_)) => parsed().filter(Value::is_number),
        ("boolean", Value::String(text)) => {
            text.trim().to_lowercase().parse::<bool>().ok().map(Value::Bool)
        }
        ("string", Value::Number(_) | Value::Bool(_)) => Some(Value::String(value.to_string())),
        ("object", Value::String(_)) => parsed().filter(Value::is_object),
        ("array", Value::String(_)) => {
            Some(parsed().filter(Value::is_array).unwrap_or_else(|| json!([value])))
        }
        ("array", Value::Number(_) | Value::Bool(_) | Value::Object(_)) => Some(json!([value])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use localgpt_protocol::{Risk, ToolCallId};
    use proptest::prelude::*;

    use super::*;

    fn spec(name: &str, input_schema: Value) -> ToolSpec {
        let description = "A tool.".to_owned();
        ToolSpec {
            name: ToolName::new(name),
            description,
            input_schema,
            risk: Risk::Read,
            aliases: localgpt_protocol::Aliases::default(),
        }
    }

    fn specs() -> Vec<ToolSpec> {
        let search = json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "minLength": 1 },
                "limit": { "type": "integer", "minimum": 1, "maximum": 20 },
                "mode": { "type": "string", "enum": ["hybrid", "words_only"] },
                "exact": { "type": "boolean" },
                "paths": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["query"],
            "additionalProperties": false,
        });
        let remember = json!({
            "type": "object",
            "properties": { "text": { "type": "string" }, "at": {
                "type": "object",
                "properties": { "day": { "type": ["string", "null"] }, "hour": { "type": "number" } },
                "required": ["hour"],
            } },
            "required": ["text"],
        });
        vec![spec("memory_search", search), spec("remember", remember)]
    }

    fn told(name: &str, input: Value) -> String {
        let call = ToolCall { id: ToolCallId::new("1"), name: ToolName::new(name), input };
        match understand(&call, &specs()) {
            Ok(call) => format!("{} {}", call.name, call.input),
            Err(misfit) => misfit.to_string(),
        }
    }

    fn check(cases: &[(&str, Value)], expected: &Expect) {
        let lines: Vec<String> =
            cases.iter().map(|(name, input)| told(name, input.clone())).collect();
        expected.assert_eq(&format!("{}\n", lines.join("\n")));
    }

    #[test]
    fn a_name_is_repaired_only_if_one_tool_is_left() {
        let text = || json!({ "text": "x" });
        check(
            &[
                ("remember", text()),
                ("Remember", text()),
                ("functions.remember:0", text()),
                ("mcp__localgpt__remember", text()),
                ("tool_remember", text()),
                ("memorySearch", json!({ "query": "x" })),
                ("memory-search", json!({ "query": "x" })),
                ("memory", json!({ "query": "x" })),
                ("exec", json!({})),
                ("functions.Web-Search", json!({})),
                ("", json!({})),
                ("a\u{1b}[2J\nb", json!({})),
            ],
            &expect![[r#"
                remember {"text":"x"}
                remember {"text":"x"}
                remember {"text":"x"}
                remember {"text":"x"}
                remember {"text":"x"}
                memory_search {"query":"x"}
                memory_search {"query":"x"}
                `memory` is no tool; the tools are: memory_search, remember
                `exec` is not available here; the tools are: memory_search, remember
                `functions.Web-Search` is not available here; the tools are: memory_search, remember
                `` is no tool; the tools are: memory_search, remember
                `a\u{1b}[2J b` is no tool; the tools are: memory_search, remember
            "#]],
        );
    }

    #[test]
    fn an_input_is_repaired_where_nothing_is_lost() {
        check(
            &[
                ("memory_search", json!("{\"query\": \"x\"}")),
                ("memory_search", json!("what they said")),
                ("memory_search", json!({ "query": 9, "limit": "9", "exact": "True" })),
                ("memory_search", json!({ "query": "x", "limit": 9.0, "paths": "a.md" })),
                ("memory_search", json!({ "query": "x", "paths": "[\"a\", 2]" })),
                ("memory_search", json!({ "query": "x", "limit": null, "Mode": "Words-Only" })),
                ("memory_search", json!({ "query": "x", "unknown": null })),
                ("memory_search", json!({ "Query": ["x"], "LIMIT": ["9"], "exact": [true] })),
                ("remember", json!({ "text": "x", "at": [{ "hour": 7 }] })),
                ("remember", json!({ "text": "x", "more": 1, "at": "{\"hour\": \"7.5\"}" })),
                ("remember", json!({ "text": "x", "at": { "hour": 7, "day": null } })),
            ],
            &expect![[r#"
                memory_search {"query":"x"}
                memory_search {"query":"what they said"}
                memory_search {"exact":true,"limit":9,"query":"9"}
                memory_search {"limit":9,"paths":["a.md"],"query":"x"}
                memory_search {"paths":["a","2"],"query":"x"}
                memory_search {"mode":"words_only","query":"x"}
                memory_search {"query":"x"}
                memory_search {"exact":true,"limit":9,"query":"x"}
                remember {"at":{"hour":7},"text":"x"}
                remember {"at":{"hour":7.5},"more":1,"text":"x"}
                remember {"at":{"day":null,"hour":7},"text":"x"}
            "#]],
        );
    }

    #[test]
    fn a_misfit_names_the_place_and_what_is_wrong() {
        check(
            &[
                ("memory_search", json!({})),
                ("memory_search", json!(null)),
                ("memory_search", json!([1])),
                ("memory_search", json!("{\"query\": \"x")),
                ("memory_search", json!({ "query": "" })),
                ("memory_search", json!({ "query": null })),
                ("memory_search", json!({ "query": ["a", "b"] })),
                ("memory_search", json!({ "query": [["a"]] })),
                ("memory_search", json!({ "query": [] })),
                ("memory_search", json!({ "query": "x", "li-mit": 1, "LIMIT": 2, "limit": 3 })),
                ("memory_search", json!({ "query": "x", "limit": 2.5 })),
                ("memory_search", json!({ "query": "x", "limit": 0 })),
                ("memory_search", json!({ "query": "x", "limit": "many" })),
                ("memory_search", json!({ "query": "x", "mode": "both" })),
                ("memory_search", json!({ "query": "x", "paths": [{}] })),
                ("memory_search", json!({ "query": "x", "colour": "red" })),
                ("remember", json!({ "text": "x", "at": { "day": "today" } })),
            ],
            &expect![[r#"
                `memory_search` did not run: /query is missing
                `memory_search` did not run: /query is missing
                `memory_search` did not run: the input must be object, not array
                `memory_search` did not run: the input must be object, not string
                `memory_search` did not run: /query must not be empty
                `memory_search` did not run: /query must be string, not null
                `memory_search` did not run: /query must be string, not array
                `memory_search` did not run: /query must be string, not array
                `memory_search` did not run: /query must be string, not array
                `memory_search` did not run: /LIMIT is not known; there is: exact, limit, mode, paths, query
                `memory_search` did not run: /limit must be integer, not number
                `memory_search` did not run: /limit must be at least 1
                `memory_search` did not run: /limit must be integer, not string
                `memory_search` did not run: /mode must be one of "hybrid", "words_only"
                `memory_search` did not run: /paths/0 must be string, not object
                `memory_search` did not run: /colour is not known; there is: exact, limit, mode, paths, query
                `remember` did not run: /at/hour is missing
            "#]],
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            let name = prop_oneof!["query", "limit", "mode", "paths", "[a-z]{1,3}"];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::vec((name, inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_was_understood_is_understood_again_and_a_misfit_is_one_line(
            name in prop_oneof!["memory_search", "remember", ".{0,12}"],
            input in any_value(),
        ) {
            let call = ToolCall { id: ToolCallId::new("1"), name: ToolName::new(name), input };
            match understand(&call, &specs()) {
                Ok(call) => prop_assert_eq!(understand(&call, &specs()), Ok(call)),
                Err(misfit) => prop_assert_eq!(misfit.to_string().lines().count(), 1),
            }
        }
    }
}
