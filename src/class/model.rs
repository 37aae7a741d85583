//! The shape of a class, exactly as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exam::{MAX_TASKS, PASS};

/// The usual name of the roster.
pub(super) const ROSTER: &str = "roster.csv";

/// A class: what its learners play, until when, and how that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Class {
    /// Version of the format.
    pub api_version: ClassVersion,
    /// One line.
    pub title: String,
    /// The file of its learners: CSV with a column `id`. The path is relative to the folder of the class.
    #[serde(default = "usual_roster")]
    pub roster: String,
    /// From how many per cent on it is passed.
    #[serde(default = "usual_pass")]
    #[schemars(range(min = 1, max = 100))]
    pub pass: u32,
    /// What is played.
    #[schemars(length(min = 1, max = MAX_TASKS))]
    pub tasks: Vec<Task>,
    /// Whether each learner plays with values of their own, drawn by the key of the class. False: all play with the defaults.
    #[serde(default = "yes")]
    pub variants: bool,
    /// Until when hand-ins are on time: `2026-12-01 18:00 Europe/Berlin`, or with an offset as in RFC 3339. A task can have a
    /// time of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What a late hand-in costs. Left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// Which of a learner's hand-ins counts.
    #[serde(default)]
    pub counts: Counts,
    /// When learners may see what a hidden check says. Left out: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
}

fn usual_roster() -> String {
    ROSTER.to_owned()
}

const fn usual_pass() -> u32 {
    PASS
}

const fn yes() -> bool {
    true
}

/// Version of the format of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClassVersion {
    /// The only version so far.
    #[serde(rename = "satrain.dev/class/v1")]
    V1,
}

/// A scenario that the learners of a class play.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// The scenario, by id.
    pub scenario: String,
    /// What it is worth, in per cent; those of all tasks add up to 100. Left out everywhere: by expected time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u32>,
    /// Until when it is on time, instead of the class's `due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// The checks of which learners see nothing until feedback is released, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
}

/// What a late hand-in costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Late {
    /// How much later still is on time: `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<String>,
    /// What each begun day costs, counted from the due time, in per cent of what the task is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub per_day: Option<u32>,
    /// How long after the due time hand-ins are still graded: `7d`. Left out: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether nothing late is graded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refuse: bool,
}

/// Which of several hand-ins of a task counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Counts {
    /// The one with the most points, after what lateness costs.
    Best,
    /// The one that was handed in last.
    #[default]
    Last,
}

/// When feedback is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Feedback {
    /// From when on learners may see what hidden checks say, and what was expected; a time as `due`.
    pub from: String,
}
