//! The texts that labels are learnt from and measured on.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use localgpt_guard::detector::{Features, features};
use serde::Deserialize;

/// The source of what stands in the repository.
pub(crate) const OWN: &str = "own";

/// One text of a corpus.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) is_attack: bool,
    pub(crate) source: String,
    pub(crate) lang: String,
    /// Whether a table that was learnt from it may be handed on.
    pub(crate) may_train: bool,
    pub(crate) features: Features,
}

impl Case {
    /// Sources of one family are written alike, so they are held out together.
    pub(crate) fn family(&self) -> &str {
        let first = self.source.split('_').next().unwrap_or_default();
        match first {
            // Made from texts of `deepset`, or beside them.
            "obfus" => "deepset",
            "vigil" => "rebuff",
            _ => first,
        }
    }
}

#[derive(Deserialize)]
struct Line {
    id: String,
    text: String,
    label: String,
    source: String,
    lang: String,
    licence: String,
}

/// Reads `dev.jsonl` in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Vec<Case>> {
    let path = folder.join("dev.jsonl");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut cases = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("cannot read a line of {}", path.display()))?;
        cases.push(Case {
            features: features(&line.text),
            is_attack: line.label == "attack",
            may_train: is_free(&line.licence),
            id: line.id,
            text: line.text,
            source: line.source,
            lang: line.lang,
        });
    }
    Ok(cases)
}

/// Whether what is derived from a text under `licence` may be handed on with a notice alone.
fn is_free(licence: &str) -> bool {
    matches!(licence, "MIT" | "Apache-2.0" | "MIT OR Apache-2.0" | "CC0")
}

/// The corpus of the repository: one text a line, `\n` for a line break, `#` before a remark.
pub(crate) fn own(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for name in ["attacks", "lookalikes"] {
        for lang in ["en", "de"] {
            let path = folder.join(format!("{name}.{lang}.txt"));
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            for (number, line) in lines.enumerate() {
                let text = line.replace("\\n", "\n");
                cases.push(Case {
                    id: format!("{name}.{lang}:{number}"),
                    features: features(&text),
                    is_attack: name == "attacks",
                    // Every fifth is kept for the tests of the crate.
                    may_train: number % 5 != 4,
                    source: OWN.to_owned(),
                    lang: lang.to_owned(),
                    text,
                });
            }
        }
    }
    Ok(cases)
}
