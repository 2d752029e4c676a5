//! What turns text into vectors, wherever it runs.

use std::pin::Pin;

use crate::ProviderError;

/// A future that whoever holds it may move to another thread, or drop to stop the work.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A text's place in a space of meaning: finite numbers, not all zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(pub Vec<f32>);

/// Turns text into vectors.
pub trait Embedder: Send + Sync {
    /// The name of the space that the vectors belong to. Vectors of two spaces never meet.
    fn space(&self) -> &str;

    /// The vectors of `texts`, one each and in their order, all with as many numbers as ever.
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ProviderError>>;
}
