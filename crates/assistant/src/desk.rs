//! The notes as one session sees them: what its tools ask, and what was written on its behalf.

use std::sync::{Arc, Mutex, PoisonError};

use localgpt_guard::{Label, Origin};
use localgpt_protocol::{Added, BoxFuture, Citation, Excerpt, Hit, Query, Recall};
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
    pub(crate) async fn recall(&self, query: Query) -> Result<(Recall, Vec<Label>), Error> {
        let audience = self.audience;
        let look = move |assistant: &mut Assistant| {
            let mut recall = assistant.search(&query)?;
            if audience == Audience::Group {
                recall.hits.retain(|hit| !is_private(&hit.citation.path));
            }
            let labels = recall.hits.iter().map(|hit| whole_label(assistant, hit));
            let labels = labels.collect::<Result<_, _>>()?;
            Ok((recall, labels))
        };
        self.librarian.ask(look).await
    }

    /// Writes the person's own `text` to today's note.
    pub(crate) async fn write(&self, text: String) -> Result<(Added, Written), Error> {
        let label = Label::of(Origin::Human);
        self.librarian.ask(move |assistant| written(assistant, &text, label)).await
    }
}

/// Writes `text` to today's note, and reads what stands there now.
fn written(assistant: &mut Assistant, text: &str, label: Label) -> Result<(Added, Written), Error> {
    let added = assistant.add(text, label)?;
    let citation = Citation {
        path: added.path.clone(),
        start_line: added.start_line,
        end_line: added.end_line,
    };
    let mut text = assistant.excerpt(&citation.to_string())?.text;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok((added, Written { citation, text }))
}

/// What is known about the lines that a hit stands in: of a long line, it may be a piece that nobody knows.
fn whole_label(assistant: &mut Assistant, hit: &Hit) -> Result<Label, Error> {
    let label = assistant.label(&hit.text)?;
    if label.origin != Origin::Unknown {
        return Ok(label);
    }
    let lines = assistant.excerpt(&hit.citation.to_string()).map(|excerpt| excerpt.text);
    let piece = hit.text.replace('\r', "");
    match lines.ok().filter(|lines| lines.replace('\r', "").contains(piece.trim())) {
        Some(lines) => assistant.label(&lines),
        // The note is another one by now.
        None => Ok(Label { by_model: true, ..label }),
    }
}

/// Whether a note is for the person alone.
fn is_private(path: &str) -> bool {
    path.eq_ignore_ascii_case("MEMORY.md")
}

impl Notes for Desk {
    fn search(&self, query: Query) -> BoxFuture<'_, Result<(Recall, Label), String>> {
        Box::pin(async {
            let (recall, labels) = self.recall(query).await.map_err(|error| in_words(&error))?;
            Ok((recall, labels.into_iter().fold(Label::NOTHING, Label::and)))
        })
    }

    fn excerpt(&self, reference: String) -> BoxFuture<'_, Result<(Excerpt, Label), String>> {
        Box::pin(async move {
            let read = move |assistant: &mut Assistant| {
                let excerpt = assistant.excerpt(&reference)?;
                let label = assistant.label(&excerpt.text)?;
                Ok((excerpt, label))
            };
            let read = self.librarian.ask(read).await;
            let (excerpt, label) = read.map_err(|error| in_words(&error))?;
            // By what was read, because a note can be asked for in several ways.
            match self.audience == Audience::Group && is_private(&excerpt.path) {
                true => Err(format!("`{}` is not for this conversation", excerpt.path)),
                false => Ok((excerpt, label)),
            }
        })
    }

    fn remember(&self, text: String, seen: Origin) -> BoxFuture<'_, Result<Added, String>> {
        let kept = Arc::clone(&self.written);
        let note = move |assistant: &mut Assistant| {
            let (added, written) = written(assistant, &text, Label::by_model(seen))?;
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
        let (found, _) = desk.recall(query).await.unwrap();
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
            let mut remembering = pin!(desk.remember("The pump is new.".to_owned(), Origin::Web));
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
