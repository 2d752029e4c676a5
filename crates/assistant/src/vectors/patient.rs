//! Asking a model again where that helps: a shorter text where one is too long, later where it is too soon.

use std::time::Duration;

use localgpt_protocol::{Embedder, Embedding, ProviderError};

/// A text is not cut shorter than this.
const SHORTEST: usize = 64;
/// How often one is asked again later.
const TRIES: u32 = 5;
/// The longest wait before asking again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long someone waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// So long in all, and not at all for a server that asks to come back later.
    Within(Duration),
    /// As long as it takes.
    Endless,
}

impl Patience {
    /// How long is left after `elapsed`; none if it is over.
    pub(super) fn left(self, elapsed: Duration) -> Option<Duration> {
        match self {
            Self::Within(whole) => whole.checked_sub(elapsed).filter(|left| !left.is_zero()),
            Self::Endless => Some(Duration::MAX),
        }
    }
}

/// The vectors of `texts`; a text that is too long for the model is cut.
pub(super) async fn embed(
    embedder: &dyn Embedder,
    texts: &[String],
    patience: Patience,
) -> Result<Vec<Embedding>, ProviderError> {
    let mut embeddings = Vec::with_capacity(texts.len());
    // Parts of `texts` that are still to do, the last one first.
    let mut parts = vec![texts];
    while let Some(part) = parts.pop() {
        match later(embedder, part, patience).await {
            Ok(mut found) => embeddings.append(&mut found),
            Err(ProviderError::TooLong { message }) => match part {
                [text] => embeddings.push(shortened(embedder, text, message, patience).await?),
                _ => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
            },
            Err(error) => return Err(error),
        }
    }
    Ok(embeddings)
}

/// The vector of the longest beginning that fits, halving it each time.
async fn shortened(
    embedder: &dyn Embedder,
    text: &str,
    mut message: String,
    patience: Patience,
) -> Result<Embedding, ProviderError> {
    let mut length = text.len();
    while length > SHORTEST {
        length /= 2;
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        let beginning = [text.get(..length).unwrap_or_default().to_owned()];
        match later(embedder, &beginning, patience).await {
            Ok(mut found) => {
                let none = || ProviderError::Protocol { message: "it is empty".to_owned() };
                return found.pop().ok_or_else(none);
            }
            Err(ProviderError::TooLong { message: again }) => message = again,
            Err(error) => return Err(error),
        }
    }
    Err(ProviderError::TooLong { message })
}

/// Asks again when the server wants that, if there is the patience.
async fn later(
    embedder: &dyn Embedder,
    texts: &[String],
    patience: Patience,
) -> Result<Vec<Embedding>, ProviderError> {
    let mut tries = 0;
    loop {
        match embedder.embed(texts).await {
            Err(ProviderError::RateLimited { retry_after, .. })
                if patience == Patience::Endless && tries < TRIES =>
            {
                let wait = retry_after.unwrap_or(Duration::from_secs(1 << tries));
                tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                tries += 1;
            }
            result => return result,
        }
    }
}
