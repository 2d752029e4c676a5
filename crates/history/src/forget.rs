//! Taking words out of the history, so that no byte of them is left in the repository.
//!
//! All commits are made anew in one pack, without the words. Only when that is durable is the journal written, and
//! from then on everything else goes: a crash leaves the old history or the new one.

use std::fs;

use rustc_hash::FxHashMap;

use crate::{
    durable,
    entry::{REDOES, UNDOES},
    error::{Error, Result},
    history::History,
    id::{CommitId, ObjectId},
    index::{Index, IndexEntry},
    journal::Journal,
    merge::{is_binary, lines},
    object::{Commit, Kind, Mode, push_entry, split_once},
    pack_writer::PackWriter,
    repository::OURS,
    store::ObjectStore,
};

/// What is to be forgotten.
#[derive(Clone, Copy)]
pub enum Words<'a> {
    /// Every line with this text in it; the text may go over several lines.
    Text(&'a str),
    /// Every line, without its end, for which this is so.
    Lines(&'a dyn Fn(&[u8]) -> bool),
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Commits that were made anew.
    pub done: usize,
    /// All of them.
    pub all: usize,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Commits whose name is another now.
    pub commits: usize,
    /// Versions of files that lost lines, or went because they are no text.
    pub files: usize,
}

impl Words<'_> {
    /// The bytes without the lines that are to be forgotten; `None` if there are none.
    pub fn without(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Lines(_) => {
                let all = lines(bytes);
                let kept: Vec<&[u8]> =
                    all.iter().copied().filter(|line| !self.is_in(line)).collect();
                (kept.len() < all.len()).then(|| kept.concat())
            }
            Self::Text(text) => {
                let finder = memchr::memmem::Finder::new(text.as_bytes());
                let mut kept: Option<Vec<u8>> = None;
                // Lines that come together may say it again.
                while let Some(place) = finder.find(kept.as_deref().unwrap_or(bytes)) {
                    let rest = kept.as_deref().unwrap_or(bytes);
                    kept = Some(without_lines(rest, place, place + text.len()));
                    if text.is_empty() {
                        return kept;
                    }
                }
                kept
            }
        }
    }

    fn is_in(&self, line: &[u8]) -> bool {
        match self {
            Self::Lines(is_meant) => {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                is_meant(line.strip_suffix(b"\r").unwrap_or(line))
            }
            Self::Text(text) => memchr::memmem::find(line, text.as_bytes()).is_some(),
        }
    }

    /// Whether they are anywhere in a file that is no text.
    fn is_anywhere(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Text(_) => self.is_in(bytes),
            Self::Lines(_) => lines(bytes).into_iter().any(|line| self.is_in(line)),
        }
    }
}

fn without_lines(bytes: &[u8], from: usize, to: usize) -> Vec<u8> {
    let before = bytes.get(..from).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |place| place + 1);
    let last = to.saturating_sub(1).max(from);
    let end = memchr::memchr(b'\n', bytes.get(last..).unwrap_or_default());
    let end = end.map_or(bytes.len(), |place| last + place + 1);
    let (before, after) = (bytes.get(..start), bytes.get(end..));
    [before.unwrap_or_default(), after.unwrap_or_default()].concat()
}

