//! From observations to results. Pure: no I/O, no clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::{CheckKind, Context};
use super::observation::Observations;
use super::verdict::{Outcome, Verdict};
use crate::scenario::model::{Check, Guard};

/// What is graded, and what it is compared with.
#[derive(Debug, Clone, Copy)]
pub struct GradeRequest<'a> {
    /// What earns points.
    pub checks: &'a [Check],
    /// What must stay true.
    pub guards: &'a [Guard],
    /// What was seen right after setup; empty when the baseline itself is taken.
    pub baseline: &'a Observations,
}

impl<'a> GradeRequest<'a> {
    /// Every expectation, guards too.
    pub fn kinds(&self) -> impl Iterator<Item = &'a CheckKind> + use<'a> {
        self.checks.iter().map(|c| &c.kind).chain(self.guards.iter().map(|g| &g.kind))
    }
}

/// What a check or guard came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    /// The check's name.
    pub id: String,
    /// Its sentence in the task.
    pub requirement: String,
    /// Whether it is a guard: worth no points itself.
    #[serde(default)]
    pub guard: bool,
    /// What it earned.
    pub points: u32,
    /// What it is worth.
    pub max: u32,
    /// The verdict with its evidence.
    pub verdict: Verdict,
    /// The broken guard that took its points away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<String>,
    /// Line in the scenario file (0: unknown).
    pub line: u32,
}

/// Judges every check and guard by what was seen. The order is the scenario's: checks, then guards.
pub fn judge(request: &GradeRequest<'_>, seen: &Observations, now: Timestamp) -> Vec<CheckResult> {
    let verdict =
        |kind: &CheckKind, line: u32| kind.judge(&Context { seen, baseline: request.baseline, now, line });
    let guards: Vec<CheckResult> = request
        .guards
        .iter()
        .map(|guard| CheckResult {
            id: guard.id.clone(),
            requirement: guard.requirement.clone(),
            guard: true,
            points: 0,
            max: 0,
            verdict: verdict(&guard.kind, guard.line),
            voided_by: None,
            line: guard.line,
        })
        .collect();
    let broken: Vec<&Guard> = request
        .guards
        .iter()
        .zip(&guards)
        .filter(|(_, result)| matches!(result.verdict.outcome, Outcome::Fail | Outcome::NotYet))
        .map(|(guard, _)| guard)
        .collect();
    let checks = request.checks.iter().map(|check| {
        let verdict = verdict(&check.kind, check.line);
        let voided_by = broken
            .iter()
            .find(|guard| guard.protects.is_empty() || guard.protects.contains(&check.id))
            .map(|guard| guard.id.clone());
        let earned = verdict.outcome == Outcome::Pass && voided_by.is_none();
        CheckResult {
            id: check.id.clone(),
            requirement: check.requirement.clone(),
            guard: false,
            points: if earned { check.points } else { 0 },
            max: check.points,
            verdict,
            voided_by,
            line: check.line,
        }
    });
    checks.chain(guards).collect()
}
