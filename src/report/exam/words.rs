//! Numbers as they are written in the reports of exams.

use std::time::Duration;

use jiff::Timestamp;

use crate::report::style::Mark;

/// Whether an exam was passed, as a mark and in words; None: no task could be graded.
pub(super) const fn outcome(passed: Option<bool>) -> (Mark, &'static str) {
    match passed {
        Some(true) => (Mark::Good, "passed"),
        Some(false) => (Mark::Bad, "not passed"),
        None => (Mark::Unknown, "could not be graded"),
    }
}

/// The same with its per cent, where there are any.
pub(super) fn brief(percent: Option<u32>, words: &str) -> String {
    percent.map_or_else(|| words.to_owned(), |percent| format!("{percent} %, {words}"))
}

/// Hundredths of a point: `12.5`.
pub(super) fn points(hundredths: u32) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1 point`, `12.5 points`.
pub(super) fn some_points(hundredths: u32) -> String {
    format!("{} point{}", points(hundredths), if hundredths == 100 { "" } else { "s" })
}

/// Whole minutes, rounded.
pub(super) const fn minutes(seconds: u64) -> u64 {
    (seconds.saturating_add(30)) / 60
}

/// How much of a time was used, for tables: `40 s/7 min`, `12/7 min`.
pub(super) fn used_of(used: Option<u64>, minutes: u64) -> String {
    match used {
        None => format!("-/{minutes} min"),
        Some(used @ 0..60) => format!("{used} s/{minutes} min"),
        Some(used) => format!("{}/{minutes} min", self::minutes(used)),
    }
}

/// A moment as the clock of the exam shows it, from its beginning on: `4:07`.
pub(super) fn clock(started: Timestamp, at: Timestamp) -> String {
    let seconds = u64::try_from(started.duration_until(at).as_secs()).unwrap_or_default();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// In which minute of the exam that is: the first one is 1, and its end belongs to it.
pub(super) fn minute(started: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(started.duration_until(at).as_secs()).unwrap_or_default().div_ceil(60).max(1)
}

/// About so many whole points.
pub(super) const fn rounded(hundredths: u32) -> u32 {
    hundredths.saturating_add(50) / 100 * 100
}

/// `task 3`, `tasks 3 and 6`, `tasks 1, 3 and 6`.
pub(super) fn tasks(numbers: &[usize]) -> String {
    let names: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match names.split_last() {
        None => "no task".to_owned(),
        Some((only, [])) => format!("task {only}"),
        Some((last, others)) => format!("tasks {} and {last}", others.join(", ")),
    }
}

/// How long something lasted: `45 s`, `12 min`, `1:05 h`.
pub(super) fn lasted(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", Duration::from_secs(seconds + 30).as_secs() / 60),
        _ => format!("{}:{:02} h", minutes(seconds) / 60, minutes(seconds) % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!([0, 100, 1250, 1205, 10_000].map(points), ["0", "1", "12.5", "12.05", "100"]);
        assert_eq!((some_points(100), some_points(50)), ("1 point".into(), "0.5 points".into()));
        assert_eq!([59, 89, 91, 3570, 3900].map(lasted), ["59 s", "1 min", "2 min", "60 min", "1:05 h"]);
        let used = [None, Some(0), Some(40), Some(59), Some(89), Some(5400)].map(|used| used_of(used, 7));
        assert_eq!(used, ["-/7 min", "0 s/7 min", "40 s/7 min", "59 s/7 min", "1/7 min", "90/7 min"]);
        assert_eq!((tasks(&[3]), tasks(&[1, 3, 6])), ("task 3".into(), "tasks 1, 3 and 6".into()));
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!([at(0), at(247), at(3661)].map(|then| clock(at(0), then)), ["0:00", "4:07", "61:01"]);
        assert_eq!([149, 150].map(rounded), [100, 200]);
        assert_eq!(
            (minute(at(0), at(0)), minute(at(0), at(60)), minute(at(0), at(61)), minute(at(60), at(0))),
            (1, 1, 2, 1)
        );
    }
}
