//! Asking the binary, and the formats in which questions go in and results come out.

use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{binary::User, process::output};

/// One question of a batch, as the binary reads it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asked {
    /// Comes back with the results.
    pub(crate) id: String,
    /// The question.
    pub(crate) text: String,
}

/// A result, as the binary prints it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Hit {
    /// The file, relative to the workspace.
    pub(crate) path: String,
    /// The first line, counted from 1.
    pub(crate) start_line: u32,
    /// The last line.
    pub(crate) end_line: u32,
    /// What would be put before a model.
    pub(crate) text: String,
}

/// The signals that a search uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signals {
    /// Words and vectors, as shipped.
    Hybrid,
    /// Words alone.
    Words,
    /// Vectors alone.
    Vectors,
}

impl fmt::Display for Signals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hybrid => "hybrid",
            Self::Words => "words",
            Self::Vectors => "vectors",
        })
    }
}

/// How the binary is asked.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    /// The release binary.
    pub(crate) binary: &'a Path,
    /// The signals it may use.
    pub(crate) signals: Signals,
    /// Where the results are kept for another scorer.
    pub(crate) keep: Option<&'a Path>,
}

impl Search<'_> {
    /// Answers every question over `workspace` with at most `limit` results; `name` names the run.
    pub(crate) fn answers(
        &self,
        user: &User,
        workspace: &Path,
        name: &str,
        (questions, limit): (&[Asked], usize),
    ) -> Result<HashMap<String, Vec<Hit>>> {
        #[derive(Deserialize)]
        struct Answered {
            id: String,
            results: Vec<Hit>,
        }
        let batch = tempfile::NamedTempFile::new().context("cannot make a file of questions")?;
        fs::write(batch.path(), lines_of(questions)?).context("cannot write the questions")?;
        let mut command = user.command(workspace);
        command.args(["memory", "search", "--json", "--limit", &limit.to_string(), "--batch"]);
        command.arg(batch.path());
        if self.signals != Signals::Hybrid {
            command.args(["--mode", &self.signals.to_string()]);
        }
        let printed = output(&mut command)?;
        if let Some(folder) = self.keep {
            fs::create_dir_all(folder).context("cannot make the folder for the results")?;
            let file = folder.join(format!("{name}-{}.jsonl", self.signals));
            fs::write(&file, &printed)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        let answered: Vec<Answered> = parse(&printed).context("cannot read the results")?;
        Ok(answered.into_iter().map(|answered| (answered.id, answered.results)).collect())
    }
}

/// Reads a file of JSON lines.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>> {
    let path: PathBuf = folder.join(name);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("cannot read {}", path.display()))
}

fn parse<T: DeserializeOwned>(text: &str) -> serde_json::Result<Vec<T>> {
    text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect()
}

fn lines_of(questions: &[Asked]) -> serde_json::Result<String> {
    let lines: Vec<String> =
        questions.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join("\n") + "\n")
}
