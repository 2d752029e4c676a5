//! `list`: what is in a folder.

use std::{fmt::Write as _, sync::Arc};

use localgpt_guard::{Untrusted, one_line};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use rustix::fs::FileType;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Origins, PATH, ours};
use crate::{
    Folder,
    apart::apart,
    folder::Entry,
    typed::{read, spec},
};

/// Names that are shown unless the model asks otherwise.
const USUAL: usize = 500;

/// Lists a folder of the workspace, or what may be read beside it.
pub struct List {
    spec: ToolSpec,
    folder: Arc<Folder>,
    origins: Arc<dyn Origins>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    #[schemars(skip)]
    limit: Option<usize>,
}

impl List {
    /// Lists in `folder`.
    pub fn new(folder: Arc<Folder>, origins: Arc<dyn Origins>) -> Self {
        let spec = spec::<Input>("list", "List a folder.", Risk::Read);
        let aliases = Aliases { names: &["ls", "list_dir", "list_files"], parameters: &[PATH] };
        Self { spec: ToolSpec { aliases, ..spec }, folder, origins }
    }
}

impl Tool for List {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, origins) = (Arc::clone(&self.folder), Arc::clone(&self.origins));
        apart(move |_| {
            let Input { path, limit } = read(input)?;
            let spot = folder.spot(path.as_deref().unwrap_or("."))?;
            let entries = spot.entries()?;
            if entries.is_empty() {
                return Ok(ours("the folder is empty"));
            }
            let limit = limit.unwrap_or(USUAL).max(1);
            let mut text = entries.iter().take(limit).map(shown).collect::<Vec<_>>().join("\n");
            let label = origins.of_names(&text);
            if let Some(more @ 1..) = entries.len().checked_sub(limit) {
                // Writing to a String cannot fail.
                let _ok = write!(text, "\n[and {more} more; limit {} shows all]", entries.len());
            }
            Ok(Untrusted::new(text).labelled(label))
        })
    }
}

/// A name, with what it is where it is no file.
fn shown(entry: &Entry) -> String {
    let name = one_line(&entry.name.to_string_lossy());
    match entry.kind {
        FileType::Directory => format!("{name}/"),
        FileType::Symlink => format!("{name}@"),
        _ => name,
    }
}
