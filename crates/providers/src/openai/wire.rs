//! What goes over the wire to `/embeddings`, and what comes back.

use localgpt_protocol::ProviderError;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    /// Some servers answer base64 unless they are told.
    encoding_format: &'static str,
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

/// The request for the vectors of `input`.
pub(super) fn request(model: &str, input: &[String]) -> Result<Vec<u8>, ProviderError> {
    let request = Request { model, input, encoding_format: "float" };
    serde_json::to_vec(&request)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })
}

/// The vectors of an answer, in the order of the texts.
pub(super) fn vectors(answer: &[u8]) -> Result<Vec<Vec<f32>>, ProviderError> {
    let wrong = |message: String| ProviderError::Protocol { message };
    let mut items =
        serde_json::from_slice::<Answer>(answer).map_err(|error| wrong(error.to_string()))?.data;
    items.sort_by_key(|item| item.index);
    if items.iter().enumerate().any(|(at, item)| item.index != at) {
        return Err(wrong("its vectors are not numbered one by one".to_owned()));
    }
    Ok(items.into_iter().map(|item| item.embedding).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _vectors = vectors(&bytes);
        }
    }
}
