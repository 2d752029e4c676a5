//! Objects as git writes them: commits, trees, blobs.

use crate::id::ObjectId;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    /// Its name in a header.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// Its number in a pack.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }

    /// The kind with this number in a pack.
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.number() == number)
    }

    /// The kind with this name.
    pub(crate) fn named(word: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.word().as_bytes() == word)
    }
}

/// How an entry of a tree is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mode(pub(crate) u32);

impl Mode {
    pub(crate) const FILE: Self = Self(0o100_644);
    pub(crate) const PROGRAM: Self = Self(0o100_755);
    pub(crate) const FOLDER: Self = Self(0o040_000);
    pub(crate) const LINK: Self = Self(0o120_000);
    pub(crate) const REPOSITORY: Self = Self(0o160_000);

    /// Whether it is a file whose content is a blob.
    pub(crate) fn is_file(self) -> bool {
        self.0 & 0o170_000 == 0o100_000
    }

    /// Whether it may be run.
    pub(crate) fn is_program(self) -> bool {
        self.0 & 0o111 != 0 && self.is_file()
    }
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) mode: Mode,
    pub(crate) name: Vec<u8>,
    pub(crate) id: ObjectId,
}

/// Reads a tree; `None` if it is none.
pub(crate) fn read_tree(mut bytes: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = split_once(bytes, 0)?;
        let (mode, name) = split_once(head, b' ')?;
        let mode = u32::from_str_radix(str::from_utf8(mode).ok()?, 8).ok()?;
        let (id, rest) = rest.split_at_checked(20)?;
        let id = ObjectId::from_bytes(id)?;
        entries.push(TreeEntry { mode: Mode(mode), name: name.to_vec(), id });
        bytes = rest;
    }
    Some(entries)
}

/// Writes one entry; they must come in git's order, in which a folder's name ends with a slash.
pub(crate) fn push_entry(tree: &mut Vec<u8>, mode: Mode, name: &[u8], id: ObjectId) {
    tree.extend_from_slice(format!("{:o} ", mode.0).as_bytes());
    tree.extend_from_slice(name);
    tree.push(0);
    tree.extend_from_slice(&id.0);
}

/// A commit: what it holds, what it follows, and the lines and words that came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// The other lines of its head: author, committer, and what git adds.
    pub(crate) lines: Vec<Vec<u8>>,
    pub(crate) message: Vec<u8>,
}

impl Commit {
    /// Reads a commit; `None` if it is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let end = memchr::memmem::find(bytes, b"\n\n");
        let (head, message) = match end {
            Some(end) => (bytes.get(..end)?, bytes.get(end + 2..)?),
            None => (bytes.strip_suffix(b"\n").unwrap_or(bytes), &[][..]),
        };
        let (mut tree, mut parents, mut lines) = (None, Vec::new(), Vec::<Vec<u8>>::new());
        for line in head.split(|&byte| byte == b'\n') {
            if let Some(id) = line.strip_prefix(b"tree ") {
                tree = Some(ObjectId::from_hex(id)?);
            } else if let Some(id) = line.strip_prefix(b"parent ") {
                parents.push(ObjectId::from_hex(id)?);
            } else {
                lines.push(line.to_vec());
            }
        }
        Some(Self { tree: tree?, parents, lines, message: message.to_vec() })
    }

    /// Writes it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("tree {}\n", self.tree).into_bytes();
        for parent in &self.parents {
            bytes.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        for line in &self.lines {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.message);
        bytes
    }

    /// When it was committed, in seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        let committer = self.lines.iter().find(|line| line.starts_with(b"committer "));
        let text = committer.and_then(|line| str::from_utf8(line).ok()).unwrap_or_default();
        let second = text.rsplit(' ').nth(1);
        second.and_then(|second| second.parse().ok()).unwrap_or(0)
    }
}

/// Splits at the first `separator`.
pub(crate) fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let place = memchr::memchr(separator, bytes)?;
    Some((bytes.get(..place)?, bytes.get(place + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_as_it_was_written() {
        let id = ObjectId([7; 20]);
        let lines = ["author A <a@b> 1 +0000", "committer A <a@b> 12 +0100", "gpgsig x", " y"];
        let commit = Commit {
            tree: id,
            parents: vec![id, id],
            lines: lines.map(|line| line.as_bytes().to_vec()).to_vec(),
            message: b"Words\n\nBy: outside\n".to_vec(),
        };
        assert_eq!(Commit::read(&commit.to_bytes()), Some(commit.clone()));
        assert_eq!(commit.seconds(), 12);
        assert_eq!(Commit::read(b"nonsense"), None);
    }

    #[test]
    fn a_tree_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        push_entry(&mut bytes, Mode::FILE, b"a\nb", ObjectId([1; 20]));
        push_entry(&mut bytes, Mode::FOLDER, b"\xff", ObjectId([0; 20]));
        let entries = read_tree(&bytes).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].name, b"a\nb");
        assert_eq!((entries[1].mode, entries[1].id), (Mode::FOLDER, ObjectId([0; 20])));
        assert_eq!(read_tree(&bytes[..10]), None);
    }
}
