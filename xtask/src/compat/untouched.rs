//! Assertions 6 and 7: nothing under the folder of the other program changes, and its secrets stay closed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{
    person::Person,
    report::{Report, unless},
    tree::{self, Picture, Watch},
};

const CANARY: &str = "SECRET-7f1e-CANARY";
const SECRETS: [&str; 4] = [
    "credentials/oauth.json",
    "agents/main/agent/auth-profiles.json",
    "agents/field-notes/agent/auth-profiles.json",
    ".env",
];

/// Runs the assertions over both workspaces.
pub(crate) fn check(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    for (name, agents) in [
        ("en-small", [("main", "workspace"), ("field-notes", "workspace-field-notes")]),
        ("de-jahr", [("main", "workspace"), ("main", "workspace-haushalt")]),
    ] {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        let state = own.path().join("state");
        tree::copy(&folder.join(name).join("state"), &state)?;
        for secret in SECRETS {
            tree::write(&state, secret, format!("{{\"token\": \"{CANARY}\"}}\n"))?;
        }
        let before = Picture::take(&state)?;
        let secrets: Vec<PathBuf> = SECRETS.iter().map(|secret| state.join(secret)).collect();
        let watch = Watch::begin(&secrets, &own.path().join("probe"))?;
        let person = Person::create(binary)?;
        let mut heard = String::new();
        for (agent, workspace) in agents {
            let sessions = state.join(format!("agents/{agent}/sessions"));
            let sessions = sessions.to_string_lossy();
            let workspace = state.join(workspace);
            for words in [
                &["session", "import", sessions.as_ref()][..],
                &["session", "list"],
                &["memory", "search", CANARY],
                &["memory", "search", "token"],
                &["doctor"],
            ] {
                let ran = person.run(&workspace, words)?;
                heard.push_str(&(ran.stdout + &ran.stderr));
            }
            heard.push_str(&person.prompt(&workspace)?);
        }
        // Read before anything else reads them.
        let read = watch.as_ref().map(Watch::read).transpose()?;
        let changes = before.changes(&Picture::take(&state)?);
        let what = format!("{name}: no byte, mode or time of change is touched");
        report.check("6", &what, &changes);

        let mut complaints: Vec<String> = Vec::new();
        let opened = read.iter().flatten();
        complaints.extend(opened.map(|path| format!("opened: {}", path.display())));
        // The words that were searched for are said back.
        let echoed = heard.matches(CANARY).count();
        let said_back = heard.matches(&format!("\"{CANARY}\"")).count();
        complaints.extend(unless(echoed == said_back, "a secret was said"));
        let files = person.files_with(CANARY)?;
        complaints.extend(files.iter().map(|path| format!("kept in {}", path.display())));
        report.check("7", &format!("{name}: secrets are never opened, said or kept"), &complaints);
        if read.is_none() {
            report.unseen("7", "this file system keeps no time of access: by their text alone");
        }
    }
    Ok(())
}
