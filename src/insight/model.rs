//! The shape of an insight: `satrain.dev/insight/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Graded;
use super::correlation::Correlation;
use super::known::By;
use crate::grade::verdict::Outcome;

/// What the marks of a class say beyond marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Insight {
    /// `satrain.dev/insight/v1`.
    pub schema: String,
    /// The title of the class.
    pub title: String,
    /// Each task.
    pub tasks: Vec<TaskInsight>,
    /// Hand-ins that hold values of somebody else's variant.
    pub contacts: Vec<Contact>,
    /// How many graded hand-ins could not be searched for such values, since their script was not kept.
    pub without_script: usize,
}

impl Insight {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/insight/v1";

    /// The JSON Schema, for whoever reads insights.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// A task of the class: of each learner the hand-in that counts, if it was graded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskInsight {
    /// The scenario.
    pub scenario: String,
    /// How many hand-ins were graded.
    pub graded: usize,
    /// How many of them meet everything.
    pub perfect: usize,
    /// The known mistakes that hand-ins resemble, the most frequent first.
    pub known: Vec<Known>,
    /// The hand-ins that meet no check and break no guard: as if nobody had done anything.
    pub nothing_met: Vec<HandIn>,
    /// The hand-ins that resemble no known mistake, by what was seen; the largest group first.
    pub groups: Vec<Group>,
    /// The task as an item of the class; none: nobody has a graded hand-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Item>,
    /// Its checks, then its guards.
    pub checks: Vec<Item>,
}

/// A known mistake, or several that look alike, with the hand-ins that resemble it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The mistake, by its name in the scenario; several: what was seen does not tell them apart.
    pub mistakes: Vec<String>,
    /// Why somebody would do it, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// By what the hand-ins resemble it.
    pub by: By,
    /// The hand-ins.
    pub hand_ins: Vec<HandIn>,
}

/// A learner's hand-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandIn {
    /// The learner, by id.
    pub learner: String,
    /// The file.
    pub file: String,
    /// The name of its mark.
    pub key: String,
}

impl From<Graded<'_>> for HandIn {
    fn from(graded: Graded<'_>) -> Self {
        Self { learner: graded.learner.into(), file: graded.file.into(), key: graded.key.into() }
    }
}

/// Hand-ins that went wrong alike, and as no known mistake does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The checks and guards that do not pass.
    pub fails: Vec<String>,
    /// What was seen, in the first of the hand-ins; values of the variant are named by their parameter.
    pub differences: Vec<Difference>,
    /// The hand-ins.
    pub hand_ins: Vec<HandIn>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The check or guard.
    pub check: String,
    /// What it came to.
    #[schemars(with = "String")]
    pub outcome: String,
    /// The object and its field; empty: the verdict has no evidence.
    pub at: String,
    /// What was expected there, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was seen there.
    pub seen: String,
}

impl Difference {
    pub(super) fn new(
        check: &str,
        outcome: Outcome,
        at: String,
        expected: Option<String>,
        seen: String,
    ) -> Self {
        Self { check: check.into(), outcome: outcome.to_string(), at, expected, seen }
    }
}

/// How a check or a task does as a question to the learners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The check or guard, or the scenario.
    pub id: String,
    /// Whether it is a guard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
    /// How many graded hand-ins that is about. Learners who handed in nothing are not counted.
    pub n: usize,
    /// The share that meet it, from 0 to 1; of a task, the mean of what hand-ins earned before lateness.
    pub met: f64,
    /// Whether who does well in the rest meets this, too; none: there are fewer than 30, or all are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
}

/// A hand-in that holds values which only somebody else's variant has: evidence of contact, and not of who copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Whose hand-in it is.
    pub learner: String,
    /// The scenario.
    pub scenario: String,
    /// The values.
    pub values: Vec<SharedValue>,
}

/// A value of somebody else's variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedValue {
    /// The value.
    pub value: String,
    /// The parameter that has it.
    pub parameter: String,
    /// Where it stands in the hand-in.
    pub place: Place,
    /// All learners whose variant has it: several, where they share it by chance.
    pub owners: Vec<Owner>,
}

/// Somebody whose variant has a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The learner.
    pub learner: String,
    /// Where it stands in their own hand-in; none: they handed in none that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
