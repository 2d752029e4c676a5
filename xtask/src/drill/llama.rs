//! `cargo xtask drill-llama DIR`: the real binary against llama.cpp's own server, with models made for the drill.
//!
//! It needs a Python with `xllamacpp` and `gguf`, and the folder DIR, which lies beside the project; it starts and
//! ends the servers itself. Nothing is fetched.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{
    complaints,
    models::{MODELS, Model},
    server::Workshop,
    tell,
};
use crate::binary::{self, User};

/// The words of `drill-llama`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder with `gen_gguf.py` and `serve.py`.
    folder: PathBuf,
    /// A Python that has `xllamacpp`, `gguf` and `numpy`.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// A binary that is built already; without it the release binary is built.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Only models whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

/// Asks every model, and looks how the server lists it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.canonicalize().context("cannot find the binary")?,
        None => binary::build()?,
    };
    let folder = arguments.folder.canonicalize().context("cannot find the folder")?;
    let models: Vec<&Model> =
        MODELS.iter().filter(|model| model.name.contains(&arguments.only)).collect();
    let workshop = Workshop::make(&arguments.python, &folder, &models)?;
    let mut failed = 0;
    for model in &models {
        let server = workshop.serve(model)?;
        let name = format!("llamacpp/{}", workshop.file(model).display());
        let configuration = configuration(&name, server.port());
        let mut complaints = complaints(&binary, &configuration, &model.case)?;
        complaints.extend(unlisted(&binary, &configuration, &name, model)?);
        failed += usize::from(!complaints.is_empty());
        tell(model.name, &complaints);
    }
    match failed {
        0 => {
            println!("{} models", models.len());
            Ok(())
        }
        _ => bail!("{failed} of {} models failed", models.len()),
    }
}

/// What `models` does not say of the model.
fn unlisted(
    binary: &Path,
    configuration: &str,
    name: &str,
    model: &Model,
) -> Result<Option<String>> {
    let user = User::create(binary)?;
    user.configure(configuration)?;
    let workspace = tempfile::tempdir().context("cannot make a workspace")?;
    let output = user.command(workspace.path()).args(["--json", "models"]).output()?;
    let list: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("`models` printed no JSON")?;
    let mut rows = list.get("models").and_then(|rows| rows.as_array()).into_iter().flatten();
    let row = rows.find(|row| row.get("name").is_some_and(|it| it == name));
    let window = row.and_then(|row| row.get("window"));
    Ok((window != Some(&model.window.into())).then(|| format!("`models` says {list}")))
}

/// The configuration of someone whose llama.cpp listens on `port`. Answers that never end are cut early.
fn configuration(name: &str, port: u16) -> String {
    format!(
        "language = \"english\"\n[model]\nuse = \"{name}\"\nmax_silence = 30\nmax_output = 256\n\
         [[providers.servers]]\nname = \"llamacpp\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\n"
    )
}
