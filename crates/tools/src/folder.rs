//! Which files a tool may touch: the workspace, and what may be read beside it.
//!
//! Invariant: a path is decided about after every link in it was followed, and opened without following one, so a
//! link that is put in between leads nowhere.

mod beneath;
mod replace;

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Read as _},
    os::{fd::OwnedFd, unix::ffi::OsStringExt as _},
    path::{Component, Path, PathBuf},
};

use localgpt_guard::{Place, one_line};
use localgpt_protocol::ToolError;
use rustix::{
    fs::{AtFlags, Dir, FileType, OFlags, Stat, fstat, lstat, statat},
    io::Errno,
};

/// More links than this on one way lead in a circle.
const MOST_LINKS: usize = 40;
/// The most characters of a path that are repeated to the model.
const SHOWN: usize = 200;
/// The largest file that is changed in place or compared.
pub(crate) const LARGEST: u64 = 16 << 20;

/// The workspace, and what may be read beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The workspace: relative paths start here, and only here is written.
    pub root: PathBuf,
    /// Files and folders that may be read as well: skills, the person's extra notes.
    pub readable: Vec<PathBuf>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// Folders of the program itself. Where they lie in the workspace, they count as outside.
    pub own: Vec<PathBuf>,
}

/// Whether a link at the end of a path is followed, or is meant itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Followed,
    Itself,
}

/// A path of the model's after every link in it was followed.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// Where it is, for the policy.
    pub(crate) place: Place,
    /// Where it is, from the root of the system.
    pub(crate) real: PathBuf,
    /// The folder that makes it readable, and the way from there; none if it may not be read.
    base: Option<(PathBuf, PathBuf)>,
    /// As the model wrote it.
    shown: String,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) kind: FileType,
}

/// A file as it stands, to see later whether it is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Current {
    pub(crate) bytes: Vec<u8>,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    device: u64,
    inode: u64,
    size: i64,
    seconds: i64,
    nanoseconds: i64,
}

impl Folder {
    /// Follows a path to where it leads.
    pub(crate) fn spot(&self, path: &str) -> Result<Spot, ToolError> {
        self.spot_at(path, Last::Followed)
    }

    /// The same, but a link at the end is meant itself.
    pub(crate) fn spot_itself(&self, path: &str) -> Result<Spot, ToolError> {
        self.spot_at(path, Last::Itself)
    }

    /// Whether one of these is the program's own, and no file to work with.
    pub(crate) fn holds_own<'a>(
        &self,
        root: &Path,
        real: impl IntoIterator<Item = &'a Path>,
    ) -> bool {
        let own = self.own.iter().filter_map(|own| fs::canonicalize(own).ok());
        let own: Vec<PathBuf> = own.filter(|own| own != root && own.starts_with(root)).collect();
        real.into_iter().any(|real| own.iter().any(|own| real.starts_with(own)))
    }

    fn spot_at(&self, path: &str, last: Last) -> Result<Spot, ToolError> {
        let shown: String = one_line(path).chars().take(SHOWN).collect();
        let problem = |what: &str| ToolError::Input(format!("`{shown}` {what}"));
        if path.trim().is_empty() {
            return Err(ToolError::Input("`path` is empty".to_owned()));
        }
        if path.chars().any(char::is_control) {
            return Err(problem("has a control character in it"));
        }
        let root = fs::canonicalize(&self.root)
            .map_err(|error| ToolError::Failed(format!("cannot find the workspace: {error}")))?;
        let whole = match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ => root.join(path),
        };
        let real = follow(&whole, last).map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => forbidden(&shown),
            _ => problem(&format!("cannot be followed: {error}")),
        })?;
        let place = match real.strip_prefix(&root) {
            Ok(_) if self.holds_own(&root, [real.as_path()]) => Place::Outside(real.clone()),
            Ok(inside) => Place::Inside(
                inside.to_str().ok_or_else(|| problem("has a name that is not UTF-8"))?.to_owned(),
            ),
            Err(_) => Place::Outside(real.clone()),
        };
        let base = match &place {
            Place::Inside(inside) => Some((root, PathBuf::from(inside))),
            Place::Outside(_) => self.readable.iter().find_map(|folder| beside(folder, &real)),
        };
        Ok(Spot { place, real, base, shown })
    }
}

