//! Texts to vectors with a model of one's own in the ONNX format, for those who want more than the table.
//!
//! Nothing is downloaded: the runtime is a library that is found when the program runs, and the files of a
//! model lie where their owner put them. What ran once is what runs ever after: a checksum says so.

mod checksum;
mod error;
mod model;

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    path::{Path, PathBuf},
    sync::Arc,
};

use fastembed::{InitOptionsUserDefined, QuantizationMode, TextEmbedding};
use ort::{environment::Environment, logging::LogLevel};
use tracing::{debug, warn};

use self::{checksum::Checksums, model::Model};

pub use self::error::OnnxError;

/// The most texts the model sees at once; more would take gigabytes, and not be faster.
const BATCH: usize = 16;

/// A model in this process that turns texts into vectors.
pub struct OnnxEmbedder {
    embedding: TextEmbedding,
    model: Model,
    space: String,
}

impl OnnxEmbedder {
    /// Opens the model with this name in fastembed, whose files lie in `<models folder>/<its repository>/`.
    ///
    /// `runtime` is the library of ONNX Runtime; without one the system looks for it where it looks for
    /// libraries. The first one that is loaded stays for the life of the process.
    ///
    /// A file `SHA256SUMS` in the model's folder says what its files must be. What it does not name is written
    /// into it, after the model has shown that it works.
    pub fn open(
        model: &str,
        models_folder: &Path,
        runtime: Option<&Path>,
    ) -> Result<Self, OnnxError> {
        let model = Model::named(model)?;
        let folder = model.folder(models_folder);
        model.check_files(&folder)?;
        load_runtime(runtime)?;
        let mut checksums = Checksums::read(&folder)?;
        let files = model.read(&mut checksums)?;
        let space = model.space(&checksums);
        // Threads that wait for work by spinning would keep an idle assistant busy.
        let options = InitOptionsUserDefined::new()
            .with_session_config("session.intra_op.allow_spinning", "0");
        let embedding = TextEmbedding::try_new_from_user_defined(files, options)
            .map_err(|source| OnnxError::Model { folder: folder.clone(), source: source.into() })?;
        let mut embedder = Self { embedding, model, space };
        embedder.embed(&["word".to_owned()])?;
        checksums.write()?;
        Ok(embedder)
    }

    /// Names the vector space: the model, its dimension, and the beginning of a checksum of all that makes a
    /// vector. Vectors of different spaces do not compare.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Returns a vector of length one for each text.
    ///
    /// A text is cut where the model stops reading, after 512 tokens at the latest.
    pub fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, OnnxError> {
        // Such a model scales by the largest number of a batch: in company, a text would get another vector.
        let batch = match self.model.quantization() {
            QuantizationMode::Dynamic => 1,
            QuantizationMode::None | QuantizationMode::Static => BATCH,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(batch) {
            let texts: Vec<String> = texts.iter().map(|text| self.model.prefixed(text)).collect();
            let found = self
                .embedding
                .embed(&texts, Some(batch))
                .map_err(|source| OnnxError::Embed { source: source.into() })?;
            if found.len() != texts.len() || !found.iter().all(|vector| self.is_usable(vector)) {
                return Err(OnnxError::Vector { dimensions: self.model.dimensions() });
            }
            vectors.extend(found);
        }
        Ok(vectors)
    }

    fn is_usable(&self, vector: &[f32]) -> bool {
        vector.len() == self.model.dimensions()
            && vector.iter().all(|coordinate| coordinate.is_finite())
            && vector.iter().any(|&coordinate| coordinate != 0.0)
    }
}

fn load_runtime(runtime: Option<&Path>) -> Result<(), OnnxError> {
    let path = runtime.map_or_else(
        || PathBuf::from(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")),
        Path::to_path_buf,
    );
    let unusable = |source| OnnxError::Runtime { path: path.clone(), source };
    let is_first = ort::init_from(&path)
        .map_err(|source| unusable(source.into()))?
        .with_name("localgpt")
        .with_telemetry(false)
        .with_logger(Arc::new(|level, _, _, place, message| log(level, place, message)))
        .commit();
    if is_first {
        let environment = Environment::current().map_err(|source| unusable(source.into()))?;
        environment.set_log_level(LogLevel::Warning);
        debug!(library = %path.display(), "ONNX Runtime loaded");
    }
    Ok(())
}

fn log(level: LogLevel, place: &str, message: &str) {
    match level {
        LogLevel::Verbose | LogLevel::Info => {}
        // It warns of graphs that it could run faster: nothing a reader of the log can change.
        LogLevel::Warning => debug!(place, message, "ONNX Runtime"),
        LogLevel::Error | LogLevel::Fatal => warn!(place, message, "ONNX Runtime"),
    }
}
