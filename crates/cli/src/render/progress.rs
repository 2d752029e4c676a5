//! How far long work has come: shown on a terminal, and only when it takes long enough to wonder.

use std::{
    cell::RefCell,
    io::{self, IsTerminal as _},
    rc::Rc,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use localgpt_protocol::{Progress as Reached, SyncProgress};

/// Shorter work is done before a person has read the bar.
const PATIENCE: Duration = Duration::from_millis(300);
const INDEXING: &str = "indexing {wide_bar} {pos}/{len} files, {msg}, {eta} left";
const FETCHING: &str = "fetching {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
const EMBEDDING: &str = "embedding {wide_bar} {pos}/{len} chunks, {eta} left";

/// A bar on stderr that appears by itself and is cleared before anything is printed.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Option<Rc<RefCell<Bar>>>);

#[derive(Debug, Default)]
struct Bar {
    started: Option<(Work, Instant)>,
    shown: Option<ProgressBar>,
}

impl Progress {
    /// A bar, if stderr is a terminal.
    pub(crate) fn shown() -> Self {
        Self(io::stderr().is_terminal().then(Rc::default))
    }

    /// No bar.
    pub(crate) fn hidden() -> Self {
        Self(None)
    }

    /// What an assistant reports to.
    pub(crate) fn sink(&self) -> Box<dyn FnMut(Reached)> {
        match self.0.clone() {
            Some(bar) => Box::new(move |progress| bar.borrow_mut().report(progress)),
            None => Box::new(|_progress| {}),
        }
    }

    /// Takes the bar from the screen; the next work starts a new one.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.0 {
            let Bar { started: _, shown } = bar.take();
            if let Some(shown) = shown {
                shown.finish_and_clear();
            }
        }
    }
}

/// What takes so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Indexing,
    Embedding,
    Fetching,
}

impl Bar {
    fn report(&mut self, reached: Reached) {
        let (work, template, done, total) = match reached {
            Reached::Indexing(SyncProgress { files_done, files_total, .. }) => {
                (Work::Indexing, INDEXING, length(files_done), length(files_total))
            }
            Reached::Embedding { done, total } => {
                (Work::Embedding, EMBEDDING, length(done), length(total))
            }
            Reached::Fetching { done, total } => (Work::Fetching, FETCHING, done, total),
        };
        if self.started.is_some_and(|(other, _)| other != work)
            && let Self { started: _, shown: Some(shown) } = std::mem::take(self)
        {
            shown.finish_and_clear();
        }
        let (_, started) = *self.started.get_or_insert_with(|| (work, Instant::now()));
        let elapsed = started.elapsed();
        if self.shown.is_none() && elapsed < PATIENCE {
            return;
        }
        let bar = self.shown.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(total), target);
            bar.with_elapsed(elapsed).with_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_error| ProgressStyle::default_bar()),
            )
        });
        bar.set_length(total);
        if let Reached::Indexing(progress) = reached {
            bar.set_message(message(progress, elapsed));
        }
        bar.set_position(done);
    }
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn message(progress: SyncProgress, elapsed: Duration) -> String {
    let milliseconds = elapsed.as_millis().max(1);
    let rate = u128::from(progress.bytes) * 1000 / milliseconds;
    let rate = super::text::size(u64::try_from(rate).unwrap_or(u64::MAX));
    format!("{}, {rate}/s", super::text::count(progress.chunks, "chunk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_text() {
        let progress = SyncProgress { files_done: 1, files_total: 2, chunks: 1, bytes: 3_145_728 };
        assert_eq!(message(progress, Duration::from_millis(1500)), "1 chunk, 2.0 MiB/s");
    }
}
