//! The outcome of a check: data, never an error.

use serde::{Deserialize, Serialize};

use super::observation::Gap;

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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Where a learner should look next; a place or a command that shows, never the solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<String>,
    /// What may still change by itself, so that asking again is worth while; a settled verdict has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
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
        Self { outcome, why: why.into(), evidence: Vec::new(), look: None, waits_for: None }
    }

    /// As required.
    pub fn pass(why: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, why)
    }

    /// Settled and not as required.
    pub fn fail(why: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, why)
    }

    /// Still converging; `waits_for` says what.
    pub fn not_yet(waits_for: impl Into<String>) -> Self {
        let waits_for = waits_for.into();
        let why = format!("Not yet: {waits_for}.");
        Self { waits_for: Some(waits_for), ..Self::new(Outcome::NotYet, why) }
    }

    /// Could not be graded, and asking again a moment later may help.
    pub fn unknown_yet(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { waits_for: Some(why.clone()), ..Self::new(Outcome::Unknown, why) }
    }

    /// Says where to look next.
    pub fn look(mut self, next: impl Into<String>) -> Self {
        self.look = Some(next.into());
        self
    }

    /// Adds a piece of evidence.
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds several.
    pub fn with_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

impl From<Gap> for Verdict {
    fn from(gap: Gap) -> Self {
        if gap.transient { Self::unknown_yet(gap.message) } else { Self::new(Outcome::Unknown, gap.message) }
    }
}

impl Evidence {
    /// Something that was seen.
    pub fn seen(at: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { at: at.into(), expected: None, seen: seen.into() }
    }

    /// Something that was seen, and what should have been there.
    pub fn expected(at: impl Into<String>, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { at: at.into(), expected: Some(expected.into()), seen: seen.into() }
    }
}
