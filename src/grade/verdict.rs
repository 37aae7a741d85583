//! The outcome of a check: data, never an error.

use serde::{Deserialize, Serialize};

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As required.
    Pass,
    /// Settled, observed, and not as required.
    Fail,
    /// Still converging when the time was up.
    NotYet,
    /// Could not be graded; costs and earns nothing.
    Unknown,
}

/// An outcome with everything a learner or teacher needs to believe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// What it came to.
    pub outcome: Outcome,
    /// One sentence of a teacher: why. Never contains a token.
    pub why: String,
    /// What was seen, piece by piece.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// One observed fact behind a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Object and field path, as in `Pod production/myapp .spec.serviceAccountName`.
    pub at: String,
    /// What was expected there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    pub seen: String,
}

impl Verdict {
    /// A verdict without evidence; add some with [`Verdict::with`].
    pub fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into(), evidence: Vec::new() }
    }

    /// Adds a piece of evidence.
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }
}
