//! Since when each check passes without a break: what `consistently` is judged by.
//!
//! Data like the observations, and kept with them: a look alone cannot say that something stays so.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::verdict::{Outcome, Verdict};

/// By a check's or guard's name: the time of the first look of an unbroken row of passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steady(BTreeMap<String, Timestamp>);

impl Steady {
    /// Takes note of one look, which was over at `now`.
    pub fn note(&mut self, id: &str, outcome: Outcome, now: Timestamp) {
        if outcome == Outcome::Pass {
            self.0.entry(id.to_owned()).or_insert(now);
        } else {
            self.0.remove(id);
        }
    }

    /// How much longer a passing check must pass; None: it does not pass.
    pub(super) fn left(&self, id: &str, consistently: Duration, now: Timestamp) -> Option<Duration> {
        let since = self.0.get(id)?;
        let held = Duration::try_from(now.duration_since(*since)).unwrap_or_default();
        Some(consistently.saturating_sub(held))
    }

    /// A pass that has not been held long enough is not yet one.
    pub(super) fn hold(&self, id: &str, consistently: Duration, now: Timestamp, verdict: Verdict) -> Verdict {
        let enough = consistently.is_zero() || self.left(id, consistently, now) == Some(Duration::ZERO);
        if verdict.outcome != Outcome::Pass || enough {
            return verdict;
        }
        let stays = SignedDuration::try_from(consistently).unwrap_or_default();
        Verdict { evidence: verdict.evidence, ..Verdict::not_yet(format!("it must hold for {stays:#}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_break_begins_the_row_anew() {
        let three = Duration::from_secs(3);
        let mut steady = Steady::default();
        steady.note("a", Outcome::Pass, at(10));
        steady.note("a", Outcome::Pass, at(12));
        assert_eq!(steady.left("a", three, at(12)), Some(Duration::from_secs(1)));
        steady.note("a", Outcome::Fail, at(12));
        assert_eq!(steady.left("a", three, at(12)), None);
        steady.note("a", Outcome::Pass, at(13));
        assert_eq!(steady.left("a", three, at(14)), Some(Duration::from_secs(2)));
        assert_eq!(steady.left("a", three, at(16)), Some(Duration::ZERO));
    }

    #[test]
    fn a_pass_that_was_not_held_is_not_yet_one_and_a_fail_stays_a_fail() {
        let mut steady = Steady::default();
        steady.note("a", Outcome::Pass, at(10));
        let held = steady.hold("a", Duration::from_secs(3), at(10), Verdict::pass("yes"));
        assert_eq!((held.outcome, held.why.as_str()), (Outcome::NotYet, "Not yet: it must hold for 3s."));
        assert_eq!(
            steady.hold("a", Duration::from_secs(3), at(10), Verdict::fail("no")),
            Verdict::fail("no")
        );
        assert_eq!(steady.hold("a", Duration::ZERO, at(10), Verdict::pass("yes")), Verdict::pass("yes"));
    }
}
