//! `delete`: a file or a folder.

use std::{collections::HashSet, fmt::Write as _, fs, sync::Arc};

use localgpt_guard::{Effect, Intent, Place, Untrusted};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use rustix::fs::FileType;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{PATH, counted, ours};
use crate::{
    Folder,
    apart::apart,
    folder::Spot,
    typed::{read, spec},
};

/// The most that goes away in one call: each piece is an effect of its own.
const MOST: usize = 1_000;
/// How many names a person is shown.
const SHOWN: usize = 50;

/// Takes files and folders of the workspace away.
pub struct Delete {
    spec: ToolSpec,
    folder: Arc<Folder>,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    path: String,
    /// Told to the model when it is needed.
    #[serde(default)]
    #[schemars(skip)]
    recursive: bool,
}

impl Delete {
    /// Deletes in `folder`.
    pub fn new(folder: Arc<Folder>) -> Self {
        let spec = spec::<Input>("delete", "Delete a file or an empty folder.", Risk::Write);
        let aliases = Aliases { names: &["delete_file", "rm"], parameters: &[PATH] };
        Self { spec: ToolSpec { aliases, ..spec }, folder }
    }
}

/// All that would go away, what is in a folder before the folder.
fn doomed(folder: &Folder, input: &Input) -> Result<Vec<Spot>, ToolError> {
    let spot = folder.spot_itself(&input.path)?;
    match &spot.place {
        Place::Inside(path) if path.is_empty() => {
            return Err(ToolError::Forbidden(format!(
                "`{}` is the workspace itself",
                spot.shown()
            )));
        }
        // Nobody looks there.
        Place::Outside(_) => return Ok(vec![spot]),
        Place::Inside(_) => {}
    }
    let mut doomed = Vec::new();
    if spot.kind()? == FileType::Directory {
        if !input.recursive && !spot.entries()?.is_empty() {
            let message = format!(
                "`{}` is a folder that is not empty; set `recursive` to true",
                spot.shown()
            );
            return Err(ToolError::Input(message));
        }
        gather(&spot, &mut doomed)?;
    }
    doomed.push(spot);
    let root = fs::canonicalize(&folder.root).unwrap_or_default();
    match folder.holds_own(&root, doomed.iter().map(|spot| spot.real.as_path())) {
        true => Err(ToolError::Forbidden("what the program itself needs is in there".to_owned())),
        false => Ok(doomed),
    }
}

fn gather(folder: &Spot, doomed: &mut Vec<Spot>) -> Result<(), ToolError> {
    for entry in folder.entries()? {
        let child = folder.child(&entry.name)?;
        if entry.kind == FileType::Directory {
            gather(&child, doomed)?;
        }
        doomed.push(child);
        if doomed.len() >= MOST {
            let message =
                format!("`{}` holds more than {MOST} files; delete parts of it", folder.shown());
            return Err(ToolError::Input(message));
        }
    }
    Ok(())
}

fn effect(spot: &Spot) -> Effect {
    Effect::Delete { place: spot.place.clone() }
}

fn preview(doomed: &[Spot]) -> String {
    let mut preview = String::from("delete:");
    for spot in doomed.iter().rev().take(SHOWN) {
        // Writing to a String cannot fail.
        let _ok = write!(preview, "\n{}", spot.name());
    }
    if let Some(more @ 1..) = doomed.len().checked_sub(SHOWN) {
        let _ok = write!(preview, "\n[and {more} more]");
    }
    preview
}

impl Tool for Delete {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let doomed = doomed(&self.folder, &read(input.clone())?)?;
        let effects = doomed.iter().map(effect).collect();
        Ok(Intent { effects, preview: Some(preview(&doomed)) })
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, context) = (Arc::clone(&self.folder), context.clone());
        apart(move |_| {
            let doomed = doomed(&folder, &read(input)?)?;
            let allowed: HashSet<&Effect> = context.allowed.iter().collect();
            if let Some(fresh) = doomed.iter().find(|spot| !allowed.contains(&effect(spot))) {
                let message = format!("`{}` was not there when this was allowed", fresh.shown());
                return Err(ToolError::Forbidden(message));
            }
            doomed.iter().try_for_each(Spot::remove)?;
            let name = doomed.last().map(Spot::name).unwrap_or_default();
            Ok(ours(match doomed.len() {
                1 => format!("deleted {name}"),
                count => format!("deleted {name} with {}", counted(count - 1, "entry", "entries")),
            }))
        })
    }
}
