//! The most memory that children have had, as the system itself remembers it.

use std::{
    collections::BTreeMap,
    fs,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

/// How often is looked. The system remembers the peak, so only what a child takes just before its end can be missed.
const OFTEN: Duration = Duration::from_millis(3);

/// Looks at the children of this process until it ends.
pub(crate) struct Watch {
    end: Sender<()>,
    watcher: JoinHandle<u64>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        // A child that is just begun is, for a moment, in the memory of its parent: its peak is to be none of a child's.
        fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
        let (end, ended) = mpsc::channel();
        let watcher = thread::spawn(move || {
            let mut most = 0;
            loop {
                most = most.max(peak());
                match ended.recv_timeout(OFTEN) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return most,
                }
            }
        });
        Self { end, watcher }
    }

    /// The most bytes that one of them has had in memory at once.
    pub(crate) fn end(self) -> u64 {
        self.end.send(()).unwrap_or_default();
        self.watcher.join().unwrap()
    }
}

fn peak() -> u64 {
    let mut parents = BTreeMap::new();
    let mut peaks = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may be gone meanwhile.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        parents.insert(u64::from(id), field("PPid:").unwrap_or(0));
        peaks.insert(u64::from(id), field("VmHWM:").unwrap_or(0) * 1024);
    }
    let own = u64::from(std::process::id());
    let is_ours = |id: &u64| {
        let mut above = parents.get(id).copied().unwrap_or(0);
        while above > 1 && above != own {
            above = parents.get(&above).copied().unwrap_or(0);
        }
        above == own
    };
    peaks.iter().filter(|(id, _)| is_ours(id)).map(|(_, peak)| *peak).max().unwrap_or(0)
}
