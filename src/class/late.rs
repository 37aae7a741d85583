//! Pure: what a hand-in costs that comes after its time.
//!
//! In: when it was due, the policy of the class, and when it was handed in. Out: a [`Lateness`]. Never: a clock. When a hand-in
//! was graded changes nothing.

use jiff::{Timestamp, Unit, ZonedDateTime};

use super::due::Due;
use super::period::{Period, days_after};

/// What a class says about late hand-ins. The default takes everything and deducts nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct LatePolicy {
    /// How much later still is on time.
    pub(super) grace: Option<Period>,
    /// What each begun day costs, in per cent of what the task is worth.
    pub(super) per_day: u32,
    /// How long after the due time something is graded.
    pub(super) until: Option<Period>,
    /// Whether nothing late is graded.
    pub(super) refuse: bool,
}

/// How late a hand-in is, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lateness {
    /// It is not late, or still within the grace.
    OnTime,
    /// It is late, and graded.
    Late {
        /// The days that have begun since it was due.
        days: u32,
        /// What they cost, in per cent of what the task is worth: up to 100.
        deducted: u32,
    },
    /// It is too late to be graded.
    Refused {
        /// The days that have begun since it was due.
        days: u32,
    },
}

impl Lateness {
    /// What is left of `percent` of a task.
    #[must_use]
    pub fn applied_to(self, percent: u32) -> u32 {
        match self {
            Self::OnTime => percent,
            Self::Late { deducted, .. } => percent.saturating_sub(deducted),
            Self::Refused { .. } => 0,
        }
    }
}

/// How late something is that was handed in at `submitted`. Exactly at a limit is within it. Days are counted from the due time
/// on, also where there is a grace: it delays what lateness costs, and makes it no cheaper.
pub fn lateness(due: &Due, policy: &LatePolicy, submitted: Timestamp) -> Lateness {
    let at = submitted.to_zoned_datetime(due.zoned().time_zone().clone());
    let on_time = policy.grace.map_or_else(|| due.zoned().clone(), |grace| grace.after(due.zoned()));
    if at <= on_time {
        return Lateness::OnTime;
    }
    let days = begun_days(due.zoned(), &at);
    if policy.refuse || policy.until.is_some_and(|until| at > until.after(due.zoned())) {
        return Lateness::Refused { days };
    }
    Lateness::Late { days, deducted: policy.per_day.saturating_mul(days).min(100) }
}

