//! What shows that something goes on, on a terminal, and is gone before anything is printed.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use localgpt_guard::one_line;

const TICK: Duration = Duration::from_millis(120);

/// A line on stderr that moves by itself.
#[derive(Debug)]
pub(super) struct Spinner {
    motion: Motion,
    shown: Option<ProgressBar>,
}

/// Whether something may move on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// A spinner shows that the model works; only where stderr is a terminal.
    Spinner,
    /// Nothing moves: for a pipe, a log, a screen reader.
    Still,
}

impl Spinner {
    /// A spinner that is not shown yet.
    pub(super) fn new(motion: Motion) -> Self {
        Self { motion, shown: None }
    }

    /// Shows `words`; the cursor stands at the beginning of a line.
    pub(super) fn show(&mut self, words: &str) {
        if self.motion == Motion::Still {
            return;
        }
        let bar = self.shown.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {wide_msg:.dim}");
            let bar = bar.with_style(style.unwrap_or_else(|_error| ProgressStyle::default_bar()));
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_message(format!("{} …", one_line(words)));
    }

    /// Whether it is on the screen.
    #[cfg(test)]
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Takes it from the screen.
    pub(super) fn erase(&mut self) {
        if let Some(bar) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}
