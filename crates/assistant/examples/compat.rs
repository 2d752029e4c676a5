//! What `cargo xtask compat` cannot see through the binary: the prompts of audiences that no command has yet, and what
//! `IDENTITY.md` is read as.
//!
//! `prompt WORKSPACE private|group|sub-agent|heartbeat` prints a prompt; `identity FILE` reads a JSON list of texts and
//! prints what each is read as.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::{error::Error, fs, path::Path};

use jiff::ZonedDateTime;
use localgpt_agent::{
    identity::Identity,
    prompt::{Audience, Heartbeat, Setting, Voice, assemble},
};
use localgpt_guard::Fence;
use localgpt_memory::read_context;
use serde_json::{Map, Value, json};

const USE: &str = "prompt WORKSPACE AUDIENCE, or identity FILE";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["prompt", workspace, audience] => prompt(Path::new(workspace), audience),
        ["identity", file] => identities(Path::new(file)),
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
