//! Stands for a model in this process where the program was built without one.

use std::path::Path;

use localgpt_protocol::Embedder;

use crate::Error;

/// Says that there is none.
pub(crate) fn open(
    model: &str,
    _models_folder: &Path,
    _runtime: Option<&Path>,
) -> Result<Box<dyn Embedder>, Error> {
    let source = "this program was built without the feature `onnx`".into();
    Err(Error::Onnx { model: model.to_owned(), source })
}
