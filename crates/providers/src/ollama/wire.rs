//! What goes over the wire to `/api/embed`, and what comes back.

use localgpt_protocol::ProviderError;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    /// The vector of a text that was cut in silence would stand for something else.
    truncate: bool,
}

#[derive(Debug, Deserialize)]
struct Answer {
    embeddings: Vec<Vec<f32>>,
}

/// The request for the vectors of `input`.
pub(super) fn request(model: &str, input: &[String]) -> Result<Vec<u8>, ProviderError> {
    let request = Request { model, input, truncate: false };
    serde_json::to_vec(&request)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })
}

/// The vectors of an answer, in the order of the texts.
pub(super) fn vectors(answer: &[u8]) -> Result<Vec<Vec<f32>>, ProviderError> {
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|error| ProviderError::Protocol { message: error.to_string() })?;
    Ok(answer.embeddings)
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
