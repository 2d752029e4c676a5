//! What was begun and must be finished: written before the first file is touched, removed after the last.

use std::{fmt::Write as _, fs, io, path::Path};

use crate::{
    durable,
    error::{Error, Result},
    id::{ObjectId, from_hex, to_hex},
    object::Mode,
    plan::Step,
    tree::Version,
};

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Journal {
    /// Files become what a commit says.
    Apply { from: Option<ObjectId>, to: ObjectId, steps: Vec<Step> },
    /// All that is not in a pack goes, and names stand for other commits.
    Forget { pack: String, refs: Vec<(String, ObjectId)> },
}

const FIRST_LINE: &str = "localgpt journal 1";

impl Journal {
    /// Reads the journal, if there is one.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => match Self::read(&text) {
                Some(journal) => Ok(Some(journal)),
                None => Err(Error::Damaged {
                    path: path.to_owned(),
                    what: "the journal of what was begun cannot be read".to_owned(),
                }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::read(path)(error)),
        }
    }

    /// Writes the journal, durably.
    pub(crate) fn store(&self, path: &Path) -> Result<()> {
        durable::replace(path, self.write().as_bytes()).map_err(Error::write(path))
    }

    fn write(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        let written = match self {
            Self::Apply { from, to, steps } => {
                let from = from.map_or_else(|| "-".to_owned(), |id| id.to_string());
                let mut written = writeln!(text, "apply {from} {to}");
                for Step { path, before, after } in steps {
                    let (before, after) = (version(*before), version(*after));
                    written = written
                        .and_then(|()| writeln!(text, "step {} {before} {after}", to_hex(path)));
                }
                written
            }
            Self::Forget { pack, refs } => {
                let mut written = writeln!(text, "forget {pack}");
                for (name, id) in refs {
                    written = written
                        .and_then(|()| writeln!(text, "name {} {id}", to_hex(name.as_bytes())));
                }
                written
            }
        };
        // Writing to a string does not fail.
        written.unwrap_or_default();
        text
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == FIRST_LINE).then_some(())?;
        let id = |text: &str| ObjectId::from_hex(text.as_bytes());
        let head: Vec<&str> = lines.next()?.split(' ').collect();
        let rows = lines.map(|line| line.split(' ').collect::<Vec<_>>());
        match *head.as_slice() {
            ["apply", from, to] => {
                let from = if from == "-" { None } else { Some(id(from)?) };
                let steps = rows.map(|row| match *row.as_slice() {
                    ["step", path, before, after] => Some(Step {
                        path: from_hex(path.as_bytes())?,
                        before: read_version(before)?,
                        after: read_version(after)?,
                    }),
                    _ => None,
                });
                Some(Self::Apply { from, to: id(to)?, steps: steps.collect::<Option<_>>()? })
            }
            ["forget", pack] => {
                let refs = rows.map(|row| match *row.as_slice() {
                    ["name", name, commit] => {
                        let name = String::from_utf8(from_hex(name.as_bytes())?).ok()?;
                        Some((name, id(commit)?))
                    }
                    _ => None,
                });
                let refs = refs.collect::<Option<_>>()?;
                Some(Self::Forget { pack: pack.to_owned(), refs })
            }
            _ => None,
        }
    }
}

fn version(version: Option<Version>) -> String {
    version.map_or_else(|| "-".to_owned(), |Version { mode, id }| format!("{:o}:{id}", mode.0))
}

#[expect(clippy::option_option, reason = "no file is something else than no version")]
fn read_version(text: &str) -> Option<Option<Version>> {
    if text == "-" {
        return Some(None);
    }
    let (mode, id) = text.split_once(':')?;
    let mode = Mode(u32::from_str_radix(mode, 8).ok()?);
    Some(Some(Version { mode, id: ObjectId::from_hex(id.as_bytes())? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_as_it_was_written() {
        let id = ObjectId([5; 20]);
        let version = Some(Version { mode: Mode::PROGRAM, id });
        let step = |path: &[u8], before, after| Step { path: path.to_vec(), before, after };
        let steps = vec![step(b"a \n\xff", version, None), step(b"b", None, version)];
        let apply = Journal::Apply { from: None, to: id, steps };
        let refs = vec![("refs/heads/a b".to_owned(), id)];
        let forget = Journal::Forget { pack: "pack-1".to_owned(), refs };
        for journal in [apply, forget] {
            assert_eq!(Journal::read(&journal.write()), Some(journal));
        }
        assert_eq!(Journal::read("nonsense"), None);
    }
}
