//! How much of the machine a cluster may take. Pure, but for [`Limits::of_machine`].

use serde::{Deserialize, Serialize};

/// So many processes and threads: a proof with two hundred Pods takes five thousand.
const PROCESSES: u64 = 16_384;
/// The least memory that a cluster with a few Pods gets along with.
const LEAST: u64 = 1536 << 20;

/// The limits of a cluster's control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// In bytes.
    pub(crate) memory: u64,
    /// Processes and threads.
    pub(crate) processes: u64,
}

impl Limits {
    /// Those for a cluster on this machine; `None` if its memory is not known.
    pub(crate) fn of_machine() -> Option<Self> {
        total(&std::fs::read_to_string("/proc/meminfo").ok()?).map(Self::of)
    }

    /// Three quarters of the memory: whatever a lab does, the machine stays usable.
    fn of(memory: u64) -> Self {
        Self { memory: (memory / 4 * 3).max(LEAST), processes: PROCESSES }
    }
}

/// From the text of /proc/meminfo.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kb| kb * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_leaves_the_machine_a_quarter_unless_that_is_too_little_for_it() {
        assert_eq!(total("MemTotal:        8388608 kB\nMemFree: 1 kB\n"), Some(8 << 30));
        assert_eq!(Limits::of(8 << 30).memory, 6 << 30);
        assert_eq!(Limits::of(1 << 30).memory, LEAST);
    }
}
