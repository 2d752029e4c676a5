//! llama.cpp's own server with one model, as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tempfile::TempDir;

use super::models::Model;
use crate::process::program;

/// Makes the models that it reads from its input: their words, and a template by which a model can tell a result
/// from a question.
const MAKE: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
import gen_gguf

begin = "{{- '<|im_start|>assistant\\n' }}"
assert begin in gen_gguf.TEMPLATE, "the template begins its answers in another way"
after_result = "{%- if messages[-1].role == 'tool' %}{{- '<|then|>' }}{%- endif %}"
for model in json.load(sys.stdin):
    words, template = model["first"], gen_gguf.TEMPLATE
    if model["then"]:
        words = words + ["<|im_end|>", "<|then|>"] + model["then"]
        template = template.replace(begin, begin + after_result)
    gen_gguf.write(model["file"], kind="chain", chain=words, template=template, n_ctx=model["window"])
"#;

/// Where the scripts lie, what runs them, and the models that were made.
pub(crate) struct Workshop {
    python: PathBuf,
    scripts: PathBuf,
    models: TempDir,
}

/// A running server; it ends when it is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Workshop {
    /// Makes `models`.
    pub(crate) fn make(python: &Path, scripts: &Path, models: &[&Model]) -> Result<Self> {
        #[derive(Serialize)]
        struct Wanted<'a> {
            file: PathBuf,
            #[serde(flatten)]
            model: &'a Model,
        }
        let own = tempfile::tempdir().context("cannot make a folder for the models")?;
        let workshop = Self { python: python.to_owned(), scripts: scripts.to_owned(), models: own };
        let wanted: Vec<Wanted<'_>> =
            models.iter().map(|model| Wanted { file: workshop.file(model), model }).collect();
        let mut child = program(python)
            .args(["-c", MAKE])
            .arg(scripts)
            .stdin(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let mut stdin = child.stdin.take().context("Python takes no input")?;
        // One that ends at once says why itself.
        let written = stdin.write_all(serde_json::to_string(&wanted)?.as_bytes());
        drop(stdin);
        let status = child.wait().context("cannot wait for Python")?;
        ensure!(
            status.success() && written.is_ok(),
            "cannot make the models: {} needs `xllamacpp`, `gguf` and `numpy` (`pip install xllamacpp gguf`)",
            python.display()
        );
        Ok(workshop)
    }

    /// Starts a server for one of them.
    pub(crate) fn serve(&self, model: &Model) -> Result<Server> {
        // Nobody else is likely to take it in between.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut child = program(&self.python)
            .arg(self.scripts.join("serve.py"))
            .arg(self.file(model))
            .args([port.to_string(), model.window.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start llama.cpp")?;
        let stdout = child.stdout.take().context("llama.cpp has no output")?;
        let server = Server { child, port };
        for line in BufReader::new(stdout).lines() {
            if line?.starts_with("LISTEN") {
                return Ok(server);
            }
        }
        anyhow::bail!("llama.cpp ended before it listened: does the Python have `xllamacpp`?")
    }

    /// The name that the server has for a model.
    pub(crate) fn file(&self, model: &Model) -> PathBuf {
        self.models.path().join(format!("{}.gguf", model.name.replace(' ', "-")))
    }
}

impl Server {
    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}
