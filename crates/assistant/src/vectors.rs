//! Vectors of a model beside the built-in ones: what a question means to it, and the chunks that lack one.
//!
//! Invariant: a model that does not answer never keeps a search from answering; it is said, and the built-in
//! vectors count instead.

mod patient;
#[cfg(test)]
mod tests;

use std::{
    error::Error as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use localgpt_config::{Config, EmbeddingConfig, Environment};
use localgpt_memory::{Meaning, Memory};
use localgpt_protocol::{Embedder, Embedding, Progress, ProviderError};
use localgpt_providers::Timeouts;
use tokio::runtime::Runtime;

use self::patient::{Patience, embed};
use crate::{Error, assemble, assemble::Model, places};

/// Chunks that are embedded together, at first and at most.
const FIRST_BATCH: usize = 4;
const LARGEST_BATCH: usize = 256;
/// A batch that took less is followed by a larger one.
const QUICK: Duration = Duration::from_millis(300);

/// How long a model may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For one request.
    pub(crate) timeouts: Timeouts,
    /// For what a question means.
    pub(crate) question: Duration,
    /// For the chunks that are embedded beside a question.
    pub(crate) slice: Duration,
    /// How long it is left alone after it failed.
    pub(crate) rest: SignedDuration,
}

impl Limits {
    /// What a person waits for without wondering.
    pub(crate) const USUAL: Self = Self {
        timeouts: Timeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(60) },
        question: Duration::from_secs(5),
        slice: Duration::from_secs(2),
        rest: SignedDuration::from_secs(30),
    };
}

/// The model that the configuration chooses, once it is needed.
pub(crate) struct Vectors {
    config: EmbeddingConfig,
    environment: Environment,
    models_folder: PathBuf,
    limits: Limits,
    open: Option<Open>,
    /// Until when it is left alone, and why.
    resting: Option<(Timestamp, String)>,
}

struct Open {
    model: Model,
    runtime: Runtime,
}

/// What a question means to a model, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Understood {
    meaning: Option<(String, Embedding)>,
    /// Why the model does not count, or not for every chunk.
    pub(crate) degraded: Option<String>,
}

impl Understood {
    /// What is searched for.
    pub(crate) fn meaning(&self) -> Option<Meaning<'_>> {
        self.meaning.as_ref().map(|(space, embedding)| Meaning { space, embedding })
    }

    fn degraded(reason: String) -> Self {
        Self { meaning: None, degraded: Some(reason) }
    }
}

/// How much is embedded beside a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// What fits into a moment.
    Slice,
    /// Nothing.
    None,
}

impl Vectors {
    /// Nothing is opened before it is needed.
    pub(crate) fn new(config: &Config, environment: &Environment, limits: Limits) -> Self {
        Self {
            config: config.embedding.clone(),
            environment: environment.clone(),
            models_folder: places::models(config),
            limits,
            open: None,
            resting: None,
        }
    }

    /// Whether the built-in vectors are all there are.
    pub(crate) fn are_builtin(&self) -> bool {
        self.config == EmbeddingConfig::Builtin
    }

    /// What `text` means to the model, after embedding some of what lacks a vector. The index is current.
    pub(crate) fn understand(
        &mut self,
        memory: &mut Memory,
        text: &str,
        now: Timestamp,
        work: Work,
    ) -> Result<Understood, Error> {
        if let Some((until, reason)) = &self.resting
            && now < *until
        {
            return Ok(Understood::degraded(reason.clone()));
        }
        if text.trim().is_empty() {
            return Ok(Understood::default());
        }
        let limits = self.limits;
        let Some(open) = self.open()? else { return Ok(Understood::default()) };
        let own = open.model.embedder();
        let embedding = match open.question(own, text, limits) {
            Ok(embedding) => embedding,
            Err(reason) => {
                let meaning = open.elders_meaning(memory, text, limits)?;
                return Ok(Understood { meaning, ..self.leave_alone(&reason, now) });
            }
        };
        let space = own.space().to_owned();
        forget_if_changed(memory, &space, &embedding)?;
        let mut failed = None;
        if work == Work::Slice {
            failed = open.embed_pending(memory, Patience::Within(limits.slice), &mut |_| {})?;
        }
        let pending = memory.pending_count(&space)?;
        let mut understood = Understood { meaning: Some((space, embedding)), degraded: None };
        if pending == 0 {
            open.forget_others(memory)?;
            return Ok(understood);
        }
        if let Some(meaning) = open.elders_meaning(memory, text, limits)? {
            understood.meaning = Some(meaning);
        }
        understood.degraded = Some(match failed {
            None => still_to_embed(pending),
            Some(reason) => {
                let reason = format!("{}: {reason}", still_to_embed(pending));
                self.resting =
                    now.checked_add(limits.rest).ok().map(|until| (until, reason.clone()));
                reason
            }
        });
        Ok(understood)
    }

