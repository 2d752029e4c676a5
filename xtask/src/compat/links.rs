//! Assertion 23: links, pipes, loops and devices.

use std::{fs, os::unix::fs::symlink, path::Path, process::Stdio};

use anyhow::{Context as _, Result, ensure};

use super::{
    person::{Person, section},
    report::{Report, unless},
    tree,
};
use crate::process::{program, succeeds};

const CANARY: &str = "OUTSIDE-7731-CANARY";
const KINDS: [&str; 7] = ["link", "hard link", "loop", "pipe", "endless", "device", "folder"];
const NAMES: [&str; 6] =
    ["SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md", "MEMORY.md", "memory/DAY.md"];

/// Runs the assertion for every kind of entry.
pub(crate) fn check(report: &mut Report, binary: &Path) -> Result<()> {
    for kind in KINDS {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        tree::write(own.path(), "outside/secret.md", format!("# Secret\n\n{CANARY}\n"))?;
        let workspace = own.path().join("workspace");
        tree::write(&workspace, "AGENTS.md", "# Agents\n")?;
        fs::create_dir_all(workspace.join("memory"))?;
        let today = jiff::ZonedDateTime::now().date();
        let outside = own.path().join("outside/secret.md");
        let mut is_made = true;
        for name in NAMES.iter().copied().chain(["memory/plain.md"]) {
            let path = workspace.join(name.replace("DAY", &today.to_string()));
            is_made &= make(kind, &path, &outside)?;
        }
        if !is_made {
            report.unseen("23", &format!("this user may make no {kind}"));
            continue;
        }
        let complaints = complaints(binary, &workspace, kind)?;
        report.check(
            "23",
            &format!("hostile: nothing behind ({kind}), and no waiting"),
            &complaints,
        );
    }
    folder_that_leads_out(report, binary)?;
    report.differs("23", "a link inside of the workspace is refused too, as in 2026.9.6");
    Ok(())
}

/// Makes an entry; false if this user may not.
fn make(kind: &str, path: &Path, outside: &Path) -> Result<bool> {
    match kind {
        "link" => symlink(outside, path)?,
        "hard link" => fs::hard_link(outside, path)?,
        "loop" => symlink(path, path)?,
        "endless" => symlink("/dev/zero", path)?,
        "folder" => fs::create_dir(path)?,
        "pipe" => {
            ensure!(succeeds(program("mkfifo").arg(path)), "cannot make a pipe: it needs mkfifo");
        }
        _ => {
            let mut mknod = program("mknod");
            return Ok(succeeds(mknod.arg(path).args(["c", "1", "5"]).stderr(Stdio::null())));
        }
    }
    Ok(true)
}

fn complaints(binary: &Path, workspace: &Path, kind: &str) -> Result<Vec<String>> {
    let person = Person::create(binary)?;
    let asked = person.ask(workspace, "hello")?;
    let prompt = asked.prompt.unwrap_or_default();
    let mut heard = format!("{prompt}{}{}", asked.ran.stdout, asked.ran.stderr);
    let mut complaints: Vec<String> =
        unless(asked.ran.status == Some(0), format!("`ask`: {:?}", asked.ran.status))
            .into_iter()
            .collect();
    for name in NAMES.into_iter().filter(|name| !name.contains('/')) {
        let sent = section(&prompt, name).unwrap_or_default();
        let is_marked = sent.starts_with("[REFUSED]") || sent.starts_with("[UNREADABLE]");
        complaints.extend(unless(is_marked, format!("{name}: the model is told {sent:?}")));
        let is_said = asked.ran.stderr.contains(name);
        complaints.extend(unless(is_said, format!("{name}: the person is not told")));
    }
    for words in [
        &["memory", "search", "secret"][..],
        &["memory", "sync"],
        &["memory", "status"],
        &["doctor"],
    ] {
        let ran = person.run(workspace, words)?;
        complaints.extend(unless(ran.status.is_some(), format!("`{}` hung", words.join(" "))));
        heard.push_str(&ran.stdout);
        heard.push_str(&ran.stderr);
    }
    complaints.extend(unless(!heard.contains(CANARY), "what is outside was said"));
    let is_named = kind == "folder" || heard.contains("plain.md");
    complaints.extend(unless(is_named, "memory/plain.md is left out in silence"));
    let files = person.files_with(CANARY)?;
    complaints.extend(files.iter().map(|path| format!("kept in {}", path.display())));
    Ok(complaints)
}

fn folder_that_leads_out(report: &mut Report, binary: &Path) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let workspace = own.path().join("workspace");
    let today = jiff::ZonedDateTime::now().date();
    tree::write(own.path(), &format!("outside/{today}.md"), format!("# Day\n\n{CANARY}\n"))?;
    tree::write(&workspace, "AGENTS.md", "# Agents\n")?;
    symlink(own.path().join("outside"), workspace.join("memory"))?;
    let person = Person::create(binary)?;
    let asked = person.ask(&workspace, "hello")?;
    let found = person.run(&workspace, &["memory", "search", "day"])?;
    let heard = [asked.prompt.unwrap_or_default(), asked.ran.stderr, found.stdout].concat();
    let mut complaints: Vec<String> = [
        unless(asked.ran.status == Some(0), format!("`ask`: {:?}", asked.ran.status)),
        unless(found.status.is_some(), "`memory search` hung"),
        unless(!heard.contains(CANARY), "what is outside was said"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let files = person.files_with(CANARY)?;
    complaints.extend(files.iter().map(|path| format!("kept in {}", path.display())));
    report.check("23", "hostile: nothing of a folder `memory` that leads out", &complaints);
    Ok(())
}
