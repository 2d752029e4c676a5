//! The active branch of a transcript, and what a compaction leaves of it.

use localgpt_protocol::ModelName;
use serde_json::Value;

use super::{
    Warning,
    entry::{Entry, Parent},
};

/// What the model reads.
#[derive(Debug)]
pub(super) struct Active<'a> {
    pub(super) summary: Option<String>,
    pub(super) model: Option<ModelName>,
    /// Oldest first.
    pub(super) entries: Vec<&'a Entry>,
}

/// Walks from the last entry to the root, and cuts off what the latest compaction stands for.
pub(super) fn active<'a>(entries: &'a [Entry], warnings: &mut Vec<Warning>) -> Active<'a> {
    let mut path = Vec::new();
    let mut next = entries.last();
    while let Some(entry) = next {
        path.push(entry);
        next = match entry.parent {
            Parent::Root => None,
            Parent::Entry(place) => entries.get(place),
            Parent::Guessed(place) => place.and_then(|place| entries.get(place)),
        };
    }
    path.reverse();
    let model = path.iter().rev().find_map(|entry| model(entry));
    let Some(place) = path.iter().rposition(|entry| entry.kind == "compaction") else {
        return Active { summary: None, model, entries: path };
    };
    let (before, after) = path.split_at(place);
    let compaction = after.first();
    let field = |key: &str| compaction.and_then(|entry| entry.value.get(key)?.as_str());
    let first_kept = field("firstKeptEntryId");
    let kept =
        before.iter().position(|entry| first_kept.is_some() && entry.id.as_deref() == first_kept);
    if kept.is_none() {
        let line = compaction.map(|entry| entry.line);
        let problem = "the first entry that it keeps is not before it: nothing before it is kept";
        warnings.push(Warning { line, problem: problem.to_owned() });
    }
    let kept = kept.and_then(|kept| before.get(kept..)).unwrap_or_default();
    Active {
        summary: field("summary").map(str::to_owned).filter(|summary| !summary.trim().is_empty()),
        model,
        // An earlier compaction in what is kept is no message, so it says nothing twice.
        entries: kept.iter().chain(after).copied().collect(),
    }
}

/// The model that an entry chooses, or was written by.
fn model(entry: &Entry) -> Option<ModelName> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (provider, model) = match entry.kind.as_str() {
        "model_change" => (text(&entry.value, "provider"), text(&entry.value, "modelId")),
        "message" => {
            let message = entry.value.get("message")?;
            (text(message, "provider"), text(message, "model"))
        }
        _ => return None,
    };
    ModelName::new(&provider?, &model?).ok()
}
