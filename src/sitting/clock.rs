//! Pure: how much of an exam's time has passed.
//!
//! In: moments, each by two clocks: the wall's, which anybody may set, and the kernel's since the machine started, which counts
//! through a suspend and cannot be set. Out: the time that passed, and each jump of the wall clock. Within one start of the machine the
//! kernel's clock counts, across starts the wall's. Nothing is granted or taken silently.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wall clock that is this far off, or more, was set.
const JUMP: i128 = 2_000;

/// A moment by both clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// By the wall's clock.
    pub at: Timestamp,
    /// Which start of the machine it was.
    pub boot: String,
    /// Milliseconds since that start.
    pub up: u64,
}

/// The wall clock was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// What it said afterwards.
    pub at: Timestamp,
    /// Seconds by which it was moved forward, or back.
    pub seconds: i64,
    /// Whether the machine was off meanwhile: then nobody knows how much time passed, and none was counted for a step back.
    pub off: bool,
}

/// The time that has passed since a beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    begun: Moment,
    last: Moment,
    passed: u64,
    jumps: Vec<Jump>,
}

impl Clock {
    /// Begins at that moment.
    pub fn begin(moment: Moment) -> Self {
        Self { last: moment.clone(), begun: moment, passed: 0, jumps: Vec::new() }
    }

    /// It is that moment now. Moments are told in the order in which they were written down.
    pub fn tell(&mut self, now: &Moment) {
        let wall = now.at.as_millisecond() - self.last.at.as_millisecond();
        let same_boot = now.boot == self.last.boot;
        let passed = match same_boot {
            true => now.up.saturating_sub(self.last.up),
            // The machine has been on for that long at least.
            false => u64::try_from(wall).unwrap_or_default().max(now.up),
        };
        let off_by = i128::from(wall) - i128::from(passed);
        if off_by.abs() >= JUMP {
            let seconds = i64::try_from(off_by / 1000).unwrap_or_default();
            self.jumps.push(Jump { at: now.at, seconds, off: !same_boot });
        }
        self.passed = self.passed.saturating_add(passed);
        // Two processes may have written in another order than they looked at the clock.
        if !same_boot || now.up >= self.last.up {
            self.last = now.clone();
        }
    }

    /// How much has passed until `now`, which is not told.
    pub fn passed(&self, now: &Moment) -> Duration {
        let mut then = self.clone();
        then.tell(now);
        Duration::from_millis(then.passed)
    }

    /// How much had passed when something was last told.
    pub const fn told(&self) -> Duration {
        Duration::from_millis(self.passed)
    }

    /// What the wall clock will say when so much has passed, if nobody sets it.
    pub fn wall_at(&self, passed: Duration, now: &Moment) -> Timestamp {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        let away = millis(passed).saturating_sub(millis(self.passed(now)));
        Timestamp::from_millisecond(now.at.as_millisecond().saturating_add(away)).unwrap_or(now.at)
    }

    /// What the wall clock said, or would have said, when so much had passed, seen from what was told last.
    pub fn wall_at_told(&self, passed: Duration) -> Timestamp {
        self.wall_at(passed, &self.last)
    }

    /// When it began.
    pub const fn begun(&self) -> &Moment {
        &self.begun
    }

    /// How the wall clock was set.
    pub fn jumps(&self) -> &[Jump] {
        &self.jumps
    }
}

/// The minutes that are left when an alert is due.
pub const ALERTS: [u64; 4] = [30, 15, 5, 1];

/// The alert between two looks at the clock: the least minutes that are left, if a mark was passed.
pub fn alert(before: Duration, now: Duration) -> Option<u64> {
    ALERTS.into_iter().rev().find(|minutes| {
        let mark = Duration::from_secs(minutes * 60);
        now <= mark && mark < before
    })
}

/// Minutes and seconds, or hours and minutes, as on a clock: `1:05 h`, `12:30`.
pub fn shown(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02} h", seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: i64, boot: &str, up: u64) -> Moment {
        Moment { at: Timestamp::from_second(1_000_000 + wall).unwrap(), boot: boot.into(), up: up * 1000 }
    }

    #[test]
    fn whoever_sets_the_wall_clock_gains_and_loses_nothing() {
        for set in [-86_400, -600, 600, 86_400] {
            let mut clock = Clock::begin(moment(0, "a", 50));
            clock.tell(&moment(10, "a", 60));
            clock.tell(&moment(20 + set, "a", 70));
            assert_eq!(clock.passed(&moment(30 + set, "a", 80)), Duration::from_secs(30));
            let jump = Jump { at: moment(20 + set, "a", 70).at, seconds: set, off: false };
            assert_eq!(clock.jumps(), [jump]);
        }
    }

    #[test]
    fn across_starts_of_the_machine_the_wall_clock_counts() {
        let mut clock = Clock::begin(moment(0, "a", 500));
        clock.tell(&moment(60, "a", 560));
        clock.tell(&moment(300, "b", 20));
        assert_eq!(clock.told(), Duration::from_secs(300));
        assert_eq!(clock.jumps(), []);
        // It was set back while the machine was off: what it has been on for counts, and it is told.
        clock.tell(&moment(100, "c", 40));
        assert_eq!(clock.told(), Duration::from_secs(340));
        assert!(clock.jumps()[0].off && clock.jumps()[0].seconds == -240, "{:?}", clock.jumps());
    }

    #[test]
    fn moments_that_were_written_in_another_order_count_once() {
        let mut clock = Clock::begin(moment(0, "a", 100));
        clock.tell(&moment(10, "a", 110));
        clock.tell(&moment(9, "a", 109));
        clock.tell(&moment(20, "a", 120));
        assert_eq!(clock.told(), Duration::from_secs(20));
        assert_eq!(clock.jumps(), []);
    }

    #[test]
    fn the_end_moves_with_the_wall_clock() {
        let mut clock = Clock::begin(moment(0, "a", 0));
        clock.tell(&moment(600, "a", 60));
        let end = clock.wall_at(Duration::from_secs(100), &moment(610, "a", 70));
        assert_eq!(end, moment(640, "a", 0).at);
    }

    #[test]
    fn each_alert_is_due_once() {
        let minutes = |m: u64| Duration::from_secs(60 * m);
        assert_eq!(alert(minutes(31), minutes(30)), Some(30));
        assert_eq!(alert(minutes(30), minutes(29)), None);
        assert_eq!(alert(minutes(20), minutes(4)), Some(5), "the nearest one, if several were missed");
        assert_eq!(alert(minutes(1), Duration::ZERO), None);
        assert_eq!(shown(Duration::from_secs(59 * 60 + 5)), "59:05");
        assert_eq!(shown(Duration::from_secs(3900)), "1:05 h");
    }
}
