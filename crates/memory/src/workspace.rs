//! The workspace: which of its files are memory, and reading them.
//!
//! An assistant's workspace (one that has `MEMORY.md`, `SOUL.md` or `AGENTS.md`) remembers
//! `MEMORY.md`, `memory/**/*.md` and `knowledge/**/*.md`. Any other folder is taken as notes: all its
//! `*.md`, without hidden folders and those that tools mark as caches.

use std::{
    ffi::OsStr,
    io,
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path, PathBuf},
};

use localgpt_protocol::{SkipReason, Skipped};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    Error,
    decode::{decode, shown},
    folder::{Entry, Folder, Stamp, unreadable},
};

/// Folders in each other that are walked through; each of them is open meanwhile.
const DEEPEST: usize = 256;
/// What makes a folder an assistant's workspace.
const ASSISTANT: [&[u8]; 3] = [b"MEMORY.md", b"SOUL.md", b"AGENTS.md"];

/// Where memory lies and how much of a file is read.
#[derive(Debug, Clone)]
pub struct WorkspaceOptions {
    /// The workspace folder.
    pub root: PathBuf,
    /// More files and folders with notes; relative ones start at the workspace.
    pub extra_paths: Vec<PathBuf>,
    /// The largest file that is read.
    pub max_file_bytes: u64,
}

/// A folder of Markdown.
#[derive(Debug)]
pub struct Workspace {
    options: WorkspaceOptions,
}

/// How the files of a workspace are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceKind {
    /// An assistant lives in it.
    Assistant,
    /// Just notes.
    Notes,
}

/// What lies in a workspace, for a person who wants to check it.
#[derive(Debug, Default)]
pub struct Survey {
    /// Files of memory that can be read.
    pub notes: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is left out.
    pub skipped: Vec<Skipped>,
}

/// A file of memory: its path from the workspace, as the file system spells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NotePath(pub Vec<u8>);

impl NotePath {
    /// The path as a person reads it and as a citation names it.
    pub(crate) fn shown(&self) -> String {
        shown(&self.0).into_owned()
    }
}

