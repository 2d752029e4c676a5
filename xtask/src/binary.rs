//! The release binary, run as a user with an empty home would run it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use tempfile::TempDir;

use crate::process::{cargo, output, program, run};

/// Builds the release binary and returns where it lies.
pub(crate) fn build() -> Result<PathBuf> {
    run(&mut cargo(["build", "--release", "--locked", "--package", "localgpt"]))?;
    built("release")
}

/// Builds the debug binary, which the tests have built before, and returns where it lies.
pub(crate) fn debug() -> Result<PathBuf> {
    run(&mut cargo(["build", "--locked", "--package", "localgpt"]))?;
    built("debug")
}

fn built(profile: &str) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let printed = output(&mut cargo(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: Metadata =
        serde_json::from_str(&printed).context("cannot read what `cargo metadata` printed")?;
    let name = format!("localgpt{}", std::env::consts::EXE_SUFFIX);
    Ok(metadata.target_directory.join(profile).join(name))
}

/// A user of the binary: four folders of their own, empty at first and gone afterwards.
#[derive(Debug)]
pub(crate) struct User {
    binary: PathBuf,
    home: TempDir,
}

impl User {
    /// Makes a user of `binary` with an empty home.
    pub(crate) fn create(binary: &Path) -> Result<Self> {
        let home = tempfile::tempdir().context("cannot make a temporary home")?;
        Ok(Self { binary: binary.to_owned(), home })
    }

    /// Prepares to run the binary over `workspace`. Nothing of the caller's own set-up is seen.
    pub(crate) fn command(&self, workspace: &Path) -> Command {
        let mut command = program(&self.binary);
        for variable in ["LOCALGPT_WORKSPACE", "LOCALGPT_LOG", "RUST_LOG"] {
            command.env_remove(variable);
        }
        for name in ["config", "data", "state", "cache"] {
            let variable = format!("LOCALGPT_{}_DIR", name.to_uppercase());
            command.env(variable, self.home.path().join(name));
        }
        command.env("HOME", self.home.path()).arg("--workspace").arg(workspace);
        command
    }

    /// Where everything of this user lies.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes this user's configuration file.
    pub(crate) fn configure(&self, text: &str) -> Result<()> {
        let folder = self.home.path().join("config");
        fs::create_dir_all(&folder).context("cannot make the folder of the configuration")?;
        fs::write(folder.join("config.toml"), text).context("cannot write the configuration")
    }

    /// Removes every index this user has.
    pub(crate) fn forget_indexes(&self) -> Result<()> {
        let cache = self.home.path().join("cache");
        if cache.exists() {
            fs::remove_dir_all(&cache).context("cannot remove the indexes")?;
        }
        Ok(())
    }
}
