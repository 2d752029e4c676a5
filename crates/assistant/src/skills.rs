//! The skills of a workspace, for an interface.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use localgpt_config::{Config, Environment};
use localgpt_protocol::{SkillList, SkillReport};
use localgpt_skills::{
    Invocation, Location, LocationKind, Machine, Review, Settings, Setup, Skills,
};

use crate::{Error, places};

/// The commands of a conversation, which no skill can take.
pub(crate) const RESERVED: [&str; 29] = [
    "help",
    "model",
    "models",
    "session",
    "resume",
    "rename",
    "branch",
    "retry",
    "edit",
    "undo",
    "redo",
    "history",
    "diff",
    "attach",
    "clear",
    "context",
    "compact",
    "undo-compact",
    "usage",
    "remember",
    "copy",
    "save",
    "search",
    "memory",
    "status",
    "quit",
    "exit",
    "skill",
    "skills",
];

/// The skills of a workspace, as they were when it was opened.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<Skills>);

impl Shelf {
    /// Looks for the skills of the workspace that `config` names. `reserved` are commands that exist already, without
    /// their `/`.
    pub fn open(config: &Config, environment: &Environment, reserved: &[&str]) -> Self {
        let home = environment.get("HOME").map(PathBuf::from);
        let own = |folder: PathBuf| Location { folder, kind: LocationKind::Own };
        let mut locations = vec![
            own(config.workspace.join("skills")),
            own(config.workspace.join(".agents/skills")),
        ];
        locations.extend(home.iter().map(|home| own(home.join(".agents/skills"))));
        locations.push(own(places::skills(config)));
        locations.extend(named(config, home.as_deref()));
        Self(Arc::new(Skills::load(Setup {
            workspace: config.workspace.clone(),
            home,
            locations,
            state: places::accepted_skills(config),
            settings: Settings {
                disabled: config.skills.disabled.iter().cloned().collect(),
                ..Settings::default()
            },
            machine: machine(environment),
            reserved: reserved.iter().map(|&name| name.to_owned()).collect(),
        })))
    }

    /// All of them, with what was found that is none.
    pub fn list(&self) -> SkillList {
        self.0.list()
    }

    /// Everything about the skill of this name.
    pub fn report(&self, name: &str) -> Result<SkillReport, Error> {
        Ok(self.0.report(name)?)
    }

    /// What a person has to look at before the skill of this name is accepted.
    pub fn review(&self, name: &str) -> Result<Review, Error> {
        Ok(self.0.review(name)?)
    }

    /// Writes down that a person accepted exactly what was reviewed. It counts when the shelf is opened again.
    pub fn accept(&self, review: &Review) -> Result<(), Error> {
        Ok(self.0.accept(review)?)
    }

    /// What a person means who typed this; nothing if it calls no skill.
    pub fn command(&self, text: &str) -> Option<Invocation> {
        self.0.command(text)
    }

    /// The skills themselves, for a prompt and for the tool `skill`.
    pub(crate) fn skills(&self) -> Arc<Skills> {
        Arc::clone(&self.0)
    }
}

/// The folders that the person named, in which other things may lie.
fn named<'a>(
    config: &'a Config,
    home: Option<&'a Path>,
) -> impl Iterator<Item = Location> + use<'a> {
    config.skills.folders.iter().map(move |written| {
        let folder = match (written.strip_prefix("~"), home) {
            (Ok(below), Some(home)) => home.join(below),
            (Ok(_), None) | (Err(_), _) => config.workspace.join(written),
        };
        Location { folder, kind: LocationKind::Extra }
    })
}

/// The machine as skills may ask for it.
fn machine(environment: &Environment) -> Machine {
    let search = environment.get("PATH").map(std::env::split_paths);
    let set = environment.variables().filter(|(_, value)| !value.is_empty());
    Machine {
        os: Machine::own_os().to_owned(),
        search: search.into_iter().flatten().filter(|folder| folder.is_absolute()).collect(),
        variables: set.map(|(name, _)| name.to_owned()).collect(),
        config: serde_json::Value::Null,
    }
}
