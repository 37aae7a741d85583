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

impl Score {
    /// Adds up results.
    pub fn of(results: &[CheckResult]) -> Self {
        let unknown = |r: &&CheckResult| r.verdict.outcome == Outcome::Unknown;
        let points = results.iter().map(|r| r.points).sum();
        let graded = |r: &&CheckResult| !unknown(r) && r.suspended_by.is_none();
        let max = results.iter().filter(graded).map(|r| r.max).sum();
        let complete = !results.iter().any(|r| unknown(&r));
        let guarded = results.iter().all(|r| !r.guard || r.verdict.outcome == Outcome::Pass);
        let passed = complete && guarded && max > 0 && points == max;
        let percent = u32::try_from(u64::from(points) * 100 / u64::from(max).max(1)).unwrap_or(0);
        Self { points, max, percent: percent.min(if passed { 100 } else { 99 }), passed, complete }
    }
}
