//! Work that waits for the disk or for a program, away from the thread that serves the person.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use localgpt_guard::Untrusted;
use localgpt_protocol::{BoxFuture, ToolError};
use tokio::sync::oneshot;

/// Whether somebody still waits for the result.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_asked: bool,
    then: Option<Box<dyn FnOnce() + Send>>,
}

impl Stop {
    /// Whether the work can end.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_asked
    }

    /// Has something done at the moment when nobody waits any more, be it now.
    pub(crate) fn then(&self, act: impl FnOnce() + Send + 'static) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.is_asked {
            true => {
                drop(state);
                act();
            }
            false => state.then = Some(Box::new(act)),
        }
    }

    fn ask(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_asked = true;
        let then = state.then.take();
        drop(state);
        if let Some(act) = then {
            act();
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.is_asked()).finish()
    }
}

/// Asks the work to end when nobody waits any more.
struct Waiting(Stop);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.ask();
    }
}

/// Does `work` on a thread of its own. Work that is not waited for any more ends when it looks at its [`Stop`].
pub(crate) fn apart<'a>(
    work: impl FnOnce(&Stop) -> Result<Untrusted, ToolError> + Send + 'static,
) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
    Box::pin(async move {
        let waiting = Waiting(Stop::default());
        let stop = waiting.0.clone();
        let (sender, receiver) = oneshot::channel();
        let started = thread::Builder::new().name("tool".to_owned()).spawn(move || {
            // Nobody listens any more if the call was given up.
            sender.send(work(&stop)).unwrap_or_default();
        });
        started.map_err(|error| ToolError::Failed(format!("cannot start a thread: {error}")))?;
        let result = receiver.await;
        drop(waiting);
        result.map_err(|_closed| ToolError::Failed("the tool broke off".to_owned()))?
    })
}
