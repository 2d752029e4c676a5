//! `write`: a whole file.

use std::sync::Arc;

use localgpt_guard::{Digest, Effect, Intent, Place, Untrusted};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{PATH, check_allowed, counted, diff::preview, ours};
use crate::{
    Folder,
    apart::apart,
    folder::Spot,
    typed::{read, spec},
};

/// Puts whole files into the workspace.
pub struct Write {
    spec: ToolSpec,
    folder: Arc<Folder>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    path: String,
    content: String,
}

impl Write {
    /// Writes in `folder`.
    pub fn new(folder: Arc<Folder>) -> Self {
        let spec = spec::<Input>("write", "Create or replace a file.", Risk::Write);
        let parameters = &[PATH, ("contents", "content"), ("text", "content")];
        let aliases = Aliases { names: &["write_file"], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, folder }
    }
}

fn spot(folder: &Folder, path: &str) -> Result<Spot, ToolError> {
    if path.ends_with('/') {
        return Err(ToolError::Input("`path` names a folder; name a file in it".to_owned()));
    }
    folder.spot(path)
}

fn effect(spot: &Spot, bytes: &[u8]) -> Effect {
    Effect::Write { place: spot.place.clone(), digest: Digest::of(bytes) }
}

impl Tool for Write {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let Input { path, content } = read(input.clone())?;
        let spot = spot(&self.folder, &path)?;
        let intent = Intent::only(effect(&spot, content.as_bytes()));
        Ok(match &spot.place {
            // Nobody reads there to say what would change.
            Place::Outside(_) => intent.showing(preview(&spot.name(), None, content.as_bytes())),
            Place::Inside(_) => {
                let current = spot.current()?;
                let old = current.as_ref().map(|file| file.bytes.as_slice());
                intent.showing(preview(&spot.name(), old, content.as_bytes()))
            }
        })
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, context) = (Arc::clone(&self.folder), context.clone());
        apart(move |_| {
            let Input { path, content } = read(input)?;
            let spot = spot(&folder, &path)?;
            check_allowed(&context, &effect(&spot, content.as_bytes()), spot.shown())?;
            let current = spot.current()?;
            spot.replace(content.as_bytes(), current.as_ref())?;
            let lines = counted(content.lines().count(), "line", "lines");
            Ok(ours(format!("wrote {}, {lines}", spot.name())))
        })
    }
}
