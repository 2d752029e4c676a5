//! Finding a program.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::Error;

/// A file that could be executed when it was looked at; its path is absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(PathBuf);

impl Program {
    /// Finds the program `name` in the folders of `path_value`, which is what a `PATH` variable holds. A name that
    /// is an absolute path stands for itself.
    ///
    /// Folders that are not absolute are passed over, the empty one among them, and so are names like `./tool`:
    /// what is run must not depend on where we stand.
    pub fn find(name: &str, path_value: &OsStr) -> Result<Self, Error> {
        let not_found = || Error::NotFound { name: name.to_owned() };
        if name.contains('/') {
            return Self::at(Path::new(name));
        }
        if name.is_empty() {
            return Err(not_found());
        }
        let folders = env::split_paths(path_value).filter(|folder| folder.is_absolute());
        folders
            .map(|folder| folder.join(name))
            .find(|path| is_executable(path))
            .map(Self)
            .ok_or_else(not_found)
    }

    /// Takes the program at an absolute path.
    pub fn at(path: &Path) -> Result<Self, Error> {
        match path.is_absolute() && is_executable(path) {
            true => Ok(Self(path.to_owned())),
            false => Err(Error::NotFound { name: path.display().to_string() }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_first_folder_that_has_it_and_can_be_executed() {
        let home = tempfile::tempdir().unwrap();
        let file = |folder: &str, mode: u32| {
            let folder = home.path().join(folder);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("tool"), "").unwrap();
            fs::set_permissions(folder.join("tool"), PermissionsExt::from_mode(mode)).unwrap();
            folder
        };
        let (dull, first, second) = (file("a", 0o644), file("b", 0o755), file("c", 0o755));
        let path = env::join_paths([Path::new("b"), &dull, &first, &second]).unwrap();
        assert_eq!(Program::find("tool", &path).unwrap().path(), first.join("tool"));
        assert!(Program::at(&second.join("tool")).is_ok());
        for name in ["", "b/tool", "./tool", "other", "/no/such/tool"] {
            assert!(matches!(Program::find(name, &path), Err(Error::NotFound { .. })), "{name}");
        }
        let absolute = second.join("tool");
        assert_eq!(Program::find(absolute.to_str().unwrap(), &path).unwrap().path(), absolute);
        for path in [Path::new("tool"), &dull.join("tool"), &dull] {
            assert!(Program::at(path).is_err(), "{}", path.display());
        }
    }
}
