//! The forms in which models write calls.

use localgpt_protocol::ToolName;
use serde_json::{Map, Value};

use super::{Offered, Piece, WrittenCall, arguments, guess, literal, object};

/// What a call in tags begins with.
pub(super) const OPENERS: [&str; 4] = [TOOL_CALL, FUNCTION, PYTHON_TAG, MISTRAL];
pub(super) const MISTRAL: &str = "[TOOL_CALLS]";
const TOOL_CALL: &str = "<tool_call>";
const FUNCTION: &str = "<function=";
const PYTHON_TAG: &str = "<|python_tag|>";
const TOOL_CALL_END: &str = "</tool_call>";
const FUNCTION_END: &str = "</function>";
/// So many ends of a tag may stand inside a string of the call; a model that repeats itself writes them without end.
const MOST_ENDS: usize = 8;
/// The keys under which arguments stand.
const ARGUMENTS: [&str; 4] = ["arguments", "parameters", "args", "input"];
/// What else stands in the object of a call that is a whole message.
const BESIDE: [&str; 7] = ["name", "tool", "tool_name", "function", "type", "id", "index"];

/// What a text begins with.
#[derive(Debug, PartialEq)]
pub(super) enum Element {
    /// Calls, and how many bytes they take.
    Calls(Vec<WrittenCall>, usize),
    /// No call.
    Text,
    /// Perhaps a call, when more has come.
    Open,
}

/// How much of a text is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// More may come.
    SoFar,
    /// That is all.
    Whole,
}

/// What stands around the JSON of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Nothing: it must look like a call and like nothing else.
    Nothing,
    /// Something that says it is a call.
    Marks,
}

/// What became of the inside of a tag.
enum Body {
    Calls(Vec<WrittenCall>),
    /// Whole, and no call.
    Other,
    /// Not whole.
    Broken,
}

/// The calls that a whole message is, if it is nothing else.
pub(super) fn whole(text: &str, offered: &Offered) -> Option<Vec<WrittenCall>> {
    let text = unfenced(text.trim())?;
    if let Some(calls) = literal::call_list(text) {
        return known(calls, offered);
    }
    match json_calls(text, offered, Around::Nothing) {
        Body::Calls(calls) => Some(calls),
        Body::Other => None,
        // Only what began like a call was meant as one; a whole one with words behind it is spoken about.
        Body::Broken if first_value(text).is_none() && guess::may_be_call(text, offered) => {
            Some(vec![broken(text, offered, "the call is not whole JSON")?])
        }
        Body::Broken => None,
    }
}

/// The inside of a code block that is all of `text`; `text` if it is none.
fn unfenced(text: &str) -> Option<&str> {
    let Some(fenced) = text.strip_prefix("```") else { return Some(text) };
    let (_language, body) = fenced.split_once('\n')?;
    let body = body.strip_suffix("```").unwrap_or(body).trim();
    (!body.contains("```")).then_some(body)
}

/// Cuts a text that begins with an opener, and is all there is, into calls and text.
pub(super) fn split(text: &str, offered: &Offered) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut fenced = false;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let head = rest.get(indent..).unwrap_or_default();
        let is_fence = head.starts_with("```") || head.starts_with("~~~");
        if !fenced
            && OPENERS.iter().any(|opener| head.starts_with(opener))
            && let Element::Calls(calls, length) = element(head, offered, Extent::Whole)
        {
            pieces.push(Piece::Text(text.get(from..at + indent).unwrap_or_default().to_owned()));
            pieces.extend(calls.into_iter().map(Piece::Call));
            at += indent + length;
            from = at;
            continue;
        }
        fenced ^= is_fence;
        at += rest.find('\n').map_or(rest.len(), |end| end + 1);
    }
    pieces.push(Piece::Text(text.get(from..).unwrap_or_default().to_owned()));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    pieces
}

/// Whether what stands behind an opener can still become a call; asked while it is short.
pub(super) fn may_follow(text: &str, offered: &Offered) -> bool {
    let behind = |opener: &str| text.strip_prefix(opener).map(str::trim_start);
    if let Some(rest) = behind(TOOL_CALL) {
        let of_function = FUNCTION.starts_with(rest) || rest.starts_with(FUNCTION);
        return of_function || rest.starts_with(['{', '[']);
    }
    if let Some(rest) = behind(FUNCTION) {
        return match rest.split_once('>') {
            Some((name, _)) => offered.find(name).is_some(),
            None => offered.may_become(rest),
        };
    }
    if let Some(rest) = behind(PYTHON_TAG) {
        return rest.is_empty() || rest.starts_with(['{', '[']);
    }
    let rest = behind(MISTRAL).unwrap_or_default();
    let name = rest.split(['{', '[']).next().unwrap_or_default();
    rest.starts_with(['{', '[']) || offered.may_become(name)
}

