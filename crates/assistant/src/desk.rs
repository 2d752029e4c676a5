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
    /// What was written for tools. The thread of memory adds to it, whoever still waits.
    written: Arc<Mutex<Vec<Written>>>,
}

impl Desk {
    /// What `audience` may see.
    pub(crate) fn new(librarian: Librarian, audience: Audience) -> Arc<Self> {
        Arc::new(Self { librarian, audience, written: Arc::default() })
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
        self.librarian.ask(move |assistant| written(assistant, &text)).await
    }
}

/// Writes `text` to today's note, and reads what stands there now.
fn written(assistant: &mut Assistant, text: &str) -> Result<(Added, Written), Error> {
    let added = assistant.add(text)?;
    let citation = Citation {
        path: added.path.clone(),
        start_line: added.start_line,
        end_line: added.end_line,
    };
    let mut text = assistant.excerpt(&citation.to_string())?.text;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok((added, Written { citation, text }))
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
            let read = self.librarian.ask(move |assistant| assistant.excerpt(&reference)).await;
            let excerpt = read.map_err(|error| in_words(&error))?;
            // By what was read, because a note can be asked for in several ways.
            match self.audience == Audience::Group && is_private(&excerpt.path) {
                true => Err(format!("`{}` is not for this conversation", excerpt.path)),
                false => Ok(excerpt),
            }
        })
    }

    fn remember(&self, text: String) -> BoxFuture<'_, Result<Added, String>> {
        let kept = Arc::clone(&self.written);
        let note = move |assistant: &mut Assistant| {
            let (added, written) = written(assistant, &text)?;
            // Here, because whoever waits may be stopped, and the note stands all the same.
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(written);
            Ok(added)
        };
        Box::pin(async { self.librarian.ask(note).await.map_err(|error| in_words(&error)) })
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

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use localgpt_config::Language;

    use super::*;
    use crate::set_up::SetUp;

    #[tokio::test]
    async fn what_is_for_the_person_alone_is_not_shown_to_others() {
        let set_up = SetUp::empty(Language::English);
        let root = &set_up.config.workspace;
        std::fs::create_dir_all(root.join("memory")).unwrap();
        std::fs::write(root.join("MEMORY.md"), "- The alarm code is KEY-4471.\n").unwrap();
        std::fs::write(root.join("memory/2026-03-05.md"), "- The alarm was tested.\n").unwrap();
        let librarian =
            Librarian::start(&set_up.config, &set_up.environment, &set_up.clock).unwrap();
        let desk = Desk::new(librarian, Audience::Group);
        let text = "Which alarm code is it?".to_owned();
        let mode = localgpt_protocol::SearchMode::default();
        let query = Query { text, limit: 8, since: None, until: None, mode };
        let found = desk.recall(query).await.unwrap();
        let paths: Vec<&str> = found.hits.iter().map(|hit| hit.citation.path.as_str()).collect();
        assert_eq!(paths, ["memory/2026-03-05.md"]);
        let absolute = root.join("MEMORY.md").display().to_string();
        for reference in ["MEMORY.md", "./MEMORY.md#L1", "memory/../MEMORY.md", &absolute] {
            let read = desk.excerpt(reference.to_owned()).await;
            assert!(!format!("{read:?}").contains("4471"), "{reference}: {read:?}");
        }
    }

    #[tokio::test]
    async fn a_note_that_nobody_waited_for_is_still_told() {
        let set_up = SetUp::empty(Language::English);
        std::fs::create_dir_all(&set_up.config.workspace).unwrap();
        let librarian =
            Librarian::start(&set_up.config, &set_up.environment, &set_up.clock).unwrap();
        let desk = Desk::new(librarian, Audience::Private);
        {
            let mut remembering = pin!(desk.remember("The pump is new.".to_owned()));
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(remembering.as_mut().poll(&mut context), Poll::Pending));
        }
        // Memory works in order: when this is read, that is written.
        desk.excerpt("MEMORY.md".to_owned()).await.unwrap();
        let written = desk.take_written();
        assert_eq!(written.len(), 1);
        assert_eq!(written[0].text, "- The pump is new.");
    }
}
