//! Times, their quantiles, processor time and peak memory. Pure, but for asking the clock and the kernel.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::Outcome;

/// The middle and the tail of a number of times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantiles {
    /// Half of them are no longer.
    pub(super) median: Duration,
    /// Nine of ten are no longer.
    pub(super) p90: Duration,
    /// 99 of 100 are no longer; with fewer than 100 times this is the longest.
    pub(super) p99: Duration,
}

impl Quantiles {
    /// By nearest rank: always one of the times that were measured.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let rank = |per_cent: usize| (times.len() * per_cent).div_ceil(100).saturating_sub(1);
        let at = |per_cent| times.get(rank(per_cent)).copied().unwrap_or_default();
        Self { median: at(50), p90: at(90), p99: at(99) }
    }
}

/// How long a future took, and what it gave.
pub(super) async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let done = work.await;
    (begun.elapsed(), done)
}

/// The processor time that this process has used so far, in all its threads.
pub(super) fn processor_time() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(microseconds.try_into()?))
}

/// This process's peak of resident memory since a moment.
#[derive(Debug)]
pub(super) struct PeakMemory(());

impl PeakMemory {
    /// Begins: the kernel forgets the peak so far (proc(5), `clear_refs`).
    pub(super) fn reset() -> Outcome<Self> {
        std::fs::write("/proc/self/clear_refs", "5")?;
        Ok(Self(()))
    }

    /// The peak since then, in bytes.
    pub(super) fn read(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")).map(str::parse::<u64>);
        Ok(kilobytes.ok_or("/proc/self/status does not tell the peak of memory")?? * 1024)
    }
}