/// What lies in a workspace.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The files of memory, in byte order of their paths.
    pub files: Vec<(NotePath, Stamp)>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Workspace {
    /// Opens a workspace.
    pub fn open(options: WorkspaceOptions) -> io::Result<Self> {
        Folder::open(&options.root)?.names()?;
        Ok(Self { options })
    }

    /// The workspace folder.
    pub fn root(&self) -> &Path {
        &self.options.root
    }

    /// The folder itself, opened anew each time: a person may have put another in its place.
    fn folder(&self) -> io::Result<Folder> {
        Folder::open(&self.options.root)
    }

    /// How its files are chosen, by what lies in it now.
    pub fn kind(&self) -> WorkspaceKind {
        self.folder().map_or(WorkspaceKind::Notes, |folder| kind(&folder))
    }

    /// Notes that would no longer be searched if an assistant moved in, counted without opening one.
    pub fn outside_memory(&self) -> usize {
        let kept: [&[u8]; 4] = [b"memory/", b"knowledge/", b"../", b"/"];
        let stays = |path: &NotePath| kept.iter().any(|start| path.0.starts_with(start));
        self.list()
            .map_or(0, |listing| listing.files.iter().filter(|(path, _)| !stays(path)).count())
    }

    /// Reads every file of memory once to see which of them can be read.
    pub fn survey(&self) -> Survey {
        let Listing { files, skipped } = match self.folder() {
            Ok(folder) => self.list_in(&folder),
            Err(error) => {
                let path = self.options.root.display().to_string();
                Listing {
                    files: Vec::new(),
                    skipped: vec![Skipped { path, reason: unreadable(&error) }],
                }
            }
        };
        let mut survey = Survey { skipped, ..Survey::default() };
        for (path, _) in files {
            match self.read(&path) {
                Ok((_, stamp)) => {
                    survey.notes += 1;
                    survey.bytes += stamp.size;
                }
                Err(reason) => survey.skipped.push(Skipped { path: path.shown(), reason }),
            }
        }
        survey.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        survey
    }

    /// Looks at every file of memory without opening one.
    pub(crate) fn list(&self) -> Result<Listing, Error> {
        match self.folder() {
            Ok(folder) => Ok(self.list_in(&folder)),
            Err(error) => {
                let path = self.options.root.display().to_string();
                Err(Error::Read { path, reason: unreadable(&error) })
            }
        }
    }

    fn list_in(&self, folder: &Folder) -> Listing {
        let kind = kind(folder);
        let limit = self.options.max_file_bytes;
        let mut walk = Walk { limit, listing: Listing::default(), kind, depth: 0 };
        match kind {
            WorkspaceKind::Notes => walk.folder(folder, b""),
            WorkspaceKind::Assistant => {
                for name in [&b"MEMORY.md"[..], b"knowledge", b"memory"] {
                    walk.root_entry(folder, name);
                }
            }
        }
        walk.kind = WorkspaceKind::Assistant;
        for extra in &self.options.extra_paths {
            walk.extra(&self.options.root.join(extra), &self.extra_prefix(extra));
        }
        let mut listing = walk.listing;
        listing.files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        listing.files.dedup_by(|a, b| a.0 == b.0);
        listing.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        listing.skipped.dedup();
        listing
    }

    /// The text of a file of memory and the stamp it had when it was read.
    pub(crate) fn read(&self, path: &NotePath) -> Result<(String, Stamp), SkipReason> {
        for extra in &self.options.extra_paths {
            let prefix = self.extra_prefix(extra);
            if let Some(below) = below(&path.0, &prefix) {
                return self.read_below(&self.options.root.join(extra), below);
            }
        }
        self.read_below(&self.options.root, &path.0)
    }

    /// Reads a file below a path that is the user's own and may hold links; nothing below it may.
    fn read_below(&self, start: &Path, below: &[u8]) -> Result<(String, Stamp), SkipReason> {
        let open = |folder: io::Result<Folder>| folder.map_err(|error| unreadable(&error));
        let mut components: Vec<&[u8]> = below.split(|byte| *byte == b'/').collect();
        if components.contains(&&b".."[..]) {
            return Err(SkipReason::NotAFile);
        }
        let (start, name) = match (components.pop(), start.parent(), start.file_name()) {
            (Some(b"") | None, Some(parent), Some(name)) => (parent, name.as_bytes()),
            (Some(name), _, _) => (start, name),
            (None, _, _) => return Err(SkipReason::NotAFile),
        };
        let mut folder = open(Folder::open(start))?;
        for component in components {
            folder = open(folder.folder(component))?;
        }
        let (bytes, stamp) = folder.read(name, self.options.max_file_bytes)?;
        let text = decode(bytes).map_err(|crate::decode::Binary| SkipReason::Binary)?;
        Ok((text, stamp))
    }

    /// How the paths below an extra path begin: from the workspace if it was configured so.
    fn extra_prefix(&self, extra: &Path) -> Vec<u8> {
        let inside = extra.strip_prefix(&self.options.root).unwrap_or(extra);
        let clean: PathBuf =
            inside.components().filter(|part| *part != Component::CurDir).collect();
        clean.as_os_str().as_bytes().to_vec()
    }

    /// Whether a path could be one of memory, if there were such a file.
    pub(crate) fn may_hold(&self, wanted: &str) -> bool {
        let path = Path::new(wanted);
        let inside =
            path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let is_note = path.extension() == Some(OsStr::new("md"));
        let in_memory = ["memory", "knowledge"].iter().any(|folder| path.starts_with(folder));
        inside
            && is_note
            && (self.kind() == WorkspaceKind::Notes || in_memory || wanted == "MEMORY.md")
    }

    /// The file of memory that a person means: by its exact path, by the path shown, or in another
    /// Unicode form of it. An absolute path is taken as one below the workspace.
    pub(crate) fn find(&self, listing: &Listing, wanted: &str) -> Option<NotePath> {
        let inside = Path::new(wanted).strip_prefix(&self.options.root).ok().and_then(Path::to_str);
        let wanted = inside.unwrap_or(wanted);
        let wanted = wanted.trim_start_matches("./");
        let composed: String = wanted.nfc().collect();
        let paths = || listing.files.iter().map(|(path, _)| path);
        paths()
            .find(|path| path.0 == wanted.as_bytes())
            .or_else(|| paths().find(|path| path.shown() == wanted))
            .or_else(|| paths().find(|path| path.shown().nfc().eq(composed.chars())))
            .cloned()
    }
}

