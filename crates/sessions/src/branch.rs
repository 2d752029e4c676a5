//! Going on from an earlier place of a session, in a session of its own.

use jiff::Timestamp;
use localgpt_protocol::SessionId;

use crate::{
    error::{Error, Result},
    line::{self, Parts},
    log::{self, SessionLog},
    replay::Session,
    store::{self, SessionStore},
};

/// Where a branch leaves its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchPoint {
    /// Behind everything that was said.
    Now,
    /// Behind this record.
    After(u64),
}

impl SessionStore {
    /// Begins a session with a copy of another one, which it does not need from then on.
    ///
    /// The first record is another; every other line is copied as it is and keeps its number, so what points at a
    /// number still points at the same record.
    pub fn branch(
        &self,
        from: &SessionId,
        point: BranchPoint,
        id: &SessionId,
        at: Timestamp,
    ) -> Result<(SessionLog, Session)> {
        let bytes = self.bytes(from)?;
        let parts = Parts::of(&bytes);
        let copied = if parts.tail_is_whole() { bytes.as_slice() } else { parts.whole };
        let last = match point {
            BranchPoint::Now => None,
            BranchPoint::After(record) => Some(record),
        };
        let mut lines = log::lines_of(&[store::opened(id, at, Some(from.clone()))])?;
        let mut record = 0;
        for text in line::lines(copied) {
            if last.is_some_and(|last| record > last) {
                break;
            }
            if record > 0 {
                lines.extend_from_slice(text);
                lines.push(b'\n');
            }
            record += 1;
        }
        match last {
            Some(last) if record <= last => Err(Error::NoRecord { id: from.clone(), record: last }),
            Some(_) | None => self.begin(id, &lines),
        }
    }
}