    /// Embeds everything that lacks a vector; returns why something still does.
    pub(crate) fn embed_all(
        &mut self,
        memory: &mut Memory,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<String>, Error> {
        self.resting = None;
        let Some(open) = self.open()? else { return Ok(None) };
        let failed = open.embed_pending(memory, Patience::Endless, progress)?;
        let pending = memory.pending_count(open.model.embedder().space())?;
        if pending == 0 {
            open.forget_others(memory)?;
            return Ok(None);
        }
        Ok(Some(match failed {
            None => still_to_embed(pending),
            Some(reason) => format!("{}: {reason}", still_to_embed(pending)),
        }))
    }

    /// The name of the model's space and the dimension of its vectors, if it answers; else why not.
    pub(crate) fn try_out(&mut self) -> Result<Result<(String, usize), String>, Error> {
        let limits = self.limits;
        let Some(open) = self.open()? else { return Ok(Err("there is none".to_owned())) };
        let embedder = open.model.embedder();
        let tried = open.question(embedder, "word", limits);
        Ok(tried.map(|Embedding(numbers)| (embedder.space().to_owned(), numbers.len())))
    }

    fn open(&mut self) -> Result<Option<&Open>, Error> {
        if self.open.is_none() {
            let timeouts = self.limits.timeouts;
            let model =
                assemble::model(&self.config, &self.environment, &self.models_folder, timeouts)?;
            let Some(model) = model else { return Ok(None) };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::Runtime)?;
            self.open = Some(Open { model, runtime });
        }
        Ok(self.open.as_ref())
    }

    fn leave_alone(&mut self, reason: &str, now: Timestamp) -> Understood {
        let reason =
            format!("the embedding model does not answer, the built-in vectors do: {reason}");
        self.resting = now.checked_add(self.limits.rest).ok().map(|until| (until, reason.clone()));
        Understood::degraded(reason)
    }
}

impl Drop for Vectors {
    fn drop(&mut self) {
        // A name that is still being looked up would hold up the end of the program.
        if let Some(Open { model: _, runtime }) = self.open.take() {
            runtime.shutdown_background();
        }
    }
}

impl Open {
    /// The vector of a question, or why there is none.
    fn question(
        &self,
        embedder: &dyn Embedder,
        text: &str,
        limits: Limits,
    ) -> Result<Embedding, String> {
        let texts = [text.to_owned()];
        let patience = Patience::Within(limits.question);
        let embedded = self.runtime.block_on(async {
            tokio::time::timeout(limits.question, embed(embedder, &texts, patience)).await
        });
        match embedded {
            Ok(Ok(mut embeddings)) => embeddings.pop().ok_or_else(|| "no answer".to_owned()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_elapsed) => {
                tracing::warn!(space = embedder.space(), "the embedding model is too slow");
                Err(format!("no answer within {:?}", limits.question))
            }
        }
    }

