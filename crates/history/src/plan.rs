//! Deciding what taking back a change does to each file. Values in, values out.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use crate::{
    object::Mode,
    tree::{Difference, Version},
    walk::as_path,
};

/// A file for which a change cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file, from the workspace.
    pub path: PathBuf,
    /// What is in the way.
    pub clash: Clash,
}

/// What is in the way of taking a change back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// The same lines were changed again since.
    SameLines,
    /// It came with the change, and was written into since.
    WrittenInto,
    /// It is no text, and was changed since.
    NotText,
    /// It was deleted since.
    Deleted,
    /// It was made anew since.
    MadeAnew,
    /// What is there now is not recorded: it is too large, ignored, or changed this very moment.
    NotRecorded,
    /// A folder or a link stands in its place.
    InTheWay,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.clash {
            Clash::SameLines => "the same lines were changed since",
            Clash::WrittenInto => "it was written into since",
            Clash::NotText => "it is no text and was changed since",
            Clash::Deleted => "it was deleted since",
            Clash::MadeAnew => "it was made anew since",
            Clash::NotRecorded => "what it holds now is not recorded",
            Clash::InTheWay => "something else stands in its place",
        };
        write!(f, "{}: {reason}", crate::diff::shown(self.path.as_os_str().as_encoded_bytes()))
    }
}

/// What a file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// This, or nothing.
    Becomes(Option<Version>),
    /// What is there now, with the change from `base` to `target` made to it.
    Merge { now: Version, base: Version, target: Version, mode: Mode },
    /// It cannot be said.
    Clash(Clash),
}

/// A file that is changed, as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) path: Vec<u8>,
    pub(crate) before: Option<Version>,
    pub(crate) after: Option<Version>,
}

/// Decides how a file that is `now` like this gets the change from `base` to `target`.
pub(crate) fn decide(
    now: Option<Version>,
    base: Option<Version>,
    target: Option<Version>,
) -> Decision {
    if target.is_some_and(|version| !version.mode.is_file()) {
        return Decision::Clash(Clash::InTheWay);
    }
    if now == base {
        return Decision::Becomes(target);
    }
    if now == target {
        return Decision::Becomes(now);
    }
    let (Some(now), Some(base), Some(target)) = (now, base, target) else {
        return Decision::Clash(match (now, base) {
            (None, _) => Clash::Deleted,
            (Some(_), None) => Clash::MadeAnew,
            // The change made the file, and the user has written into it since.
            (Some(_), Some(_)) => Clash::WrittenInto,
        });
    };
    let mode = if now.mode == base.mode { target.mode } else { now.mode };
    if now.id == base.id {
        Decision::Becomes(Some(Version { mode, id: target.id }))
    } else if base.id == target.id || now.id == target.id {
        Decision::Becomes(Some(Version { mode, id: now.id }))
    } else {
        Decision::Merge { now, base, target, mode }
    }
}

/// Files that are planned to change, over those that are there.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    changed: BTreeMap<Vec<u8>, Option<Version>>,
    pub(crate) conflicts: Vec<Conflict>,
}

impl Plan {
    /// What a path will hold; `now` says it for those that are not planned.
    pub(crate) fn planned(
        &self,
        path: &[u8],
        now: impl Fn(&[u8]) -> Option<Version>,
    ) -> Option<Version> {
        self.changed.get(path).copied().unwrap_or_else(|| now(path))
    }

    /// Plans what a path will hold.
    pub(crate) fn set(&mut self, path: Vec<u8>, version: Option<Version>) {
        self.changed.insert(path, version);
    }

    /// Notes that a path cannot be planned.
    pub(crate) fn clash(&mut self, path: &[u8], clash: Clash) {
        let path = as_path(path).to_owned();
        if !self.conflicts.iter().any(|conflict| conflict.path == path) {
            self.conflicts.push(Conflict { path, clash });
        }
    }

    /// The files that change, those that go first: a folder may have to make room for a file.
    pub(crate) fn steps(&self, now: impl Fn(&[u8]) -> Option<Version>) -> Vec<Step> {
        let steps = self.changed.iter().map(|(path, after)| Step {
            path: path.clone(),
            before: now(path),
            after: *after,
        });
        let mut steps: Vec<Step> = steps.filter(|step| step.before != step.after).collect();
        steps.sort_by_key(|step| step.after.is_some());
        steps
    }
}

/// The change that takes a difference back.
pub(crate) fn reversed(difference: Difference) -> Difference {
    let Difference { path, old, new } = difference;
    Difference { path, old: new, new: old }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;

    fn version(letter: char) -> Option<Version> {
        let mode = if letter.is_uppercase() { Mode::PROGRAM } else { Mode::FILE };
        let id = ObjectId([letter.to_ascii_lowercase() as u8; 20]);
        (letter != '-').then_some(Version { mode, id })
    }

    /// Checks what a file becomes: a letter is its content, a capital one may be run, `-` is no file.
    #[track_caller]
    fn check(now: char, base: char, target: char, expected: Decision) {
        assert_eq!(decide(version(now), version(base), version(target)), expected);
    }

    #[test]
    fn an_untouched_file_becomes_what_it_was() {
        check('b', 'b', 'a', Decision::Becomes(version('a')));
        check('b', 'b', '-', Decision::Becomes(None));
        check('-', '-', 'a', Decision::Becomes(version('a')));
    }

    #[test]
    fn a_file_that_is_as_it_was_already_stays() {
        check('a', 'b', 'a', Decision::Becomes(version('a')));
        check('-', 'b', '-', Decision::Becomes(None));
    }

    #[test]
    fn permissions_are_taken_back_apart_from_the_content() {
        check('c', 'B', 'b', Decision::Becomes(version('c')));
        check('B', 'b', 'a', Decision::Becomes(version('A')));
    }

    #[test]
    fn what_the_user_made_of_it_is_not_lost() {
        check('c', 'b', '-', Decision::Clash(Clash::WrittenInto));
        check('-', 'b', 'a', Decision::Clash(Clash::Deleted));
        check('c', '-', 'a', Decision::Clash(Clash::MadeAnew));
        let decision = decide(version('c'), version('b'), version('a'));
        assert!(matches!(decision, Decision::Merge { .. }));
    }
}
