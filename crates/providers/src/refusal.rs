//! What a server says when it does not do what it was asked for, sorted by what can be done about it.

use std::time::Duration;

use jiff::fmt::rfc2822;
use localgpt_protocol::ProviderError;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// The most characters of a server's own words that are repeated.
const LONGEST_MESSAGE: usize = 200;

/// What servers say when a text does not fit.
const TOO_LONG: [&str; 9] = [
    "context length",
    "context size",
    "context window",
    "context_length",
    "input length",
    "too long",
    "too large",
    "tokens per request",
    "must have less than",
];
/// What servers say when a model cannot do what was asked.
const NOT_ABLE: [&str; 4] =
    ["does not support tools", "does not support thinking", "does not support images", "no vision"];
/// What servers say when they cannot read what their own model wrote.
const GARBLED: [&str; 7] = [
    "parse tool call",
    "parsing tool call",
    "tool call parsing failed",
    "parse input at pos",
    "unexpected empty grammar stack",
    "failed to call a function",
    "output that does not match",
];
/// What servers say when they do not take their sealed reasoning back.
const ABOUT_SEALS: [&str; 5] =
    ["signature", "thinking` block", "redacted_thinking", "encrypted content", "'reasoning' item"];

/// What servers say when they cannot make a model keep to a schema.
const ABOUT_FORMAT: [&str; 3] = ["response_format", "json_schema", "grammar"];

/// A refusal before it is sorted.
struct Refusal<'a> {
    /// The status of the answer, or the one that its words amount to.
    status: u16,
    /// What it calls itself: `overloaded_error`, `insufficient_quota`.
    kinds: Vec<&'a str>,
    retry_after: Option<Duration>,
    /// In small letters.
    lower: String,
}

/// What an answer with a status that is no success means for whoever asked.
pub(crate) fn of_answer(status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let document = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let words = message(&document, body);
    let refusal = Refusal {
        status,
        kinds: kinds(document.get("error").unwrap_or(&document)),
        retry_after: retry_after(headers),
        lower: words.to_lowercase(),
    };
    let message = match (words.as_str(), status) {
        ("", 408) => "408 Request Timeout".to_owned(),
        ("", status) => reqwest::StatusCode::from_u16(status)
            .map_or_else(|_unknown| status.to_string(), |status| status.to_string()),
        (said, status) => format!("{said} ({status})"),
    };
    refusal.sort(message)
}

/// What the error inside a stream that began well means: `error` is its object, or its text.
pub(crate) fn of_event(error: &Value) -> ProviderError {
    let kinds = kinds(error);
    let said = error.get("message").and_then(Value::as_str).or_else(|| error.as_str());
    let words = cut(said.unwrap_or_default());
    let code = error.get("code").or_else(|| error.get("status")).and_then(Value::as_u64);
    let status = code.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 400);
    let by_kind = || kinds.iter().find_map(|kind| status_of(kind)).unwrap_or(500);
    let message = match words.as_str() {
        "" => kinds.first().map_or("it does not say why", |kind| *kind).to_owned(),
        words => words.to_owned(),
    };
    let status = status.unwrap_or_else(by_kind);
    let refusal = Refusal { status, kinds, retry_after: None, lower: words.to_lowercase() };
    refusal.sort(message)
}

/// Whether the server refuses because of reasoning that it sealed itself.
pub(crate) fn is_about_seals(error: &ProviderError) -> bool {
    refuses(error, &ABOUT_SEALS)
}

/// Whether the server refuses because of the schema that the answer is to have.
pub(crate) fn is_about_format(error: &ProviderError) -> bool {
    refuses(error, &ABOUT_FORMAT)
}

fn refuses(error: &ProviderError, phrases: &[&str]) -> bool {
    match error {
        ProviderError::Refused { message } => {
            let lower = message.to_lowercase();
            phrases.iter().any(|words| lower.contains(words))
        }
        _ => false,
    }
}

impl Refusal<'_> {
    fn sort(self, message: String) -> ProviderError {
        let Self { status, retry_after, ref lower, .. } = self;
        let says = |phrases: &[&str]| phrases.iter().any(|words| lower.contains(words));
        if self.is(&["insufficient_quota", "billing_error"]) || says(&["credit balance"]) {
            return ProviderError::Payment { message };
        }
        if self.is(&["tool_use_failed"]) || (matches!(status, 400 | 500..) && says(&GARBLED)) {
            return ProviderError::Garbled { message };
        }
        if self.is(&["context_length_exceeded", "exceed_context_size_error"]) {
            return ProviderError::TooLong { message };
        }
        if self.is(&["model_not_found"]) {
            return ProviderError::NoModel { message };
        }
        match status {
            401 | 403 => ProviderError::Key { message },
            // Nothing is left on the account; waiting does not help.
            402 => ProviderError::Payment { message },
            429 => ProviderError::RateLimited { retry_after, message },
            503 | 529 => ProviderError::Overloaded { retry_after, message },
            404 if says(&["model"]) => ProviderError::NoModel { message },
            400 | 500 if says(&NOT_ABLE) => ProviderError::Unable { message },
            413 => ProviderError::TooLong { message },
            400 | 422 | 500 if says(&TOO_LONG) => ProviderError::TooLong { message },
            500 if says(&["overloaded", "server busy"]) => {
                ProviderError::Overloaded { retry_after, message }
            }
            408 | 409 | 500.. => ProviderError::Failed { message },
            300..400 => {
                let message = "it sends on to another address; write that one".to_owned();
                ProviderError::Refused { message }
            }
            _ => ProviderError::Refused { message },
        }
    }

    fn is(&self, wanted: &[&str]) -> bool {
        self.kinds.iter().any(|kind| wanted.contains(kind))
    }
}

