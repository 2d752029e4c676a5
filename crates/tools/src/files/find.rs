//! `find`: files by name.

use std::{fmt::Write as _, sync::Arc};

use localgpt_guard::Untrusted;
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Origins, PATH, ours,
    walk::{Pattern, called, inside, walk},
};
use crate::{
    Folder,
    apart::apart,
    typed::{read, spec},
};

/// Names that are shown unless the model asks otherwise, and the most that are kept.
const USUAL: usize = 200;
const MOST: usize = 10_000;

/// Finds files of the workspace, or of what may be read beside it.
pub struct Find {
    spec: ToolSpec,
    folder: Arc<Folder>,
    origins: Arc<dyn Origins>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    pattern: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    #[schemars(skip)]
    limit: Option<usize>,
}

impl Find {
    /// Finds in `folder`.
    pub fn new(folder: Arc<Folder>, origins: Arc<dyn Origins>) -> Self {
        let spec = spec::<Input>("find", "Find files by glob.", Risk::Read);
        let parameters = &[PATH, ("glob", "pattern"), ("name", "pattern")];
        let aliases = Aliases { names: &["glob", "find_files"], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, folder, origins }
    }
}

impl Tool for Find {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, origins) = (Arc::clone(&self.folder), Arc::clone(&self.origins));
        apart(move |stop| {
            let Input { pattern, path, limit } = read(input)?;
            let pattern = Pattern::new(&pattern)?;
            let spot = folder.spot(path.as_deref().unwrap_or("."))?;
            // Says why, where it may not be read or is no folder.
            spot.open_folder()?;
            let mut names = Vec::new();
            for found in walk(&spot, pattern.is_hidden()).build() {
                if stop.is_asked() || names.len() == MOST {
                    break;
                }
                // What cannot be looked at is not found.
                let Ok(found) = found else { continue };
                let inside = inside(&spot, found.path());
                if found.depth() > 0 && pattern.fits(&inside) {
                    let is_folder = found.file_type().is_some_and(|kind| kind.is_dir());
                    let mark = if is_folder { "/" } else { "" };
                    names.push(format!("{}{mark}", called(&spot, &inside)));
                }
            }
            if names.is_empty() {
                return Ok(ours("no file has such a name"));
            }
            names.sort_unstable();
            let count = names.len();
            names.truncate(limit.unwrap_or(USUAL).max(1));
            let mut text = names.join("\n");
            let label = origins.of_names(&text);
            if let Some(more @ 1..) = count.checked_sub(names.len()) {
                // Writing to a String cannot fail.
                let _ok = write!(text, "\n[and {more} more]");
            }
            Ok(Untrusted::new(text).labelled(label))
        })
    }
}
