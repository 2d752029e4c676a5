//! Reads the tree: its packages, its source files, its tracked text.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde::Deserialize;

/// A file and its path from the root, with `/` between the parts.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// One of our packages, by the name of its crate: without `localgpt-`.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[serde(skip)]
    Normal,
    Dev,
    Build,
}

/// Reads a text file of the tree.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Asks cargo for our packages.
pub(crate) fn packages() -> Vec<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Listed>,
    }
    #[derive(Deserialize)]
    struct Listed {
        name: String,
        manifest_path: PathBuf,
        dependencies: Vec<Needed>,
    }
    #[derive(Deserialize)]
    struct Needed {
        name: String,
        kind: Option<Kind>,
    }
    let output =
        output(env!("CARGO"), &["metadata", "--no-deps", "--format-version=1", "--offline"]);
    let output = output.unwrap();
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("cargo metadata: {error}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    metadata
        .packages
        .into_iter()
        .map(|listed| Package {
            name: crate_name(&listed.name),
            folder: from_root(listed.manifest_path.parent().unwrap()),
            dependencies: listed
                .dependencies
                .into_iter()
                .map(|needed| Dependency {
                    name: crate_name(&needed.name),
                    kind: needed.kind.unwrap_or(Kind::Normal),
                })
                .collect(),
        })
        .collect()
}

/// Reads every source file of our packages, tracked or not.
pub(crate) fn source_files() -> Vec<File> {
    let mut paths = Vec::new();
    for folder in ["crates", "xtask", "fuzz"] {
        walk(&root().join(folder), &mut paths);
    }
    const SOURCES: &[&str] = &["rs", "sql", "js", "css", "html"];
    let is_source = |path: &PathBuf| {
        path.extension().is_some_and(|extension| SOURCES.iter().any(|source| extension == *source))
    };
    texts(paths.into_iter().filter(is_source))
}

/// Reads every tracked file that is text; where nothing is tracked, every file.
pub(crate) fn text_files() -> Vec<File> {
    let listed = output("git", &["ls-files", "-z"])
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let mut paths: Vec<PathBuf> =
        listed.split('\0').filter(|path| !path.is_empty()).map(|path| root().join(path)).collect();
    if paths.is_empty() {
        walk(&root(), &mut paths);
    }
    texts(paths)
}

fn root() -> PathBuf {
    // What cargo says now counts more than what it said at the build: two checkouts can share one build.
    let own =
        env::var_os("CARGO_MANIFEST_DIR").map_or(env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    own.parent().unwrap().to_owned()
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn crate_name(package: &str) -> String {
    match package {
        "localgpt" => "cli".to_owned(),
        _ => package.strip_prefix("localgpt-").unwrap_or(package).to_owned(),
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let is_made = ["target", ".git", ".xtask"].iter().any(|made| entry.file_name() == *made);
        if kind.is_dir() && !is_made {
            walk(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// Reads those of the files that are still there and hold text.
fn texts(paths: impl IntoIterator<Item = PathBuf>) -> Vec<File> {
    let text = |path: &PathBuf| fs::read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    paths
        .into_iter()
        .filter_map(|path| Some(File { text: text(&path)?, path: from_root(&path) }))
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "asking cargo and git for the tree")]
fn output(name: &str, arguments: &[&str]) -> Option<Output> {
    Command::new(name).args(arguments).current_dir(root()).output().ok()
}
