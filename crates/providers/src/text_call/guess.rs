//! Whether a message that has only begun may become a call as a whole.
//!
//! Decides how much is held back, not what is a call: a wrong yes shows text later, a wrong no shows the beginning
//! of a call.

use super::Offered;

/// Keys that the object of a call can begin with.
const KEYS: [&str; 8] =
    ["name", "tool", "tool_name", "function", "type", "tool_calls", "arguments", "parameters"];
/// What a code block with a call is called.
const LANGUAGES: [&str; 4] = ["json", "tool_call", "tool_code", ""];

/// Whether `text`, which begins with a brace, a bracket or a backtick, may become a call.
pub(super) fn may_be_call(text: &str, offered: &Offered) -> bool {
    let text = text.trim_start();
    match text.chars().next() {
        None => true,
        Some('`') if text.len() < 3 => "```".starts_with(text),
        Some('`') => text.strip_prefix("```").is_some_and(|fenced| in_fence(fenced, offered)),
        Some('{') => object(text.get(1..).unwrap_or_default(), offered),
        Some('[') => list(text.get(1..).unwrap_or_default(), offered),
        Some(_) => false,
    }
}

fn in_fence(text: &str, offered: &Offered) -> bool {
    match text.split_once('\n') {
        Some((language, body)) => {
            LANGUAGES.contains(&language.trim())
                && !body.trim_start().starts_with('`')
                && may_be_call(body, offered)
        }
        None => LANGUAGES.iter().any(|language| language.starts_with(text.trim_end())),
    }
}

fn list(text: &str, offered: &Offered) -> bool {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('{') {
        return object(inner, offered);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && !"_-.".contains(c));
    match end.map(|end| text.split_at(end)) {
        None => offered.may_become(text) || "TOOL_CALLS".starts_with(text),
        Some(("TOOL_CALLS", rest)) => rest.starts_with(']'),
        Some((name, rest)) => rest.trim_start().starts_with('(') && offered.find(name).is_some(),
    }
}

/// The same for what stands behind the opening brace.
fn object(text: &str, offered: &Offered) -> bool {
    let text = text.trim_start();
    let Some(begun) = text.strip_prefix(['"', '\'']) else { return text.is_empty() };
    let Some((key, rest)) = begun.split_once(['"', '\'']) else {
        return KEYS.iter().any(|key| key.starts_with(begun));
    };
    if !KEYS.contains(&key) {
        return false;
    }
    let Some(value) = rest.trim_start().strip_prefix(':') else {
        return rest.trim_start().is_empty();
    };
    let value = value.trim_start();
    let Some(first) = value.chars().next() else { return true };
    let word = value.strip_prefix(['"', '\'']);
    match (key, word.map(|word| word.split_once(['"', '\'']).ok_or(word))) {
        ("type", Some(Ok((word, _)))) => word == "function",
        ("type", Some(Err(begun))) => "function".starts_with(begun),
        ("name" | "tool" | "tool_name" | "function", Some(Ok((name, _)))) => {
            offered.find(name).is_some()
        }
        ("name" | "tool" | "tool_name" | "function", Some(Err(begun))) => offered.may_become(begun),
        ("function" | "arguments" | "parameters", None) => first == '{',
        ("arguments" | "parameters", Some(_)) => true,
        ("tool_calls", None) => first == '[',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use localgpt_protocol::{Risk, ToolName, ToolSpec};
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_may_become_a_call_is_held_back() {
        let spec = ToolSpec {
            name: ToolName::new("remember"),
            description: String::new(),
            input_schema: json!({}),
            risk: Risk::Read,
            aliases: localgpt_protocol::Aliases::default(),
        };
        let offered = Offered::new(&[spec]);
        let yes = [
            "{",
            "{ \"na",
            "{\"name\": \"rem",
            "{\"name\": \"Remember\", \"x",
            "{\"type\": \"function\", ",
            "{\"function\": {\"name\"",
            "{\"tool_calls\": [",
            "``",
            "```js",
            "```json\n{\"name\": \"remember\"",
            "[rem",
            "[remember(",
            "[TOOL",
            "[{\"name\"",
        ];
        let no = [
            "{x",
            "{\"z",
            "{\"name\": \"Anna\"",
            "{\"name\": 7",
            "{\"type\": \"invoice\"",
            "`a",
            "```rust",
            "```json\n{\"name\": \"Anna\"",
            "[1",
            "[link]",
            "[remember]",
            "[other(",
        ];
        for text in yes {
            assert!(may_be_call(text, &offered), "{text}");
        }
        for text in no {
            assert!(!may_be_call(text, &offered), "{text}");
        }
    }
}