    /// Embeds chunks until none is left or patience ends; returns what went wrong.
    fn embed_pending(
        &self,
        memory: &mut Memory,
        patience: Patience,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<String>, Error> {
        let embedder = self.model.embedder();
        let space = embedder.space();
        let started = Instant::now();
        let (mut size, mut done) = (FIRST_BATCH, 0);
        let mut total = None;
        loop {
            let chunks = memory.pending(space, size)?;
            if chunks.is_empty() {
                return Ok(None);
            }
            let total = match total {
                Some(total) => total,
                None => *total.insert(memory.pending_count(space)?),
            };
            let texts: Vec<String> = chunks.iter().map(|chunk| chunk.text.clone()).collect();
            let began = Instant::now();
            let Some(left) = patience.left(started.elapsed()) else { return Ok(None) };
            let embedded = self.runtime.block_on(async {
                tokio::time::timeout(left, embed(embedder, &texts, patience)).await
            });
            let embeddings = match embedded {
                Ok(Ok(embeddings)) => embeddings,
                Ok(Err(error)) => return Ok(Some(told(&error))),
                Err(_elapsed) => return Ok(None),
            };
            if let [embedding, ..] = embeddings.as_slice() {
                forget_if_changed(memory, space, embedding)?;
            }
            if unless_restless(memory.store(space, &chunks, &embeddings))? == Stored::Not {
                return Ok(None);
            }
            done += chunks.len();
            progress(Progress::Embedding { done, total: total.max(done) });
            size = match began.elapsed() < QUICK {
                true => (2 * size).min(LARGEST_BATCH),
                false => (size / 2).max(1),
            };
        }
    }

    /// What a question means to another model of the same server that has embedded more: it answers
    /// meanwhile.
    fn elders_meaning(
        &self,
        memory: &mut Memory,
        text: &str,
        limits: Limits,
    ) -> Result<Option<(String, Embedding)>, Error> {
        let Some(elder) = self.elder(memory)? else { return Ok(None) };
        let embedding = self.question(elder.as_ref(), text, limits).ok();
        Ok(embedding.map(|embedding| (elder.space().to_owned(), embedding)))
    }

    fn elder(&self, memory: &mut Memory) -> Result<Option<Box<dyn Embedder>>, Error> {
        let own = self.model.embedder().space();
        let pending = memory.pending_count(own)?;
        let mut spaces = memory.spaces()?;
        spaces.retain(|space| space.name != own && space.pending < pending);
        spaces.sort_by_key(|space| space.pending);
        Ok(spaces.iter().find_map(|space| self.model.of_space(&space.name)))
    }

    /// Forgets the vectors of other models, now that this one's are all there.
    fn forget_others(&self, memory: &mut Memory) -> Result<(), Error> {
        let own = self.model.embedder().space();
        if memory.spaces()?.iter().any(|space| space.name != own) {
            unless_restless(memory.keep_only(Some(own)))?;
        }
        Ok(())
    }
}

/// Forgets a space into which vectors of another length go now: it is another model by the same name.
fn forget_if_changed(memory: &mut Memory, space: &str, embedding: &Embedding) -> Result<(), Error> {
    let Embedding(numbers) = embedding;
    let is_other =
        |known: &localgpt_memory::Space| known.name == space && known.dimensions != numbers.len();
    if memory.spaces()?.iter().any(is_other) {
        tracing::warn!(space, "the model gives vectors of another length than before");
        unless_restless(memory.forget(space))?;
    }
    Ok(())
}

/// Whether something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Yes,
    /// Another process has built the index again meanwhile; the next question does it.
    Not,
}

/// Passes over that another process is at the index.
pub(crate) fn unless_restless(result: Result<(), localgpt_memory::Error>) -> Result<Stored, Error> {
    match result {
        Ok(()) => Ok(Stored::Yes),
        Err(localgpt_memory::Error::Restless) => Ok(Stored::Not),
        Err(error) => Err(error.into()),
    }
}

fn still_to_embed(pending: usize) -> String {
    match pending {
        1 => "1 chunk is still to be embedded, the built-in vector stands in".to_owned(),
        _ => format!("{pending} chunks are still to be embedded, the built-in vectors stand in"),
    }
}

/// An error with its first cause, which says most, on one line; it goes to the log as well.
fn told(error: &ProviderError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        cause = found.source();
        if cause.is_none() {
            text = format!("{text}: {found}");
        }
    }
    tracing::warn!(error = text, "the embedding model failed");
    text
}
