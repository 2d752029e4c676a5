//! A user with a home of their own and an environment made up.

use std::fs;
use std::path::PathBuf;

use localgpt_config::{Config, Environment, Error, Flags};
use tempfile::TempDir;

pub(crate) struct User {
    home: TempDir,
    environment: Vec<(String, String)>,
    pub(crate) flags: Flags,
}

impl User {
    pub(crate) fn new() -> Self {
        let home = TempDir::new().unwrap();
        let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let mut environment = vec![(variable.to_owned(), home.path().to_str().unwrap().to_owned())];
        for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
            let folder = home.path().join(name.to_lowercase());
            environment.push((format!("LOCALGPT_{name}_DIR"), folder.to_str().unwrap().to_owned()));
        }
        Self { home, environment, flags: Flags::default() }
    }

    pub(crate) fn with_file(self, text: impl AsRef<[u8]>) -> Self {
        fs::create_dir(self.home.path().join("config")).unwrap();
        fs::write(self.home.path().join("config/config.toml"), text).unwrap();
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    pub(crate) fn load(&self) -> Result<Config, Error> {
        Config::load(&self.environment(), &self.path("work"), &self.flags)
    }

    pub(crate) fn environment(&self) -> Environment {
        Environment::new(self.environment.clone())
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    /// Replaces the temporary home by `~`, so that a snapshot can hold the text.
    pub(crate) fn tidy(&self, text: &str) -> String {
        text.replace(self.home.path().to_str().unwrap(), "~")
    }
}
