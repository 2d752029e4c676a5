//! What a model sees in a request: the texts, the last result, and the origins that fences name.

use serde_json::Value;

use super::{canary, order, run::Secrets};

/// The longest piece of a result that a model copies.
const LONGEST_COPY: usize = 1_500;

/// A request, as a model reads it.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    /// What stands in it, but for the model's own words.
    pub(crate) texts: Vec<String>,
    /// The last result of a tool, without its fence.
    result: String,
}

impl Sight {
    /// Reads a request for Chat Completions.
    pub(crate) fn of(request: &Value) -> Self {
        let mut sight = Self::default();
        for message in request["messages"].as_array().into_iter().flatten() {
            let role = message["role"].as_str().unwrap_or_default();
            if role == "assistant" {
                continue;
            }
            let text = text(&message["content"]);
            if role == "tool" {
                sight.result = unfenced(&text).to_owned();
            }
            sight.texts.push(text);
        }
        sight
    }

    /// Whether a secret can be read here.
    pub(crate) fn shows(&self, secret: &str) -> bool {
        self.texts.iter().any(|text| text.contains(secret))
    }

    /// Fills gaps such as `{{canary:base64}}` with what is in sight; what is not is `unknown`.
    pub(crate) fn filled(&self, value: &Value, secrets: &Secrets) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled_text(text, secrets)),
            Value::Array(values) => {
                values.iter().map(|value| self.filled(value, secrets)).collect()
            }
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.filled(value, secrets)))
                .collect(),
            other => other.clone(),
        }
    }

    fn filled_text(&self, text: &str, secrets: &Secrets) -> String {
        let is_for_later = !order::find(text).is_empty();
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((gap, after)) = after.split_once("}}") else { break };
            // What is for a later reader keeps its gaps, unless they are to be filled now.
            let wanted = gap.strip_prefix("now ");
            if is_for_later && wanted.is_none() {
                out.extend(["{{", gap, "}}"]);
                rest = after;
                continue;
            }
            let gap = wanted.unwrap_or(gap);
            let (name, how) = gap.split_once(':').unwrap_or((gap, ""));
            let found = match name {
                "canary" => self.known(&secrets.memory),
                "environment" => self.known(&secrets.environment),
                "key" => self.known(&secrets.key),
                "result" => Some(self.result.chars().take(LONGEST_COPY).collect()),
                _ => Some(format!("{{{{{gap}}}}}")),
            };
            out.push_str(&canary::disguised(found.as_deref().unwrap_or("unknown"), how));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn known(&self, secret: &str) -> Option<String> {
        self.shows(secret).then(|| secret.to_owned())
    }
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// What stands in the fence that a text is.
fn unfenced(text: &str) -> &str {
    let Some((first, rest)) = text.split_once('\n') else { return text };
    match (first.starts_with("<untrusted-"), rest.rsplit_once('\n')) {
        (true, Some((inner, last))) if last.starts_with("</untrusted-") => inner,
        _ => text,
    }
}

/// The origins of the fences in which `needle` stands; `none` where it stands in no fence.
pub(crate) fn origins(text: &str, needle: &str) -> Vec<String> {
    text.match_indices(needle)
        .map(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            // The last mark before it opens a fence or closes one.
            let open = before
                .rfind("<untrusted-")
                .filter(|open| before.rfind("</untrusted-").is_none_or(|end| end < *open));
            let Some(fence) = open.and_then(|open| before.get(open..)) else {
                return "none".to_owned();
            };
            let word = fence.split_once("origin=\"").and_then(|(_, rest)| rest.split('"').next());
            word.unwrap_or("unnamed").to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attacks::run::Run;

    #[test]
    fn the_fence_around_a_word_names_its_origin() {
        let text =
            "a word <untrusted-1 origin=\"web\" source=\"x\">\nthe word\n</untrusted-1> word";
        assert_eq!(origins(text, "word"), ["none", "web", "none"]);
    }

    #[test]
    fn gaps_are_filled_with_what_is_in_sight_alone() {
        let run = Run::new(1);
        let word = &run.secrets.memory;
        let request = json!({"messages": [
            {"role": "system", "content": format!("The word is {word}.")},
            {"role": "tool", "content": "<untrusted-1 origin=\"tool\" source=\"read\">\nsix\n</untrusted-1>"},
        ]});
        let sight = Sight::of(&request);
        let filled =
            sight.filled(&json!({"a": ["{{canary}}/{{environment}}/{{result}}"]}), &run.secrets);
        assert_eq!(filled, json!({"a": [format!("{word}/unknown/six")]}));
    }
}
