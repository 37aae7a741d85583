//! What is expected of a cluster, as a scenario or a recording writes it: checks, which earn points, and guards, which
//! protect them.
//!
//! In: a mapping with an id, a requirement and one kind. Out: a [`Check`] or a [`Guard`]. Never: a cluster, a verdict.

mod duration;
mod form;

use schemars::JsonSchema;
use serde::Serialize;

use super::checks::CheckKind;

pub use duration::parse_duration;
pub(crate) use form::{COMMON_KEYS, kind_names};

/// One graded expectation.
///
/// Read by `form`, which keeps the places of errors.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Check {
    /// Its name within the scenario.
    pub id: String,
    /// What it is worth.
    pub points: u32,
    /// The sentence of the task's list of requirements.
    pub requirement: String,
    /// For how long a grade waits while the state still converges (`10s` by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// For how long it must be seen to stay so (`3s`); left out: one look is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistently: Option<String>,
    /// Earlier checks that must pass, so that this one can: for what is true before anybody did anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// The expectation.
    #[serde(flatten)]
    pub kind: CheckKind,
    /// Line in the scenario file (1-based; 0 = unknown). Set by the loader.
    #[serde(skip)]
    #[schemars(skip)]
    pub line: u32,
}

/// One expectation that must stay true.
///
/// Read by `form`, which keeps the places of errors.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Guard {
    /// Its name within the scenario; unique among checks and guards.
    pub id: String,
    /// The sentence of the task's list of requirements.
    pub requirement: String,
    /// Which checks lose their points when this is broken; all when empty.
    #[serde(default)]
    pub protects: Vec<String>,
    /// For how long a grade waits while the state still converges (`10s` by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// For how long it must be seen to stay so (`3s`); left out: one look is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistently: Option<String>,
    /// The expectation.
    #[serde(flatten)]
    pub kind: CheckKind,
    /// Line in the scenario file (1-based; 0 = unknown). Set by the loader.
    #[serde(skip)]
    #[schemars(skip)]
    pub line: u32,
}
