//! `memory_search` and `memory_get`: what is known, with where it stands.

use std::{fmt::Write as _, sync::Arc};

use jiff::civil::Date;
use localgpt_guard::Untrusted;
use localgpt_protocol::{
    BoxFuture, Query, Recall, Risk, SearchMode, Tool, ToolContext, ToolError, ToolSpec,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Notes,
    typed::{read, spec},
};

/// Hits that are shown unless the model asks otherwise, and the most it can ask for.
const USUAL_RESULTS: usize = 6;
const MOST_RESULTS: usize = 20;

/// Searches the notes.
pub struct MemorySearch {
    spec: ToolSpec,
    notes: Arc<dyn Notes>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SearchInput {
    /// The question, in the person's own words.
    query: String,
    /// How many results; 6 without it.
    #[serde(default, alias = "max_results", alias = "limit")]
    max_results: Option<usize>,
    /// Only notes of this day (YYYY-MM-DD) or later.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    since: Option<Date>,
    /// Only notes of this day or earlier.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    until: Option<Date>,
}

impl MemorySearch {
    /// Searches `notes`.
    pub fn new(notes: Arc<dyn Notes>) -> Self {
        let description =
            "Search the person's notes by words and meaning. Results are quoted with `path#L5-L9`.";
        Self { spec: spec::<SearchInput>("memory_search", description, Risk::Read), notes }
    }
}

impl Tool for MemorySearch {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let SearchInput { query, max_results, since, until } = read(input)?;
            if query.trim().is_empty() {
                return Err(ToolError::Input("`query` is empty".to_owned()));
            }
            let limit = max_results.unwrap_or(USUAL_RESULTS).clamp(1, MOST_RESULTS);
            let query = Query { text: query, limit, since, until, mode: SearchMode::default() };
            let (recall, label) = self.notes.search(query).await.map_err(ToolError::Failed)?;
            Ok(Untrusted::new(listed(&recall)).labelled(label))
        })
    }
}

fn listed(recall: &Recall) -> String {
    if recall.hits.is_empty() {
        return "nothing in the notes fits".to_owned();
    }
    let mut out = String::new();
    for hit in &recall.hits {
        // Writing to a String cannot fail.
        let _ok = write!(out, "{}\n{}\n\n", hit.citation, hit.text);
    }
    out.truncate(out.trim_end().len());
    out
}

/// Reads lines of a note.
pub struct MemoryGet {
    spec: ToolSpec,
    notes: Arc<dyn Notes>,
}

#[derive(Deserialize, JsonSchema)]
struct GetInput {
    /// The note, with or without lines: `MEMORY.md`, `memory/2026-03-05.md#L5-L9`.
    path: String,
    /// The first line.
    #[serde(default)]
    from: Option<u32>,
    /// How many lines.
    #[serde(default)]
    lines: Option<u32>,
}

impl MemoryGet {
    /// Reads from `notes`.
    pub fn new(notes: Arc<dyn Notes>) -> Self {
        let description = "Read a note, or lines of it, exactly as they stand.";
        Self { spec: spec::<GetInput>("memory_get", description, Risk::Read), notes }
    }
}

impl Tool for MemoryGet {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let GetInput { path, from, lines } = read(input)?;
            let reference = reference(&path, from, lines);
            let read = self.notes.excerpt(reference).await;
            let (excerpt, label) = read.map_err(ToolError::Input)?;
            Ok(Untrusted::new(excerpt.text).labelled(label))
        })
    }
}

/// The most lines that are read at once.
const MOST_LINES: u32 = 2_000;

fn reference(path: &str, from: Option<u32>, lines: Option<u32>) -> String {
    match (from, lines) {
        _ if path.contains("#L") => path.to_owned(),
        (None, None) => path.to_owned(),
        (from, lines) => {
            let start = from.unwrap_or(1).max(1);
            let count = lines.unwrap_or(MOST_LINES).clamp(1, MOST_LINES);
            format!("{path}#L{start}-L{}", start.saturating_add(count - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_can_be_given_in_both_ways() {
        assert_eq!(reference("a.md", None, None), "a.md");
        assert_eq!(reference("a.md", Some(5), Some(3)), "a.md#L5-L7");
        assert_eq!(reference("a.md", Some(0), None), "a.md#L1-L2000");
        assert_eq!(reference("a.md#L2", Some(9), Some(9)), "a.md#L2");
    }
}