/// Whether `text`, which begins with an opener, has just come to the end of its tag.
pub(super) fn is_closed(text: &str) -> bool {
    text.ends_with(FUNCTION_END) || text.ends_with(TOOL_CALL_END)
}

/// The element that `text` begins with.
pub(super) fn element(text: &str, offered: &Offered, extent: Extent) -> Element {
    if let Some(inner) = text.strip_prefix(TOOL_CALL) {
        return tagged(inner, (TOOL_CALL, TOOL_CALL_END), offered, extent);
    }
    if text.starts_with(FUNCTION) {
        return function(text, offered, extent);
    }
    if extent == Extent::SoFar {
        return Element::Open;
    }
    let rest = text.strip_prefix(PYTHON_TAG).or_else(|| text.strip_prefix(MISTRAL));
    let body = rest.map(|rest| match named(rest, offered) {
        Some(call) => Body::Calls(vec![call]),
        None => json_calls(rest, offered, Around::Marks),
    });
    match body {
        Some(Body::Calls(calls)) => Element::Calls(calls, text.len()),
        Some(Body::Broken) => match broken(text, offered, "the call is not whole JSON") {
            Some(call) => Element::Calls(vec![call], text.len()),
            None => Element::Text,
        },
        Some(Body::Other) | None => Element::Text,
    }
}

/// `name[ARGS]{..}` and `name{..}`, as later models of Mistral have it.
fn named(text: &str, offered: &Offered) -> Option<WrittenCall> {
    let (name, _) = text.split_once(['[', '{'])?;
    let rest = text.get(name.len()..)?;
    let raw = rest.strip_prefix("[ARGS]").unwrap_or(rest);
    let name = offered.find(name.trim())?.clone();
    Some(WrittenCall { name, input: arguments(raw) })
}

fn tagged(inner: &str, tag: (&str, &str), offered: &Offered, extent: Extent) -> Element {
    let (open, close) = tag;
    let mut first = None;
    for (end, _) in inner.match_indices(close).take(MOST_ENDS) {
        let length = open.len() + end + close.len();
        let body = inner.get(..end).unwrap_or_default();
        first = first.or(Some((body, length)));
        match body_of(body, offered) {
            Body::Calls(calls) => return Element::Calls(calls, length),
            Body::Other => return Element::Text,
            // The end of the tag may stand inside a string.
            Body::Broken => {}
        }
    }
    if extent == Extent::SoFar {
        return Element::Open;
    }
    let (body, length) = first.unwrap_or((inner, open.len() + inner.len()));
    if let Body::Calls(calls) = body_of(body, offered) {
        return Element::Calls(calls, length);
    }
    if let Some((value, taken)) = first_value(body)
        && let Some(calls) = calls_of(&value, offered, Around::Marks)
    {
        return Element::Calls(calls, open.len() + taken);
    }
    match broken(body, offered, "the call is not whole JSON") {
        Some(call) => Element::Calls(vec![call], length),
        None => Element::Text,
    }
}

fn body_of(body: &str, offered: &Offered) -> Body {
    let body = body.trim();
    if !body.starts_with(FUNCTION) {
        return json_calls(body, offered, Around::Marks);
    }
    let mut calls = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        match function(rest, offered, Extent::SoFar) {
            Element::Calls(more, length) => {
                calls.extend(more);
                rest = rest.get(length..).unwrap_or_default().trim_start();
            }
            Element::Text => return Body::Other,
            Element::Open => return Body::Broken,
        }
    }
    Body::Calls(calls)
}

/// `<function=name>`, then JSON or `<parameter=name>` for each argument.
fn function(text: &str, offered: &Offered, extent: Extent) -> Element {
    let Some((name, inner)) = text.strip_prefix(FUNCTION).and_then(|rest| rest.split_once('>'))
    else {
        return match extent {
            Extent::SoFar => Element::Open,
            Extent::Whole => Element::Text,
        };
    };
    let Some(name) = offered.find(name.trim().trim_matches('"')).cloned() else {
        return Element::Text;
    };
    let before = text.len() - inner.len();
    let call = |input| vec![WrittenCall { name: name.clone(), input }];
    for (end, _) in inner.match_indices(FUNCTION_END).take(MOST_ENDS) {
        let body = inner.get(..end).unwrap_or_default().trim();
        let length = before + end + FUNCTION_END.len();
        let input = match body.starts_with('<') {
            true => parameters(body, &name, offered),
            false => arguments(body),
        };
        if input.is_ok() {
            return Element::Calls(call(input), length);
        }
    }
    if extent == Extent::SoFar {
        return Element::Open;
    }
    match first_value(inner) {
        Some((value, taken)) if value.is_object() => {
            Element::Calls(call(Ok(value)), before + taken)
        }
        Some(_) | None => {
            let what = "the call has no end".to_owned();
            let length = inner.find(FUNCTION_END).map(|end| end + FUNCTION_END.len());
            Element::Calls(call(Err(what)), before + length.unwrap_or(inner.len()))
        }
    }
}

