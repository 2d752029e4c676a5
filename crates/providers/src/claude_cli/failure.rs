//! What an end of a turn means that is no plain answer.
//!
//! `claude` reports most failures as a success with `is_error` set, and the kind of failure on the line of
//! text that tells the person about it.

use std::{io, time::Duration};

use jiff::Timestamp;
use localgpt_protocol::{ProviderError, StopReason};

use super::wire::Ending;

/// The most characters of its words that are repeated.
const LONGEST_MESSAGE: usize = 300;

/// What was seen of a failure before the end of the turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// The kind of failure.
    pub(super) kind: Option<String>,
    /// When the limit of a subscription is lifted that was hit.
    pub(super) resets_at: Option<i64>,
}

/// Reads the end of a turn.
pub(super) fn judge(
    ending: &Ending,
    signs: &Signs,
    now: Timestamp,
) -> Result<StopReason, ProviderError> {
    let stop = ending.stop_reason.as_deref();
    if !ending.is_error && ending.subtype == "success" {
        return match stop {
            None => Err(cut_off("the model's last word is missing")),
            Some("max_tokens" | "model_context_window_exceeded") => Ok(StopReason::MaxTokens),
            Some("refusal") => Ok(StopReason::Refusal),
            Some(_) => Ok(StopReason::End),
        };
    }
    if stop == Some("refusal") {
        return Ok(StopReason::Refusal);
    }
    if signs.kind.as_deref() == Some("max_output_tokens") {
        return Ok(StopReason::MaxTokens);
    }
    Err(failure(ending, signs, now))
}

fn failure(ending: &Ending, signs: &Signs, now: Timestamp) -> ProviderError {
    let said = ending.result.clone().or_else(|| ending.errors.clone().map(|all| all.join("; ")));
    let message = short(said.as_deref().unwrap_or(&ending.subtype));
    if matches!(ending.terminal_reason.as_deref(), Some("prompt_too_long" | "image_error")) {
        return ProviderError::TooLong { message };
    }
    let lower = message.to_lowercase();
    let is_overload = lower.contains("overloaded");
    match (signs.kind.as_deref().unwrap_or_default(), ending.api_error_status) {
        ("authentication_failed" | "oauth_org_not_allowed", _) | (_, Some(401 | 403)) => {
            // It would send the person to a command of its own, which is none of ours.
            let message = match lower.starts_with("not logged in") {
                true => "`claude` is not logged in".to_owned(),
                false => message,
            };
            ProviderError::Key { message }
        }
        ("billing_error", _) | (_, Some(402)) => ProviderError::Payment { message },
        ("model_not_found", _) | (_, Some(404)) => ProviderError::NoModel { message },
        ("rate_limit", _) | (_, Some(429)) => {
            let retry_after = signs.resets_at.and_then(|seconds| until(seconds, now));
            ProviderError::RateLimited { retry_after, message }
        }
        ("overloaded", _) | (_, Some(529)) => {
            ProviderError::Overloaded { retry_after: None, message }
        }
        _ if is_overload => ProviderError::Overloaded { retry_after: None, message },
        (_, Some(413)) => ProviderError::TooLong { message },
        ("invalid_request", _) if lower.contains("too long") => ProviderError::TooLong { message },
        ("invalid_request", _) | (_, Some(400)) => ProviderError::Refused { message },
        (_, Some(_)) => ProviderError::Failed { message },
        _ if lower.contains("mid-response") || lower.contains("malformed") => cut_off(&message),
        _ if ending.subtype == "error_during_execution" => cut_off(&message),
        _ if NO_CONNECTION.iter().any(|sign| lower.contains(sign)) => {
            ProviderError::Unreachable { source: Box::new(io::Error::other(message)) }
        }
        _ => ProviderError::Failed { message },
    }
}

/// What it says when the network fails.
const NO_CONNECTION: [&str; 6] =
    ["econn", "enotfound", "etimedout", "connection refused", "unable to connect", "timed out"];

