//! What a model is, by `/api/show`.

use localgpt_protocol::ProviderError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::Endpoint;

/// What the server says of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// The longest text it was trained for.
    pub(super) context_length: Option<u32>,
    /// The window that stands in its Modelfile: whoever made it chose it.
    pub(super) num_ctx: Option<u32>,
    /// What it can do; none if the server is older than this list.
    pub(super) abilities: Option<Vec<String>>,
    /// Whether a part of it reads pictures, for servers without the list.
    has_projector: bool,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    parameters: Option<String>,
    #[serde(default)]
    model_info: Option<Map<String, Value>>,
    #[serde(default)]
    projector_info: Option<Map<String, Value>>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
}

impl Shown {
    /// Whether the model can do `what`: `tools`, `vision`, `thinking`, `completion`.
    pub(super) fn can(&self, what: &str) -> Option<bool> {
        let abilities = self.abilities.as_ref()?;
        Some(abilities.iter().any(|ability| ability == what))
    }

    /// Whether it reads pictures.
    pub(super) fn sees(&self) -> bool {
        self.can("vision").unwrap_or(self.has_projector)
    }
}

/// Asks the server what `model` is.
pub(super) async fn show(endpoint: &Endpoint, model: &str) -> Result<Shown, ProviderError> {
    read(&endpoint.post(json!({"model": model}).to_string().into_bytes()).await?)
}

fn read(answer: &[u8]) -> Result<Shown, ProviderError> {
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })?;
    let info = answer.model_info.unwrap_or_default();
    let length = info.iter().find(|(key, _)| key.ends_with(".context_length"));
    let length = length.and_then(|(_, value)| u32::try_from(value.as_u64()?).ok());
    let parameters = answer.parameters.unwrap_or_default();
    let num_ctx = parameters.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        if name == "num_ctx" { value.trim().parse::<u32>().ok() } else { None }
    });
    Ok(Shown {
        context_length: length.filter(|length| *length > 0),
        num_ctx: num_ctx.filter(|tokens| *tokens > 0),
        abilities: answer.capabilities,
        has_projector: answer.projector_info.is_some_and(|info| !info.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_window_and_the_abilities_are_read_and_may_be_missing() {
        let shown = read(
            br#"{"parameters":"stop   \"<x>\"\nnum_ctx                        16384",
                "model_info":{"general.architecture":"qwen3","qwen3.context_length":40960},
                "capabilities":["completion","tools"]}"#,
        );
        let shown = shown.unwrap();
        assert_eq!((shown.context_length, shown.num_ctx), (Some(40960), Some(16384)));
        assert_eq!(
            (shown.can("tools"), shown.can("vision"), shown.sees()),
            (Some(true), Some(false), false)
        );
        let old = read(br#"{"model_info":null,"projector_info":{"a":1}}"#).unwrap();
        assert_eq!((old.context_length, old.num_ctx, old.can("tools")), (None, None, None));
        assert!(old.sees());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _shown = read(&bytes);
        }
    }
}
