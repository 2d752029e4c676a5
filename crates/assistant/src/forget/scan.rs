//! Looking through every byte of the program's folders, and through what is packed in git repositories.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
};

use flate2::bufread::ZlibDecoder;

use super::{fact::Fact, own};

/// Folders in each other that are walked through.
const DEEPEST: usize = 256;
/// How an object of git begins that is a difference to one before it in its pack, or to any other.
const DIFFERS_FROM_BEFORE: u8 = 6;
const DIFFERS_FROM_OBJECT: u8 = 7;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files that say it.
    pub(super) files: Vec<PathBuf>,
    /// Files, folders and links whose name says it.
    pub(super) names: Vec<PathBuf>,
    /// What writers left behind that were killed.
    pub(super) leftovers: Vec<PathBuf>,
    /// What cannot be read, with the system's words.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// How many files were read.
    pub(super) scanned: u64,
}

/// Looks through folders, and through files, without what lies below `skipped`. No link is followed.
pub(super) fn scan(fact: &Fact, roots: &[PathBuf], skipped: &[PathBuf]) -> Found {
    let mut scan = Scan { fact, skipped, found: Found::default() };
    for root in outermost(roots) {
        scan.entry(&root, 0);
    }
    scan.found.files.sort_unstable();
    scan.found.names.sort_unstable();
    scan.found
}

/// The real paths of those that are there and lie in none of the others.
fn outermost(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut real: Vec<PathBuf> =
        roots.iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
    real.sort_unstable();
    real.dedup();
    let is_inside = |path: &PathBuf| {
        path.ancestors().skip(1).any(|above| real.iter().any(|other| other == above))
    };
    real.iter().filter(|path| !is_inside(path)).cloned().collect()
}

struct Scan<'a> {
    fact: &'a Fact,
    skipped: &'a [PathBuf],
    found: Found,
}

impl Scan<'_> {
    fn entry(&mut self, path: &Path, depth: usize) {
        if self.skipped.iter().any(|skipped| skipped == path) {
            return;
        }
        let kind = match path.symlink_metadata() {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return self.unreadable(path, &error),
        };
        if depth > 0 && path.file_name().is_some_and(|name| self.says(name)) {
            self.found.names.push(path.to_owned());
        }
        if kind.is_dir() {
            self.folder(path, depth);
        } else if kind.is_file() {
            self.found.scanned += 1;
            if own::is_leftover(path) {
                self.found.leftovers.push(path.to_owned());
            }
            match is_in_file(self.fact, path) {
                Ok(true) => self.found.files.push(path.to_owned()),
                Ok(false) => {}
                Err(error) => self.unreadable(path, &error),
            }
        } else if kind.is_symlink()
            && fs::read_link(path).is_ok_and(|target| self.says(target.as_os_str()))
        {
            self.found.names.push(path.to_owned());
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        if depth == DEEPEST {
            let error = io::Error::other("it lies too many folders deep");
            return self.unreadable(path, &error);
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => entries.iter().for_each(|it| self.entry(&it.path(), depth + 1)),
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn says(&self, name: &OsStr) -> bool {
        self.fact.is_in(name.as_encoded_bytes())
    }

    /// What is gone meanwhile says nothing any more.
    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.found.unreadable.push((path.to_owned(), error.to_string()));
        }
    }
}

/// Whether a file says it: in its bytes, or, if it is an object or a pack of git, in what they unpack to.
fn is_in_file(fact: &Fact, path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if fact.is_read_in(&file)? {
        return Ok(true);
    }
    file.rewind()?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    match reader.fill_buf()? {
        [b'P', b'A', b'C', b'K', ..] => is_in_pack(fact, &mut reader),
        // The first byte of zlib, as git writes it.
        [0x78, ..] if is_below_objects(path) => {
            Ok(unpacked(fact.is_read_in(ZlibDecoder::new(reader)))?.unwrap_or(false))
        }
        _ => Ok(false),
    }
}

fn is_below_objects(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "objects")
}

/// Whether an object in a pack says it. What is not as it should be at some place is not looked at beyond.
fn is_in_pack(fact: &Fact, pack: &mut impl BufRead) -> io::Result<bool> {
    let mut head = [0; 12];
    pack.read_exact(&mut head)?;
    let [.., a, b, c, d] = head;
    for _ in 0..u32::from_be_bytes([a, b, c, d]) {
        let Some(kind) = unpacked(read_number(pack))? else { return Ok(false) };
        match (kind >> 4) & 7 {
            DIFFERS_FROM_BEFORE => drop(unpacked(read_number(pack))?),
            DIFFERS_FROM_OBJECT => drop(unpacked(pack.read_exact(&mut [0; 20]))?),
            _ => {}
        }
        let mut object = ZlibDecoder::new(&mut *pack);
        match unpacked(fact.is_read_in(&mut object))? {
            Some(true) => return Ok(true),
            Some(false) => {}
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Reads a number that goes on while the highest bit is set: its first byte.
fn read_number(pack: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    pack.read_exact(&mut byte)?;
    let [first] = byte;
    while byte[0] & 0x80 != 0 {
        pack.read_exact(&mut byte)?;
    }
    Ok(first)
}

/// What does not unpack is no object of git.
fn unpacked<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn files_names_objects_and_packs_are_looked_through_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let write = |path: &str, bytes: &[u8]| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), bytes).unwrap();
        };
        write("a/plain.txt", b"the pin is 4711");
        write("a/pin is 4711.md", b"");
        write("a/other.bin", b"\0\0");
        write("r/objects/ab/cd", &packed(b"blob 15\0the pin is 4711"));
        let mut pack = b"PACK\0\0\0\x02\0\0\0\x03".to_vec();
        let text = vec![b'x'; 300];
        // A blob of 300 bytes, then two differences.
        pack.extend([0xb0 | 0x0c, 0x12]);
        pack.extend(packed(&text));
        pack.extend([0x61, 0x81, 0x01]);
        pack.extend(packed(b"x"));
        pack.push(0x71);
        pack.extend([0; 20]);
        pack.extend(packed(b"the pin is 4711"));
        write("r/objects/pack/p.pack", &pack);
        std::os::unix::fs::symlink(root.join("a"), root.join("r/link")).unwrap();
        let fact = Fact::new("pin is 4711").unwrap();
        let roots = [root.clone(), root.join("a")];
        let found = scan(&fact, &roots, &[root.join("a/other.bin")]);
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let inside = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
            paths.iter().map(inside).collect()
        };
        assert_eq!(
            names(&found.files),
            ["a/plain.txt", "r/objects/ab/cd", "r/objects/pack/p.pack"]
        );
        assert_eq!(names(&found.names), ["a/pin is 4711.md"]);
        assert_eq!(found.scanned, 4);
    }
}
