//! `localgpt paths`: the folders and files in use, whether or not they exist.

use serde_json::{Map, Value, json};

use crate::{context::Context, logging, render, terminal::Format};

/// Prints the paths and who chose the workspace.
pub(crate) fn run(context: &mut Context) -> anyhow::Result<()> {
    let config = context.config()?;
    let rows = [
        ("workspace", config.workspace.clone()),
        ("config_file", config.file.clone()),
        ("config", config.directories.config.clone()),
        ("data", config.directories.data.clone()),
        ("state", config.directories.state.clone()),
        ("cache", config.directories.cache.clone()),
        ("log", logging::folder(&config)),
    ];
    let source = config.workspace_source;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => {
            let mut document = Map::new();
            for (name, path) in &rows {
                document.insert((*name).to_owned(), json!(path.to_string_lossy()));
            }
            document.insert("workspace_source".to_owned(), json!(source.to_string()));
            context.terminal.json(&Value::Object(document))
        }
        Format::Text => {
            let mut shown = rows.map(|(name, path)| (name, path.display().to_string()));
            if let Some((_, workspace)) = shown.first_mut() {
                *workspace = format!("{workspace} ({source})");
            }
            Ok(render::pairs(context.terminal.out(), &shown)?)
        }
    }
}
