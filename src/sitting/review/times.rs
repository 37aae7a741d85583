//! Pure: what the time of a task went into.
//!
//! A task's time is that of the stays on its host, and of the stretches of requests beyond them: who works by many short visits is at
//! work between them, too. What lies in a stretch while somebody was on another host belongs to that one.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::sitting::result::{ExamResult, Stay, TaskResult};

/// The time that a task took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Time {
    /// Seconds on its host; None: it has none.
    pub on_host: Option<u64>,
    /// Those of them between requests without a long pause; None: there is no log of them.
    pub active: Option<u64>,
    /// The others: reading, thinking, editing files, other windows; None: there is no log.
    pub quiet: Option<u64>,
    /// Expected minutes.
    pub expected: u32,
}

impl Time {
    pub(super) fn of(result: &ExamResult, task: &TaskResult) -> Self {
        let stretches = stretches(result, task);
        let active = task.work.as_ref().map(|work| match work.stretches.is_empty() {
            // A result of the first version has their sum only.
            true => Duration::from_secs(work.active),
            false => measured(stretches.iter().copied(), Timestamp::MAX),
        });
        let all = measured(spans(result, task), Timestamp::MAX);
        let all = all.max(active.unwrap_or_default());
        let on_host = task.host.as_ref().map(|_| begun_seconds(all));
        let active = active.map(begun_seconds);
        Self {
            on_host,
            active,
            quiet: on_host.zip(active).map(|(all, active)| all.saturating_sub(active)),
            expected: task.minutes,
        }
    }
}

/// A piece of time: from, and until.
pub(super) type Span = (Timestamp, Timestamp);

/// When somebody was at a task. Pieces may overlap.
pub(super) fn spans(result: &ExamResult, task: &TaskResult) -> Vec<Span> {
    task.stays.iter().map(span).chain(stretches(result, task)).collect()
}

/// Seconds of `spans` until `end`; what two of them have in common counts once, and a begun second is one.
pub(super) fn seconds(spans: impl IntoIterator<Item = Span>, end: Timestamp) -> u64 {
    begun_seconds(measured(spans, end))
}

fn begun_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The stretches of requests, without what belongs to another host.
fn stretches(result: &ExamResult, task: &TaskResult) -> Vec<Span> {
    let Some(work) = &task.work else { return Vec::new() };
    let own: Vec<Span> = task.stays.iter().map(span).collect();
    let others = result.tasks.iter().filter(|other| other.number != task.number);
    let away: Vec<Span> = others.flat_map(|other| without(other.stays.iter().map(span), &own)).collect();
    without(work.stretches.iter().map(span), &away)
}

fn span(stay: &Stay) -> Span {
    (stay.from, stay.until)
}

/// What is left of `spans` where none of `holes` is.
fn without(spans: impl IntoIterator<Item = Span>, holes: &[Span]) -> Vec<Span> {
    let mut left: Vec<Span> = spans.into_iter().collect();
    for (begin, end) in holes.iter().copied().filter(|(begin, end)| begin < end) {
        let parts = left.into_iter().flat_map(|(from, until)| {
            let is_apart = until <= begin || end <= from;
            let (before, after) = ((from, until.min(begin)), (from.max(end), until));
            if is_apart { vec![(from, until)] } else { vec![before, after] }
        });
        left = parts.filter(|(from, until)| from < until).collect();
    }
    left
}

/// How long `spans` are until `end`, by the nanosecond; what two of them have in common counts once.
fn measured(spans: impl IntoIterator<Item = Span>, end: Timestamp) -> Duration {
    let mut spans: Vec<Span> = spans.into_iter().map(|(from, until)| (from, until.min(end))).collect();
    spans.sort_unstable();
    let mut told = Timestamp::MIN;
    let mut sum = Duration::ZERO;
    for (from, until) in spans {
        let from = from.max(told);
        if until > from {
            sum += from.duration_until(until).unsigned_abs();
            told = until;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::sitting::result::Work;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn millis(from: i64, until: i64) -> Stay {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        Stay { from: at(from), until: at(until) }
    }

    #[test]
    fn what_two_stays_have_in_common_counts_once() {
        let spans = [(100, 160), (0, 60), (30, 90), (40, 50), (200, 190)];
        let spans = spans.map(|(from, until)| (at(from), at(until)));
        assert_eq!(seconds(spans, Timestamp::MAX), 150);
        assert_eq!(seconds(spans, at(130)), 120);
        assert_eq!(seconds([], Timestamp::MAX), 0);
    }

    #[test]
    fn a_piece_is_taken_out_of_others() {
        let holes = [(at(20), at(30)), (at(55), at(70)), (at(40), at(40))];
        let left = without([(at(0), at(50)), (at(60), at(65)), (at(70), at(80))], &holes);
        assert_eq!(left, [(at(0), at(20)), (at(30), at(50)), (at(70), at(80))]);
    }

    /// An exam with the stays of tasks 1 and 6 on their hosts, and with stretches of task 1.
    fn times(stays: &[Stay], others: &[Stay], stretches: &[Stay]) -> Time {
        let mut result = testing::result();
        result.tasks.iter_mut().for_each(|task| task.stays.clear());
        result.tasks[5].stays = others.to_vec();
        result.tasks[0].stays = stays.to_vec();
        result.tasks[0].work =
            Some(Work { requests: 9, active: 7, stretches: stretches.to_vec(), ..Work::default() });
        Time::of(&result, &result.tasks[0])
    }

    #[test]
    fn short_visits_are_summed_by_their_milliseconds_and_the_time_between_requests_is_part_of_the_time() {
        let visits: Vec<Stay> = (0..10).map(|n| millis(n * 20_000, n * 20_000 + 400)).collect();
        let time = times(&visits, &[], &[]);
        // The sum of the first version: 7 seconds.
        assert_eq!((time.on_host, time.active, time.quiet), (Some(7), Some(7), Some(0)));
        let time = times(&visits, &[], &[millis(200, 180_300)]);
        assert_eq!((time.on_host, time.active, time.quiet), (Some(181), Some(181), Some(0)));
        let time = times(&[millis(0, 60_000)], &[], &[millis(50_000, 70_000)]);
        assert_eq!((time.on_host, time.active, time.quiet), (Some(70), Some(20), Some(50)));
    }

    #[test]
    fn what_lies_between_two_requests_on_another_host_is_no_time_of_this_one() {
        let stays = [millis(0, 60_000), millis(120_000, 180_000)];
        let other = [millis(60_000, 120_000)];
        let time = times(&stays, &other, &[millis(10_000, 170_000)]);
        assert_eq!((time.on_host, time.active, time.quiet), (Some(120), Some(100), Some(20)));
    }
}
