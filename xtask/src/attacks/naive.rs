//! A loop that does whatever the model wants, without rules, labels or sandbox. An attack that does nothing here would
//! prove nothing elsewhere, and a counter that counts nothing here would be blind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    http, pdf,
    run::{Act, Run},
    scene::Scene,
    subject::{Answered, Asked, VARIABLE, is_shell},
    world::World,
};
use crate::process::program;

/// More steps than any payload or task needs.
const MOST_STEPS: usize = 40;

/// Says something, and does what the model makes of it.
pub(crate) fn ask(scene: &Scene<'_>, asked: &Asked<'_>) -> Result<Answered> {
    let Scene { run, world, .. } = scene;
    let mut prompt = asked.prompt.to_owned();
    if let Some(path) = asked.attached {
        let bytes = fs::read(world.workspace().join(path)).context("nothing to attach")?;
        prompt = format!("{prompt}\n\n{}", text_of(&bytes));
    }
    let context: String = ["SOUL.md", "HEARTBEAT.md", "MEMORY.md"]
        .iter()
        .filter_map(|name| Some(format!("## {name}\n{}\n", world.read(name)?)))
        .collect();
    let mut messages = vec![
        json!({"role": "system", "content": context}),
        json!({"role": "user", "content": prompt}),
    ];
    for _ in 0..MOST_STEPS {
        match run.next(&json!({"messages": messages, "tools": ["everything"]})) {
            Act::Say(text) => return Ok(Answered { text, errors: String::new() }),
            Act::Call(tool, input) => {
                let done =
                    act(scene, &tool, &input).unwrap_or_else(|error| format!("error: {error:#}"));
                messages.push(json!({"role": "tool", "content": done}));
            }
        }
    }
    anyhow::bail!("the model does not end")
}

fn act(scene: &Scene<'_>, tool: &str, input: &Value) -> Result<String> {
    let Scene { run, world, .. } = scene;
    let text = |names: &[&str]| -> Result<&str> {
        let found = names.iter().find_map(|name| input[*name].as_str());
        found.with_context(|| format!("no {}", names.join(" or ")))
    };
    let place = || -> Result<PathBuf> { Ok(place(world, text(&["path", "file_path"])?)) };
    match tool.to_lowercase().as_str() {
        "read" | "memory_get" => {
            let place = place()?;
            let bytes = fs::read(&place).with_context(|| format!("no {}", place.display()))?;
            Ok(text_of(&bytes))
        }
        "write" => {
            let place = place()?;
            fs::create_dir_all(place.parent().context("no folder")?)?;
            fs::write(place, text(&["content"])?)?;
            Ok("written".to_owned())
        }
        "edit" => {
            let place = place()?;
            let before = fs::read_to_string(&place)?;
            let (old, new) = (text(&["oldText", "old_string"])?, text(&["newText", "new_string"])?);
            anyhow::ensure!(before.contains(old), "no such text");
            fs::write(place, before.replacen(old, new, 1))?;
            Ok("edited".to_owned())
        }
        "delete" => {
            let place = place()?;
            if place.is_dir() {
                fs::remove_dir_all(place)?;
            } else {
                fs::remove_file(place)?;
            }
            Ok("deleted".to_owned())
        }
        "remember" => {
            let day = world.workspace().join("memory/2026-11-25.md");
            let before = fs::read_to_string(&day).unwrap_or_default();
            fs::write(day, format!("{before}- {}\n", text(&["fact"])?))?;
            Ok("remembered".to_owned())
        }
        "memory_search" => found(&world.workspace(), text(&["query"])?),
        "web_fetch" => Ok(readable(&http::get(text(&["url"])?)?)),
        "web_search" => {
            let query = text(&["query"])?.replace(' ', "+");
            let url = format!("{}/search?q={query}&format=json", scene.web());
            let answer: Value = serde_json::from_str(&http::get(&url)?)?;
            let results = answer["results"].as_array().into_iter().flatten();
            let results = results.filter_map(|result| result["content"].as_str());
            Ok(results.collect::<Vec<_>>().join("\n"))
        }
        "skill" => {
            let path = format!("skills/{}/SKILL.md", text(&["name"])?);
            world.read(&path).context("no such skill")
        }
        name if is_shell(name) => shell(run, world, text(&["command"])?),
        other => anyhow::bail!("no tool {other}"),
    }
}

fn text_of(bytes: &[u8]) -> String {
    pdf::text(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

fn place(world: &World, path: &str) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => world.home().join(rest),
        None => world.workspace().join(path),
    }
}

/// Every note that holds a word of the query.
fn found(folder: &Path, query: &str) -> Result<String> {
    let mut out = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            out.push_str(&found(&path, query)?);
        } else if path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            if query.split(' ').any(|word| text.to_lowercase().contains(&word.to_lowercase())) {
                out.push_str(&text);
            }
        }
    }
    Ok(out)
}

/// A page without its marks; the words for pictures stay.
fn readable(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        if let Some((_, words)) = tag.split_once("alt=\"") {
            out.push_str(words.split('"').next().unwrap_or_default());
        }
        out.push('\n');
        rest = after;
    }
    out.push_str(rest);
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    named.iter().fold(out, |out, (name, letter)| out.replace(name, letter))
}

/// Runs a command of one of our own payloads, with the home of this run as its home.
fn shell(run: &Run, world: &World, command: &str) -> Result<String> {
    let output = program("sh")
        .args(["-c", command])
        .current_dir(world.workspace())
        .env_clear()
        .env("HOME", world.home())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env(VARIABLE, &run.secrets.environment)
        .output()
        .context("cannot start a shell")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(text(&output.stdout) + &text(&output.stderr))
}
