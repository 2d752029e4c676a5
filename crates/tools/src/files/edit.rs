//! `edit`: one place of a file.

use std::sync::Arc;

use localgpt_guard::{Digest, Effect, Intent, Untrusted};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{PATH, check_allowed, diff::preview, matching::replaced, ours};
use crate::{
    Folder,
    apart::apart,
    folder::{Current, Spot},
    typed::{read, spec},
};

/// Changes files of the workspace in one place.
pub struct Edit {
    spec: ToolSpec,
    folder: Arc<Folder>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    path: String,
    old_text: String,
    new_text: String,
}

/// What an edit makes of a file.
struct Change {
    spot: Spot,
    current: Current,
    bytes: Vec<u8>,
}

impl Edit {
    /// Edits in `folder`.
    pub fn new(folder: Arc<Folder>) -> Self {
        let description = "Replace oldText; it must be there once.";
        let spec = spec::<Input>("edit", description, Risk::Write);
        let parameters = &[
            PATH,
            ("old_string", "oldText"),
            ("new_string", "newText"),
            ("old_text", "oldText"),
            ("new_text", "newText"),
        ];
        let aliases = Aliases { names: &["edit_file", "str_replace"], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, folder }
    }
}

fn change(folder: &Folder, input: Value) -> Result<Change, ToolError> {
    let Input { path, old_text, new_text } = read(input)?;
    let spot = folder.spot(&path)?;
    let missing =
        || ToolError::Input(format!("there is no `{}`; `write` creates it", spot.shown()));
    let current = spot.current()?.ok_or_else(missing)?;
    let bytes = replaced(&current.bytes, &old_text, &new_text)
        .map_err(|mismatch| ToolError::Input(format!("`{}`: {mismatch}", spot.shown())))?;
    Ok(Change { spot, current, bytes })
}

impl Change {
    fn effect(&self) -> Effect {
        Effect::Write { place: self.spot.place.clone(), digest: Digest::of(&self.bytes) }
    }
}

impl Tool for Edit {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let change = change(&self.folder, input.clone())?;
        let preview = preview(&change.spot.name(), Some(&change.current.bytes), &change.bytes);
        Ok(Intent::only(change.effect()).showing(preview))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, context) = (Arc::clone(&self.folder), context.clone());
        apart(move |_| {
            let change = change(&folder, input)?;
            check_allowed(&context, &change.effect(), change.spot.shown())?;
            change.spot.replace(&change.bytes, Some(&change.current))?;
            let same = change.bytes.iter().zip(&change.current.bytes).take_while(|(a, b)| a == b);
            let before = change.bytes.get(..same.count()).unwrap_or_default();
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            Ok(ours(format!("edited {}, line {line}", change.spot.name())))
        })
    }
}
