//! Assertions 36 to 43: skills.

mod hostile;

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    golden::example,
    person::Person,
    report::{Report, unless},
    tree::{self, Picture},
};

/// Runs the assertions.
pub(crate) fn check(report: &mut Report, binary: &Path, folder: &Path) -> Result<()> {
    let en = Shelf::of(&folder.join("en-small"))?;
    let expected = json_of(&folder.join("en-small/expect.json"))?;
    let complaints = [
        differing("eligible", &en.usable()?, &names(&expected, "skills_eligible_main")?),
        differing("in the prompt", &en.told(), &names(&expected, "skills_in_prompt_main")?),
        en.reasons(&expected, "skills_ineligible")?,
        en.winners(&expected)?,
        en.commands(&expected)?,
    ]
    .concat();
    report.check("36", "en: the skills that count, are told and win", &complaints);
    let de = Shelf::of(&folder.join("de-jahr"))?;
    let expected = json_of(&folder.join("de-jahr/expect.json"))?;
    let eligible = names(&expected, "skills_eligible_main_without_mbpoll")?;
    let mut complaints = differing("eligible", &de.usable()?, &eligible);
    complaints.extend(differing(
        "in the prompt",
        &de.told(),
        &names(&expected, "skills_in_prompt")?,
    ));
    // `waermepumpe-diagnose` is not eligible there, and so has no command.
    complaints
        .extend(de.commands(&expected)?.into_iter().filter(|said| !said.contains("waermepumpe")));
    report.check("36", "de: the same", &complaints);
    let reason = en.reason("mac-reminders");
    let holds = reason.as_deref() == Some("os");
    report.check(
        "37",
        "`always` does not go before `os`",
        &Vec::from_iter(unless(holds, format!("{reason:?}"))),
    );
    let complaints: Vec<String> = [
        unless(!en.told().contains("deploy-site"), "`deploy-site` is told"),
        unless(en.command("deploy-site").is_some(), "`deploy-site` has no command"),
        unless(en.told().contains("quiet-helper"), "`quiet-helper` is not told"),
        unless(en.command("quiet-helper").is_none(), "`quiet-helper` has a command"),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("38", "only for the person, only for the model", &complaints);
    hostile::check(report, binary, folder)?;
    fillers(report)?;
    slash(report, folder)?;
    report.differs("41", "a second name in letters that are spelled out, as recommended");
    variables(report)
}

/// The skills of a folder as the other program has it.
struct Shelf {
    said: Value,
}

impl Shelf {
    /// Over a copy of a corpus.
    fn of(corpus: &Path) -> Result<Self> {
        let own = tempfile::tempdir().context("cannot make a folder")?;
        tree::copy(&corpus.join("state"), &own.path().join("state"))?;
        if corpus.join("home").is_dir() {
            tree::copy(&corpus.join("home"), &own.path().join("home"))?;
        }
        Self::load(&own)
    }

    /// Over `state` and `home` in a folder of ours.
    fn load(own: &TempDir) -> Result<Self> {
        let path = |name: &str| own.path().join(name);
        for program in ["sh", "curl"] {
            tree::write(own.path(), &format!("bin/{program}"), "")?;
            fs::set_permissions(path("bin").join(program), Permissions::from_mode(0o755))?;
        }
        let (state, home) = (path("state"), path("home"));
        let words = [state.to_string_lossy(), home.to_string_lossy(), own.path().to_string_lossy()];
        let [state, home, own] = words.each_ref().map(AsRef::as_ref);
        let said = example(&["skills", state, home, own])?;
        Ok(Self { said: serde_json::from_str(&said).context("the example printed no JSON")? })
    }

    fn rows(&self) -> &[Value] {
        let rows = self.said.pointer("/list/skills").and_then(Value::as_array);
        rows.map(Vec::as_slice).unwrap_or_default()
    }

    fn row(&self, name: &str) -> Option<&Value> {
        let usable = |row: &&Value| row.get("unusable") == Some(&Value::Null);
        let mut named = self.rows().iter().filter(|row| text(row, "name") == name);
        named.clone().find(usable).or_else(|| named.next())
    }

    fn usable(&self) -> Result<BTreeSet<String>> {
        let usable = self.rows().iter().filter(|row| row.get("unusable") == Some(&Value::Null));
        Ok(usable.map(|row| text(row, "name").to_owned()).collect())
    }

    fn listing(&self) -> &str {
        text(&self.said, "listing")
    }

    fn told(&self) -> BTreeSet<String> {
        let names = self.listing().split("<name>").skip(1);
        names.filter_map(|rest| Some(rest.split_once("</name>")?.0.to_owned())).collect()
    }

    fn reason(&self, name: &str) -> Option<String> {
        Some(self.row(name)?.pointer("/unusable/reason")?.as_str()?.to_owned())
    }

    fn command(&self, name: &str) -> Option<String> {
        Some(self.row(name)?.pointer("/commands/0")?.as_str()?.to_owned())
    }

    fn reasons(&self, expected: &Value, key: &str) -> Result<Vec<String>> {
        let expected = expected.get(key).and_then(Value::as_object).context("no reasons")?;
        let wrong = |(name, reason): (&String, &Value)| {
            let said = self.reason(name);
            unless(said.as_deref() == reason.as_str(), format!("{name}: {said:?}"))
        };
        Ok(expected.iter().filter_map(wrong).collect())
    }

    fn winners(&self, expected: &Value) -> Result<Vec<String>> {
        let expected = expected.get("skill_winner").and_then(Value::as_object);
        let wrong = |(name, path): (&String, &Value)| {
            let said = self.row(name).map(|row| text(row, "path")).unwrap_or_default();
            let path = path.as_str().unwrap_or_default().trim_start_matches("state/workspace/");
            unless(said == path, format!("{name}: {said} and not {path}"))
        };
        Ok(expected.context("no winners")?.iter().filter_map(wrong).collect())
    }

    fn commands(&self, expected: &Value) -> Result<Vec<String>> {
        let expected = expected.get("slash").and_then(Value::as_object).context("no commands")?;
        let wrong = |(name, command): (&String, &Value)| {
            let said = self.command(name);
            unless(said.as_deref() == command.as_str(), format!("{name}: {said:?}"))
        };
        Ok(expected.iter().filter_map(wrong).collect())
    }
}

fn fillers(report: &mut Report) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    for number in 0..320 {
        let text = format!("---\ndescription: {}\n---\n", "filler ".repeat(30));
        tree::write(own.path(), &format!("state/workspace/skills/f{number:03}/SKILL.md"), text)?;
    }
    let shelf = Shelf::load(&own)?;
    let (loaded, told) = (shelf.rows().len(), shelf.told().len());
    let length = shelf.listing().encode_utf16().count();
    let complaints: Vec<String> = [
        unless((1..=200).contains(&loaded), format!("{loaded} are loaded")),
        unless((1..=150).contains(&told), format!("{told} are told")),
        unless(length <= 18_000, format!("{length} characters are told")),
    ]
    .into_iter()
    .flatten()
    .collect();
    report.check("40", &format!("of 320 skills {loaded} are loaded and {told} told"), &complaints);
    Ok(())
}

