//! What is expected of a cluster, as a scenario or a recording writes it: checks, which earn points, and guards, which
//! protect them.
//!
//! In: a mapping with an id, a requirement and one kind. Out: a [`Check`] or a [`Guard`]. Never: a cluster, a verdict.

mod duration;
mod form;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;

use super::checks::CheckKind;
use super::context::JudgeContext;
use super::verdict::Verdict;
use super::{Baseline, View};

pub use duration::{BadDuration, WrittenDuration};
pub(crate) use form::COMMON_KEYS;

/// What must be so: the part that a check and a guard have in common.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Expectation {
    /// Its name within the scenario; unique among checks and guards.
    pub id: String,
    /// The sentence of the task's list of requirements.
    pub requirement: String,
    /// For how long a grade waits while the state still converges (`10s` by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<WrittenDuration>,
    /// For how long it must be seen to stay so (`3s`); left out: one look is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistently: Option<WrittenDuration>,
    /// The expectation.
    #[serde(flatten)]
    pub kind: CheckKind,
    /// Line in the scenario file (1-based; 0 = unknown). Set by the loader.
    #[serde(skip)]
    #[schemars(skip)]
    pub line: u32,
}

/// An expectation that earns points.
// Read and written by `form`, which keeps the places of errors and the order of the fields.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Check {
    /// What is expected.
    #[serde(flatten)]
    pub expectation: Expectation,
    /// What it is worth.
    pub points: u32,
    /// Earlier checks that must pass, so that this one can: for what is true before anybody did anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
}

/// An expectation that must stay true.
// Read and written by `form`, which keeps the places of errors and the order of the fields.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Guard {
    /// What is expected.
    #[serde(flatten)]
    pub expectation: Expectation,
    /// Which checks lose their points when this is broken; all when empty.
    #[serde(default)]
    pub protects: Vec<String>,
}

/// The expectations of the checks, then those of the guards.
pub fn expectations<'a>(
    checks: &'a [Check],
    guards: &'a [Guard],
) -> impl Iterator<Item = &'a Expectation> + Clone {
    checks.iter().map(|c| &c.expectation).chain(guards.iter().map(|g| &g.expectation))
}

impl Expectation {
    /// What one look alone comes to.
    pub(super) fn judge(&self, seen: View<'_>, baseline: Baseline<'_>, now: Timestamp) -> Verdict {
        self.kind.judge(&JudgeContext { seen, baseline, now, line: self.line })
    }

    /// For how long it must be seen to stay so.
    pub(super) fn consistently(&self) -> Duration {
        self.consistently.map(WrittenDuration::get).unwrap_or_default()
    }
}

impl Deref for Check {
    type Target = Expectation;

    fn deref(&self) -> &Expectation {
        &self.expectation
    }
}

impl DerefMut for Check {
    fn deref_mut(&mut self) -> &mut Expectation {
        &mut self.expectation
    }
}

impl Deref for Guard {
    type Target = Expectation;

    fn deref(&self) -> &Expectation {
        &self.expectation
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut Expectation {
        &mut self.expectation
    }
}
