//! The list of what a model's files must be, in the format of `sha256sum`.
//!
//! A file that the list does not name is trusted, and named from then on.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::OnnxError;

/// The name of the list, in the folder of the model.
pub(super) const SUMS_FILE: &str = "SHA256SUMS";

/// The checksums of a folder, by the names of its files.
#[derive(Debug)]
pub(super) struct Checksums {
    folder: PathBuf,
    sums: BTreeMap<String, String>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    AsRead,
    Longer,
}

impl Checksums {
    /// Reads the list, if there is one.
    pub(super) fn read(folder: &Path) -> Result<Self, OnnxError> {
        let path = folder.join(SUMS_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(OnnxError::Read { path, source }),
        };
        let mut sums = BTreeMap::new();
        for (line, entry) in (1..).zip(text.lines()).filter(|(_, entry)| !entry.trim().is_empty()) {
            let Some((name, sum)) = parsed(entry) else {
                return Err(OnnxError::Checksum { path, line });
            };
            sums.insert(name, sum);
        }
        Ok(Self { folder: folder.to_owned(), sums, state: State::AsRead })
    }

    /// Reads a file that the list names as it is, or does not name yet.
    pub(super) fn verified(&mut self, name: &str) -> Result<Vec<u8>, OnnxError> {
        let path = self.folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(OnnxError::Read { path, source }),
        };
        let found = sum(&bytes);
        match self.sums.get(name) {
            Some(expected) if *expected != found => {
                Err(OnnxError::Changed { path, expected: expected.clone(), found })
            }
            Some(_) => Ok(bytes),
            None => {
                self.sums.insert(name.to_owned(), found);
                self.state = State::Longer;
                Ok(bytes)
            }
        }
    }

    /// Writes the list, if it has become longer.
    pub(super) fn write(&self) -> Result<(), OnnxError> {
        match self.state {
            State::AsRead => return Ok(()),
            State::Longer => {}
        }
        let text: String = self.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        let path = self.folder.join(SUMS_FILE);
        // A list that is written halfway would refuse the model next time.
        let unfinished = self.folder.join("SHA256SUMS.unfinished");
        fs::write(&unfinished, text)
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|source| OnnxError::Record { path, source })
    }

    /// Returns the checksum of what is said of these files, and of `addition`.
    pub(super) fn of_all(&self, names: &[String], addition: &str) -> String {
        let mut text = addition.to_owned();
        for name in names {
            text.push('\n');
            text.push_str(self.sums.get(name).map_or("", String::as_str));
        }
        sum(text.as_bytes())
    }
}

/// Parses `<64 hexadecimal digits>  <name>`; a `*` before the name says "binary".
fn parsed(entry: &str) -> Option<(String, String)> {
    let (sum, name) = entry.split_once(' ')?;
    let name = name.strip_prefix([' ', '*']).unwrap_or(name).trim_end();
    let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_sum && !name.is_empty()).then(|| {
        let name = name.strip_prefix("./").unwrap_or(name);
        (name.to_owned(), sum.to_ascii_lowercase())
    })
}

fn sum(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        #[expect(clippy::expect_used, reason = "writing to a string does not fail")]
        write!(digits, "{byte:02x}").expect("a string grows");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn folder(sums: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("onnx")).unwrap();
        fs::write(folder.path().join("onnx/a"), "abc").unwrap();
        if let Some(sums) = sums {
            fs::write(folder.path().join(SUMS_FILE), sums).unwrap();
        }
        folder
    }

    #[test]
    fn what_is_not_named_is_trusted_and_named() {
        let folder = folder(None);
        let mut checksums = Checksums::read(folder.path()).unwrap();
        assert_eq!(checksums.verified("onnx/a").unwrap(), b"abc");
        checksums.write().unwrap();
        let written = fs::read_to_string(folder.path().join(SUMS_FILE)).unwrap();
        assert_eq!(written, format!("{ABC}  onnx/a\n"));

        fs::write(folder.path().join("onnx/a"), "abd").unwrap();
        let error = Checksums::read(folder.path()).unwrap().verified("onnx/a").unwrap_err();
        let OnnxError::Changed { expected, found, .. } = error else { panic!("{error}") };
        assert_eq!(expected, ABC);
        assert_ne!(found, ABC);
    }

    #[test]
    fn nothing_is_written_before_the_model_has_worked() {
        let folder = folder(None);
        Checksums::read(folder.path()).unwrap().verified("onnx/a").unwrap();
        assert!(!folder.path().join(SUMS_FILE).exists());
    }

    #[test]
    fn lines_are_those_of_sha256sum() {
        for line in ["{}  onnx/a", "{} *onnx/a", "{}  ./onnx/a", "\n{} onnx/a\r\n\n"] {
            let line = line.replace("{}", &ABC.to_uppercase());
            let folder = folder(Some(&line));
            let mut checksums = Checksums::read(folder.path()).unwrap();
            checksums.verified("onnx/a").unwrap();
            checksums.write().unwrap();
            let kept = fs::read_to_string(folder.path().join(SUMS_FILE)).unwrap();
            assert_eq!(kept, line, "a list that names everything is not written");
        }
    }

    #[test]
    fn a_line_that_is_no_checksum_is_an_error() {
        for bad in [ABC, "abc  onnx/a", "no words at all", &format!("{ABC}  ")] {
            let folder = folder(Some(&format!("{ABC}  onnx/a\n{bad}\n")));
            let error = Checksums::read(folder.path()).unwrap_err();
            let OnnxError::Checksum { line, .. } = error else { panic!("{error}") };
            assert_eq!(line, 2, "{bad}");
        }
    }

    #[test]
    fn entries_of_other_files_are_kept() {
        let other = format!("{ABC}  another\n");
        let folder = folder(Some(&other));
        let mut checksums = Checksums::read(folder.path()).unwrap();
        checksums.verified("onnx/a").unwrap();
        checksums.write().unwrap();
        let written = fs::read_to_string(folder.path().join(SUMS_FILE)).unwrap();
        assert_eq!(written, format!("{other}{ABC}  onnx/a\n"));
    }
}
