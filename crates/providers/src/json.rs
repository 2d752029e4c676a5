//! Looking into JSON that need not be as it was agreed on: what is not there counts as nothing.

use localgpt_protocol::ProviderError;
use serde_json::Value;

/// The document in the data of an event, or in an answer.
pub(crate) fn parse(data: &[u8]) -> Result<Value, ProviderError> {
    serde_json::from_slice(data)
        .map_err(|error| ProviderError::Protocol { message: format!("it is no JSON: {error}") })
}

/// The text at a place like `/delta/text`; empty if there is none.
pub(crate) fn text<'a>(document: &'a Value, place: &str) -> &'a str {
    document.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a place; none if there is none that counts something.
pub(crate) fn count(document: &Value, place: &str) -> Option<u64> {
    document.pointer(place).and_then(Value::as_u64)
}

/// The same as a number of tokens.
pub(crate) fn tokens(document: &Value, place: &str) -> Option<u32> {
    count(document, place).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// The entries of the list at a place.
pub(crate) fn list<'a>(document: &'a Value, place: &str) -> &'a [Value] {
    document.pointer(place).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
