//! Points, from results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::CheckResult;
use super::verdict::Outcome;

/// The sum of a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Points earned: those that a guard voids or suspends are not.
    pub points: u32,
    /// Points that could be graded: those of `unknown` checks are left out, and those that an `unknown` guard suspends, so
    /// that they cost nothing.
    pub max: u32,
    /// `points` of `max` in per cent, rounded down: 100 is only ever a passed grade.
    pub percent: u32,
    /// All points, and everything could be graded.
    pub passed: bool,
    /// Whether every check and guard could be graded.
    pub complete: bool,
}

/// What counts of a check or guard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) outcome: Outcome,
    pub(crate) points: u32,
    pub(crate) max: u32,
    pub(crate) guard: bool,
    pub(crate) suspended: bool,
}

impl Score {
    /// Adds up results.
    pub fn of(results: &[CheckResult]) -> Self {
        let counted = |r: &CheckResult| Counted {
            outcome: r.verdict.outcome,
            points: r.points,
            max: r.max,
            guard: r.guard,
            suspended: r.suspended_by.is_some(),
        };
        Self::sum(&results.iter().map(counted).collect::<Vec<_>>())
    }

    /// The same of results that somebody else may have written: their numbers may be anything.
    pub(crate) fn sum(results: &[Counted]) -> Self {
        let unknown = |r: &&Counted| r.outcome == Outcome::Unknown;
        let points = results.iter().map(|r| r.points).fold(0, u32::saturating_add);
        let graded = |r: &&Counted| !unknown(r) && !r.suspended;
        let max = results.iter().filter(graded).map(|r| r.max).fold(0, u32::saturating_add);
        let complete = !results.iter().any(|r| unknown(&r));
        let guarded = results.iter().all(|r| !r.guard || r.outcome == Outcome::Pass);
        let passed = complete && guarded && max > 0 && points == max;
        let percent = u32::try_from(u64::from(points) * 100 / u64::from(max).max(1)).unwrap_or(0);
        Self { points, max, percent: percent.min(if passed { 100 } else { 99 }), passed, complete }
    }
}
