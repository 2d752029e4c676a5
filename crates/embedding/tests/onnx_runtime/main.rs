//! A tiny model in the real runtime. `LOCALGPT_TEST_ORT` names the library; without it this says so and does nothing.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and print")]

mod graph;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use localgpt_embedding::{OnnxEmbedder, OnnxError};

const MODEL: &str = "intfloat/multilingual-e5-small";
const DIMENSIONS: usize = 384;
/// A word's number is its place; its vector has a one in that place.
const WORDS: &[&str] = &["[UNK]", "[PAD]", "query", ":", "cat", "dog", "word"];

fn main() {
    let Some(runtime) = env::var_os("LOCALGPT_TEST_ORT").map(PathBuf::from) else {
        println!("skipped: set LOCALGPT_TEST_ORT to the library of ONNX Runtime");
        return;
    };
    let models = tempfile::tempdir().unwrap();
    write_model(models.path());
    let open = || OnnxEmbedder::open(MODEL, models.path(), Some(&runtime));

    let mut embedder = open().unwrap();
    a_text_is_the_mean_of_its_words_after_the_prefix(&mut embedder);
    a_text_has_the_same_vector_in_any_company(&mut embedder);
    a_second_embedder_has_the_same_space(&embedder, &open().unwrap());
    a_file_that_changes_is_refused(models.path(), open);
    a_file_that_is_no_model_is_refused_and_not_recorded(models.path(), open);
    println!("passed: the runtime in {}", runtime.display());
}

fn a_text_is_the_mean_of_its_words_after_the_prefix(embedder: &mut OnnxEmbedder) {
    let mut expected = vec![0.0; DIMENSIONS];
    expected[2..6].fill(0.5);
    let found = embedder.embed(&["cat dog".to_owned()]).unwrap();
    assert_eq!(found.len(), 1);
    for (found, expected) in found[0].iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    assert_eq!(embedder.embed(&[]).unwrap(), Vec::<Vec<f32>>::new());
}

fn a_text_has_the_same_vector_in_any_company(embedder: &mut OnnxEmbedder) {
    let texts: Vec<String> = (0..40).map(|count| "cat dog dog ".repeat(1 + count % 7)).collect();
    let together = embedder.embed(&texts).unwrap();
    let alone: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| embedder.embed(std::slice::from_ref(text)).unwrap().remove(0))
        .collect();
    assert_eq!(together, alone);
}

fn a_second_embedder_has_the_same_space(first: &OnnxEmbedder, second: &OnnxEmbedder) {
    assert_eq!(first.space(), second.space());
    let start = format!("onnx:{MODEL}:{DIMENSIONS}:");
    assert!(first.space().starts_with(&start), "{}", first.space());
}

fn a_file_that_changes_is_refused(
    models: &Path,
    open: impl Fn() -> Result<OnnxEmbedder, OnnxError>,
) {
    let config = models.join(MODEL).join("config.json");
    let before = fs::read(&config).unwrap();
    fs::write(&config, "{ }").unwrap();
    let error = open().err().unwrap();
    assert!(matches!(error, OnnxError::Changed { .. }), "{error}");
    fs::write(&config, before).unwrap();
    open().unwrap();
}

fn a_file_that_is_no_model_is_refused_and_not_recorded(
    models: &Path,
    open: impl Fn() -> Result<OnnxEmbedder, OnnxError>,
) {
    let sums = models.join(MODEL).join("SHA256SUMS");
    fs::remove_file(&sums).unwrap();
    fs::write(models.join(MODEL).join("onnx/model.onnx"), "version https://git-lfs").unwrap();
    let error = open().err().unwrap();
    assert!(matches!(error, OnnxError::Model { .. }), "{error}");
    assert!(!sums.exists());
}

fn write_model(models: &Path) {
    let folder = models.join(MODEL);
    fs::create_dir_all(folder.join("onnx")).unwrap();
    let vocabulary: serde_json::Map<String, serde_json::Value> = WORDS
        .iter()
        .enumerate()
        .map(|(number, word)| ((*word).to_owned(), number.into()))
        .collect();
    let tokenizer = serde_json::json!({
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": { "type": "Whitespace" },
        "model": { "type": "WordLevel", "unk_token": "[UNK]", "vocab": vocabulary },
    });
    for (name, text) in [
        ("tokenizer.json", tokenizer.to_string()),
        ("config.json", r#"{ "pad_token_id": 1 }"#.to_owned()),
        ("special_tokens_map.json", "{}".to_owned()),
        (
            "tokenizer_config.json",
            r#"{ "model_max_length": 512, "pad_token": "[PAD]" }"#.to_owned(),
        ),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let model = graph::looking_up_rows(WORDS.len(), DIMENSIONS);
    fs::write(folder.join("onnx/model.onnx"), model).unwrap();
}
