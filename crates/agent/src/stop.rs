//! Stopping a turn from outside.

use std::{sync::Arc, time::Duration};

use localgpt_protocol::TurnEnd;
use tokio::sync::watch;

use crate::listener::NotKept;

/// A switch that stops whatever waits on it. Its clones are the same switch.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Cancel {
    /// A switch that is not pressed.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Presses it.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Releases it, before the next turn.
    pub fn reset(&self) {
        self.0.send_replace(false);
    }

    /// Whether it is pressed.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is pressed.
    pub async fn cancelled(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        drop(self.0.subscribe().wait_for(|pressed| *pressed).await);
    }
}

/// Why a turn is stopped from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The person wants it.
    Cancelled,
    /// It took this long.
    OutOfTime(Duration),
    /// What was said could not be kept.
    NotKept(NotKept),
}

impl Stop {
    /// How a turn ends by it.
    pub fn end(self) -> TurnEnd {
        match self {
            Self::Cancelled => TurnEnd::Cancelled,
            Self::OutOfTime(limit) => {
                TurnEnd::OverBudget { what: format!("{} seconds", limit.as_secs()) }
            }
            Self::NotKept(lost) => TurnEnd::Failed { message: lost.message, hint: lost.hint },
        }
    }

    /// The same in words for the model.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Cancelled => "the person stopped the turn",
            Self::OutOfTime(_) => "the turn took too long",
            Self::NotKept(_) => "the turn broke off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clone_is_the_same_switch_and_it_can_be_used_again() {
        let cancel = Cancel::new();
        cancel.clone().cancel();
        cancel.cancelled().await;
        cancel.reset();
        assert!(!cancel.is_cancelled());
    }
}
