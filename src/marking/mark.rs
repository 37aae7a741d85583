//! What came of a hand-in, as it is kept: `satrain.dev/mark/v1`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::job::Key;
use crate::result::format::ResultV1;
use crate::scenario::BoundScenario;

/// The mark of a hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// `satrain.dev/mark/v1`.
    pub schema: String,
    /// The name of the hand-in: a digest of script, scenario and values.
    pub key: String,
    /// The result of the grade, as of any attempt.
    pub result: ResultV1,
    /// What was played; marks of the first version do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub played: Option<PlayedPart>,
    /// The mark whose recording was judged again for this one; none: the hand-in was played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_from: Option<String>,
    /// Whether it was judged by what the learner's own machine recorded, and nothing was played.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_own_recording: bool,
    /// How the script ended, unless it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Why the cluster that it was played on was thrown away, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thrown_away: Option<String>,
    /// When it was graded (RFC 3339).
    #[schemars(with = "String")]
    pub graded_at: Timestamp,
    /// Where the time went.
    pub seconds: Seconds,
}

/// What was played, so that a mark is found again when its scenario has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlayedPart {
    /// SHA-256 of the script.
    pub script: String,
    /// The value of each parameter, also of a cause that the learner is to find.
    pub values: BTreeMap<String, String>,
    /// SHA-256 of what decides how the lab was set up.
    pub setup: String,
}

impl PlayedPart {
    /// Of a script for a bound scenario.
    pub fn new(script: &str, bound: &BoundScenario) -> Self {
        Self { script: sha256(script), values: bound.values.clone(), setup: bound.setup_digest() }
    }

    /// Whether that is the script.
    pub fn is_of(&self, script: &str) -> bool {
        self.script == sha256(script)
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the time of a play went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seconds {
    /// Setting up.
    pub setup: f64,
    /// The script.
    pub script: f64,
    /// Grading.
    pub grade: f64,
    /// Removing.
    pub removal: f64,
}

impl Seconds {
    /// All of it.
    pub fn sum(self) -> f64 {
        self.setup + self.script + self.grade + self.removal
    }
}

impl Mark {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/mark/v1";

    /// Whether it can have come of a grade under that key. What somebody else wrote into the file need not.
    pub(super) fn is_sound(&self, key: &Key) -> bool {
        self.schema == Self::SCHEMA
            && self.key == key.as_str()
            && self.result.score.complete
            && self.result.adds_up()
    }

    /// Whether it can have come of that lab: the result is of the same scenario, and has its checks and guards.
    pub(super) fn is_of_lab(&self, bound: &BoundScenario) -> bool {
        let scenario = &bound.scenario;
        let checks = scenario.checks.iter().map(|check| (&check.id, check.points, false));
        let guards = scenario.guards.iter().map(|guard| (&guard.id, 0, true));
        let graded = self.result.checks.iter().map(|check| (&check.id, check.max, check.guard));
        self.result.scenario.id == scenario.id && graded.eq(checks.chain(guards))
    }

    /// The JSON Schema, for whoever reads marks.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
