//! Going through a tree of files as `.gitignore` wants it.
//!
//! Hidden files are left out unless they are asked for, `.git` always, links are not followed.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobMatcher};
use ignore::{Match, WalkBuilder, gitignore::Gitignore};
use localgpt_guard::one_line;
use localgpt_protocol::ToolError;

use crate::folder::Spot;

/// A glob as models write them: with a `/` it is about the whole way, else about the name.
pub(crate) struct Pattern {
    matcher: GlobMatcher,
    /// Whether it asks for hidden names.
    is_hidden: bool,
}

impl Pattern {
    pub(crate) fn new(glob: &str) -> Result<Self, ToolError> {
        let bare = glob.trim().trim_start_matches("./").trim_start_matches('/');
        let whole = match bare.contains('/') {
            true => bare.to_owned(),
            false => format!("**/{bare}"),
        };
        let built = GlobBuilder::new(&whole).literal_separator(true).build();
        let glob = built.as_ref().map(Glob::compile_matcher);
        let matcher =
            glob.map_err(|error| ToolError::Input(format!("bad glob: {}", error.kind())))?;
        Ok(Self { matcher, is_hidden: bare.starts_with('.') || bare.contains("/.") })
    }

    /// Whether a file with this way from the folder is meant.
    pub(crate) fn fits(&self, inside: &Path) -> bool {
        self.matcher.is_match(inside)
    }

    /// Whether hidden files can be meant.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_hidden
    }
}

/// Prepares to go through a folder.
pub(crate) fn walk(start: &Spot, with_hidden: bool) -> WalkBuilder {
    let mut builder = WalkBuilder::new(&start.real);
    let above: Vec<Gitignore> = start.above().iter().map(|folder| ignored_in(folder)).collect();
    builder
        .hidden(!with_hidden)
        // What lies outside the workspace has no say.
        .parents(false)
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_ignored = |path: &Path| {
                above.iter().find_map(|rules| match rules.matched(path, is_folder) {
                    Match::None => None,
                    Match::Ignore(_) => Some(true),
                    Match::Whitelist(_) => Some(false),
                })
            };
            // The folder that was asked for is gone through whatever the rules say.
            entry.depth() == 0
                || entry.file_name() != ".git" && is_ignored(entry.path()) != Some(true)
        });
    builder
}

fn ignored_in(folder: &Path) -> Gitignore {
    let file = folder.join(".gitignore");
    match file.is_file() {
        // Lines that are no rules are passed over, as by git.
        true => Gitignore::new(file).0,
        false => Gitignore::empty(),
    }
}

/// How a file is called in results: from the workspace, as `read` takes it.
pub(crate) fn called(start: &Spot, inside: &Path) -> String {
    let name = start.name();
    let inside = one_line(&inside.to_string_lossy());
    match (name.as_str(), inside.as_str()) {
        (".", inside) => inside.to_owned(),
        (_, "") => name,
        (_, inside) => format!("{name}/{inside}"),
    }
}

/// The way from the start to a file that was found.
pub(crate) fn inside(start: &Spot, found: &Path) -> PathBuf {
    found.strip_prefix(&start.real).unwrap_or(Path::new("")).to_owned()
}
