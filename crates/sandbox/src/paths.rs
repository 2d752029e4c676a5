//! Paths as the system sees them: what is allowed and protected must not hang on a link.

use std::path::{Path, PathBuf};

use crate::Error;

/// The paths with all links resolved.
pub(crate) fn real(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    paths.iter().map(|path| real_one(path)).collect()
}

/// The path with all links resolved.
pub(crate) fn real_one(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|source| Error::Path { path: path.to_owned(), source })
}

/// The path with all links resolved but the last, which is itself protected; what is not there keeps its name.
pub(crate) fn real_above(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    for above in path.ancestors() {
        let Some(name) = above.file_name() else { break };
        rest.push(name);
        let Some(parent) = above.parent() else { break };
        if let Ok(real) = parent.canonicalize() {
            return rest.iter().rev().fold(real, |path, name| path.join(name));
        }
    }
    path.to_owned()
}

/// Where protected links lead, as far as that could be changed as well.
pub(crate) fn links_inside(
    protected: &[PathBuf],
    writable: &[PathBuf],
) -> Result<Vec<PathBuf>, Error> {
    let links = protected.iter().filter(|path| path.is_symlink());
    let mut targets = Vec::new();
    for link in links {
        match link.canonicalize() {
            Ok(target) if writable.iter().any(|root| target.starts_with(root)) => {
                targets.push(target);
            }
            Ok(_) => {}
            // It leads nowhere yet, and whoever makes what it leads to has written it.
            Err(source) => return Err(Error::Path { path: link.clone(), source }),
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_path_keeps_its_last_link_and_what_is_not_there() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        std::fs::create_dir(home.join("real")).unwrap();
        std::os::unix::fs::symlink("real", home.join("link")).unwrap();
        std::os::unix::fs::symlink("elsewhere", home.join("real/SOUL.md")).unwrap();
        for (path, expected) in [
            ("link/SOUL.md", "real/SOUL.md"),
            ("link/skills/a/SKILL.md", "real/skills/a/SKILL.md"),
            ("link", "link"),
        ] {
            assert_eq!(real_above(&home.join(path)), home.join(expected));
        }
    }
}
