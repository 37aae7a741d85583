//! From observations to results. Pure: no I/O, no clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::checks::CheckKind;
use super::observation::Observations;
use super::steady::Steady;
use super::verdict::{Outcome, Verdict};
use super::view::View;
use crate::grade::expectation::{Check, Expectation, Guard, expectations};

/// What is graded, and what it is compared with.
#[derive(Debug, Clone, Copy)]
pub struct GradeRequest<'a> {
    /// What earns points.
    pub checks: &'a [Check],
    /// What must stay true.
    pub guards: &'a [Guard],
    /// What was seen right after setup.
    pub baseline: Baseline<'a>,
}

impl<'a> GradeRequest<'a> {
    /// Every expectation, guards too.
    pub fn kinds(&self) -> impl Iterator<Item = &'a CheckKind> + use<'a> {
        self.expectations().map(|e| &e.kind)
    }

    /// The checks, then the guards.
    pub(super) fn expectations(&self) -> impl Iterator<Item = &'a Expectation> + use<'a> {
        expectations(self.checks, self.guards)
    }

    /// What each expectation comes to by one look alone, in the order of [`GradeRequest::expectations`].
    pub(super) fn judge_once(&self, seen: &Observations, now: Timestamp) -> Vec<Verdict> {
        self.expectations().map(|e| e.judge(View::whole(seen), self.baseline, now)).collect()
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
    /// The guard that could not be graded, and without which its points do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_by: Option<String>,
    /// Line in the scenario file (0: unknown).
    pub line: u32,
}

/// Judges every check and guard by what was seen, and by how long it has been so. The order is the scenario's:
/// checks, then guards.
pub fn judge(
    request: &GradeRequest<'_>,
    seen: &Observations,
    steady: &Steady,
    now: Timestamp,
) -> Vec<CheckResult> {
    conclude(request, request.judge_once(seen, now), steady, now)
}

/// From what one look says to results: held long enough, what was required passed, no guard broken
/// or unseen.
pub(super) fn conclude(
    request: &GradeRequest<'_>,
    looks: Vec<Verdict>,
    steady: &Steady,
    now: Timestamp,
) -> Vec<CheckResult> {
    let held = request
        .expectations()
        .zip(looks)
        .map(|(e, verdict)| steady.hold(&e.id, e.consistently(), now, verdict));
    let mut verdicts: Vec<Verdict> = held.collect();
    let guards = verdicts.split_off(request.checks.len());
    let first_guard_of = |check: &Check, outcomes: &[Outcome]| {
        let guards = request.guards.iter().zip(&guards);
        guards
            .filter(|(_, verdict)| outcomes.contains(&verdict.outcome))
            .find(|(guard, _)| guard.protects.is_empty() || guard.protects.contains(&check.id))
            .map(|(guard, _)| guard.id.clone())
    };
    let mut results: Vec<CheckResult> = Vec::with_capacity(verdicts.len() + guards.len());
    for (check, verdict) in request.checks.iter().zip(verdicts) {
        let verdict = after_required(check, verdict, &results);
        let voided_by = first_guard_of(check, &[Outcome::Fail, Outcome::NotYet]);
        let passes = verdict.outcome == Outcome::Pass && voided_by.is_none();
        let suspended_by = if passes { first_guard_of(check, &[Outcome::Unknown]) } else { None };
        let earned = passes && suspended_by.is_none();
        results.push(CheckResult {
            id: check.id.clone(),
            requirement: check.requirement.clone(),
            guard: false,
            points: if earned { check.points } else { 0 },
            max: check.points,
            verdict,
            voided_by,
            suspended_by,
            line: check.line,
        });
    }
    results.extend(request.guards.iter().zip(guards).map(|(guard, verdict)| CheckResult {
        id: guard.id.clone(),
        requirement: guard.requirement.clone(),
        guard: true,
        points: 0,
        max: 0,
        verdict,
        voided_by: None,
        suspended_by: None,
        line: guard.line,
    }));
    results
}

/// A pass counts only when the earlier checks that it requires pass; else it is what they are.
fn after_required(check: &Check, verdict: Verdict, earlier: &[CheckResult]) -> Verdict {
    if verdict.outcome != Outcome::Pass {
        return verdict;
    }
    let unmet = earlier
        .iter()
        .find(|result| check.requires.contains(&result.id) && result.verdict.outcome != Outcome::Pass);
    let Some(unmet) = unmet else { return verdict };
    let done = unmet.requirement.trim();
    let why = format!("This holds, but counts only once this is done, too: {done}");
    Verdict {
        waits_for: unmet.verdict.waits_for.clone(),
        evidence: verdict.evidence,
        ..Verdict::new(unmet.verdict.outcome, why)
    }
}
