//! Points, from results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::CheckResult;
use super::verdict::Outcome;

/// The sum of a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Points earned.
    pub points: u32,
    /// Points that could be earned: those of `unknown` checks are left out, so that they cost nothing.
    pub max: u32,
    /// `points` of `max` in per cent, rounded down: 100 is only ever all of them.
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
        let max = results.iter().filter(|r| !unknown(r)).map(|r| r.max).sum();
        let complete = !results.iter().any(|r| unknown(&r));
        let percent = u32::try_from(u64::from(points) * 100 / u64::from(max).max(1)).unwrap_or(0);
        let guarded = results.iter().all(|r| !r.guard || r.verdict.outcome == Outcome::Pass);
        Self { points, max, percent, passed: complete && guarded && max > 0 && points == max, complete }
    }
}
