//! The scripted server, as a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::program;

/// A running server; it ends when it is dropped.
pub(crate) struct Fake {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Fake {
    /// Starts the server of `folder` with a scenario.
    pub(crate) fn start(folder: &Path, scenario: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Listening {
            port: u16,
        }
        let own = tempfile::tempdir().context("cannot make a folder for the log")?;
        let mut child = program("python3")
            .arg(folder.join("fake_llm.py"))
            .arg("--scenario")
            .arg(folder.join("scenarios").join(format!("{scenario}.json")))
            .args(["--port", "0", "--log"])
            .arg(own.path().join("requests.jsonl"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the scripted server: it needs python3")?;
        let stdout = child.stdout.take().context("the scripted server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let listening: Listening =
            serde_json::from_str(&line).context("the scripted server did not say its port")?;
        Ok(Self { child, port: listening.port, folder: own })
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Why requests were refused that a real server would refuse as well. What a scenario refuses by itself does
    /// not count.
    pub(crate) fn rejected(&self) -> Result<Vec<String>> {
        let log = self.folder.path().join("requests.jsonl");
        let Ok(text) = std::fs::read_to_string(&log) else { return Ok(Vec::new()) };
        let mut reasons = Vec::new();
        for line in text.lines() {
            let request: Value = serde_json::from_str(line).context("cannot read the log")?;
            let said = |name: &str| request.get(name).filter(|value| !value.is_null());
            // What a rule of the scenario refuses is what it is for.
            if let (Some(reason), None) = (said("rejected"), said("rule")) {
                reasons.push(reason.to_string());
            }
            let warnings = said("warnings").and_then(Value::as_array);
            reasons.extend(warnings.into_iter().flatten().map(ToString::to_string));
        }
        Ok(reasons)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}
