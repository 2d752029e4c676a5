//! A model in this process behind the trait that every embedder has.

use std::{path::Path, sync::Mutex};

use localgpt_embedding::OnnxEmbedder;
use localgpt_protocol::{BoxFuture, Embedder, Embedding, ProviderError};

use crate::Error;

/// Opens the model called `model`, whose files lie below `models_folder`, with the library `runtime`, or
/// with the one that the system finds.
pub(crate) fn open(
    model: &str,
    models_folder: &Path,
    runtime: Option<&Path>,
) -> Result<Box<dyn Embedder>, Error> {
    let embedder = OnnxEmbedder::open(model, models_folder, runtime)
        .map_err(|error| Error::Onnx { model: model.to_owned(), source: error.into() })?;
    Ok(Box::new(InProcess { space: embedder.space().to_owned(), embedder: Mutex::new(embedder) }))
}

struct InProcess {
    space: String,
    embedder: Mutex<OnnxEmbedder>,
}

impl Embedder for InProcess {
    fn space(&self) -> &str {
        &self.space
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ProviderError>> {
        Box::pin(async move {
            let failed = |message: String| ProviderError::Failed { message };
            let mut embedder = self.embedder.lock().map_err(|error| failed(error.to_string()))?;
            let vectors = embedder.embed(texts).map_err(|error| failed(error.to_string()))?;
            Ok(vectors.into_iter().map(Embedding).collect())
        })
    }
}
