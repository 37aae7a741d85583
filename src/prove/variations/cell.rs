//! Pure: what became of a variation in a scenario, and the rates.

use serde::{Deserialize, Serialize};

use crate::grade::Grade;
use crate::grade::verdict::Outcome;
use crate::scenario::model::Scenario;
use crate::variation::Variation;

/// What became of a variation in a scenario: a cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Cell {
    /// An attack lost points.
    Lost {
        /// The checks and guards that did not pass.
        by: Vec<String>,
    },
    /// A harmless variation kept all points.
    Kept,
    /// It is otherwise than usual, and the scenario says why that is right.
    Declared {
        /// The scenario's reason.
        reason: String,
    },
    /// It does not fit the scenario.
    NotApplicable {
        /// Why.
        why: String,
    },
    /// A false verdict.
    False,
    /// It could not be played.
    Failed,
}

/// The cell that a grade makes, and what is wrong about it.
pub(super) fn judge(variation: &Variation, scenario: &Scenario, grade: &Grade) -> (Cell, Option<String>) {
    let declared = scenario.proof.exceptions.get(&variation.name);
    match (variation.attack, lost(grade), kept(grade), declared) {
        (true, Some(by), _, None) => (Cell::Lost { by }, None),
        (false, _, true, None) => (Cell::Kept, None),
        (true, None, true, Some(reason)) | (false, Some(_), _, Some(reason)) => {
            (Cell::Declared { reason: reason.trim().to_owned() }, None)
        }
        (true, Some(by), _, Some(_)) => {
            let problem = format!(
                "it is listed in `proof.exceptions`, but `{}` catches it: remove it",
                by.join("`, `")
            );
            (Cell::False, Some(problem))
        }
        (false, _, true, Some(_)) => {
            (Cell::False, Some("it is listed in `proof.exceptions`, but costs nothing: remove it".into()))
        }
        (true, None, ..) => (Cell::False, Some(format!("nothing catches it: {}", seen(grade)))),
        (false, ..) => (Cell::False, Some(format!("it costs points: {}", seen(grade)))),
    }
}

/// The checks and guards that did not pass, if points were lost. What could not be seen is no loss.
fn lost(grade: &Grade) -> Option<Vec<String>> {
    let failed = |outcome| matches!(outcome, Outcome::Fail | Outcome::NotYet);
    let by = grade.results.iter().filter(|r| failed(r.verdict.outcome)).map(|r| r.id.clone());
    let by: Vec<String> = by.collect();
    (!by.is_empty() && grade.score.percent < 100).then_some(by)
}

/// Whether everything passed.
pub(super) fn kept(grade: &Grade) -> bool {
    grade.score.passed && grade.score.complete && grade.score.percent == 100
}

fn seen(grade: &Grade) -> String {
    let others = grade.results.iter().filter(|r| r.verdict.outcome != Outcome::Pass);
    let said: Vec<String> = others.map(|r| format!("`{}`: {}", r.id, r.verdict.in_full())).collect();
    format!("{} %{}{}", grade.score.percent, if said.is_empty() { "" } else { "; " }, said.join("; "))
}

/// How many variations met which fate, of one sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// As they must be.
    pub right: usize,
    /// False verdicts.
    pub wrong: usize,
    /// Otherwise than usual, rightly.
    pub declared: usize,
    /// Did not fit.
    pub not_applicable: usize,
    /// Could not be played.
    pub failed: usize,
}

/// The figures of a matrix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// The attacks.
    pub attacks: Judged,
    /// The harmless variations.
    pub harmless: Judged,
    /// Attacks that lost points, of all that were judged, in per cent.
    pub kill_rate: f64,
    /// Harmless variations that cost points, of all that were judged, in per cent.
    pub false_fail_rate: f64,
}

impl Judged {
    /// All that a verdict was passed on, but for what is declared.
    pub fn n(&self) -> usize {
        self.right + self.wrong
    }

    fn count(&mut self, cell: &Cell) {
        let place = match cell {
            Cell::Lost { .. } | Cell::Kept => &mut self.right,
            Cell::Declared { .. } => &mut self.declared,
            Cell::NotApplicable { .. } => &mut self.not_applicable,
            Cell::False => &mut self.wrong,
            Cell::Failed => &mut self.failed,
        };
        *place += 1;
    }
}

impl Rates {
    /// Counts; None: there is nothing to count.
    pub fn of<'a>(cells: impl IntoIterator<Item = (&'a Variation, &'a Cell)>) -> Option<Self> {
        let (mut rates, mut any) = (Self::default(), false);
        for (variation, cell) in cells {
            any = true;
            if variation.attack { &mut rates.attacks } else { &mut rates.harmless }.count(cell);
        }
        rates.kill_rate = percent(rates.attacks.right, rates.attacks.n(), 100.0);
        rates.false_fail_rate = percent(rates.harmless.wrong, rates.harmless.n(), 0.0);
        any.then_some(rates)
    }
}

fn percent(part: usize, of: usize, of_none: f64) -> f64 {
    if of == 0 { of_none } else { part as f64 * 100.0 / of as f64 }
}

#[cfg(test)]
mod tests;