fn slash(report: &mut Report, folder: &Path) -> Result<()> {
    let golden = json_of(&folder.join("golden/golden.json"))?;
    let own = tempfile::tempdir().context("cannot make a folder")?;
    let mut complaints = Vec::new();
    for (key, kind) in [("skill_command", "wanted"), ("skill_command_unique", "unique")] {
        let vectors = golden.get(key).and_then(Value::as_array).context("no slash names")?;
        let part = |part: &str| -> Vec<&Value> {
            vectors.iter().filter_map(|vector| vector.get(part)).collect()
        };
        let file = own.path().join("names.json");
        fs::write(&file, serde_json::to_string(&part("in"))?)?;
        let said: Value = serde_json::from_str(&example(&["slash", &file.to_string_lossy()])?)?;
        let (said, expected) = (said.get(kind).cloned().unwrap_or_default(), json!(part("out")));
        complaints.extend(unless(said == expected, format!("{said} instead of {expected}")));
    }
    report.check("41", "slash names", &complaints);
    Ok(())
}

fn variables(report: &mut Report) -> Result<()> {
    let own = tempfile::tempdir().context("cannot make a folder")?;
    tree::write(own.path(), "state/workspace/skills/env/SKILL.md", "---\ndescription: d\n---\n")?;
    let config = json!({ "skills": { "entries": { "env": { "env": {
        "LD_PRELOAD": "/x.so", "PATH": "/x", "NODE_OPTIONS": "--require /x", "OPENSSL_CONF": "/x", "HARMLESS": "v",
    } } } } });
    tree::write(own.path(), "state/openclaw.json", config.to_string())?;
    let shelf = Shelf::load(&own)?;
    let set = shelf.said.pointer("/variables/env").cloned().unwrap_or_default();
    let mut complaints =
        Vec::from_iter(unless(set == json!({ "HARMLESS": "v" }), format!("{set}")));
    let problems = shelf.said.pointer("/list/problems").cloned().unwrap_or_default().to_string();
    for name in ["LD_PRELOAD", "PATH", "NODE_OPTIONS", "OPENSSL_CONF"] {
        let is_named = problems.contains(&format!("`{name}`"));
        complaints.extend(unless(is_named, format!("{name} is refused in silence")));
    }
    report.check("43", "variables that steer programs are refused", &complaints);
    Ok(())
}

fn differing(what: &str, said: &BTreeSet<String>, expected: &BTreeSet<String>) -> Vec<String> {
    let missing = expected.difference(said).map(|name| format!("{name} is not {what}"));
    missing.chain(said.difference(expected).map(|name| format!("{name} is {what}"))).collect()
}

fn names(expected: &Value, key: &str) -> Result<BTreeSet<String>> {
    let names = expected.get(key).and_then(Value::as_array).context("no names of skills")?;
    Ok(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn json_of(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file)?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}
