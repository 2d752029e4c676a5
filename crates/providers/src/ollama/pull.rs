//! Fetching a model.

use std::time::Duration;

use localgpt_protocol::ProviderError;
use serde::Deserialize;
use serde_json::json;

use super::endpoint;
use crate::{
    Timeouts,
    http::{Endpoint, Kind},
    lines::Lines,
};

/// The server speaks several times a second while it fetches; checking a large file takes it longer.
const FETCHING: Timeouts =
    Timeouts { connect: Duration::from_secs(3), answer: Duration::from_secs(120) };

/// How far a model has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// What the server does, in its words: `pulling manifest`, `verifying sha256 digest`.
    pub status: String,
    /// Bytes of the current file that are here; 0 where nothing is fetched.
    pub completed: u64,
    /// Its size in bytes; 0 if it is not known.
    pub total: u64,
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    status: String,
    #[serde(default)]
    completed: Option<u64>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    error: Option<String>,
}

/// Has the server at `base_url` fetch `model`, telling `progress` how far it is.
///
/// Dropping the future stops it. The server keeps what it has of a file, so asking again goes on from there.
pub async fn pull(
    base_url: &str,
    model: &str,
    progress: &mut (dyn FnMut(PullProgress) + Send),
) -> Result<(), ProviderError> {
    let endpoint = endpoint(base_url, "/api/pull", FETCHING)?;
    let body = json!({"model": model, "stream": true}).to_string().into_bytes();
    let mut body = endpoint.stream(body, Kind::JsonLines).await?;
    let mut lines = Lines::default();
    let mut is_done = false;
    while let Some(bytes) = body.next().await? {
        lines.push(&bytes)?;
        while let Some(line) = lines.next() {
            is_done |= take(&endpoint, &line, progress)?;
        }
    }
    if let Some(line) = lines.rest() {
        is_done |= take(&endpoint, &line, progress)?;
    }
    match is_done {
        true => Ok(()),
        false => {
            let message = "the server did not say that the model is complete".to_owned();
            Err(ProviderError::CutOff { message })
        }
    }
}

/// Takes a line; true if it says that the model is there.
fn take(
    endpoint: &Endpoint,
    line: &str,
    progress: &mut (dyn FnMut(PullProgress) + Send),
) -> Result<bool, ProviderError> {
    if line.trim().is_empty() {
        return Ok(false);
    }
    let line: Line = serde_json::from_str(line)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })?;
    if let Some(words) = line.error {
        let message = endpoint.repeat(&words);
        let lower = words.to_lowercase();
        let is_unknown = ["file does not exist", "not found", "invalid model name"];
        return Err(match is_unknown.iter().any(|words| lower.contains(words)) {
            true => ProviderError::NoModel { message },
            false => ProviderError::Failed { message },
        });
    }
    let is_done = line.status == "success";
    let (completed, total) = (line.completed.unwrap_or(0), line.total.unwrap_or(0));
    progress(PullProgress { status: endpoint.repeat(&line.status), completed, total });
    Ok(is_done)
}