impl History {
    /// Rewrites the whole history without some lines: no object, name, log, index or journal of the repository holds
    /// them afterwards. The files of the workspace are the caller's to change, before this.
    pub fn forget(
        &mut self,
        words: Words<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Forgotten> {
        let _lock = self.lock()?;
        self.check_rewritable()?;
        let names = self.refs.all()?;
        let head = self.refs.head()?;
        let mut tips: Vec<ObjectId> = names.iter().map(|(_, id)| *id).collect();
        tips.extend(head.id);
        let folder = self.store.pack_folder();
        let mut rewriter = Rewriter::new(&self.store, words)?;
        let order = rewriter.order(&tips)?;
        for (done, &id) in order.iter().enumerate() {
            progress(Progress { done, all: order.len() });
            rewriter.tip(id)?;
        }
        progress(Progress { done: order.len(), all: order.len() });
        let mut refs = Vec::new();
        for (name, id) in names {
            refs.push((name, rewriter.tip(id)?));
        }
        if let (None, Some(id)) = (&head.branch, head.id) {
            refs.push(("HEAD".to_owned(), rewriter.tip(id)?));
        }
        let forgotten = rewriter.forgotten;
        let pack = rewriter.pack.finish().map_err(Error::write(&folder))?;
        self.reach("pack");
        let journal = Journal::Forget { pack, refs };
        journal.store(&self.journal_path())?;
        self.reach("journal");
        self.finish(&journal)?;
        Ok(forgotten)
    }

    fn check_rewritable(&self) -> Result<()> {
        let has = |name: &str| self.folder.join(name).exists();
        let what = [
            ("objects/info/alternates", "objects that lie elsewhere"),
            ("shallow", "only its newest commits"),
            ("worktrees", "several worktrees"),
        ];
        match what.into_iter().find(|(name, _)| has(name)) {
            Some((_, what)) => Err(Error::Unsupported { path: self.folder.clone(), what }),
            None => Ok(()),
        }
    }

    /// The second half: all is in one pack, and the rest goes.
    pub(crate) fn forget_all_but(&mut self, pack: &str, refs: &[(String, ObjectId)]) -> Result<()> {
        self.store.reload()?;
        for (name, id) in refs {
            self.refs.set(name, *id)?;
            self.reach("name");
        }
        self.refs.remove_packed()?;
        self.remove_words()?;
        self.reach("words");
        self.store.keep_only(pack)?;
        self.reach("objects");
        let path = self.index_path();
        if let Some(index) = Index::load(&path) {
            let is_kept = |entry: &IndexEntry| {
                entry.mode == Mode::REPOSITORY || self.store.contains(entry.id)
            };
            let kept: Vec<IndexEntry> = index.entries.into_iter().filter(is_kept).collect();
            Index::store(&path, &kept).map_err(Error::write(&path))?;
        } else {
            durable::remove(&path).map_err(Error::write(&path))?;
        }
        durable::sync_folder(&self.folder).map_err(Error::write(&self.folder))?;
        self.reach("index");
        Ok(())
    }

    /// Removes what git keeps of messages, and names of commits that went.
    fn remove_words(&self) -> Result<()> {
        const KEPT: &[&str] = &[
            "HEAD",
            "branches",
            "config",
            "config.worktree",
            "description",
            "hooks",
            "index",
            "info",
            "lfs",
            "modules",
            "objects",
            "refs",
            OURS,
        ];
        for (folder, kept) in
            [(self.folder.clone(), KEPT), (self.folder.join(OURS), &["journal", "lock"][..])]
        {
            for name in fs::read_dir(&folder).map_err(Error::read(&folder))? {
                let name = name.map_err(Error::read(&folder))?;
                if !name.file_name().to_str().is_some_and(|name| kept.contains(&name)) {
                    let path = name.path();
                    durable::remove(&path).map_err(Error::write(&path))?;
                }
            }
        }
        Ok(())
    }
}

/// Makes objects anew, each once.
struct Rewriter<'a> {
    store: &'a ObjectStore,
    words: Words<'a>,
    pack: PackWriter,
    /// What became of each object; a file that went has become nothing.
    became: FxHashMap<ObjectId, Option<ObjectId>>,
    forgotten: Forgotten,
}

impl<'a> Rewriter<'a> {
    fn new(store: &'a ObjectStore, words: Words<'a>) -> Result<Self> {
        let folder = store.pack_folder();
        let pack = PackWriter::begin(&folder).map_err(Error::write(&folder))?;
        let (became, forgotten) = Default::default();
        Ok(Self { store, words, pack, became, forgotten })
    }

