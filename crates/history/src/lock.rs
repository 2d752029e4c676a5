//! One process at a time changes a history. The lock is ours alone, and gone when its holder is.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::Duration,
};

use crate::error::{Error, Result};

const PAUSE: Duration = Duration::from_millis(5);
/// Some ten seconds: as long as the first snapshot of a large workspace may take.
const TRIES: u32 = 2_000;

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(
    #[expect(dead_code, reason = "closing the file is what ends the lock")] File,
);

impl Lock {
    /// Waits for the lock of the repository, a file at `path`.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(Error::write(path))?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(Error::write(path)(error)),
            }
        }
        Err(Error::Busy { path: path.parent().unwrap_or(path).to_owned() })
    }
}
