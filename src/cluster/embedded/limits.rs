//! How much of the machine a cluster may take. Pure, but for [`Limits::of_machine`].

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::disk;

/// So many processes and threads: a proof with two hundred Pods takes five thousand.
const PROCESSES: u64 = 16_384;
/// The least memory that a cluster with a few Pods gets along with.
const LEAST: u64 = 1536 << 20;
/// What stays free on the disk, unless less is free to begin with.
const RESERVE: u64 = 1 << 30;

/// What somebody wants to be limited to; what is left out has a limit of satrain's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WantedLimits {
    /// Memory, in bytes.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u64>,
    /// Processors, in thousandths.
    pub millicpus: Option<u64>,
}

impl WantedLimits {
    /// The least of each with which a cluster starts.
    pub const LEAST: Self = Self { memory: Some(768 << 20), processes: Some(1024), millicpus: Some(500) };

    /// Whether nothing is wanted.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The limits of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limits {
    /// Memory of all its control groups, in bytes.
    pub(crate) memory: u64,
    /// Processes and threads.
    pub(crate) processes: u64,
    /// Processors, in thousandths; `None`: all, with the weight of one process beside the machine's others.
    #[serde(default)]
    pub(crate) millicpus: Option<u64>,
    /// Bytes of the disk that Pods leave free: who writes most is evicted.
    #[serde(default)]
    pub(crate) reserve: u64,
}

impl Limits {
    /// Those for a cluster on this machine, with its files in `dir`; `None` if its memory is not known.
    pub(crate) fn of_machine(dir: &Path, wanted: WantedLimits) -> Option<Self> {
        let memory = total(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
        let free = disk::space(dir).map_or(0, |space| space.free);
        Some(Self::of(memory, free, wanted))
    }

    /// Three quarters of the memory, and never the last of the disk: whatever a lab does, the machine stays usable.
    fn of(memory: u64, free: u64, wanted: WantedLimits) -> Self {
        Self {
            memory: wanted.memory.unwrap_or((memory / 4 * 3).max(LEAST)),
            processes: wanted.processes.unwrap_or(PROCESSES),
            millicpus: wanted.millicpus,
            reserve: RESERVE.min(free / 2),
        }
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
        let nothing = WantedLimits::default();
        assert_eq!(total("MemTotal:        8388608 kB\nMemFree: 1 kB\n"), Some(8 << 30));
        assert_eq!(Limits::of(8 << 30, 0, nothing).memory, 6 << 30);
        assert_eq!(Limits::of(1 << 30, 0, nothing).memory, LEAST);
    }

    #[test]
    fn what_is_wanted_comes_first() {
        let wanted = WantedLimits { memory: Some(2 << 30), processes: Some(3000), millicpus: Some(1500) };
        let limits = Limits::of(8 << 30, 0, wanted);
        assert_eq!((limits.memory, limits.processes, limits.millicpus), (2 << 30, 3000, Some(1500)));
    }

    #[test]
    fn a_gibibyte_of_the_disk_stays_free_or_half_of_what_was() {
        let reserve = |free| Limits::of(8 << 30, free, WantedLimits::default()).reserve;
        assert_eq!((reserve(100 << 30), reserve(1 << 30), reserve(0)), (1 << 30, 1 << 29, 0));
    }
}
