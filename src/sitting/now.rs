//! Edge: what time it is by both clocks.

use std::time::Duration;

use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};

use super::clock::Moment;

/// Now.
pub fn now() -> Moment {
    Moment { at: Timestamp::now(), boot: boot(), up: up() }
}

/// Milliseconds since the machine started, a suspend included.
fn up() -> u64 {
    #[cfg(target_os = "linux")]
    let clock = ClockId::CLOCK_BOOTTIME;
    // Its monotonic clock counts through a sleep.
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::CLOCK_MONOTONIC;
    let time = clock_gettime(clock).map(Duration::from).unwrap_or_default();
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The name of this start of the machine. In a container that was started again it is still the machine's.
fn boot() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    read.map(|id| id.trim().to_owned()).unwrap_or_else(|_| "unknown".into())
}

#[cfg(test)]
mod tests {
    use super::now;

    #[test]
    fn the_clock_since_the_start_runs() {
        let (first, second) = (now(), now());
        assert_eq!(first.boot, second.boot);
        assert!(first.up > 0 && second.up >= first.up);
    }
}
