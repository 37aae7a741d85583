//! What came of a hand-in, as it is kept: `satrain.dev/mark/v1`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::result::format::ResultV1;

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

    /// The JSON Schema, for whoever reads marks.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
