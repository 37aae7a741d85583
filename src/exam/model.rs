//! The shape of a paper, exactly as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The usual pass mark, in per cent.
pub const PASS: u32 = 67;
/// The most tasks of a paper.
pub const MAX_TASKS: usize = 40;
/// The longest exam, in minutes.
pub(super) const MAX_MINUTES: u32 = 600;

/// A paper: the tasks of an exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paper {
    /// Version of the format.
    pub api_version: PaperVersion,
    /// One line.
    pub title: String,
    /// How long the exam lasts, in minutes.
    #[schemars(range(min = 1, max = MAX_MINUTES))]
    pub minutes: u32,
    /// From how many per cent on it is passed.
    #[serde(default = "usual_pass")]
    #[schemars(range(min = 1, max = 100))]
    pub pass: u32,
    /// The tasks, in the order of their numbers.
    #[schemars(length(min = 1, max = MAX_TASKS))]
    pub tasks: Vec<Task>,
}

const fn usual_pass() -> u32 {
    PASS
}

/// Version of the format of papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PaperVersion {
    /// The only version so far.
    #[serde(rename = "satrain.dev/paper/v1")]
    V1,
}

/// A task: a scenario or a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// The scenario that is played, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The question that is asked, by id; instead of a scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// What it is worth, in per cent; those of all tasks add up to 100. Left out everywhere: by expected time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u32>,
    /// Draws the scenario's parameters, or the order of a question's options. Left out: the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Values of parameters, instead of those that are drawn. A Namespace that is not named here carries the number of the
    /// task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Whether it needs a cluster to itself, even if its scenario does not say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}
