//! What a result says beside its verdicts: who played what, where, and with how much help.
//!
//! In: an attempt's record and its bound scenario. Out: data, the same in a result and in a recording.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lab::store::record::AttemptRecord;
use crate::scenario::BoundScenario;

/// Everything of a result that is not judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// The attempt's name.
    pub attempt: String,
    /// What was played.
    pub scenario: ScenarioPart,
    /// The parameters by name.
    pub params: BTreeMap<String, String>,
    /// Where it was played.
    pub cluster: ClusterPart,
    /// When the attempt was begun.
    pub started: Timestamp,
    /// How many hints were shown.
    pub hints: usize,
    /// Whether a solution was shown to the learner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub solution_shown: bool,
    /// The solution that was played, if one was, and how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<SolutionPart>,
}

/// What was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioPart {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of its files.
    pub digest: String,
}

/// Where it was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPart {
    /// `embedded`, `kubeconfig` …
    pub provider: String,
    /// Kubernetes version.
    pub version: String,
}

/// The solution or mistake that was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SolutionPart {
    /// Its name, or its file's.
    pub name: String,
    /// How the script ended, unless it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Provenance {
    /// What is known of an attempt; `failed` says how a played script ended badly.
    pub fn new(record: &AttemptRecord, bound: &BoundScenario, failed: Option<String>) -> Self {
        Self {
            attempt: record.id.to_string(),
            scenario: ScenarioPart {
                id: bound.scenario.id.clone(),
                title: bound.scenario.title.clone(),
                digest: bound.digest.clone(),
            },
            params: bound.shown_values(),
            cluster: ClusterPart {
                provider: record.cluster.provider.to_string(),
                version: record.cluster.version.clone(),
            },
            started: record.started,
            hints: record.hints,
            solution_shown: record.solution_shown,
            solution: record.solution.clone().map(|name| SolutionPart { name, failed }),
        }
    }
}
