//! Memory on a thread of its own, so that a turn can ask it while other things go on.

use std::{
    fmt,
    sync::mpsc::{self, Sender},
    thread,
};

use localgpt_config::{Config, Environment};
use localgpt_protocol::Clock;
use tokio::sync::oneshot;

use crate::{Assistant, Error};

type Job = Box<dyn FnOnce(Result<&mut Assistant, Error>) + Send>;

/// Whoever looks things up in one workspace; it stops when it is dropped and its last answer is given.
#[derive(Clone)]
pub(crate) struct Librarian {
    jobs: Sender<Job>,
}

impl Librarian {
    /// Starts the thread; the workspace is opened when something is asked.
    pub(crate) fn start(
        config: &Config,
        environment: &Environment,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (config, environment, clock) = (config.clone(), environment.clone(), clock.clone());
        let work = move || {
            let mut assistant = None;
            for job in inbox {
                if assistant.is_none() {
                    match Assistant::open(&config, &environment, clock.clone()) {
                        Ok(opened) => assistant = Some(opened),
                        Err(error) => {
                            job(Err(error));
                            continue;
                        }
                    }
                }
                if let Some(assistant) = &mut assistant {
                    job(Ok(assistant));
                }
            }
        };
        thread::Builder::new().name("memory".to_owned()).spawn(work).map_err(Error::Thread)?;
        Ok(Self { jobs })
    }

    /// Has `work` done and waits for what comes of it. Whoever stops waiting does not stop the work.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Assistant) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |assistant| {
            let result = assistant.and_then(work);
            if answer.send(result).is_err() {
                tracing::debug!("nobody waits for an answer of memory any more");
            }
        });
        self.jobs.send(job).map_err(|_closed| Error::MemoryGone)?;
        answered.await.map_err(|_dropped| Error::MemoryGone)?
    }
}

impl fmt::Debug for Librarian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Librarian").finish_non_exhaustive()
    }
}
