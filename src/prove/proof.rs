//! What was proved, as data: printed as a matrix, as JSON or as JUnit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plan::Case;
use super::variations::{Cell, Rates};
use crate::grade::verdict::Outcome;
use crate::result::provenance::ClusterPart;
use crate::variation::Variation;

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// `satrain.dev/proof/v1`.
    pub schema: String,
    /// Where it was proved.
    pub cluster: ClusterPart,
    /// One entry a scenario.
    pub scenarios: Vec<ScenarioProof>,
    /// What became of all mutants together, if they were played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutation: Option<Tally>,
    /// What became of all variations together, if they were played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variations: Option<Rates>,
    /// What was left on the cluster at the very end.
    pub left: Vec<String>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// Whether everything holds.
    pub holds: bool,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioProof {
    /// Its id.
    pub id: String,
    /// What lint says; empty is good.
    pub lint: Vec<String>,
    /// Its checks, then its guards.
    pub checks: Vec<CheckName>,
    /// Its cases, mutants last.
    pub cases: Vec<CaseProof>,
    /// What became of its mutants, if they were played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutation: Option<Tally>,
}

/// A column of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckName {
    /// The check's id.
    pub id: String,
    /// Whether it is a guard.
    pub guard: bool,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseProof {
    /// Which.
    pub case: Case,
    /// The verdict of each check, in the order of the scenario's.
    pub verdicts: Vec<Outcome>,
    /// Points earned, in per cent.
    pub percent: u32,
    /// What does not hold; empty is good.
    pub problems: Vec<String>,
    /// What did not hold when it was played first, if it was played again, alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_first: Vec<String>,
    /// How long it took.
    pub seconds: Seconds,
    /// What became of it, if it is a mutant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// What became of it, if it is a variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
}

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

/// Where a case's time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// When it began, after the beginning of the proof.
    #[serde(default)]
    pub began: f64,
    /// Making and waiting until ready; nothing where it goes on from another case.
    pub setup: f64,
    /// The script.
    pub script: f64,
    /// Asking and judging.
    pub grade: f64,
    /// Removing.
    pub removal: f64,
}

impl CaseProof {
    /// Of a case of which nothing is known yet.
    pub(super) fn unplayed(case: Case) -> Self {
        Self {
            fate: matches!(case, Case::Mutant(_)).then_some(Fate::Unknown),
            cell: matches!(case, Case::Variation(_)).then_some(Cell::Failed),
            case,
            verdicts: Vec::new(),
            percent: 0,
            problems: Vec::new(),
            at_first: Vec::new(),
            seconds: Seconds::default(),
        }
    }
}

impl CaseProof {
    /// The variation and what became of it, if it is one.
    pub fn variation(&self) -> Option<(&Variation, &Cell)> {
        match (&self.case, &self.cell) {
            (Case::Variation(variation), Some(cell)) => Some((variation, cell)),
            _ => None,
        }
    }
}

impl Seconds {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.setup + self.script + self.grade + self.removal
    }
}

impl Proof {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/proof/v1";

    /// Whether lint alone is what does not hold.
    pub fn invalid(&self) -> bool {
        self.scenarios.iter().any(|s| !s.lint.is_empty())
    }
}

impl ScenarioProof {
    /// Whether everything about it holds.
    pub fn holds(&self) -> bool {
        self.lint.is_empty() && self.cases.iter().all(|c| c.problems.is_empty())
    }
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
