//! The keys there are, read from the commented default.

use std::collections::BTreeSet;

/// The configuration with every key and its comment: the default and the manual.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// One key of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key with its tables: `log.level`.
    pub name: String,
    /// What it is for, in the lines of the default file.
    pub comment: String,
    /// The default as TOML; empty where there is none.
    pub default: String,
}

/// Returns every key, in the order of the default file.
pub fn keys() -> Vec<KeyInfo> {
    let mut keys = Vec::new();
    let mut table = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(header) = line.strip_prefix('[') {
            table = format!("{}.", header.trim_end_matches(']'));
            comment.clear();
            continue;
        }
        match (line.strip_prefix("# "), line.split_once(" = ")) {
            (Some(text), _) => comment.push(text),
            (None, Some((key, value))) => {
                let (key, default) = match key.strip_prefix('#') {
                    Some(key) => (key, ""),
                    None => (key, value),
                };
                keys.push(KeyInfo {
                    name: format!("{table}{key}"),
                    comment: comment.join("\n"),
                    default: default.to_owned(),
                });
                comment.clear();
            }
            (None, None) => comment.clear(),
        }
    }
    keys
}

/// The names of the keys and of the tables they are in.
#[derive(Debug)]
pub(crate) struct KnownNames {
    keys: BTreeSet<String>,
    tables: BTreeSet<String>,
}

impl KnownNames {
    pub(crate) fn new() -> Self {
        let keys: BTreeSet<String> = keys().into_iter().map(|key| key.name).collect();
        let tables = keys
            .iter()
            .flat_map(|key| key.match_indices('.').map(|(dot, _)| key[..dot].to_owned()))
            .collect();
        Self { keys, tables }
    }

    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.keys.contains(name)
    }

    pub(crate) fn is_table(&self, name: &str) -> bool {
        self.tables.contains(name)
    }

    /// Returns the keys in the table `name`; none where it is not a table.
    pub(crate) fn keys_in(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name}.");
        self.keys.iter().filter(|key| key.starts_with(&prefix)).cloned().collect()
    }

    /// Returns the name that `name` was probably meant to be: close as a whole, or at least in
    /// its last part, as when the table was forgotten.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let names = self.keys.iter().chain(&self.tables);
        let (distance, nearest) = names
            .map(|known| {
                let whole = strsim::damerau_levenshtein(name, known);
                let last = strsim::damerau_levenshtein(last_part(name), last_part(known)) + 1;
                (whole.min(last), known)
            })
            .min_by_key(|(distance, _)| *distance)?;
        let allowed = 1 + last_part(name).chars().count() / 3;
        (distance <= allowed).then(|| nearest.clone())
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_key_has_a_comment_and_a_place() {
        let listed: Vec<String> = keys()
            .into_iter()
            .map(|key| {
                assert!(!key.comment.is_empty(), "`{}` has no comment", key.name);
                format!("{} = {}", key.name, key.default).trim_end().to_owned()
            })
            .collect();
        expect![[r#"
            workspace =
            language = "auto"
            time_zone =
            model.use =
            model.fallback = []
            model.aliases = {}
            model.context =
            model.max_output = 4096
            model.max_silence = 300
            model.recall_tokens = 1200
            turn.max_steps = 24
            turn.max_calls = 48
            turn.max_seconds = 900
            turn.max_tokens = 400_000
            providers.anthropic.base_url = "https://api.anthropic.com"
            providers.anthropic.api_key = { env = "ANTHROPIC_API_KEY" }
            providers.openai.base_url = "https://api.openai.com/v1"
            providers.openai.api_key = { env = "OPENAI_API_KEY" }
            providers.ollama.base_url = "http://127.0.0.1:11434"
            providers.claude-cli.program = "claude"
            providers.claude-cli.unattended = false
            providers.servers = []
            policy.mode = "trusted-folder"
            web.search = "off"
            web.search_url =
            web.search_key = { env = "BRAVE_API_KEY" }
            web.own_hosts = []
            history.place = "beside"
            history.max_file_bytes = "16 MiB"
            skills.folders = []
            skills.disabled = []
            memory.extra_paths = []
            memory.max_file_bytes = "16 MiB"
            embedding.kind = "builtin"
            embedding.onnx.model = "intfloat/multilingual-e5-small"
            embedding.openai.base_url = "https://api.openai.com/v1"
            embedding.openai.model = "text-embedding-3-small"
            embedding.openai.api_key =
            embedding.ollama.base_url = "http://127.0.0.1:11434"
            embedding.ollama.model = "embeddinggemma"
            log.level = "info"
            log.max_files = 7"#]]
        .assert_eq(&listed.join("\n"));
    }

    #[test]
    fn a_misspelt_key_finds_the_one_that_was_meant() {
        let known = KnownNames::new();
        let cases = [
            ("log.levl", Some("log.level")),
            ("logg", Some("log")),
            ("level", Some("log.level")),
            ("memory.max_file_byte", Some("memory.max_file_bytes")),
            ("memory.level", Some("log.level")),
            ("timezone", Some("time_zone")),
            ("embeding.openai.api_kee", Some("embedding.openai.api_key")),
            ("heartbeat", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(known.nearest(written).as_deref(), expected, "{written}");
        }
    }
}
