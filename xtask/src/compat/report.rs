//! One line for each assertion.

use anyhow::{Result, bail};

/// What came of the assertions so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    held: usize,
    failed: usize,
    differing: usize,
    unseen: usize,
}

impl Report {
    /// An assertion, with what speaks against it.
    pub(crate) fn check(&mut self, number: &str, what: &str, complaints: &[String]) {
        let holds = complaints.is_empty();
        self.held += usize::from(holds);
        self.failed += usize::from(!holds);
        println!("{} {number:>3}  {what}", if holds { "ok     " } else { "FAIL   " });
        for complaint in complaints {
            println!("             {complaint}");
        }
    }

    /// Something that is not as there, and is meant to be so.
    pub(crate) fn differs(&mut self, number: &str, why: &str) {
        self.differing += 1;
        println!("differs {number:>3}  {why}");
    }

    /// Something that cannot be seen here.
    pub(crate) fn unseen(&mut self, number: &str, why: &str) {
        self.unseen += 1;
        println!("unseen  {number:>3}  {why}");
    }

    /// Fails if an assertion did.
    pub(crate) fn end(&self) -> Result<()> {
        match self.failed {
            0 => {
                let Self { held, differing, unseen, .. } = self;
                println!(
                    "{held} hold, {differing} differ on purpose, {unseen} cannot be seen here"
                );
                Ok(())
            }
            failed => bail!("{failed} of {} failed", failed + self.held),
        }
    }
}

/// What speaks against it if it is not so.
pub(crate) fn unless(holds: bool, complaint: impl Into<String>) -> Option<String> {
    (!holds).then(|| complaint.into())
}
