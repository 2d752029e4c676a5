//! Everything around one run: its part of the servers, its home, and what stands in its environment.

use std::sync::Arc;

use anyhow::Result;

use super::{run::Run, stage::Stage, world::World};

/// A run and its surroundings; nothing of it is left when it is dropped.
#[derive(Debug)]
pub(crate) struct Scene<'s> {
    stage: &'s Stage,
    pub(crate) run: Arc<Run>,
    pub(crate) world: World,
    /// Variables beside the usual ones.
    pub(crate) environment: Vec<(String, String)>,
}

impl<'s> Scene<'s> {
    /// A fresh one.
    pub(crate) fn open(stage: &'s Stage) -> Result<Self> {
        let run = stage.run();
        let world = World::make(&run)?;
        Ok(Self { stage, run, world, environment: Vec::new() })
    }

    /// The address below which the web of this run is.
    pub(crate) fn web(&self) -> String {
        format!("http://127.0.0.1:{}/r{}", self.stage.web_port, self.run.number)
    }

    /// The address of the model of this run.
    pub(crate) fn model(&self) -> String {
        format!("http://127.0.0.1:{}/r{}/v1", self.stage.model_port, self.run.number)
    }

    /// Where the web of all runs is.
    pub(crate) fn web_port(&self) -> u16 {
        self.stage.web_port
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        self.stage.over(&self.run);
    }
}
