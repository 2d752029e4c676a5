//! What the workspace holds now, told without reading what has not changed.

use crate::{
    error::{Error, Result},
    id::ObjectId,
    index::{Index, IndexEntry},
    object::Mode,
    place::{Root, Standing},
    walk::{Found, Reason, Uncovered, Walked, as_path},
};

/// What is done with the content of a file that may have changed.
pub(crate) type Put<'a> = dyn FnMut(&[u8]) -> Result<ObjectId> + 'a;

/// The workspace at one time.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Its files, in the order of their paths.
    pub(crate) entries: Vec<IndexEntry>,
    /// What is not recorded.
    pub(crate) uncovered: Vec<Uncovered>,
    /// Whether the index knows less than this.
    pub(crate) is_news: bool,
}

/// Makes a snapshot of what was walked; `put` is handed the content of files that are new or may have changed.
pub(crate) fn take(
    root: &Root,
    walked: Walked,
    previous: &Index,
    limit: u64,
    put: &mut Put<'_>,
) -> Result<Snapshot> {
    let Walked { files, uncovered } = walked;
    let entries = Vec::with_capacity(files.len());
    let mut snapshot = Snapshot { entries, uncovered, is_news: false };
    let mut old = previous.entries.iter().peekable();
    for found in files {
        while let Some(gone) = old.next_if(|entry| entry.path < found.path) {
            snapshot.keep(root, gone, previous, (limit, put))?;
        }
        let known = old.next_if(|entry| entry.path == found.path);
        let is_same = |entry: &&IndexEntry| {
            entry.stamp == found.stamp
                && entry.mode == found.mode
                && !previous.is_racy(&entry.stamp)
        };
        if let Some(entry) = known.filter(is_same) {
            snapshot.entries.push(entry.clone());
            continue;
        }
        snapshot.is_news = true;
        snapshot.look(root, found, known, (limit, put))?;
    }
    for gone in old {
        snapshot.keep(root, gone, previous, (limit, put))?;
    }
    Ok(snapshot)
}

impl Snapshot {
    /// Reads a file that is new or may have changed.
    fn look(
        &mut self,
        root: &Root,
        found: Found,
        known: Option<&IndexEntry>,
        (limit, put): (u64, &mut Put<'_>),
    ) -> Result<()> {
        if found.size > limit {
            self.refuse(&found.path, Reason::TooLarge { bytes: found.size }, known);
            return Ok(());
        }
        match root.read(&found.path, limit) {
            Ok((bytes, ..)) if bytes.len() as u64 > limit => {
                let bytes = bytes.len() as u64;
                self.refuse(&found.path, Reason::TooLarge { bytes }, known);
            }
            Ok((bytes, stamp, mode)) => {
                let id = put(&bytes)?;
                self.entries.push(IndexEntry { path: found.path, mode, id, stamp });
            }
            // It has gone meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = error.to_string();
                self.refuse(&found.path, Reason::Unreadable { message }, known);
            }
        }
        Ok(())
    }

    /// What is not recorded any more stays as it was recorded last: it was not deleted.
    fn refuse(&mut self, path: &[u8], reason: Reason, known: Option<&IndexEntry>) {
        self.uncovered.push(Uncovered { path: as_path(path).to_owned(), reason });
        self.entries.extend(known.cloned());
    }

    /// A file that was recorded and was not walked to: deleted, or hidden by a list of ignored names. A list that came
    /// later hides no change of it.
    fn keep(
        &mut self,
        root: &Root,
        entry: &IndexEntry,
        previous: &Index,
        content: (u64, &mut Put<'_>),
    ) -> Result<()> {
        let standing = root.look(&entry.path).map_err(Error::read(as_path(&entry.path)))?;
        let is_there = match standing {
            Standing::File(stamp, mode, size)
                if entry.mode.is_file()
                    && (stamp != entry.stamp || mode != entry.mode || previous.is_racy(&stamp)) =>
            {
                self.is_news = true;
                let found = Found { path: entry.path.clone(), mode, stamp, size };
                return self.look(root, found, Some(entry), content);
            }
            Standing::File(..) => entry.mode.is_file(),
            Standing::Link => entry.mode == Mode::LINK,
            Standing::Folder => entry.mode == Mode::REPOSITORY,
            Standing::Nothing | Standing::Other => false,
        };
        match is_there {
            true => self.entries.push(entry.clone()),
            false => self.is_news = true,
        }
        Ok(())
    }
}