fn until(seconds: i64, now: Timestamp) -> Option<Duration> {
    let left = seconds.saturating_sub(now.as_second());
    u64::try_from(left).ok().map(Duration::from_secs)
}

fn cut_off(message: &str) -> ProviderError {
    ProviderError::CutOff { message: message.to_owned() }
}

/// Text of the program in one line, cut short.
pub(super) fn short(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, ending: &str, expected: &str) {
        let kind = (!kind.is_empty()).then(|| kind.to_owned());
        let signs = Signs { kind, resets_at: Some(100) };
        let ending = serde_json::from_str(ending).unwrap();
        let judged = judge(&ending, &signs, Timestamp::from_second(40).unwrap());
        let judged = match judged {
            Ok(stop) => format!("{stop:?}"),
            Err(error) => format!("{error:?}"),
        };
        assert!(judged.starts_with(expected), "{judged} is not {expected}");
    }

    fn error(kind: &str, status: &str, reason: &str, text: &str, expected: &str) {
        let ending = format!(
            r#"{{"subtype":"success","is_error":true,"api_error_status":{status},"result":"{text}",
            "terminal_reason":"{reason}","stop_reason":"stop_sequence"}}"#
        );
        check(kind, &ending, expected);
    }

    #[test]
    fn every_failure_has_its_name() {
        let api = "api_error";
        let logged_out = "Key { message: \"`claude` is not logged in\" }";
        let said = "Not logged in · Please run /login";
        error("authentication_failed", "null", api, said, logged_out);
        error("authentication_failed", "403", api, "no permission", "Key");
        error("billing_error", "400", api, "Credit balance is too low", "Payment");
        error("billing_error", "402", api, "Credit balance is too low", "Payment");
        error("rate_limit", "429", api, "limit", "RateLimited { retry_after: Some(60s)");
        error("model_not_found", "404", api, "no such model", "NoModel");
        error("invalid_request", "400", "prompt_too_long", "Prompt is too long", "TooLong");
        error("invalid_request", "413", "image_error", "Request too large", "TooLong");
        error("invalid_request", "400", api, "odd", "Refused");
        error("server_error", "500", api, "500 Internal server error", "Failed");
        error("server_error", "529", api, "at capacity", "Overloaded");
        error("server_error", "null", "completed", "Repeated 529 Overloaded errors", "Overloaded");
        error("unknown", "null", "completed", "API Error: Overloaded", "Overloaded");
        error("server_error", "null", api, "Connection refused (ECONNREFUSED)", "Unreachable");
        error("server_error", "null", api, "Connection lost mid-response.", "CutOff");
        error("server_error", "null", api, "The response stream was malformed.", "CutOff");
        error("max_output_tokens", "null", api, "exceeded the maximum", "MaxTokens");
        error("", "null", api, "something else", "Failed");
    }

    #[test]
    fn a_success_without_a_stop_reason_is_none() {
        let ending = |stop: &str| {
            format!(r#"{{"subtype":"success","is_error":false,"result":"","stop_reason":{stop}}}"#)
        };
        check("", &ending("null"), "CutOff");
        check("", &ending(r#""end_turn""#), "End");
        check("", &ending(r#""pause_turn""#), "End");
        check("", &ending(r#""max_tokens""#), "MaxTokens");
    }

    #[test]
    fn a_refusal_is_no_failure_and_a_budget_is() {
        let refusal = r#"{"subtype":"success","is_error":true,"stop_reason":"refusal"}"#;
        check("invalid_request", refusal, "Refusal");
        let turns = r#"{"subtype":"error_max_turns","is_error":true,"errors":["2 turns"]}"#;
        check("", turns, r#"Failed { message: "2 turns" }"#);
        let aborted = r#"{"subtype":"error_during_execution","is_error":true}"#;
        check("", aborted, r#"CutOff { message: "error_during_execution" }"#);
    }
}