    /// All commits, each after those that it follows.
    fn order(&self, tips: &[ObjectId]) -> Result<Vec<ObjectId>> {
        let mut state = FxHashMap::<ObjectId, bool>::default();
        let mut order = Vec::new();
        let mut open: Vec<ObjectId> = tips.to_vec();
        while let Some(&id) = open.last() {
            match state.get(&id) {
                Some(true) => drop(open.pop()),
                Some(false) => {
                    state.insert(id, true);
                    order.push(id);
                    open.pop();
                }
                None => {
                    state.insert(id, false);
                    let parents = match self.store.read(id)? {
                        (Kind::Commit, bytes) => Commit::read(&bytes).map(|commit| commit.parents),
                        _ => None,
                    };
                    open.extend(parents.into_iter().flatten());
                }
            }
        }
        Ok(order)
    }

    fn tip(&mut self, id: ObjectId) -> Result<ObjectId> {
        if let Some(&Some(became)) = self.became.get(&id) {
            return Ok(became);
        }
        let (kind, bytes) = self.store.read(id)?;
        let became = match kind {
            Kind::Commit => self.commit(id, &bytes)?,
            Kind::Tag => self.tag(&bytes)?,
            Kind::Tree | Kind::Blob => {
                let mode = if kind == Kind::Tree { Mode::FOLDER } else { Mode::FILE };
                match self.entry(mode, id)? {
                    Some(became) => became,
                    None => self.put(Kind::Blob, b"")?,
                }
            }
        };
        self.became.insert(id, Some(became));
        Ok(became)
    }

    fn commit(&mut self, id: ObjectId, bytes: &[u8]) -> Result<ObjectId> {
        let damaged = || self.store.damaged(format!("{id} is no commit"));
        let commit = Commit::read(bytes).ok_or_else(damaged)?;
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in commit.parents {
            parents.push(self.tip(parent)?);
        }
        let tree = match self.entry(Mode::FOLDER, commit.tree)? {
            Some(tree) => tree,
            None => self.put(Kind::Tree, b"")?,
        };
        let mut changed = Commit {
            tree,
            parents,
            lines: commit.lines.into_iter().map(|line| self.person(line)).collect(),
            message: self.message(commit.message),
        };
        // A signature is of the old words.
        if changed.to_bytes() != bytes {
            changed.lines.retain(|line| is_kept(line));
            self.forgotten.commits += 1;
        }
        self.put(Kind::Commit, &changed.to_bytes())
    }

    fn tag(&mut self, bytes: &[u8]) -> Result<ObjectId> {
        let mut out = Vec::with_capacity(bytes.len());
        let (head, message) = match memchr::memmem::find(bytes, b"\n\n") {
            Some(end) => bytes.split_at_checked(end + 1).unwrap_or((bytes, &[])),
            None => (bytes, &[][..]),
        };
        for line in lines(head) {
            match line.trim_ascii_end().strip_prefix(b"object ").and_then(ObjectId::from_hex) {
                Some(id) => {
                    let id = self.tip(id)?;
                    out.extend_from_slice(format!("object {id}\n").as_bytes());
                }
                None => out.extend(self.person(line.to_vec())),
            }
        }
        let message = self.words.without(message).unwrap_or_else(|| message.to_vec());
        out.extend(message);
        self.put(Kind::Tag, &out)
    }

    /// What became of an entry of a tree.
    fn entry(&mut self, mode: Mode, id: ObjectId) -> Result<Option<ObjectId>> {
        if mode == Mode::REPOSITORY {
            return Ok(Some(id));
        }
        if let Some(&became) = self.became.get(&id) {
            return Ok(became);
        }
        let became = match mode {
            Mode::FOLDER => self.tree(id)?,
            _ => self.blob(id)?,
        };
        self.became.insert(id, became);
        Ok(became)
    }

    fn tree(&mut self, id: ObjectId) -> Result<Option<ObjectId>> {
        let entries = self.store.tree(id)?;
        let is_empty = entries.is_empty();
        let mut tree = Vec::with_capacity(entries.len() * 40);
        for entry in entries {
            // A name can say it as well.
            if self.words.is_in(&entry.name) {
                self.forgotten.files += 1;
            } else if let Some(id) = self.entry(entry.mode, entry.id)? {
                push_entry(&mut tree, entry.mode, &entry.name, id);
            }
        }
        match tree.is_empty() && !is_empty {
            true => Ok(None),
            false => self.put(Kind::Tree, &tree).map(Some),
        }
    }

