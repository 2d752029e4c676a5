//! A temporary set-up for the tests of this crate.

use std::{collections::BTreeMap, fs, path::Path};

use jiff::civil::date;
use localgpt_config::{Config, Environment, Flags, Language};
use localgpt_protocol::Clock;
use tempfile::TempDir;

/// Directories in which nothing was done yet, and a clock that stands at 2026-03-05 12:00 in Berlin.
pub(crate) struct SetUp {
    folder: TempDir,
    pub(crate) config: Config,
    pub(crate) environment: Environment,
    pub(crate) clock: Clock,
}

impl SetUp {
    pub(crate) fn empty(language: Language) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = ("HOME".to_owned(), folder.path().display().to_string());
        let environment = Environment::new([home]);
        let mut config = Config::load(&environment, folder.path(), &Flags::default()).unwrap();
        config.language = language;
        let now = date(2026, 3, 5).at(12, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        Self { folder, config, environment, clock: Clock::fixed(&now) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Every file below `folder` with its bytes, and every folder.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path().display().to_string();
        if entry.file_type().unwrap().is_dir() {
            found.extend(tree(&entry.path()));
            found.insert(path, None);
        } else {
            found.insert(path, Some(fs::read(entry.path()).unwrap_or_default()));
        }
    }
    found
}
