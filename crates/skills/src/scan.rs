//! Finding the folders of skills below a location.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use localgpt_protocol::SkillProblem;

use crate::{
    content::MANIFEST,
    folder::{Folder, Kind, in_words},
};

/// The most skills of one location that are read.
pub(crate) const MOST_CANDIDATES: usize = 300;
/// The most folders of one location that are looked into.
const MOST_FOLDERS: usize = 5_000;

/// A folder with a `SKILL.md`.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// Where it is, without links.
    pub(crate) path: PathBuf,
    /// A folder above it from which no link is on the way.
    pub(crate) root: PathBuf,
}

/// What was found below one location.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of their paths.
    pub(crate) candidates: Vec<Candidate>,
    /// What was not followed or not read.
    pub(crate) problems: Vec<SkillProblem>,
    /// Counts the folders that were looked into, and their places.
    visited: BTreeSet<PathBuf>,
    is_full: bool,
}

/// Looks below `folder`, at most `depth` folders deep. A link may lead to `targets` as well.
pub(crate) fn find(folder: &Path, depth: usize, targets: &[PathBuf]) -> Found {
    let mut found = Found::default();
    match folder.canonicalize() {
        Ok(root) if root.is_dir() => {
            let targets = targets.iter().filter_map(|target| target.canonicalize().ok()).collect();
            let search = Search { depth, targets };
            search.look(&root, &root, 0, &mut found);
        }
        Ok(root) => found.say(&root, "it is not a folder"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => found.say(folder, in_words(&error)),
    }
    found
}

struct Search {
    depth: usize,
    targets: Vec<PathBuf>,
}

impl Search {
    fn look(&self, root: &Path, path: &Path, depth: usize, found: &mut Found) {
        if found.is_full || !found.visited.insert(path.to_owned()) {
            return;
        }
        if found.visited.len() > MOST_FOLDERS {
            found.is_full = true;
            found.say(root, format!("more than {MOST_FOLDERS} folders: the others are not read"));
            return;
        }
        let names = match Folder::below(root, path).and_then(|folder| Ok((folder.names()?, folder)))
        {
            Ok(opened) => opened,
            Err(error) => return found.say(path, in_words(&error)),
        };
        let (names, folder) = names;
        if names.iter().any(|name| name == MANIFEST.as_bytes()) {
            if found.candidates.len() >= MOST_CANDIDATES {
                found.is_full = true;
                let reason = format!("more than {MOST_CANDIDATES} skills: the others are not read");
                return found.say(root, reason);
            }
            found.candidates.push(Candidate { path: path.to_owned(), root: root.to_owned() });
            return;
        }
        if depth == self.depth {
            return;
        }
        for name in names {
            if name.starts_with(b".") || name == b"node_modules" {
                continue;
            }
            let below = path.join(OsStr::from_bytes(&name));
            match folder.kind(&name) {
                Ok(Kind::Folder) => self.look(root, &below, depth + 1, found),
                Ok(Kind::Link) => self.follow(root, &below, depth + 1, found),
                Ok(Kind::File | Kind::Other) => {}
                Err(error) => found.say(&below, in_words(&error)),
            }
        }
    }

    /// Follows a link that stays below the root, or leads where the person allowed it.
    fn follow(&self, root: &Path, link: &Path, depth: usize, found: &mut Found) {
        let Ok(target) = fs::canonicalize(link) else {
            return found.say(link, "it is a link that leads nowhere");
        };
        if !target.is_dir() {
            return;
        }
        let allowed = self.targets.iter().find(|allowed| target.starts_with(allowed));
        match allowed {
            _ if target.starts_with(root) => self.look(root, &target, depth, found),
            Some(allowed) => self.look(allowed, &target, depth, found),
            None => found.say(link, "it is a link that leaves the folder of skills"),
        }
    }
}

impl Found {
    fn say(&mut self, path: &Path, reason: impl Into<String>) {
        self.problems
            .push(SkillProblem { path: path.display().to_string(), reason: reason.into() });
    }
}
