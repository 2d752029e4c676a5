//! The records of a log, one by one.

use localgpt_protocol::{SessionId, SessionRecord};
use memchr::memmem;

use crate::{error::Result, line, replay::Spending, store::SessionStore};

impl SessionStore {
    /// The records of a session with their numbers; lines that cannot be read are left out.
    pub fn records(&self, id: &SessionId) -> Result<Vec<(u64, SessionRecord)>> {
        let bytes = self.bytes(id)?;
        let records = (0..).zip(line::lines(&bytes));
        Ok(records.filter_map(|(number, text)| Some((number, line::parse(text).ok()?))).collect())
    }

    /// What models were paid in a session, those answers among them that were taken back. What a branch was copied
    /// with was paid in the session that it comes from, and is left out.
    pub fn spendings(&self, id: &SessionId) -> Result<Vec<Spending>> {
        let bytes = self.bytes(id)?;
        let mut opened = None;
        let mut spendings = Vec::new();
        for text in line::lines(&bytes) {
            // Most lines are messages, and those are long.
            if opened.is_some() && memmem::find(text, b"\"spent\"").is_none() {
                continue;
            }
            match line::parse(text) {
                Ok(SessionRecord::Opened { at, branch_of, .. }) if opened.is_none() => {
                    opened = Some(branch_of.map(|_| at));
                }
                Ok(SessionRecord::Spent { at, model, purpose, usage }) => {
                    if opened.flatten().is_none_or(|branched| at > branched) {
                        spendings.push(Spending { at, model, purpose, usage });
                    }
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(spendings)
    }
}
