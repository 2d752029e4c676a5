//! `cargo xtask drill DIR`: the real binary against the scripted servers in DIR, which lies beside the project.
//!
//! Each case is one run of `ask`: what it must print, with which status. Afterwards the log of the server says
//! whether every request was legal.

mod cases;
mod fake;
pub(crate) mod llama;
mod models;
mod server;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use self::{
    cases::{Api, Case, cases},
    fake::Fake,
};
use crate::binary::{self, User};

/// The words of `drill`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder with `fake_llm.py` and its `scenarios`.
    folder: PathBuf,
    /// A binary that is built already; without it the release binary is built.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Only cases whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

/// Runs every case of every scenario over every protocol.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.canonicalize().context("cannot find the binary")?,
        None => binary::build()?,
    };
    let folder = arguments.folder.canonicalize().context("cannot find the folder")?;
    let mut failed = 0;
    let mut done = 0;
    for api in Api::ALL {
        for (scenario, cases) in cases(api) {
            let name = format!("{} {scenario}", api.name());
            let wanted: Vec<&Case> = cases
                .iter()
                .filter(|case| format!("{name} {}", case.prompt).contains(&arguments.only))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let fake = Fake::start(&folder, scenario)?;
            for case in wanted {
                done += 1;
                let complaints = complaints(&binary, &api.configuration(fake.port()), case)?;
                failed += usize::from(!complaints.is_empty());
                tell(&format!("{name}: {}", case.prompt), &complaints);
            }
            let rejected = fake.rejected()?;
            failed += rejected.len();
            for reason in rejected {
                println!("FAIL {name}: the server refused a request: {reason}");
            }
        }
    }
    match failed {
        0 => {
            println!("{done} cases, every request legal");
            Ok(())
        }
        _ => bail!("{failed} of {done} cases failed"),
    }
}

/// Says how a case went.
fn tell(case: &str, complaints: &[String]) {
    println!("{} {case}", if complaints.is_empty() { "ok  " } else { "FAIL" });
    for complaint in complaints {
        println!("     {complaint}");
    }
}

/// What is wrong with the run of one case.
fn complaints(binary: &Path, configuration: &str, case: &Case) -> Result<Vec<String>> {
    let user = User::create(binary)?;
    user.configure(configuration)?;
    let notes = tempfile::tempdir().context("cannot make a workspace")?;
    std::fs::write(notes.path().join("MEMORY.md"), "# Memory\n\n- The cat is called Mimi.\n")?;
    let output = user
        .command(notes.path())
        .env("DRILL_KEY", "key-of-the-drill")
        .args(["ask", case.prompt])
        .output()
        .context("cannot start the binary")?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut complaints = Vec::new();
    if output.status.code() != Some(case.status) {
        complaints.push(format!("status {:?}, not {}", output.status.code(), case.status));
    }
    if !stdout.contains(case.stdout) {
        complaints.push(format!("stdout lacks {:?}", case.stdout));
    }
    if !stderr.contains(case.stderr) {
        complaints.push(format!("stderr lacks {:?}", case.stderr));
    }
    for (name, text) in [("stdout", &stdout), ("stderr", &stderr)] {
        for never in ["panicked", "key-of-the-drill"] {
            if text.contains(never) {
                complaints.push(format!("{name} holds {never:?}"));
            }
        }
    }
    let errors = stderr.lines().filter(|line| line.starts_with("error:")).count();
    if errors != usize::from(case.status != 0) {
        complaints.push(format!("{errors} error messages"));
    }
    let remembered =
        std::fs::read_dir(notes.path().join("memory")).is_ok_and(|mut days| days.next().is_some());
    if remembered != case.remembers {
        complaints.push(match remembered {
            true => "something was remembered".to_owned(),
            false => "nothing was remembered".to_owned(),
        });
    }
    if !complaints.is_empty() {
        let end = |text: &str| text.chars().take(600).collect::<String>();
        complaints.push(format!("stdout: {:?}", end(&stdout)));
        complaints.push(format!("stderr: {:?}", end(&stderr)));
    }
    Ok(complaints)
}
