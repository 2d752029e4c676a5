//! What a person reads who has not put everything in its place. Needs no runtime.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{error::Error as _, fs, path::Path};

use localgpt_embedding::{OnnxEmbedder, OnnxError};

const MODEL: &str = "intfloat/multilingual-e5-small";
const FILES: &[&str] = &[
    "onnx/model.onnx",
    "tokenizer.json",
    "config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
];

fn error(model: &str, models_folder: &Path) -> OnnxError {
    let runtime = models_folder.join("no-such-library.so");
    OnnxEmbedder::open(model, models_folder, Some(&runtime)).err().unwrap()
}

#[test]
fn an_unknown_model_lists_those_that_are_known() {
    let error = error("e5-tiny", Path::new("models"));
    assert_eq!(error.to_string(), "there is no embedding model `e5-tiny`");
    assert!(error.hint().contains(MODEL), "{}", error.hint());
}

#[test]
fn a_model_that_is_not_there_names_its_files_and_where_they_come_from() {
    let models = Path::new("models");
    let folder = models.join("intfloat").join("multilingual-e5-small");
    let error = error(MODEL, models);
    assert_eq!(
        error.to_string(),
        format!("cannot find the model's {} in {}", FILES.join(", "), folder.display())
    );
    assert_eq!(
        error.hint(),
        format!(
            "download them from https://huggingface.co/{MODEL} and put them into {} under the same names",
            folder.display()
        )
    );
}

#[test]
fn only_what_is_missing_is_named() {
    let models = tempfile::tempdir().unwrap();
    write_files(models.path(), &FILES[1..]);
    let error = error(MODEL, models.path());
    let OnnxError::Missing { files, .. } = &error else { panic!("{error}") };
    assert_eq!(files, &FILES[..1]);
}

#[test]
fn a_runtime_that_is_not_there_says_which_and_how_to_name_another() {
    let models = tempfile::tempdir().unwrap();
    write_files(models.path(), FILES);
    let error = error(MODEL, models.path());
    let library = models.path().join("no-such-library.so");
    assert_eq!(error.to_string(), format!("cannot load ONNX Runtime from {}", library.display()));
    assert!(error.source().is_some());
    assert!(error.hint().contains("set ORT_DYLIB_PATH to its file"), "{}", error.hint());
    assert!(
        !models.path().join(MODEL).join("SHA256SUMS").exists(),
        "what never ran is not recorded"
    );
}

#[test]
fn an_embedder_moves_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<OnnxEmbedder>();
    is_send::<OnnxError>();
}

fn write_files(models: &Path, files: &[&str]) {
    for file in files {
        let path = models.join(MODEL).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }
}
