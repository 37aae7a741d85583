//! The result of a grade as JSON: `satrain.dev/result/v1`, printed by `--output json` and kept per attempt.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::provenance::{ClusterPart, Provenance, ScenarioPart, SolutionPart};
use crate::grade::verdict::{Evidence, Outcome};
use crate::grade::{CheckResult, Counted, Score};
use crate::printable::printable;

/// A graded attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultV1 {
    /// `satrain.dev/result/v1`.
    pub schema: String,
    /// The attempt's name.
    pub attempt: String,
    /// What was played.
    pub scenario: ScenarioPart,
    /// The parameters by name.
    pub params: BTreeMap<String, String>,
    /// Where it was played.
    pub cluster: ClusterPart,
    /// The sum.
    pub score: Score,
    /// Each check, then each guard.
    pub checks: Vec<CheckPart>,
    /// When the attempt was begun (RFC 3339).
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// When the grade began to look (RFC 3339).
    #[schemars(with = "String")]
    pub grading_started: Timestamp,
    /// When it was graded (RFC 3339).
    #[schemars(with = "String")]
    pub finished: Timestamp,
    /// How many hints were shown.
    pub hints: usize,
    /// Whether a solution was shown to the learner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub solution_shown: bool,
    /// The solution that was played, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<SolutionPart>,
}

/// One check or guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckPart {
    /// Its name.
    pub id: String,
    /// Its sentence in the task.
    pub requirement: String,
    /// Earned.
    pub points: u32,
    /// Worth.
    pub max: u32,
    /// What it came to.
    pub verdict: Outcome,
    /// One sentence: why. It does not give the solution away.
    pub why: String,
    /// Where to look next: a command that shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<String>,
    /// What was seen, and what was expected: in full, so it gives the solution away.
    pub evidence: Vec<Evidence>,
    /// Whether it is a guard.
    pub guard: bool,
    /// The broken guard that took its points away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<String>,
    /// The guard that could not be graded, and without which its points do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_by: Option<String>,
    /// Its line in the scenario file (0: unknown).
    #[serde(default)]
    pub line: u32,
}

impl CheckPart {
    /// What its verdict earns.
    fn worth(&self) -> u32 {
        let earned = self.verdict == Outcome::Pass && self.voided_by.is_none() && self.suspended_by.is_none();
        if earned && !self.guard { self.max } else { 0 }
    }

    fn counted(&self) -> Counted {
        Counted {
            outcome: self.verdict,
            points: self.points,
            max: self.max,
            guard: self.guard,
            suspended: self.suspended_by.is_some(),
        }
    }
}

impl ResultV1 {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/result/v1";

    /// The result of one grade.
    pub fn new(
        about: Provenance,
        graded: &[CheckResult],
        grading_started: Timestamp,
        finished: Timestamp,
    ) -> Self {
        Self {
            schema: Self::SCHEMA.into(),
            attempt: about.attempt,
            scenario: about.scenario,
            params: about.params,
            cluster: about.cluster,
            score: Score::of(graded),
            checks: graded.iter().map(CheckPart::from).collect(),
            started: about.started,
            grading_started,
            finished,
            hints: about.hints,
            solution_shown: about.solution_shown,
            solution: about.solution,
        }
    }

    /// Whether each check has the points that its verdict is worth, and the score is their sum. A grade writes nothing else; a
    /// file may hold anything.
    pub(crate) fn adds_up(&self) -> bool {
        let counted: Vec<Counted> = self.checks.iter().map(CheckPart::counted).collect();
        self.schema == Self::SCHEMA
            && self.checks.iter().all(|check| check.points == check.worth())
            && self.score == Score::sum(&counted)
    }

    /// Whether the learner did it: no solution was played or shown.
    pub fn is_own_work(&self) -> bool {
        self.solution.is_none() && !self.solution_shown
    }

    /// The same with every text as a terminal may get it.
    pub(crate) fn printable(&self) -> Self {
        let clean = |text: &String| printable(text).into_owned();
        let maybe = |text: &Option<String>| text.as_ref().map(clean);
        let mut result = self.clone();
        result.scenario.id = clean(&self.scenario.id);
        result.scenario.title = clean(&self.scenario.title);
        result.solution =
            self.solution.as_ref().map(|s| SolutionPart { name: clean(&s.name), failed: maybe(&s.failed) });
        for check in &mut result.checks {
            check.requirement = clean(&check.requirement);
            check.why = clean(&check.why);
            check.look = maybe(&check.look);
            check.voided_by = maybe(&check.voided_by);
            check.suspended_by = maybe(&check.suspended_by);
            for evidence in &mut check.evidence {
                evidence.at = clean(&evidence.at);
                evidence.field = maybe(&evidence.field);
                evidence.expected = maybe(&evidence.expected);
                evidence.seen = clean(&evidence.seen);
            }
        }
        result
    }

    /// The JSON Schema, for whoever reads results.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl From<&CheckResult> for CheckPart {
    fn from(result: &CheckResult) -> Self {
        Self {
            id: result.id.clone(),
            requirement: result.requirement.trim().to_owned(),
            points: result.points,
            max: result.max,
            verdict: result.verdict.outcome,
            why: result.verdict.why.clone(),
            look: result.verdict.next_step.clone(),
            evidence: result.verdict.evidence.clone(),
            guard: result.guard,
            voided_by: result.voided_by.clone(),
            suspended_by: result.suspended_by.clone(),
            line: result.line,
        }
    }
}
