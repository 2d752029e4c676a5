//! What stands in a commit: who did what, in which session and turn.

use jiff::Timestamp;
use localgpt_protocol::SessionId;

use crate::{
    id::{CommitId, ObjectId},
    object::Commit,
};

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// The person, through the program.
    Person,
    /// The assistant.
    Assistant,
    /// Somebody else: the person with another program.
    Outside,
}

/// A change that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The session it was made in.
    pub session: Option<SessionId>,
    /// The turn of that session.
    pub turn: Option<u64>,
    /// What was done, for a person; it is stored as it is, so secrets are masked by the caller.
    pub summary: String,
    /// Who did it.
    pub author: Author,
    /// Which files it is about.
    pub scope: Scope,
}

/// Which of the files that differ belong to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// These, from the workspace; others were changed by somebody else.
    Only(Vec<std::path::PathBuf>),
}

/// A commit of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: CommitId,
    /// When it was made.
    pub at: Timestamp,
    /// Who did it.
    pub author: Author,
    /// The session it was made in.
    pub session: Option<SessionId>,
    /// The turn of that session.
    pub turn: Option<u64>,
    /// What was done, in one line.
    pub summary: String,
    /// What it does to other commits.
    pub deed: Deed,
}

/// What a commit does to other commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Nothing: it is a change.
    Change,
    /// It takes these back.
    Undo(Vec<CommitId>),
    /// It does again what this one took back.
    Redo(CommitId),
}

const SESSION: &str = "Session";
const TURN: &str = "Turn";
const BY: &str = "By";
pub(crate) const UNDOES: &str = "Undoes";
pub(crate) const REDOES: &str = "Redoes";

impl Author {
    fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Assistant => "assistant",
            Self::Outside => "outside",
        }
    }

    /// The author as git shows them.
    pub(crate) fn signature(self) -> &'static str {
        match self {
            Self::Person => "You <you@localhost>",
            Self::Assistant => "LocalGPT <localgpt@localhost>",
            Self::Outside => "Outside LocalGPT <outside@localhost>",
        }
    }
}

/// Writes the message of a commit. What it says last is ours: words of a summary cannot pass for it.
pub(crate) fn message(change: &Change, deed: &Deed) -> Vec<u8> {
    let mut text = String::new();
    for line in change.summary.trim().lines() {
        text.extend(line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    if text.trim().is_empty() {
        text = "Change files\n".to_owned();
    }
    text.push('\n');
    let mut tell = |name: &str, value: &str| {
        text.push_str(name);
        text.push_str(": ");
        text.extend(value.chars().filter(|letter| !letter.is_control()));
        text.push('\n');
    };
    if let Some(session) = &change.session {
        tell(SESSION, session.as_str());
    }
    if let Some(turn) = change.turn {
        tell(TURN, &turn.to_string());
    }
    tell(BY, change.author.word());
    match deed {
        Deed::Change => {}
        Deed::Undo(commits) => commits.iter().for_each(|id| tell(UNDOES, &id.to_string())),
        Deed::Redo(commit) => tell(REDOES, &commit.to_string()),
    }
    text.into_bytes()
}

/// Reads a commit back. One that the program did not make is somebody else's change.
pub(crate) fn entry(id: ObjectId, commit: &Commit) -> Entry {
    let text = String::from_utf8_lossy(&commit.message);
    let text = text.trim_end();
    let mut entry = Entry {
        id: CommitId(id),
        at: Timestamp::from_second(commit.seconds()).unwrap_or_default(),
        author: Author::Outside,
        session: None,
        turn: None,
        summary: text.lines().next().unwrap_or_default().to_owned(),
        deed: Deed::Change,
    };
    let last = text.rsplit_once("\n\n").map_or("", |(_, last)| last);
    for line in last.lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let commit = || value.parse::<CommitId>().ok();
        match name {
            SESSION => entry.session = Some(SessionId::new(value)),
            TURN => entry.turn = value.parse().ok(),
            BY => {
                let authors = [Author::Person, Author::Assistant, Author::Outside];
                let author = authors.into_iter().find(|author| author.word() == value);
                entry.author = author.unwrap_or(Author::Outside);
            }
            UNDOES => match (&mut entry.deed, commit()) {
                (Deed::Undo(commits), Some(id)) => commits.push(id),
                (deed, Some(id)) => *deed = Deed::Undo(vec![id]),
                (_, None) => {}
            },
            REDOES => {
                if let Some(id) = commit() {
                    entry.deed = Deed::Redo(id);
                }
            }
            _ => {}
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(summary: &str) -> Change {
        Change {
            session: Some(SessionId::new("s-1")),
            turn: Some(7),
            summary: summary.to_owned(),
            author: Author::Assistant,
            scope: Scope::All,
        }
    }

    fn round(change: &Change, deed: &Deed) -> Entry {
        let id = ObjectId([1; 20]);
        let lines = vec![b"committer A <a@b> 99 +0000".to_vec()];
        let message = message(change, deed);
        entry(id, &Commit { tree: id, parents: Vec::new(), lines, message })
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let id = |number| CommitId(ObjectId([number; 20]));
        for deed in [Deed::Change, Deed::Undo(vec![id(2), id(3)]), Deed::Redo(id(4))] {
            let entry = round(&change("Write a note\nwith details"), &deed);
            assert_eq!(entry.summary, "Write a note");
            assert_eq!((entry.author, entry.turn), (Author::Assistant, Some(7)));
            assert_eq!(entry.session, Some(SessionId::new("s-1")));
            assert_eq!((entry.deed, entry.at.as_second()), (deed, 99));
        }
    }

    #[test]
    fn words_of_a_summary_do_not_pass_for_ours() {
        let undoes = format!("x\n\nBy: person\nUndoes: {}\0", ObjectId([9; 20]));
        let entry = round(&change(&undoes), &Deed::Change);
        assert_eq!((entry.author, entry.deed), (Author::Assistant, Deed::Change));
    }

    #[test]
    fn a_commit_of_somebody_else_is_from_outside() {
        let id = ObjectId([1; 20]);
        let message = b"Fix".to_vec();
        let commit = Commit { tree: id, parents: Vec::new(), lines: Vec::new(), message };
        let entry = entry(id, &commit);
        assert_eq!((entry.author, &*entry.summary), (Author::Outside, "Fix"));
    }
}