/// The calendar days that have begun from `due` to the later `at`.
fn begun_days(due: &ZonedDateTime, at: &ZonedDateTime) -> u32 {
    let whole = due.until((Unit::Day, at)).map_or(0, |span| span.get_days());
    let mut days = whole.max(0);
    while *at > days_after(due, days) {
        days += 1;
    }
    u32::try_from(days).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(grace: &str, per_day: u32, until: &str) -> LatePolicy {
        let period = |text: &str| (!text.is_empty()).then(|| Period::parse(text).unwrap());
        LatePolicy { grace: period(grace), per_day, until: period(until), refuse: false }
    }

    fn told(due: &str, policy: &LatePolicy, submitted: &str) -> Lateness {
        lateness(&Due::parse(due).unwrap(), policy, Due::parse(submitted).unwrap().timestamp())
    }

    const fn late(days: u32, deducted: u32) -> Lateness {
        Lateness::Late { days, deducted }
    }

    #[test]
    fn each_limit_belongs_to_what_is_before_it() {
        let policy = policy("15m", 10, "7d");
        for (submitted, wanted) in [
            ("2026-11-01T00:00:00Z", Lateness::OnTime),
            ("2026-12-01T18:00:00Z", Lateness::OnTime),
            ("2026-12-01T18:15:00Z", Lateness::OnTime),
            ("2026-12-01T18:15:00.000000001Z", late(1, 10)),
            ("2026-12-02T18:00:00Z", late(1, 10)),
            ("2026-12-02T18:00:00.000000001Z", late(2, 20)),
            ("2026-12-08T18:00:00Z", late(7, 70)),
            ("2026-12-08T18:00:00.000000001Z", Lateness::Refused { days: 8 }),
            ("2027-12-01T18:00:00Z", Lateness::Refused { days: 365 }),
        ] {
            assert_eq!(told("2026-12-01T18:00:00Z", &policy, submitted), wanted, "{submitted}");
        }
    }

    #[test]
    fn without_a_grace_the_due_time_is_the_limit() {
        let policy = policy("", 10, "");
        assert_eq!(told("2026-12-01T18:00:00Z", &policy, "2026-12-01T18:00:00Z"), Lateness::OnTime);
        assert_eq!(told("2026-12-01T18:00:00Z", &policy, "2026-12-01T18:00:00.000000001Z"), late(1, 10));
    }

    #[test]
    fn a_grace_of_days_makes_nothing_cheaper() {
        let policy = policy("2d", 10, "");
        assert_eq!(told("2026-12-01T18:00:00Z", &policy, "2026-12-03T18:00:00Z"), Lateness::OnTime);
        assert_eq!(told("2026-12-01T18:00:00Z", &policy, "2026-12-03T18:00:01Z"), late(3, 30));
    }

    #[test]
    fn not_more_than_all_is_deducted_and_nothing_where_nothing_is_said() {
        let due = "2026-12-01T18:00:00Z";
        assert_eq!(told(due, &policy("", 40, ""), "2026-12-10T18:00:00Z"), late(9, 100));
        assert_eq!(told(due, &LatePolicy::default(), "2026-12-10T18:00:00Z"), late(9, 0));
        assert_eq!(told(due, &policy("", 1, ""), "9999-01-01T00:00:00Z"), late(2_911_744, 100));
        assert_eq!([late(1, 10).applied_to(95), late(1, 10).applied_to(5)], [85, 0]);
        assert_eq!([Lateness::OnTime.applied_to(95), Lateness::Refused { days: 1 }.applied_to(95)], [95, 0]);
    }

    #[test]
    fn what_refuses_still_has_a_grace() {
        let policy = LatePolicy { refuse: true, ..policy("15m", 0, "") };
        assert_eq!(told("2026-12-01T18:00:00Z", &policy, "2026-12-01T18:15:00Z"), Lateness::OnTime);
        assert_eq!(
            told("2026-12-01T18:00:00Z", &policy, "2026-12-01T18:15:01Z"),
            Lateness::Refused { days: 1 }
        );
    }

    #[test]
    fn a_day_has_23_or_25_hours_where_the_clocks_change() {
        let policy = policy("", 10, "2d");
        // In March a day after 18:00 is 23 hours later, in October 25.
        for (due, whole, after) in [
            ("2026-03-28 18:00 Europe/Berlin", "2026-03-29T16:00:00Z", "2026-03-29T16:00:01Z"),
            ("2026-10-24 18:00 Europe/Berlin", "2026-10-25T17:00:00Z", "2026-10-25T17:00:01Z"),
        ] {
            assert_eq!(told(due, &policy, whole), late(1, 10), "{due}");
            assert_eq!(told(due, &policy, after), late(2, 20), "{due}");
        }
        let last = "2026-10-26T17:00:00Z";
        assert_eq!(told("2026-10-24 18:00 Europe/Berlin", &policy, last), late(2, 20));
        // With an offset all days have 24 hours.
        let due = "2026-10-24T18:00:00+02:00";
        assert_eq!(told(due, &policy, "2026-10-25T16:00:00Z"), late(1, 10));
        assert_eq!(told(due, &policy, "2026-10-25T16:00:01Z"), late(2, 20));
    }

    #[test]
    fn a_day_ends_where_the_clocks_skip_its_hour() {
        // A day after 02:30 is a time that there is not: 03:30 takes its place.
        let policy = policy("", 10, "");
        let due = "2026-03-28 02:30 Europe/Berlin";
        assert_eq!(told(due, &policy, "2026-03-29T01:30:00Z"), late(1, 10));
        assert_eq!(told(due, &policy, "2026-03-29T01:30:01Z"), late(2, 20));
        assert_eq!(told(due, &policy, "2026-03-30T00:30:00Z"), late(2, 20));
    }
}
