//! The notes as one session sees them: what its tools ask, and what was written on its behalf.

use std::sync::{Arc, Mutex, PoisonError};

use localgpt_protocol::{Added, BoxFuture, Citation, Excerpt, Query, Recall};
use localgpt_tools::Notes;

use crate::{Assistant, Error, librarian::Librarian};

/// Who reads along, and so which notes may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The person alone.
    Private,
    /// Others too: what only `MEMORY.md` knows stays there.
    Group,
}

/// A note that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// Where it stands.
    pub(crate) citation: Citation,
    /// The lines as they stand there.
    pub(crate) text: String,
}

/// The notes of one session.
#[derive(Debug)]
pub(crate) struct Desk {
    librarian: Librarian,
    audience: Audience,
    written: Mutex<Vec<Written>>,
}

impl Desk {
    /// What `audience` may see.
    pub(crate) fn new(librarian: Librarian, audience: Audience) -> Arc<Self> {
        Arc::new(Self { librarian, audience, written: Mutex::default() })
    }

    /// What was written since this was asked last.
    pub(crate) fn take_written(&self) -> Vec<Written> {
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Searches for `query` as far as the audience may see.
    pub(crate) async fn recall(&self, query: Query) -> Result<Recall, Error> {
        let mut recall = self.librarian.ask(move |assistant| assistant.search(&query)).await?;
        if self.audience == Audience::Group {
            recall.hits.retain(|hit| !is_private(&hit.citation.path));
        }
        Ok(recall)
    }

    /// Writes `text` to today's note.
    pub(crate) async fn write(&self, text: String) -> Result<(Added, Written), Error> {
        let note = move |assistant: &mut Assistant| {
            let added = assistant.add(&text)?;
            let citation = Citation {
                path: added.path.clone(),
                start_line: added.start_line,
                end_line: added.end_line,
            };
            let text = assistant.excerpt(&citation.to_string())?.text;
            Ok((added, Written { citation, text }))
        };
        self.librarian.ask(note).await
    }
}

/// Whether a note is for the person alone.
fn is_private(path: &str) -> bool {
    path.eq_ignore_ascii_case("MEMORY.md")
}

impl Notes for Desk {
    fn search(&self, query: Query) -> BoxFuture<'_, Result<Recall, String>> {
        Box::pin(async { self.recall(query).await.map_err(|error| in_words(&error)) })
    }

    fn excerpt(&self, reference: String) -> BoxFuture<'_, Result<Excerpt, String>> {
        Box::pin(async move {
            let path = reference.split('#').next().unwrap_or_default();
            if self.audience == Audience::Group && is_private(path.trim_start_matches("./")) {
                return Err(format!("`{path}` is not for this conversation"));
            }
            let read = self.librarian.ask(move |assistant| assistant.excerpt(&reference)).await;
            read.map_err(|error| in_words(&error))
        })
    }

    fn remember(&self, text: String) -> BoxFuture<'_, Result<Added, String>> {
        Box::pin(async {
            let (added, written) = self.write(text).await.map_err(|error| in_words(&error))?;
            self.written.lock().unwrap_or_else(PoisonError::into_inner).push(written);
            Ok(added)
        })
    }
}

/// An error and its causes in one sentence.
pub(crate) fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
