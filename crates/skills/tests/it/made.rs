//! A home with folders of skills.

use std::{fs, path::PathBuf};

use localgpt_protocol::{SkillList, SkillUnusable};
use localgpt_skills::{Location, LocationKind, Machine, Settings, Setup, Skills};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A home in a temporary folder.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) settings: Settings,
    pub(crate) machine: Machine,
}

impl Home {
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("workspace")).unwrap();
        let home = Self { folder, settings: Settings::default(), machine: Machine::default() };
        let machine = Machine {
            os: "linux".to_owned(),
            search: vec![home.path("bin")],
            variables: ["SET".to_owned()].into(),
            config: json!({ "browser": { "enabled": true }, "blank": " ", "zero": 0, "map": {} }),
        };
        Self { machine, ..home }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a skill with this front matter, below the workspace.
    pub(crate) fn skill(&self, path: &str, front: &str) {
        self.write(&format!("workspace/{path}/SKILL.md"), format!("---\n{front}\n---\nBody.\n"));
    }

    /// A program that can be found.
    pub(crate) fn program(&self, name: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(&format!("bin/{name}"), "#!/bin/sh\n");
        let path = self.path(&format!("bin/{name}"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Settles `skills.entries`.
    pub(crate) fn entries(&mut self, entries: &Value) {
        self.settings = Settings::from_openclaw(&json!({ "entries": entries }));
    }

    pub(crate) fn load(&self) -> Skills {
        let own = |name: &str| Location { folder: self.path(name), kind: LocationKind::Own };
        Skills::load(Setup {
            workspace: self.path("workspace"),
            home: Some(self.path("")),
            locations: vec![
                own("workspace/skills"),
                own("workspace/.agents/skills"),
                own(".agents/skills"),
                own("managed"),
                Location { folder: self.path("pack"), kind: LocationKind::Extra },
            ],
            state: self.path("state"),
            settings: self.settings.clone(),
            machine: self.machine.clone(),
            reserved: vec!["help".to_owned()],
        })
    }
}

/// The names of the skills that can be used.
pub(crate) fn usable(skills: &Skills) -> Vec<String> {
    skills.usable().map(|skill| skill.manifest.name.clone()).collect()
}

/// Why a skill cannot be used.
pub(crate) fn unusable(skills: &Skills, name: &str) -> Option<SkillUnusable> {
    let SkillList { skills, .. } = skills.list();
    skills.into_iter().find(|row| row.name == name).unwrap().unusable
}

/// What was found that is no skill, without the folders above.
pub(crate) fn problems(skills: &Skills) -> Vec<String> {
    let short = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let list = skills.list();
    list.problems.iter().map(|found| format!("{}: {}", short(&found.path), found.reason)).collect()
}