fn parameters(body: &str, tool: &ToolName, offered: &Offered) -> Result<Value, String> {
    let wrong = || "a parameter has no end".to_owned();
    let mut input = Map::new();
    let mut rest = body;
    while let Some(begun) = rest.strip_prefix("<parameter=") {
        let (name, begun) = begun.split_once('>').ok_or_else(wrong)?;
        let (raw, after) = begun.split_once("</parameter>").ok_or_else(wrong)?;
        // One line break belongs to the form, not to the value.
        let raw = raw.strip_prefix('\n').unwrap_or(raw);
        let raw = raw.strip_suffix('\n').unwrap_or(raw);
        let text = || Value::String(raw.to_owned());
        let value = match offered.takes_text(tool, name) {
            true => text(),
            false => serde_json::from_str(raw).unwrap_or_else(|_not_json| text()),
        };
        input.insert(name.to_owned(), value);
        rest = after.trim_start();
    }
    if rest.is_empty() { Ok(Value::Object(input)) } else { Err(wrong()) }
}

/// One or more values, each a call.
fn json_calls(text: &str, offered: &Offered, around: Around) -> Body {
    let is_between = |c: char| c.is_whitespace() || c == ';' || c == ',';
    let mut calls = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((value, taken)) = first_value(rest) else {
            let Some(value) = literal::whole(text) else { return Body::Broken };
            return calls_of(&value, offered, around).map_or(Body::Other, Body::Calls);
        };
        let Some(more) = calls_of(&value, offered, around) else { return Body::Other };
        calls.extend(more);
        rest = rest.get(taken..).unwrap_or_default().trim_start_matches(is_between);
    }
    if calls.is_empty() { Body::Broken } else { Body::Calls(calls) }
}

/// The JSON value that `text` begins with, and the bytes it takes.
pub(crate) fn first_value(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// The calls that a value is: one, or a list, or what OpenAI's protocol would have said.
pub(crate) fn calls_of(
    value: &Value,
    offered: &Offered,
    around: Around,
) -> Option<Vec<WrittenCall>> {
    match value {
        Value::Array(values) if !values.is_empty() => {
            let mut calls = Vec::new();
            for value in values {
                calls.extend(calls_of(value, offered, around)?);
            }
            Some(calls)
        }
        Value::Object(map) => match map.get("tool_calls") {
            Some(list @ Value::Array(_)) => calls_of(list, offered, Around::Marks),
            Some(_) | None => Some(vec![call_of(map, offered, around)?]),
        },
        _ => None,
    }
}

fn call_of(map: &Map<String, Value>, offered: &Offered, around: Around) -> Option<WrittenCall> {
    let is_known =
        |key: &String| BESIDE.contains(&key.as_str()) || ARGUMENTS.contains(&key.as_str());
    if around == Around::Nothing && !map.keys().all(is_known) {
        return None;
    }
    if let Some(Value::Object(function)) = map.get("function") {
        return call_of(function, offered, Around::Marks);
    }
    let name = ["name", "tool", "tool_name", "function"].iter().find_map(|key| map.get(*key))?;
    let name = offered.find(name.as_str()?)?.clone();
    let input = ARGUMENTS.iter().find_map(|key| map.get(*key));
    match input {
        Some(input) => Some(WrittenCall { name, input: object(input.clone()) }),
        None if around == Around::Nothing => None,
        None => Some(WrittenCall { name, input: Ok(Value::Object(Map::new())) }),
    }
}

fn known(calls: Vec<(String, Value)>, offered: &Offered) -> Option<Vec<WrittenCall>> {
    let call = |(name, input): (String, Value)| {
        Some(WrittenCall { name: offered.find(&name)?.clone(), input: Ok(input) })
    };
    calls.into_iter().map(call).collect()
}

/// A call that cannot be read but for its name.
fn broken(text: &str, offered: &Offered, what: &str) -> Option<WrittenCall> {
    let name = known_name(text, offered)?;
    Some(WrittenCall { name, input: Err(what.to_owned()) })
}

/// The name of the tool in the beginning of an object that is not whole.
pub(crate) fn known_name(text: &str, offered: &Offered) -> Option<ToolName> {
    ["name", "tool"].iter().find_map(|key| {
        let quoted = [format!("\"{key}\""), format!("'{key}'")];
        let (_, rest) = quoted.iter().find_map(|key| text.split_once(key.as_str()))?;
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let (name, _) = value.strip_prefix(['"', '\''])?.split_once(['"', '\''])?;
        offered.find(name).cloned()
    })
}