/// How the files of a folder are chosen.
pub(crate) fn kind(folder: &Folder) -> WorkspaceKind {
    let is_assistant = ASSISTANT.iter().any(|name| folder.entry(name, u64::MAX).is_ok());
    if is_assistant { WorkspaceKind::Assistant } else { WorkspaceKind::Notes }
}

/// What is left of `path` below `folder`.
fn below<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    match path.strip_prefix(folder)? {
        rest if folder.is_empty() || folder.ends_with(b"/") || rest.is_empty() => Some(rest),
        rest => rest.strip_prefix(b"/"),
    }
}

struct Walk {
    limit: u64,
    listing: Listing,
    kind: WorkspaceKind,
    /// Folders that are open now, each in the one before.
    depth: usize,
}

impl Walk {
    /// A name that need not be there.
    fn root_entry(&mut self, folder: &Folder, name: &[u8]) {
        match folder.entry(name, self.limit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            entry => self.found(folder, name, name.to_vec(), entry),
        }
    }

    /// A path that the user configured: a link on the way to it is the user's own.
    fn extra(&mut self, path: &Path, prefix: &[u8]) {
        let looked = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !prefix.is_empty() => {
                Folder::open(parent).and_then(|folder| {
                    let entry = folder.entry(name.as_bytes(), self.limit)?;
                    Ok((folder, name.as_bytes(), entry))
                })
            }
            // The workspace itself, or one that ends in `..`.
            _ => match Folder::open(path) {
                Ok(folder) => return self.folder(&folder, prefix),
                Err(error) => Err(error),
            },
        };
        match looked {
            Ok((_, _, Entry::File(stamp))) => {
                self.listing.files.push((NotePath(prefix.to_vec()), stamp));
            }
            Ok((_, _, Entry::Refused(reason))) => self.skip(prefix, reason),
            Ok((folder, name, Entry::Folder)) => {
                self.found(&folder, name, prefix.to_vec(), Ok(Entry::Folder));
            }
            Err(error) => self.skip(prefix, unreadable(&error)),
        }
    }

    fn found(&mut self, folder: &Folder, name: &[u8], path: Vec<u8>, entry: io::Result<Entry>) {
        let is_note = Path::new(OsStr::from_bytes(name)).extension() == Some(OsStr::new("md"));
        match entry {
            Ok(Entry::Folder) if self.depth == DEEPEST => {
                let message = "it lies too many folders deep".to_owned();
                self.skip(&path, SkipReason::Unreadable { message });
            }
            Ok(Entry::Folder) => match folder.folder(name) {
                Ok(folder) => {
                    self.depth += 1;
                    self.folder(&folder, &path);
                    self.depth -= 1;
                }
                Err(error) => self.skip(&path, unreadable(&error)),
            },
            Ok(Entry::File(stamp)) if is_note => self.listing.files.push((NotePath(path), stamp)),
            Ok(Entry::Refused(SkipReason::Link)) => self.skip(&path, SkipReason::Link),
            Ok(Entry::Refused(reason)) if is_note => self.skip(&path, reason),
            Ok(Entry::File(_) | Entry::Refused(_)) => {}
            // It was there when the folder was read and is gone now: nothing to report.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.skip(&path, unreadable(&error)),
        }
    }

    fn folder(&mut self, folder: &Folder, path: &[u8]) {
        let names = match folder.names() {
            Ok(names) => names,
            Err(error) => return self.skip(path, unreadable(&error)),
        };
        let notes = self.kind == WorkspaceKind::Notes;
        if notes && !path.is_empty() && names.iter().any(|name| name == b"CACHEDIR.TAG") {
            return;
        }
        for name in names {
            if notes && (name.starts_with(b".") || name == b"node_modules") {
                continue;
            }
            let entry = folder.entry(&name, self.limit);
            self.found(folder, &name, joined(path, &name), entry);
        }
    }

    fn skip(&mut self, path: &[u8], reason: SkipReason) {
        self.listing.skipped.push(Skipped { path: shown(path).into_owned(), reason });
    }
}

fn joined(above: &[u8], name: &[u8]) -> Vec<u8> {
    if above.is_empty() { name.to_vec() } else { [above, b"/", name].concat() }
}