/// The folder of a readable file or folder, and the way from there to `real`, if that is in it.
fn beside(readable: &Path, real: &Path) -> Option<(PathBuf, PathBuf)> {
    let readable = fs::canonicalize(readable).ok()?;
    let inside = real.strip_prefix(&readable).ok()?.to_owned();
    match inside.as_os_str().is_empty() {
        false => Some((readable, inside)),
        // It may be a file, and a folder can be opened from above as well.
        true => Some((readable.parent()?.to_owned(), readable.file_name()?.into())),
    }
}

fn forbidden(shown: &str) -> ToolError {
    ToolError::Forbidden(format!("`{shown}` is outside the workspace"))
}

/// The path without links and without `..`, also of what is not there yet.
fn follow(path: &Path, last: Last) -> io::Result<PathBuf> {
    let mut real = PathBuf::from("/");
    let mut ahead: Vec<OsString> = names(path);
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        if name == ".." {
            real.pop();
            continue;
        }
        let next = real.join(&name);
        if next == Path::new("/proc") {
            // Its links lead to what our own process has open.
            return Err(io::ErrorKind::Unsupported.into());
        }
        if ahead.is_empty() && last == Last::Itself {
            return Ok(next);
        }
        match fs::symlink_metadata(&next) {
            Ok(found) if found.is_symlink() => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(io::Error::other("links that lead in a circle"));
                }
                let target = fs::read_link(&next)?;
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                ahead.extend(names(&target));
            }
            Ok(_) => real = next,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                real = next;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(real)
}

/// The names in a path, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let name = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(name).collect()
}

impl Spot {
    /// The path as the model wrote it, fit to be shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The path from the workspace, or where it is otherwise.
    pub(crate) fn name(&self) -> String {
        match &self.place {
            Place::Inside(path) if path.is_empty() => ".".to_owned(),
            place => one_line(&place.to_string()),
        }
    }

