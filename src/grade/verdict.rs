//! The outcome of a check: data, never an error.
//!
//! `why` and `next_step` are read by everybody who asks for a grade, as often as they like: they never say what a field
//! must be, only what was seen. What was expected is in the evidence, and reports decide by its [`Fact`] who may
//! read it (`report::disclosure`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::observation::{Fault, Gap};

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotYet => "not-yet",
            Self::Unknown => "unknown",
        })
    }
}

/// An outcome with everything a learner or teacher needs to believe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// What it came to.
    pub outcome: Outcome,
    /// A teacher's sentence: what was seen, and why that is not what is asked for. Contains neither a token nor the
    /// solution.
    pub why: String,
    /// What was seen, piece by piece.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Where a learner should look next; a place or a command that shows, never the solution.
    #[serde(rename = "look", default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// What may still change by itself, so that asking again is worth while; a settled verdict has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

/// One observed fact behind a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// What sort of fact it is.
    #[serde(default)]
    pub fact: Fact,
    /// The object, as in `Pod production/myapp`.
    pub at: String,
    /// What about it, as in `.spec.serviceAccountName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was expected there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    pub seen: String,
}

/// What sort of fact a piece of evidence is: by this a report knows how much of it gives the solution away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fact {
    /// Something that was seen, and nothing is expected of it.
    #[default]
    Seen,
    /// Whether an object is there.
    Presence,
    /// A field that must have a value: to find out which is the exercise.
    Field,
    /// An author's expression over an object.
    Expression,
    /// Something that must be as it was at the beginning.
    Change,
    /// What a Pod runs as, and how many are Ready.
    Running,
    /// A token that a container can read.
    Credential,
    /// A right that must be there.
    MissingRight,
    /// A right that must not be there.
    SurplusRight,
    /// How a program ended, and what it wrote.
    Program,
    /// What the learner wrote.
    Answer,
    /// A token, and what it claims.
    Token,
    /// What the API answered to a request.
    Response,
    /// What became of a dry run.
    DryRun,
    /// What the API said in its own words, which may name what was expected.
    Quote,
    /// What is wrong with the scenario itself.
    Scenario,
}

impl Verdict {
    /// A verdict without evidence; add some with [`Verdict::with`].
    pub fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into(), evidence: Vec::new(), next_step: None, waits_for: None }
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

    /// Could not be graded; `gap` says what could not be seen.
    pub fn unknown(gap: &str) -> Self {
        Self::new(Outcome::Unknown, format!("{gap}. This says nothing about your work and costs no points."))
            .next_step(WELL)
    }

    /// Could not be graded, and asking again a moment later may help.
    pub fn unknown_yet(gap: impl Into<String>) -> Self {
        let gap = gap.into();
        Self { waits_for: Some(gap.clone()), ..Self::unknown(&gap) }
    }

    /// Says where to look next.
    pub fn next_step(mut self, next: impl Into<String>) -> Self {
        self.next_step = Some(next.into());
        self
    }

    /// The same, unless it says already where to look, or there is nothing to look for.
    pub fn next_step_or(self, next: impl FnOnce() -> Option<String>) -> Self {
        match (self.outcome, &self.next_step) {
            (Outcome::Fail | Outcome::NotYet, None) => Self { next_step: next(), ..self },
            _ => self,
        }
    }

    /// Everything in one line, for whoever may know the solution.
    pub fn in_full(&self) -> String {
        let pieces: Vec<String> = self.evidence.iter().map(ToString::to_string).collect();
        if pieces.is_empty() { self.why.clone() } else { format!("{} [{}]", self.why, pieces.join("; ")) }
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
        match gap.fault {
            Fault::Lab if gap.transient => Self::not_yet(gap.message),
            Fault::Lab => Self::fail(format!("{}. Only a change in the lab can cause this.", gap.message))
                .next_step(TAKE_BACK),
            Fault::Cluster if gap.transient => Self::unknown_yet(gap.message),
            Fault::Cluster => Self::unknown(&gap.message),
            Fault::Scenario { line } => {
                let at = if line > 0 { format!("the scenario, line {line}") } else { "the scenario".into() };
                Self::new(Outcome::Unknown, AUTHORS)
                    .with(Evidence { fact: Fact::Scenario, ..Evidence::seen(at, gap.message) })
                    .next_step(
                        "`satrain check --explain` says what is wrong; tell the author of the scenario.",
                    )
            }
        }
    }
}

/// What to do about a change by which something cannot be seen.
pub(super) const TAKE_BACK: &str = "Take the change back to have this graded.";

/// What to do when the cluster did not answer.
const WELL: &str = "`satrain cluster status` shows whether the cluster is healthy; then grade again.";

/// Why nothing is said when the author made a mistake.
const AUTHORS: &str = "The scenario itself has a mistake here, so this cannot be graded. It is not your fault, and \
                       costs no points.";

impl Evidence {
    /// Something that was seen.
    pub fn seen(at: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { fact: Fact::Seen, at: at.into(), field: None, expected: None, seen: seen.into() }
    }

    /// Something that was seen, and what should have been there.
    pub fn expected(
        fact: Fact,
        at: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        Self { fact, expected: Some(expected.into()), ..Self::seen(at, seen) }
    }

    /// Says what about the object it is.
    pub fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Object and field.
    pub fn place(&self) -> String {
        self.field.as_ref().map_or_else(|| self.at.clone(), |field| format!("{} {field}", self.at))
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.place())?;
        if let Some(expected) = &self.expected {
            write!(f, "expected {expected}, but found ")?;
        }
        write!(f, "{}", self.seen)
    }
}
