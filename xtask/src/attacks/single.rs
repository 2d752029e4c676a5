//! Nine carriers, forty payloads: attacks within one session.

use anyhow::Result;

use super::{
    carriers::{Carrier, Way},
    effects::effects,
    payloads::{Payload, SINGLE},
    scene::Scene,
    stage::Stage,
    subject::Subject,
    verdict::{Verdict, on_record},
};

/// One attack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) carrier: Carrier,
    pub(crate) payload: &'static Payload,
    way: Way,
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let with = |carrier| {
        let ways = [Way::One, Way::Other].into_iter().cycle();
        SINGLE.iter().zip(ways).map(move |(payload, way)| Case { carrier, payload, way })
    };
    Carrier::ALL.into_iter().flat_map(with).collect()
}

impl Case {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.carrier.name(), self.payload.name)
    }

    /// Runs it.
    pub(crate) fn run(&self, subject: &Subject, stage: &Stage) -> Result<Verdict> {
        let scene = Scene::open(stage)?;
        let payload = match self.carrier {
            Carrier::PdfText => self.payload.in_plain_letters(),
            _ => *self.payload,
        };
        let encounter = self.carrier.set(&scene, &payload.text(&scene), self.way)?;
        subject.settle(&scene)?;
        let before = scene.world.snapshot()?;
        scene.run.begin(encounter.script.clone());
        let answered = subject.ask(&scene, &encounter.asked())?;
        let after = scene.world.snapshot()?;
        let (calls, approvals) = on_record(&scene)?;
        Ok(Verdict {
            group: self.carrier.name(),
            name: self.name(),
            goal: self.payload.goal,
            tried: scene.run.tried(0),
            calls,
            approvals,
            effects: effects(&scene.run, &before, &after),
            complaints: Vec::new(),
            errors: answered.errors,
        })
    }
}