    /// Opens a file to read it.
    pub(crate) fn open_file(&self) -> Result<(File, Stat), ToolError> {
        // A pipe would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let file = self.open(flags)?;
        let stat = fstat(&file).map_err(|error| self.trouble("read", error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok((File::from(file), stat)),
            FileType::Directory => {
                Err(ToolError::Input(format!("`{}` is a folder; `list` shows it", self.shown)))
            }
            FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Symlink
            | FileType::Unknown => {
                Err(ToolError::Forbidden(format!("`{}` is no file but a device", self.shown)))
            }
        }
    }

    /// Opens a folder to look at what is in it.
    pub(crate) fn open_folder(&self) -> Result<OwnedFd, ToolError> {
        self.open(OFlags::RDONLY | OFlags::DIRECTORY)
    }

    /// What is in the folder, by name.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, ToolError> {
        let trouble = |error| self.trouble("read", error);
        let folder = self.open_folder()?;
        let mut entries = Vec::new();
        for found in Dir::read_from(&folder).map_err(trouble)? {
            let found = found.map_err(trouble)?;
            let name = OsString::from_vec(found.file_name().to_bytes().to_vec());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match found.file_type() {
                // Some file systems do not say it here.
                FileType::Unknown => statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
                kind => kind,
            };
            entries.push(Entry { name, kind });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// What has this name in the folder; a link is meant itself.
    pub(crate) fn child(&self, name: &OsStr) -> Result<Self, ToolError> {
        let real = self.real.join(name);
        let place = match &self.place {
            Place::Inside(path) => {
                let problem = || {
                    let name = one_line(&name.to_string_lossy());
                    ToolError::Input(format!("`{name}` in `{}` is not UTF-8", self.shown))
                };
                let name = name.to_str().ok_or_else(problem)?;
                Place::Inside(format!("{path}/{name}").trim_start_matches('/').to_owned())
            }
            Place::Outside(_) => Place::Outside(real.clone()),
        };
        let base = self.base.as_ref().map(|(base, inside)| (base.clone(), inside.join(name)));
        let shown = format!("{}/{}", self.shown, one_line(&name.to_string_lossy()));
        Ok(Self { place, real, base, shown })
    }

    /// Whether something is there, and whether it is a folder itself.
    pub(crate) fn kind(&self) -> Result<FileType, ToolError> {
        let stat = lstat(&self.real).map_err(|error| self.trouble("find", error))?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }

    /// The folders that hold it, from the nearest up to the one that makes it readable.
    pub(crate) fn above(&self) -> Vec<PathBuf> {
        let base = self.base.as_ref().map(|(base, _)| base.as_path());
        let above = self
            .real
            .ancestors()
            .skip(1)
            .take_while(|folder| base.is_some_and(|base| folder.starts_with(base)));
        above.map(Path::to_owned).collect()
    }

    /// Opens a file in the folder that was opened as `folder`.
    pub(crate) fn open_in(folder: &OwnedFd, inside: &Path) -> io::Result<File> {
        let file = beneath::open(folder, inside, OFlags::RDONLY | OFlags::NONBLOCK)?;
        match FileType::from_raw_mode(fstat(&file)?.st_mode) {
            FileType::RegularFile => Ok(file.into()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn open(&self, flags: OFlags) -> Result<OwnedFd, ToolError> {
        let (base, inside) = self.base()?;
        let base = beneath::folder(base).map_err(|error| self.trouble("read", error))?;
        beneath::open(&base, inside, flags).map_err(|error| self.trouble("read", error))
    }

    fn base(&self) -> Result<(&Path, &Path), ToolError> {
        let base = self.base.as_ref().ok_or_else(|| forbidden(&self.shown))?;
        Ok((&base.0, &base.1))
    }

    /// What is in the file now; none if there is none.
    pub(crate) fn current(&self) -> Result<Option<Current>, ToolError> {
        let (file, stat) = match self.open_file() {
            Ok(opened) => opened,
            Err(ToolError::Input(_)) if !self.real.exists() => return Ok(None),
            Err(error) => return Err(error),
        };
        self.check_single(&stat)?;
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if size > LARGEST {
            let most = LARGEST >> 20;
            return Err(ToolError::Input(format!("`{}` is larger than {most} MiB", self.shown)));
        }
        let mut bytes = Vec::new();
        let failed =
            |error: io::Error| ToolError::Failed(format!("cannot read `{}`: {error}", self.shown));
        file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(Current { bytes, version: version(&stat) }))
    }

    /// A file with several names may be one that is protected under another name.
    fn check_single(&self, stat: &Stat) -> Result<(), ToolError> {
        match stat.st_nlink {
            0 | 1 => Ok(()),
            _ => Err(ToolError::Forbidden(format!(
                "`{}` is one of several hard links to the same file",
                self.shown
            ))),
        }
    }

    /// Where it is in the workspace; nothing else is written.
    fn inside(&self) -> Result<(&Path, &Path), ToolError> {
        match &self.place {
            Place::Inside(path) if path.is_empty() => {
                Err(ToolError::Input(format!("`{}` is the workspace itself", self.shown)))
            }
            Place::Inside(_) => self.base(),
            Place::Outside(_) => Err(forbidden(&self.shown)),
        }
    }

    fn trouble(&self, verb: &str, error: Errno) -> ToolError {
        let shown = &self.shown;
        match error {
            Errno::NOENT | Errno::NOTDIR => ToolError::Input(format!("there is no `{shown}`")),
            Errno::ISDIR => ToolError::Input(format!("`{shown}` is a folder")),
            Errno::NOTEMPTY => ToolError::Input(format!("`{shown}` is a folder that is not empty")),
            Errno::NAMETOOLONG => ToolError::Input(format!("the name of `{shown}` is too long")),
            Errno::LOOP => {
                ToolError::Forbidden(format!("a link was put into the way to `{shown}`"))
            }
            // A socket, or a device without a driver.
            Errno::NXIO => ToolError::Forbidden(format!("`{shown}` is no file but a device")),
            error => ToolError::Failed(format!("cannot {verb} `{shown}`: {error}")),
        }
    }
}

#[expect(clippy::useless_conversion, reason = "the fields have other types on other systems")]
fn version(stat: &Stat) -> Version {
    Version {
        device: u64::try_from(stat.st_dev).unwrap_or_default(),
        inode: u64::from(stat.st_ino),
        size: stat.st_size,
        seconds: i64::try_from(stat.st_mtime).unwrap_or_default(),
        nanoseconds: i64::try_from(stat.st_mtime_nsec).unwrap_or_default(),
    }
}
