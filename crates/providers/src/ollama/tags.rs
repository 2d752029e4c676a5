//! Which models a server has, and whether there is one.

use std::time::Duration;

use localgpt_protocol::ProviderError;
use serde::Deserialize;

use super::endpoint;
use crate::Timeouts;

/// A list of names takes a healthy server no time.
const LISTING: Timeouts =
    Timeouts { connect: Duration::from_secs(3), answer: Duration::from_secs(10) };
/// Someone who starts the program for the first time waits for this.
const LOOKING: Timeouts =
    Timeouts { connect: Duration::from_millis(300), answer: Duration::from_millis(300) };

/// A model that a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaModel {
    /// Its name, with its tag: `qwen3:8b`.
    pub name: String,
    /// Its size on disk in bytes; 0 if it runs elsewhere.
    pub bytes: u64,
    /// Its architectures: `qwen3`, `clip`.
    pub families: Vec<String>,
    /// How many parameters it has, as the server writes it: `8.2B`; may be empty.
    pub parameters: String,
    /// How they are stored: `Q4_K_M`; may be empty.
    pub quantization: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    models: Option<Vec<Entry>>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    family: Option<String>,
    families: Option<Vec<String>>,
    parameter_size: Option<String>,
    quantization_level: Option<String>,
}

/// The models that the server at `base_url` has, those that make vectors among them.
pub async fn models(base_url: &str) -> Result<Vec<OllamaModel>, ProviderError> {
    read(&endpoint(base_url, "/api/tags", LISTING)?.get().await?)
}

/// Whether a server answers at `base_url`. It has 300 milliseconds.
pub async fn is_there(base_url: &str) -> bool {
    let Ok(endpoint) = endpoint(base_url, "/api/version", LOOKING) else { return false };
    let answer = endpoint.get().await;
    answer.is_ok_and(|answer| {
        let answer = serde_json::from_slice::<serde_json::Value>(&answer).unwrap_or_default();
        answer.get("version").is_some()
    })
}

fn read(answer: &[u8]) -> Result<Vec<OllamaModel>, ProviderError> {
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })?;
    let model = |Entry { name, size, details }| {
        let details = details.unwrap_or_default();
        let families = details.families.filter(|families| !families.is_empty());
        OllamaModel {
            name,
            bytes: size,
            families: families.unwrap_or_else(|| details.family.into_iter().collect()),
            parameters: details.parameter_size.unwrap_or_default(),
            quantization: details.quantization_level.unwrap_or_default(),
        }
    };
    Ok(answer.models.unwrap_or_default().into_iter().map(model).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _models = read(&bytes);
        }
    }
}
