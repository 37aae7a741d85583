//! Pure: what became of a mutant, and the kill rate.
//!
//! A mutant is killed when its grade is not passed: it lost points or broke a guard. One that could not be graded
//! is not killed, but a problem; one that survives must be listed as equivalent, with a reason.

use serde::{Deserialize, Serialize};

use super::proof::CaseProof;
use crate::grade::verdict::Outcome;
use crate::grade::{CheckResult, Grade};
use crate::mutate::Mutant;
use crate::scenario::model::{Equivalent, Scenario};

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Fate {
    /// It did not pass.
    Killed,
    /// It passed, and nobody said that it may.
    Survived,
    /// It passed, and the scenario says why that is right.
    Equivalent {
        /// The scenario's reason.
        reason: String,
    },
    /// It could not be graded, or not even be played.
    Unknown,
}

/// How many mutants met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Did not pass.
    pub killed: usize,
    /// Passed.
    pub survived: usize,
    /// Passed, rightly.
    pub equivalent: usize,
    /// Could not be graded.
    pub unknown: usize,
    /// Killed of all but the equivalent ones, in per cent, rounded down.
    pub percent: usize,
}

/// What a grade makes of a mutant.
pub fn fate(mutant: &Mutant, scenario: &Scenario, grade: &Grade) -> Fate {
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
            "it is listed as equivalent (`{}`), but {} catches it: take it off the list",
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

impl Tally {
    /// Counts the mutants among the cases; None: there are none.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseProof>) -> Option<Self> {
        let mut tally = Self::default();
        for fate in cases.into_iter().filter_map(|c| c.fate.as_ref()) {
            match fate {
                Fate::Killed => tally.killed += 1,
                Fate::Survived => tally.survived += 1,
                Fate::Equivalent { .. } => tally.equivalent += 1,
                Fate::Unknown => tally.unknown += 1,
            }
        }
        tally.percent = (tally.killed * 100).checked_div(tally.judged()).unwrap_or(100);
        (tally.judged() + tally.equivalent > 0).then_some(tally)
    }

    /// All but the equivalent ones: those that must be killed.
    pub fn judged(&self) -> usize {
        self.killed + self.survived + self.unknown
    }
}
