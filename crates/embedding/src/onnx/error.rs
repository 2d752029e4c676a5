//! What can go wrong with a model of one's own, and what its owner can do about it.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    error::Error,
    io,
    path::PathBuf,
};

use super::{checksum::SUMS_FILE, model};

type Source = Box<dyn Error + Send + Sync>;

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// No model has this name.
    #[error("there is no embedding model `{name}`")]
    UnknownModel {
        /// What was asked for.
        name: String,
    },
    /// Files of the model are not there.
    #[error("cannot find the model's {} in {}", files.join(", "), folder.display())]
    Missing {
        /// Where they should lie.
        folder: PathBuf,
        /// Their names, below the folder.
        files: Vec<String>,
        /// The repository that has them.
        repository: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what its checksum says.
    #[error("cannot use {}: its SHA-256 is {found}, where {expected} was recorded", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What was recorded.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A line of the list of checksums is none.
    #[error("cannot read line {line} of {}: it is not a checksum and a file name", path.display())]
    Checksum {
        /// The list.
        path: PathBuf,
        /// Which line, from one.
        line: usize,
    },
    /// The checksums cannot be recorded.
    #[error("cannot record the checksums of the model in {}", path.display())]
    Record {
        /// The list.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The runtime cannot be loaded.
    #[error("cannot load ONNX Runtime from {}", path.display())]
    Runtime {
        /// The library, or its name where none was given.
        path: PathBuf,
        /// What the loader said.
        source: Source,
    },
    /// The runtime refuses the model.
    #[error("cannot load the model in {}", folder.display())]
    Model {
        /// Where its files lie.
        folder: PathBuf,
        /// What the runtime or the tokenizer said.
        source: Source,
    },
    /// The model fails on a text.
    #[error("cannot turn text into vectors")]
    Embed {
        /// What the runtime or the tokenizer said.
        source: Source,
    },
    /// The model returns something other than a vector for each text.
    #[error(
        "cannot use the model: it does not return a vector of {dimensions} numbers for each text"
    )]
    Vector {
        /// How many numbers it should return.
        dimensions: usize,
    },
}

impl OnnxError {
    /// Returns what the reader can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownModel { .. } => format!("use one of {}", model::names().join(", ")),
            Self::Missing { folder, repository, .. } => format!(
                "download them from https://huggingface.co/{repository} and put them into {} \
                 under the same names",
                folder.display()
            ),
            Self::Read { .. } => "check that it is a file you may read".to_owned(),
            Self::Changed { .. } => format!(
                "download it again; if you replaced it on purpose, delete its line in {SUMS_FILE}"
            ),
            Self::Checksum { .. } => {
                "write each line as `sha256sum` does, or delete the file".to_owned()
            }
            Self::Record { .. } => format!(
                "check that you may write to the folder, or write {SUMS_FILE} with `sha256sum`"
            ),
            Self::Runtime { .. } => format!(
                "install ONNX Runtime 1.{} or later, and set ORT_DYLIB_PATH to its file \
                 {DLL_PREFIX}onnxruntime{DLL_SUFFIX}",
                ort::MINOR_VERSION
            ),
            Self::Model { .. } | Self::Vector { .. } => {
                "check that its files are complete, and all of the same model; without Git LFS, \
                 `git clone` leaves short stand-ins for large files"
                    .to_owned()
            }
            Self::Embed { .. } => "choose another model, or `kind = \"builtin\"`".to_owned(),
        }
    }
}
