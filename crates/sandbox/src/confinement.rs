//! What a confined child may do.

use std::path::PathBuf;

/// What a child may touch. What is not named here it can neither read nor change, beside the folders that hold the
/// system's programs; and there is no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// Folders it may read and change.
    pub writable: Vec<PathBuf>,
    /// Files and folders inside the writable ones that it can read only. One that is not there cannot be made.
    pub protected: Vec<PathBuf>,
    /// Files and folders beside the system's own that it may read, and run programs from.
    pub readable: Vec<PathBuf>,
    /// How much it may use.
    pub limits: Limits,
}

/// How much a child may use. All but the number of processes hold for each process of its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Seconds of processor time.
    pub cpu_seconds: u64,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Bytes of one file, and of all temporary files together.
    pub file_bytes: u64,
    /// Open files.
    pub open_files: u64,
    /// Processes and threads at once. An administrator's are counted only by Linux 6.14 and later, up from 301.
    pub processes: u64,
}

impl Default for Limits {
    /// Enough for a build, too little to bring a machine down.
    fn default() -> Self {
        Self {
            cpu_seconds: 600,
            memory_bytes: 4 << 30,
            file_bytes: 1 << 30,
            open_files: 1024,
            processes: 256,
        }
    }
}

/// A person's word that programs may run without a sandbox where there can be none.
///
/// It is made where the person typed the switch, for one run, and nowhere else: never from a configuration, a
/// model, or another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptNoSandbox(());

impl AcceptNoSandbox {
    /// The person typed `--i-accept-no-sandbox` in this very run.
    pub fn typed_by_a_person() -> Self {
        Self(())
    }
}