    fn blob(&mut self, id: ObjectId) -> Result<Option<ObjectId>> {
        let bytes = self.store.blob(id)?;
        if is_binary(&bytes) {
            let is_meant = self.words.is_anywhere(&bytes);
            self.forgotten.files += usize::from(is_meant);
            return match is_meant {
                true => Ok(None),
                false => self.put(Kind::Blob, &bytes).map(Some),
            };
        }
        let kept = self.words.without(&bytes);
        self.forgotten.files += usize::from(kept.is_some());
        self.put(Kind::Blob, kept.as_deref().unwrap_or(&bytes)).map(Some)
    }

    /// A line that names a person, or nobody if the name is meant.
    fn person(&self, line: Vec<u8>) -> Vec<u8> {
        if !self.words.is_in(&line) {
            return line;
        }
        let role = split_once(&line, b' ').map_or(&b"x"[..], |(role, _)| role);
        let time = memchr::memrchr(b'>', &line).and_then(|place| line.get(place + 1..));
        [role, b" Forgotten <>", time.unwrap_or(b" 0 +0000")].concat()
    }

    /// A message without the words, in which commits have the names that they have now.
    fn message(&self, message: Vec<u8>) -> Vec<u8> {
        let mut message = self.words.without(&message).unwrap_or(message);
        if message.trim_ascii_start().starts_with(b"Session:")
            || message.trim_ascii_start().starts_with(b"By:")
            || message.trim_ascii().is_empty()
        {
            message = [b"Forgotten\n\n", message.trim_ascii_start()].concat();
        }
        let mut out = Vec::with_capacity(message.len());
        for line in lines(&message) {
            out.extend(self.renamed(line).unwrap_or_else(|| line.to_vec()));
        }
        out
    }

    fn renamed(&self, line: &[u8]) -> Option<Vec<u8>> {
        let (name, id) = str::from_utf8(line).ok()?.trim_end().split_once(": ")?;
        let commit: CommitId = id.parse().ok().filter(|_| name == UNDOES || name == REDOES)?;
        let became = self.became.get(&commit.0).copied().flatten()?;
        Some(format!("{name}: {became}\n").into_bytes())
    }

    fn put(&mut self, kind: Kind, bytes: &[u8]) -> Result<ObjectId> {
        let id = ObjectId::of(kind, bytes);
        let folder = self.store.pack_folder();
        self.pack.add(id, kind, bytes).map_err(Error::write(&folder))?;
        Ok(id)
    }
}

/// Whether a line of a commit's head is still true when the commit is another.
fn is_kept(line: &[u8]) -> bool {
    [&b"author "[..], b"committer ", b"encoding "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fact: &str, expected: Option<&str>) {
        let kept = Words::Text(fact).without(text.as_bytes());
        let kept = kept.map(|kept| String::from_utf8(kept).unwrap());
        assert_eq!(kept.as_deref(), expected);
    }

    #[test]
    fn lines_with_the_text_go_and_others_stay_as_they_are() {
        check("a\r\nmy pin is 12\r\nb", "pin is 12", Some("a\r\nb"));
        check("x pin", "pin", Some(""));
        check("a\n", "b", None);
    }

    #[test]
    fn text_over_several_lines_takes_all_of_them() {
        check("a\none two\nthree four\nb\n", "two\nthree", Some("a\nb\n"));
        check("a\nb\nx\n", "a\nb\n", Some("x\n"));
    }

    #[test]
    fn what_comes_together_is_looked_at_again() {
        check("a\na\nb\nb\n", "a\nb", Some(""));
    }

    #[test]
    fn a_question_decides_line_by_line() {
        let words = Words::Lines(&|line| line.eq_ignore_ascii_case(b"SECRET"));
        assert_eq!(words.without(b"a\nsecret\r\nb").unwrap(), b"a\nb");
        assert_eq!(words.without(b"a\nsecrets\n"), None);
    }
}
