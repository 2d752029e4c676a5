//! The golden vectors of what this part of the format has: truncation, what is missing or blank, and identities.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{
    person::{Person, section},
    report::{Report, unless},
    tree,
};
use crate::process::{cargo, output};

/// What the example prints that stands in for commands which are not there.
pub(crate) fn example(words: &[&str]) -> Result<String> {
    const EXAMPLE: [&str; 8] = [
        "run",
        "--quiet",
        "--locked",
        "--package",
        "localgpt-assistant",
        "--example",
        "compat",
        "--",
    ];
    output(cargo(EXAMPLE).args(words))
}

/// Runs the vectors.
pub(crate) fn check(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    let text = fs::read_to_string(folder.join("golden/golden.json"))?;
    let golden: Value = serde_json::from_str(&text).context("golden.json is no JSON")?;
    identities(report, &golden)?;
    sizes(report, binary, &golden)?;
    report.differs("g", "sizes: 20,000 with the mark inside and whole lines, as recommended");
    report.unseen("g", "emptiness, tokens, tasks and hours: nothing beats yet");
    Ok(())
}

fn identities(report: &mut Report, golden: &Value) -> Result<()> {
    let vectors = golden.get("identity").and_then(Value::as_array).context("no identities")?;
    let texts: Vec<&Value> = vectors.iter().filter_map(|vector| vector.get("in")).collect();
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let file = own.path().join("identities.json");
    fs::write(&file, serde_json::to_string(&texts)?)?;
    let read = example(&["identity", &file.to_string_lossy()])?;
    let read: Vec<Value> = serde_json::from_str(&read).context("the example printed no list")?;
    let expected: Vec<&Value> = vectors.iter().filter_map(|vector| vector.get("out")).collect();
    let mut complaints: Vec<String> = expected
        .iter()
        .zip(&read)
        .filter(|(expected, read)| **expected != *read)
        .map(|(expected, read)| format!("{read} instead of {expected}"))
        .collect();
    complaints.extend(unless(
        expected.len() == read.len() && !read.is_empty(),
        format!("{} of {} read", read.len(), expected.len()),
    ));
    report.check("g", &format!("{} identities", expected.len()), &complaints);
    Ok(())
}

/// The inputs whose sizes were measured. Ours are cut in another way, so what must hold is what the format recommends.
fn sizes(report: &mut Report, binary: &Path, golden: &Value) -> Result<()> {
    let length = golden.pointer("/truncate_2_26/len_in").and_then(Value::as_u64);
    let length = usize::try_from(length.context("no size of a long file")?)?;
    let mut complaints = Vec::new();
    for key in ["budget_2_26", "budget_9_6"] {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        let rows = golden.get(key).and_then(Value::as_array).context("no sizes")?;
        let mut written = Vec::new();
        for row in rows {
            let path = row.get(0).and_then(Value::as_str).context("a row has no path")?;
            let name = path.strip_prefix("/w/").context("a path is another one")?;
            let size = row.get(1).and_then(Value::as_u64).context("a row has no size")?;
            // 38 is the mark of a file that is missing; above 3,900 the limit was what counted.
            let size = match size {
                38 => continue,
                6_000 => 6_000,
                3_900.. => length,
                small => usize::try_from(small)?,
            };
            tree::write(own.path(), name, "x".repeat(size))?;
            written.push((name, size));
        }
        let prompt = Person::create(binary)?.prompt(own.path())?;
        let mut total = 0;
        for (name, size) in written {
            let sent = section(&prompt, name).map(str::trim_end);
            let sent = sent.map_or(0, str::len);
            total += if name == "HEARTBEAT.md" { 0 } else { sent };
            let fits = if size <= 20_000 { sent == size } else { (9_000..=20_000).contains(&sent) };
            complaints.extend(unless(
                fits || name == "HEARTBEAT.md",
                format!("{key}: of {size} of {name} {sent} are sent"),
            ));
        }
        complaints.extend(unless(total <= 60_000, format!("{key}: {total} in all")));
    }
    let own = tempfile::tempdir().context("cannot make a folder")?;
    tree::write(own.path(), "AGENTS.md", "# Agents\n")?;
    tree::write(own.path(), "USER.md", "  \n\n")?;
    let prompt = Person::create(binary)?.prompt(own.path())?;
    let soul = section(&prompt, "SOUL.md").map(str::to_lowercase).unwrap_or_default();
    complaints.extend(unless(
        soul.starts_with("[missing] expected at") && soul.contains("soul.md"),
        format!("missing: {soul}"),
    ));
    complaints.extend(unless(section(&prompt, "USER.md").is_none(), "a blank file is sent"));
    report.check("g", "sizes of one file and of all, missing and blank", &complaints);
    Ok(())
}