/// The status that a server would have sent, had it not begun to answer.
fn status_of(kind: &str) -> Option<u16> {
    Some(match kind {
        "invalid_request_error" | "invalid_prompt" => 400,
        "authentication_error" | "invalid_api_key" => 401,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" | "rate_limit_exceeded" | "requests" | "tokens" => 429,
        "overloaded_error" | "overloaded" | "engine_overloaded" => 529,
        _ => return None,
    })
}

fn kinds(error: &Value) -> Vec<&str> {
    let places = ["/details/error_code", "/code", "/type"];
    places.iter().filter_map(|place| error.pointer(place)?.as_str()).collect()
}

/// What a server says of its refusal, on one line.
fn message(document: &Value, body: &[u8]) -> String {
    // Google puts the object into a list of one.
    let document = document.get(0).unwrap_or(document);
    let places = ["/error/message", "/error", "/message", "/detail"];
    let said = match document {
        Value::Null if body.trim_ascii_start().starts_with(b"<") => String::new(),
        Value::Null => String::from_utf8_lossy(body).into_owned(),
        document => {
            let mut texts = places.iter().filter_map(|place| document.pointer(place)?.as_str());
            texts.next().unwrap_or_default().to_owned()
        }
    };
    cut(&said)
}

/// On one line, and not longer than a line should be.
pub(crate) fn cut(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}

/// How long the server asks to wait: in seconds, or until an instant on its own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|text| text.trim().parse::<f64>().ok());
    let seconds = number("retry-after-ms")
        .map(|milliseconds| milliseconds / 1000.0)
        .or_else(|| number(RETRY_AFTER.as_str()));
    if let Some(seconds) = seconds {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = rfc2822::parse(text(RETRY_AFTER.as_str())?).ok()?;
    let now = rfc2822::parse(text(DATE.as_str())?).ok()?;
    let wait = until.timestamp().duration_since(now.timestamp());
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(status: u16, headers: &[(&'static str, &str)], body: &str) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        match of_answer(status, &map, body.as_bytes()) {
            ProviderError::RateLimited { retry_after, message }
            | ProviderError::Overloaded { retry_after, message } => {
                format!("wait {retry_after:?}: {message}")
            }
            error => error.to_string(),
        }
    }

    #[test]
    fn a_refusal_is_sorted_by_what_can_be_done_about_it() {
        let openai = r#"{"error":{"message":"Some words.","type":"t","code":"c"}}"#;
        let quota = r#"{"error":{"message":"Some words.","code":"insufficient_quota"}}"#;
        let long = r#"{"error":"the input length exceeds the context length"}"#;
        let garbled = r#"{"error":{"code":500,"message":"Failed to parse tool call arguments"}}"#;
        let groq = r#"{"error":{"message":"Some words.","code":"tool_use_failed"}}"#;
        let cases = [
            (shown(401, &[], openai), "the server does not accept the key: Some words. (401)"),
            (shown(429, &[("retry-after", "7")], openai), "wait Some(7s): Some words. (429)"),
            (shown(429, &[], openai), "wait None: Some words. (429)"),
            (shown(429, &[], quota), "the account has no credit left: Some words. (429)"),
            (
                shown(400, &[], long),
                "the text is too long for the model: the input length exceeds the context length (400)",
            ),
            (
                shown(404, &[], r#"{"error":"no model"}"#),
                "the server does not have the model: no model (404)",
            ),
            (shown(502, &[], "<html>"), "the server failed: 502 Bad Gateway"),
            (shown(418, &[], r#"[{"error":{"message":"a"}}]"#), "the server refuses: a (418)"),
            (
                shown(503, &[("retry-after-ms", "1500")], ""),
                "wait Some(1.5s): 503 Service Unavailable",
            ),
            (
                shown(307, &[], ""),
                "the server refuses: it sends on to another address; write that one",
            ),
            (
                shown(500, &[], garbled),
                "the server could not read what the model wrote: Failed to parse tool call arguments (500)",
            ),
            (
                shown(400, &[], groq),
                "the server could not read what the model wrote: Some words. (400)",
            ),
        ];
        for (shown, expected) in cases {
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn a_time_to_wait_can_be_an_instant_on_the_clock_of_the_server() {
        let date = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
        let until = |text| shown(429, &[date, ("retry-after", text)], "x");
        assert_eq!(until("Wed, 21 Oct 2026 07:28:30 GMT"), "wait Some(30s): x (429)");
        assert_eq!(until("Wed, 21 Oct 2026 07:27:30 GMT"), "wait Some(0ns): x (429)");
        assert_eq!(until("soon"), "wait None: x (429)");
    }

    #[test]
    fn an_error_inside_a_stream_is_sorted_by_its_kind_or_its_number() {
        let shown = |error: Value| of_event(&error).to_string();
        for (error, expected) in [
            (json!({"type": "overloaded_error", "message": "m"}), "the server is overloaded: m"),
            (
                json!({"type": "rate_limit_error", "message": "m"}),
                "the server wants fewer requests: m",
            ),
            (
                json!({"type": "invalid_request_error", "message": "prompt is too long"}),
                "the text is too long for the model: prompt is too long",
            ),
            (json!({"type": "invalid_request_error", "message": "m"}), "the server refuses: m"),
            (json!({"code": 502, "message": "m"}), "the server failed: m"),
            (json!({"code": "server_error", "message": ""}), "the server failed: server_error"),
            (json!("m"), "the server failed: m"),
            (json!({}), "the server failed: it does not say why"),
            (
                json!({"code": 500, "message": "got exception: Unexpected empty grammar stack"}),
                "the server could not read what the model wrote: got exception: Unexpected empty grammar stack",
            ),
        ] {
            assert_eq!(shown(error), expected);
        }
    }
}
