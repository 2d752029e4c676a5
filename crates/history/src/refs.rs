//! Branches and other names of commits.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    durable,
    error::{Error, Result},
    id::ObjectId,
    repository::OURS,
};

/// What `HEAD` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The branch it stands for, if any.
    pub(crate) branch: Option<String>,
    /// The newest commit; none in a repository without any.
    pub(crate) id: Option<ObjectId>,
}

/// The names of a repository.
#[derive(Debug)]
pub(crate) struct Refs {
    folder: PathBuf,
}

impl Refs {
    /// The names in the repository at `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Reads `HEAD`.
    pub(crate) fn head(&self) -> Result<Head> {
        let path = self.folder.join("HEAD");
        let text = fs::read(&path).map_err(Error::read(&path))?;
        let text = text.trim_ascii_end();
        if let Some(branch) = text.strip_prefix(b"ref: ") {
            let branch = String::from_utf8_lossy(branch).into_owned();
            if !is_safe(&branch) {
                return Err(self.damaged("HEAD stands for something that is no branch"));
            }
            let id = self.read(&branch)?;
            return Ok(Head { branch: Some(branch), id });
        }
        match ObjectId::from_hex(text) {
            Some(id) => Ok(Head { branch: None, id: Some(id) }),
            None => Err(self.damaged("HEAD names no commit")),
        }
    }

    /// Lets the branch of `head`, or `HEAD` itself, name a commit.
    pub(crate) fn set_head(&self, head: &Head, id: ObjectId) -> Result<()> {
        self.set(head.branch.as_deref().unwrap_or("HEAD"), id)
    }

    /// Lets a name stand for a commit.
    pub(crate) fn set(&self, name: &str, id: ObjectId) -> Result<()> {
        let path = self.folder.join(name);
        let write = || {
            durable::create_folder(path.parent().unwrap_or(&self.folder))?;
            // A file that a crash left among the names would be a name.
            durable::replace_from(&self.folder.join(OURS), &path, format!("{id}\n").as_bytes())
        };
        write().map_err(Error::write(&path))
    }

    /// All names with what they stand for; names of names are left out.
    pub(crate) fn all(&self) -> Result<Vec<(String, ObjectId)>> {
        let mut names = self.packed()?;
        let mut open = vec!["refs".to_owned()];
        while let Some(name) = open.pop() {
            let path = self.folder.join(&name);
            for entry in fs::read_dir(&path).map_err(Error::read(&path))? {
                let entry = entry.map_err(Error::read(&path))?;
                let name = format!("{name}/{}", entry.file_name().to_string_lossy());
                let kind = entry.file_type().map_err(Error::read(&entry.path()))?;
                if kind.is_dir() {
                    open.push(name);
                } else if let Some(id) = self.loose(&name)? {
                    names.retain(|(other, _)| *other != name);
                    names.push((name, id));
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// Removes the file of many names, once each has one of its own.
    pub(crate) fn remove_packed(&self) -> Result<()> {
        let path = self.folder.join("packed-refs");
        durable::remove(&path).map_err(Error::write(&path))
    }

    fn read(&self, name: &str) -> Result<Option<ObjectId>> {
        if let Some(id) = self.loose(name)? {
            return Ok(Some(id));
        }
        Ok(self.packed()?.into_iter().find(|(other, _)| other == name).map(|(_, id)| id))
    }

    fn loose(&self, name: &str) -> Result<Option<ObjectId>> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(text) => Ok(ObjectId::from_hex(text.trim_ascii_end())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Error::read(&path)(error)),
        }
    }

    fn packed(&self) -> Result<Vec<(String, ObjectId)>> {
        let path = self.folder.join("packed-refs");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(Error::read(&path)(error)),
        };
        // Comments begin with `#`, what a tag stands for with `^`.
        let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        Ok(pairs
            .filter(|(_, name)| is_safe(name))
            .filter_map(|(id, name)| Some((name.to_owned(), ObjectId::from_hex(id.as_bytes())?)))
            .collect())
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Damaged { path: self.folder.clone(), what: what.to_owned() }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory)
}

/// Whether a name stays in the folder of names.
pub(crate) fn is_safe(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    name.starts_with("refs/") && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}
