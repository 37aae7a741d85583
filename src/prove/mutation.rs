//! Pure: what became of a mutant.
//!
//! A mutant is killed when its grade is not passed: it lost points or broke a guard. One that could not be graded
//! is not killed, but a problem; one that survives must be listed as equivalent, with a reason.

use super::proof::Fate;
use crate::grade::verdict::Outcome;
use crate::grade::{CheckResult, Grade};
use crate::mutate::Mutant;
use crate::scenario::model::{Equivalent, Scenario};

/// What a grade makes of a mutant.
pub(super) fn fate(mutant: &Mutant, scenario: &Scenario, grade: &Grade) -> Fate {
    if grade.results.iter().any(|r| r.verdict.outcome == Outcome::Unknown) {
        return Fate::Unknown;
    }
    match (grade.score.passed, listed(mutant, scenario)) {
        (false, _) => Fate::Killed,
        (true, Some(equivalent)) => Fate::Equivalent { reason: equivalent.reason.trim().to_owned() },
        (true, None) => Fate::Survived,
    }
}

/// What is not as it should be about a mutant.
pub(super) fn problem(mutant: &Mutant, scenario: &Scenario, grade: &Grade) -> Option<String> {
    match (fate(mutant, scenario, grade), listed(mutant, scenario)) {
        (Fate::Survived, _) => Some(format!(
            "nothing catches it: {}; add a check or guard that does, or list it in `equivalents` with the \
             reason why it is right",
            mutant.what
        )),
        (Fate::Killed, Some(equivalent)) if !equivalent.in_time => Some(format!(
            "it is listed as equivalent (`{}`), but {} catches it: remove it from the list",
            equivalent.mutant,
            grade
                .results
                .iter()
                .find(|r| r.verdict.outcome != Outcome::Pass)
                .map_or("a check".to_owned(), |r| format!("`{}`", r.id))
        )),
        // Why something is unknown is said for every case.
        _ => None,
    }
}

/// Whether one look is enough: something has settled and is wrong, and everything could be seen.
pub(super) fn settled(results: &[CheckResult]) -> bool {
    let lost = |r: &CheckResult| r.verdict.outcome == Outcome::Fail && r.verdict.waits_for.is_none();
    results.iter().any(lost) && results.iter().all(|r| r.verdict.outcome != Outcome::Unknown)
}

fn listed<'a>(mutant: &Mutant, scenario: &'a Scenario) -> Option<&'a Equivalent> {
    scenario.equivalents.iter().find(|e| e.is_about(&mutant.id))
}

#[cfg(test)]
mod tests;
