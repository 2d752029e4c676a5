//! What `cargo xtask compat` cannot see through the binary: the prompts of audiences that no command has yet, and what
//! `IDENTITY.md` is read as.
//!
//! `prompt WORKSPACE private|group|sub-agent|heartbeat` prints a prompt; `identity FILE` reads a JSON list of texts and
//! prints what each is read as; `silent FILE` reads a JSON list of answers and prints which nobody is to see; `skills STATE HOME OWN` loads the skills of a folder as OpenClaw has it, with programs in
//! `OWN/bin`, and prints which count; `slash FILE` reads a JSON list of names and prints the commands they get.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::{error::Error, fs, path::Path};

use jiff::ZonedDateTime;
use localgpt_agent::{
    identity::Identity,
    prompt::{Audience, Heartbeat, Setting, Voice, assemble},
};
use localgpt_guard::Fence;
use localgpt_memory::read_context;
use localgpt_skills::{Location, LocationKind, Machine, Settings, Setup, Skills, budget};
use serde_json::{Map, Value, json};

const USE: &str =
    "prompt WORKSPACE AUDIENCE, identity FILE, silent FILE, skills STATE HOME OWN, or slash FILE";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["prompt", workspace, audience] => prompt(Path::new(workspace), audience),
        ["identity", file] => identities(Path::new(file)),
        ["silent", file] => silent(Path::new(file)),
        ["skills", state, home, own] => skills(Path::new(state), Path::new(home), Path::new(own)),
        ["slash", file] => slash(Path::new(file)),
        _ => Err(USE.into()),
    }
}

fn prompt(workspace: &Path, audience: &str) -> Result<(), Box<dyn Error>> {
    let audience = match audience {
        "private" => Audience::Private,
        "group" => Audience::Group,
        "sub-agent" => Audience::SubAgent,
        "heartbeat" => Audience::Heartbeat,
        _ => return Err(USE.into()),
    };
    let now: ZonedDateTime = "2026-03-13T09:30+00:00[Europe/Dublin]".parse()?;
    let files = read_context(workspace, &now)?;
    let setting = Setting {
        audience,
        heartbeat: Heartbeat::On,
        voice: Voice::Aloud,
        tools: &[],
        now: &now,
        tokens_available: 200_000,
        fence: Fence(7),
    };
    let instructions = assemble(&files, &setting).instructions;
    println!("{}{}", instructions.stable, instructions.changing);
    Ok(())
}

fn identities(file: &Path) -> Result<(), Box<dyn Error>> {
    let texts: Vec<String> = serde_json::from_str(&fs::read_to_string(file)?)?;
    let read = |text: &String| {
        let identity = Identity::parse(text);
        let fields = [
            ("name", identity.name),
            ("emoji", identity.emoji),
            ("creature", identity.creature),
            ("vibe", identity.vibe),
            ("theme", identity.theme),
            ("avatar", identity.avatar),
        ];
        let said = fields
            .into_iter()
            .filter_map(|(label, value)| Some((label.to_owned(), json!(value?))))
            .collect::<Map<String, Value>>();
        Value::Object(said)
    };
    println!("{}", Value::Array(texts.iter().map(read).collect()));
    Ok(())
}

fn silent(file: &Path) -> Result<(), Box<dyn Error>> {
    let answers: Vec<String> = serde_json::from_str(&fs::read_to_string(file)?)?;
    let silent: Vec<bool> =
        answers.iter().map(|answer| localgpt_agent::silent::is_silent(answer)).collect();
    println!("{}", json!(silent));
    Ok(())
}

fn skills(state: &Path, home: &Path, own: &Path) -> Result<(), Box<dyn Error>> {
    let config: Value = match fs::read_to_string(state.join("openclaw.json")) {
        Ok(text) => json5::from_str(&text)?,
        Err(_) => Value::Null,
    };
    let location = |folder, kind| Location { folder, kind };
    let workspace = state.join("workspace");
    let mut locations = vec![
        location(workspace.join("skills"), LocationKind::Own),
        location(workspace.join(".agents/skills"), LocationKind::Own),
        location(home.join(".agents/skills"), LocationKind::Own),
        location(state.join("skills"), LocationKind::Own),
    ];
    let more = config.pointer("/skills/load/extraDirs").and_then(Value::as_array);
    locations.extend(more.into_iter().flatten().filter_map(Value::as_str).map(|written| {
        let folder = match written.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => workspace.join(written),
        };
        location(folder, LocationKind::Extra)
    }));
    let skills = Skills::load(Setup {
        workspace,
        home: Some(home.to_owned()),
        locations,
        state: own.join("accepted"),
        settings: Settings::from_openclaw(config.get("skills").unwrap_or(&Value::Null)),
        machine: Machine {
            os: "linux".to_owned(),
            search: vec![own.join("bin")],
            variables: std::collections::BTreeSet::new(),
            config,
        },
        reserved: vec!["help".to_owned()],
    });
    let set: Map<String, Value> = skills
        .usable()
        .map(|skill| {
            let set = skills.variables(skill).set;
            (skill.manifest.name.clone(), json!(set))
        })
        .collect();
    let listing = skills.listing(budget(200_000));
    println!("{}", json!({ "list": skills.list(), "listing": listing.text, "variables": set }));
    Ok(())
}

fn slash(file: &Path) -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = serde_json::from_str(&fs::read_to_string(file)?)?;
    let mut taken = ["help".to_owned()].into();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wanted: Vec<String> = names.iter().map(|name| localgpt_skills::wanted(name)).collect();
    println!(
        "{}",
        json!({ "wanted": wanted, "unique": localgpt_skills::unique(&names, &mut taken) })
    );
    Ok(())
}
