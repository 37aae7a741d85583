//! Pure: what the time of a task went into.

use jiff::Timestamp;
use serde::Serialize;

use crate::sitting::result::{Stay, TaskResult};

/// The time that a task took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Time {
    /// Seconds on its host; None: it has none.
    pub on_host: Option<u64>,
    /// Seconds between requests without a long pause; None: there is no log of them.
    pub active: Option<u64>,
    /// The other seconds on its host: reading, thinking, editing files, other windows; None: there is no log.
    pub quiet: Option<u64>,
    /// Expected minutes.
    pub expected: u32,
}

impl Time {
    pub(super) fn of(task: &TaskResult) -> Self {
        let on_host = task.host.as_ref().map(|_| seconds(&task.stays, Timestamp::MAX));
        let active = task.work.as_ref().map(|work| work.active);
        Self {
            on_host,
            active,
            quiet: on_host.zip(active).map(|(all, active)| all.saturating_sub(active)),
            expected: task.minutes,
        }
    }
}

/// The seconds of `stays` until `end`; what two of them have in common counts once.
pub(super) fn seconds<'a>(stays: impl IntoIterator<Item = &'a Stay>, end: Timestamp) -> u64 {
    let mut spans: Vec<(Timestamp, Timestamp)> =
        stays.into_iter().map(|stay| (stay.from, stay.until.min(end))).collect();
    spans.sort_unstable();
    let mut told = Timestamp::MIN;
    let mut sum = 0;
    for (from, until) in spans {
        let from = from.max(told);
        if until > from {
            sum += from.duration_until(until).unsigned_abs().as_secs();
            told = until;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_two_stays_have_in_common_counts_once() {
        let stay = |from, until| Stay { from: at(from), until: at(until) };
        let stays = [stay(100, 160), stay(0, 60), stay(30, 90), stay(40, 50), stay(200, 190)];
        assert_eq!(seconds(&stays, Timestamp::MAX), 150);
        assert_eq!(seconds(&stays, at(130)), 120);
        assert_eq!(seconds(&[], Timestamp::MAX), 0);
    }
}
