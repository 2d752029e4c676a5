//! Which models there are, and which files make one.

use std::path::{Path, PathBuf};

use fastembed::{
    EmbeddingModel, ModelInfo, QuantizationMode, TextEmbedding, TokenizerFiles,
    UserDefinedEmbeddingModel,
};

use super::{OnnxError, checksum::Checksums};

const TOKENIZER: &str = "tokenizer.json";
const CONFIG: &str = "config.json";
const SPECIAL_TOKENS: &str = "special_tokens_map.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// A model that fastembed knows.
pub(super) struct Model(ModelInfo<EmbeddingModel>);

impl Model {
    /// Finds a model by its repository (`intfloat/multilingual-e5-small`), or by its name in fastembed
    /// (`MultilingualE5Small`), which tells the quantized one from the whole one.
    pub(super) fn named(name: &str) -> Result<Self, OnnxError> {
        let models = TextEmbedding::list_supported_models().into_iter();
        let found = models
            .filter(|info| {
                info.model_code.eq_ignore_ascii_case(name)
                    || info.model.to_string().eq_ignore_ascii_case(name)
            })
            // Of several in a repository, the whole one has the shortest name: `model.onnx`.
            .min_by_key(|info| info.model_file.len());
        match found {
            Some(info) => Ok(Self(info)),
            None => Err(OnnxError::UnknownModel { name: name.to_owned() }),
        }
    }

    pub(super) fn dimensions(&self) -> usize {
        self.0.dim
    }

    pub(super) fn quantization(&self) -> QuantizationMode {
        TextEmbedding::get_quantization_mode(&self.0.model)
    }

    /// Where its files lie, as they lie in the repository.
    pub(super) fn folder(&self, models_folder: &Path) -> PathBuf {
        self.0.model_code.split('/').fold(models_folder.to_owned(), |path, part| path.join(part))
    }

    /// Refuses a folder in which files are missing, naming them all.
    pub(super) fn check_files(&self, folder: &Path) -> Result<(), OnnxError> {
        let mut files = self.files();
        files.retain(|name| !folder.join(name).is_file());
        if files.is_empty() {
            return Ok(());
        }
        let repository = self.0.model_code.clone();
        Err(OnnxError::Missing { folder: folder.to_owned(), files, repository })
    }

    /// Reads its files, each as its checksum says.
    pub(super) fn read(
        &self,
        checksums: &mut Checksums,
    ) -> Result<UserDefinedEmbeddingModel, OnnxError> {
        let info = &self.0;
        let tokenizer = TokenizerFiles {
            tokenizer_file: checksums.verified(TOKENIZER)?,
            config_file: checksums.verified(CONFIG)?,
            special_tokens_map_file: checksums.verified(SPECIAL_TOKENS)?,
            tokenizer_config_file: checksums.verified(TOKENIZER_CONFIG)?,
        };
        let model_file = checksums.verified(&info.model_file)?;
        let mut model = UserDefinedEmbeddingModel::new(model_file, tokenizer)
            .with_quantization(self.quantization());
        model.pooling = TextEmbedding::get_default_pooling_method(&info.model);
        model.output_key = info.output_key.clone();
        for name in &info.additional_files {
            // The graph names them as its neighbours.
            let neighbour = name.rsplit('/').next().unwrap_or(name).to_owned();
            model = model.with_external_initializer(neighbour, checksums.verified(name)?);
        }
        Ok(model)
    }

    /// Names its vectors: another file or another prefix makes another space.
    pub(super) fn space(&self, checksums: &Checksums) -> String {
        let sum = checksums.of_all(&self.files(), self.prefix());
        format!("onnx:{}:{}:{:.8}", self.0.model_code, self.dimensions(), sum)
    }

    /// The text as the model was trained to read it.
    pub(super) fn prefixed(&self, text: &str) -> String {
        format!("{}{text}", self.prefix())
    }

    fn files(&self) -> Vec<String> {
        let info = &self.0;
        let tokenizer = [TOKENIZER, CONFIG, SPECIAL_TOKENS, TOKENIZER_CONFIG].map(str::to_owned);
        let mut files = vec![info.model_file.clone()];
        files.extend(info.additional_files.iter().cloned());
        files.extend(tokenizer);
        files
    }

    /// E5 was trained on prefixed texts only. With one prefix for both sides, a text finds its like.
    fn prefix(&self) -> &'static str {
        match self.0.model {
            EmbeddingModel::MultilingualE5Small
            | EmbeddingModel::MultilingualE5Base
            | EmbeddingModel::MultilingualE5Large => "query: ",
            _ => "",
        }
    }
}

/// Returns a name for each model, in order.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = TextEmbedding::list_supported_models()
        .into_iter()
        .map(|info| match Model::named(&info.model_code) {
            Ok(Model(found)) if found.model == info.model => info.model_code,
            Ok(_) | Err(_) => info.model.to_string(),
        })
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &EmbeddingModel) {
        assert_eq!(Model::named(name).unwrap().0.model, *expected, "{name}");
    }

    #[test]
    fn a_model_is_found_by_repository_and_by_name() {
        check("intfloat/multilingual-e5-small", &EmbeddingModel::MultilingualE5Small);
        check("MultilingualE5Small", &EmbeddingModel::MultilingualE5Small);
        check("baai/BGE-m3", &EmbeddingModel::BGEM3);
    }

    #[test]
    fn of_two_in_a_repository_the_whole_one_is_meant() {
        check("nomic-ai/nomic-embed-text-v1.5", &EmbeddingModel::NomicEmbedTextV15);
        check("NomicEmbedTextV15Q", &EmbeddingModel::NomicEmbedTextV15Q);
        check("onnx-community/embeddinggemma-300m-ONNX", &EmbeddingModel::EmbeddingGemma300M);
    }

    #[test]
    fn every_model_has_a_name_of_its_own() {
        let models = TextEmbedding::list_supported_models();
        let found: std::collections::HashSet<String> =
            names().iter().map(|name| Model::named(name).unwrap().0.model.to_string()).collect();
        assert_eq!(found.len(), models.len());
    }

    #[test]
    fn the_folder_is_that_of_the_repository() {
        let model = Model::named("BGEM3").unwrap();
        assert_eq!(model.folder(Path::new("models")), Path::new("models/BAAI/bge-m3"));
        assert_eq!(
            model.files(),
            [
                "onnx/model.onnx",
                "onnx/model.onnx_data",
                "onnx/Constant_7_attr__value",
                "tokenizer.json",
                "config.json",
                "special_tokens_map.json",
                "tokenizer_config.json",
            ]
        );
    }
}
