//! What a person has allowed for more than once: a file of their workspace's state.

use std::{fs, io, path::PathBuf, sync::Mutex};

use jiff::Timestamp;
use localgpt_guard::{Digest, policy::Grant};
use localgpt_memory::{create_private_folder, replace};
use localgpt_protocol::KeptGrant;

use crate::Error;

/// The grants of one workspace. The file is the truth; it is read each time.
#[derive(Debug)]
pub(crate) struct Grants {
    path: PathBuf,
    turn: Mutex<()>,
}

impl Grants {
    /// The grants in the file `path`, which need not exist.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, turn: Mutex::new(()) }
    }

    /// All of them, oldest first.
    pub(crate) fn list(&self) -> Result<Vec<KeptGrant>, Error> {
        let failed = |reason: String| Error::Grants { path: self.path.clone(), reason };
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Keeps more of them. When this returns, they are on disk.
    pub(crate) fn add(&self, grants: Vec<Grant>, at: Timestamp) -> Result<(), Error> {
        self.change(|kept| {
            for grant in grants {
                if !kept.iter().any(|kept| kept.grant == grant) {
                    let name = Digest::of(format!("{grant:?} {at}").as_bytes()).to_string();
                    let id = name.get(..8).unwrap_or(&name).to_owned();
                    kept.push(KeptGrant { id, grant, at });
                }
            }
        })
        .map(drop)
    }

    /// Takes back those with these names, or all: how many.
    pub(crate) fn revoke(&self, ids: Option<&[String]>) -> Result<usize, Error> {
        if let Some(ids) = ids {
            let kept = self.list()?;
            if let Some(unknown) = ids.iter().find(|id| !kept.iter().any(|kept| kept.id == **id)) {
                return Err(Error::NoGrant(unknown.clone()));
            }
        }
        self.change(|kept| kept.retain(|kept| ids.is_some_and(|ids| !ids.contains(&kept.id))))
    }

    /// How many fewer there are afterwards.
    fn change(&self, change: impl FnOnce(&mut Vec<KeptGrant>)) -> Result<usize, Error> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut kept = self.list()?;
        let before = kept.len();
        change(&mut kept);
        let failed = |reason: String| Error::Grants { path: self.path.clone(), reason };
        let bytes = serde_json::to_vec_pretty(&kept).map_err(|error| failed(error.to_string()))?;
        if let Some(folder) = self.path.parent() {
            create_private_folder(folder).map_err(|error| failed(error.to_string()))?;
        }
        replace(&self.path, &bytes).map_err(|error| failed(error.to_string()))?;
        Ok(before.saturating_sub(kept.len()))
    }
}
