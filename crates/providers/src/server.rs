//! Where models run, and what a server says of those it has.

use localgpt_protocol::Price;
use serde_json::Value;

use crate::{ApiKey, Timeouts, json};

/// Where a server is, and how it is reached.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Its address, as the vendor's row in [`crate::catalog`] has it.
    pub base_url: String,
    /// The key, if the server wants one.
    pub api_key: Option<ApiKey>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// A model that a server has. What the server does not say is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedModel {
    /// Its name there.
    pub name: String,
    /// Tokens it can read and write in one request, as the server runs it.
    pub context_window: Option<u32>,
    /// The most tokens of one answer.
    pub max_output: Option<u32>,
    /// Whether it can call tools.
    pub tools: Option<bool>,
    /// Whether it reads pictures.
    pub images: Option<bool>,
    /// What it costs.
    pub price: Option<Price>,
}

/// The models in the usual answer: a list under `data`.
pub(crate) fn listed(document: &Value) -> Vec<ListedModel> {
    let entries = match document {
        Value::Array(entries) => entries.as_slice(),
        document => json::list(document, "/data"),
    };
    let named = entries.iter().filter(|entry| !json::text(entry, "/id").is_empty());
    named.map(entry).collect()
}

fn entry(entry: &Value) -> ListedModel {
    let first = |places: &[&str]| places.iter().find_map(|place| json::tokens(entry, place));
    let has = |place: &str, wanted: &str| {
        let names = entry.pointer(place)?.as_array()?;
        Some(names.iter().any(|name| name == wanted))
    };
    let says = |place: &str| entry.pointer(place).and_then(Value::as_bool);
    ListedModel {
        // Google writes `models/` before each.
        name: json::text(entry, "/id").trim_start_matches("models/").to_owned(),
        context_window: first(&[
            // LM Studio: as it is loaded, then as it could be.
            "/loaded_context_length",
            "/max_model_len",
            "/max_context_length",
            "/context_window",
            "/context_length",
            "/max_input_tokens",
            "/meta/n_ctx",
            "/meta/n_ctx_train",
        ]),
        max_output: first(&[
            "/top_provider/max_completion_tokens",
            "/max_completion_tokens",
            "/max_output_tokens",
            "/max_tokens",
        ]),
        tools: has("/supported_parameters", "tools")
            .or_else(|| says("/capabilities/function_calling"))
            .or_else(|| has("/capabilities", "tool_use")),
        images: has("/architecture/input_modalities", "image")
            .or_else(|| says("/capabilities/vision"))
            .or_else(|| entry.get("type").map(|kind| kind == "vlm").filter(|is_one| *is_one)),
        price: price(entry),
    }
}

/// OpenRouter says US dollars for one token, as text.
fn price(entry: &Value) -> Option<Price> {
    let price = |place: &str| {
        let dollars: f64 = entry.pointer(place)?.as_str()?.parse().ok()?;
        // A negative one means that it depends.
        let millionths = (dollars * 1e12).round();
        (0.0..1e15).contains(&millionths).then_some(millionths as u64)
    };
    let input = price("/pricing/prompt")?;
    Some(Price {
        input,
        output: price("/pricing/completion")?,
        cache_read: price("/pricing/input_cache_read").unwrap_or(input),
        cache_write: price("/pricing/input_cache_write").unwrap_or(input),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_server_says_in_its_own_way_what_its_models_can_do() {
        let known = |entry: Value| {
            let model = listed(&json!({"data": [entry]})).remove(0);
            (model.context_window, model.max_output, model.tools, model.images, model.price)
        };
        assert_eq!(known(json!({"id": "gpt"})), (None, None, None, None, None));
        assert_eq!(
            known(json!({"id": "m", "meta": {"n_ctx_train": 4096}})),
            (Some(4096), None, None, None, None)
        );
        assert_eq!(
            known(json!({"id": "m", "max_model_len": 8192})),
            (Some(8192), None, None, None, None)
        );
        assert_eq!(
            known(json!({"id": "m", "max_context_length": 9000, "loaded_context_length": 4096,
                "type": "vlm", "capabilities": ["tool_use"]})),
            (Some(4096), None, Some(true), Some(true), None)
        );
        assert_eq!(
            known(json!({"id": "m", "max_context_length": 32768,
                "capabilities": {"function_calling": true, "vision": false}})),
            (Some(32768), None, Some(true), Some(false), None)
        );
        let price = Price {
            input: 3_000_000,
            output: 15_000_000,
            cache_read: 300_000,
            cache_write: 3_000_000,
        };
        assert_eq!(
            known(json!({"id": "a/b", "context_length": 200_000,
                "top_provider": {"max_completion_tokens": 64_000},
                "supported_parameters": ["tools"], "architecture": {"input_modalities": ["text", "image"]},
                "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003"}})),
            (Some(200_000), Some(64_000), Some(true), Some(true), Some(price))
        );
        assert_eq!(
            known(json!({"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}})).4,
            None
        );
        assert_eq!(listed(&json!({"data": [{"id": "models/gemini"}, {}, 1]})).len(), 1);
        assert_eq!(listed(&json!([])), []);
    }
}
