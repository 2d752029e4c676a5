//! Where the history lies, and making an empty one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    durable,
    error::{Error, Result},
};

/// Whether the person wants a repository in their workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consent {
    /// Yes.
    Given,
    /// No, or they were not asked.
    NotGiven,
}

/// Where the history lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the workspace, as `.git`.
    Inside,
    /// Beside it, so that the person's own repository, or their wish to have none, is left alone.
    Beside,
}

/// What is found where a history may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    /// A repository of ours in the workspace.
    ours_inside: bool,
    /// One of somebody else, in the workspace or above it.
    theirs: bool,
    /// One of ours beside the workspace.
    beside: bool,
}

fn choose(found: Found, consent: Consent) -> Place {
    match found {
        Found { ours_inside: true, .. } => Place::Inside,
        // A history that began goes on where it is.
        Found { beside: true, .. } | Found { theirs: true, .. } => Place::Beside,
        Found { .. } if consent == Consent::Given => Place::Inside,
        Found { .. } => Place::Beside,
    }
}

/// The folder in a repository for what is ours alone, which also tells that the repository is.
pub(crate) const OURS: &str = "localgpt";

/// Finds the repository of a workspace, and makes it if there is none. Returns where it is.
pub(crate) fn find_or_make(
    workspace: &Path,
    beside: &Path,
    consent: Consent,
) -> Result<(Place, PathBuf)> {
    let workspace = fs::canonicalize(workspace).map_err(Error::read(workspace))?;
    let inside = workspace.join(".git");
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
    let ours_inside = is_folder(&inside) && is_folder(&inside.join(OURS));
    let theirs = workspace.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok());
    let found = Found { ours_inside, theirs, beside: beside.join("HEAD").is_file() };
    let place = choose(found, consent);
    let folder = match place {
        Place::Inside => inside,
        Place::Beside => beside.to_owned(),
    };
    if !folder.join("HEAD").is_file() {
        make(&folder).map_err(Error::write(&folder))?;
    }
    Ok((place, folder))
}

/// Line ends and content stay as they are, no names of commits are kept that nobody asked for, and nothing is
/// collected behind our back.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
     \tlogallrefupdates = false\n\tautocrlf = false\n[gc]\n\tauto = 0\n";
const ATTRIBUTES: &str = "* -text -ident -filter -working-tree-encoding\n";

/// Makes an empty repository: whole under another name, then in its place.
fn make(folder: &Path) -> io::Result<()> {
    let parent = folder.parent().ok_or(io::ErrorKind::InvalidInput)?;
    durable::create_folder(parent)?;
    let making = tempfile::Builder::new().prefix(".localgpt-").suffix(".tmp").tempdir_in(parent)?;
    let root = making.path();
    for name in ["info", "objects/info", "objects/pack", "refs/heads", "refs/tags", OURS] {
        durable::create_folder(&root.join(name))?;
    }
    for (name, text) in [
        ("config", CONFIG),
        ("info/attributes", ATTRIBUTES),
        ("info/exclude", ""),
        ("HEAD", "ref: refs/heads/main\n"),
    ] {
        durable::replace(&root.join(name), text.as_bytes())?;
    }
    match fs::rename(root, folder) {
        Ok(()) => drop(making.keep()),
        // Another process was faster.
        Err(_) if folder.join("HEAD").is_file() => {}
        Err(error) => return Err(error),
    }
    durable::sync_folder(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: [bool; 3], given: Place, not_given: Place) {
        let [ours_inside, theirs, beside] = found;
        let found = Found { ours_inside, theirs, beside };
        assert_eq!(choose(found, Consent::Given), given);
        assert_eq!(choose(found, Consent::NotGiven), not_given);
    }

    #[test]
    fn a_repository_in_the_workspace_needs_consent() {
        check([false, false, false], Place::Inside, Place::Beside);
    }

    #[test]
    fn a_repository_of_the_users_own_is_left_alone() {
        check([false, true, false], Place::Beside, Place::Beside);
    }

    #[test]
    fn a_history_goes_on_where_it_began() {
        check([true, true, false], Place::Inside, Place::Inside);
        check([false, false, true], Place::Beside, Place::Beside);
    }
}
