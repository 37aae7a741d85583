//! The answers to probes: data that can be saved and judged again without a cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::probe::Probe;
use super::token_ref::TokenFacts;
use crate::rbac::Policy;

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "saw")]
pub enum Observation {
    /// The objects of a list (full JSON, `metadata.managedFields` and token data removed).
    Objects {
        /// Each object.
        items: Vec<Value>,
        /// The list's own version: where a watch for later changes begins.
        #[serde(default)]
        version: String,
    },
    /// The cluster serves no such kind, or does not show it.
    Hidden {
        /// What it said.
        why: String,
    },
    /// The answer of an access review.
    Access {
        /// Whether it is allowed.
        allowed: bool,
        /// The authorizer's reason.
        reason: String,
    },
    /// How a program ended.
    Exec {
        /// Its exit code.
        code: i32,
        /// What it wrote, bounded and redacted.
        stdout: String,
        /// What it wrote as errors, bounded and redacted.
        stderr: String,
        /// Whether `stdout` is only the beginning of what it wrote.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
        /// What the API server's audit log has of this Pod while the program ran; None: it was not looked at, or there is
        /// none that can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audit: Option<Vec<ApiRequest>>,
    },
    /// Whoever works in the lab keeps it from being seen: a program that is not in the container any more, an exec that
    /// a policy refuses, an answer that is no plain file. Reading it is a [`Gap`] of [`Fault::Lab`].
    Withheld {
        /// What keeps it from being seen, for a person.
        why: String,
        /// Whether that may pass by itself (a container that just went away).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passing: bool,
    },
    /// A file's text; None: there is none.
    File {
        /// The text.
        text: Option<String>,
    },
    /// The object as it would be admitted.
    Admitted {
        /// The object.
        object: Value,
    },
    /// A token's facts.
    Token(TokenFacts),
    /// There is no token in that place.
    NoToken {
        /// How that was seen, for a person.
        why: String,
    },
    /// What the API server said about a token.
    Review {
        /// The token that was asked about.
        token: TokenFacts,
        /// Whether it is good for (one of) the audiences.
        authenticated: bool,
        /// Whose it is.
        user: String,
        /// For which of the audiences it is good.
        audiences: Vec<String>,
        /// Why it is not good.
        error: String,
    },
    /// The answer to an HTTP request.
    Response {
        /// HTTP status code.
        status: u16,
        /// The API's message, where it sent one.
        message: String,
    },
    /// The API server's own audiences.
    Audiences {
        /// Each of them.
        audiences: Vec<String>,
    },
    /// The API refused the object.
    Refused {
        /// HTTP status code.
        code: u16,
        /// The API's message.
        message: String,
    },
}

/// A request that the API server answered, as its audit log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiRequest {
    /// Path and query.
    pub uri: String,
    /// HTTP status of the answer.
    pub code: u16,
    /// Whose credential it was.
    pub user: String,
    /// The UID of the Pod that the credential is bound to; None: it is bound to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// From which addresses it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
}

/// Why a probe could not be answered: never a `fail`, always an `unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFailure {
    /// What went wrong, for a person.
    pub message: String,
    /// Whether asking again a moment later may help (a timeout, a container that just went away).
    #[serde(default)]
    pub transient: bool,
}

/// Something a check needs and could not see: the check is `unknown`, unless the lab itself hides it ([`Fault::Lab`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What could not be seen and why, for a person.
    pub message: String,
    /// Whether asking again a moment later may help.
    pub transient: bool,
    /// Who can close it.
    pub fault: Fault,
}

/// Where a gap comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The cluster did not answer, or refused to.
    Cluster,
    /// Whoever works in the lab: no machinery fails in this way. It is a `fail`, and who takes the change back is graded.
    Lab,
    /// The scenario's author made a mistake.
    Scenario {
        /// The check's line in the scenario file (0: unknown).
        line: u32,
    },
}

impl Gap {
    /// A gap that asking again does not close (a refusal).
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), transient: false, fault: Fault::Cluster }
    }

    /// A probe was answered with something that is no answer to it.
    pub fn of_another_kind(probe: &Probe) -> Self {
        Self::lasting(format!("Could not observe {probe}: the answer has the wrong kind"))
    }

    /// A gap that only a change in the lab can have made.
    pub fn in_lab(message: impl Into<String>) -> Self {
        Self { fault: Fault::Lab, ..Self::lasting(message) }
    }

    /// A gap that only the scenario's author can close.
    pub fn author(line: u32, message: impl Into<String>) -> Self {
        Self { message: message.into(), transient: false, fault: Fault::Scenario { line } }
    }
}

/// A probe with its answer and the time of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// The question.
    pub probe: Probe,
    /// When it was answered.
    pub at: Timestamp,
    /// The answer, or why there is none.
    pub outcome: Result<Observation, ProbeFailure>,
}

/// All answers of one pass.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<Observed>")]
pub struct Observations {
    answers: BTreeMap<Probe, Observed>,
    /// The RBAC objects among them, once they were asked for.
    policy: OnceLock<Arc<Result<Policy, Gap>>>,
}

impl Observations {
    /// Adds an answer; a later answer to the same probe replaces the earlier one.
    pub fn insert(&mut self, observed: Observed) {
        self.policy.take();
        self.answers.insert(observed.probe.clone(), observed);
    }

    /// The answer to `probe`, when it was asked.
    pub fn get(&self, probe: &Probe) -> Option<&Observed> {
        self.answers.get(probe)
    }

    /// What was seen, or the gap.
    pub fn saw(&self, probe: &Probe) -> Result<&Observation, Gap> {
        match self.get(probe).map(|o| &o.outcome) {
            Some(Ok(Observation::Withheld { why, passing })) => {
                Err(Gap { transient: *passing, ..Gap::in_lab(format!("Could not observe {probe}: {why}")) })
            }
            Some(Ok(seen)) => Ok(seen),
            Some(Err(failure)) => Err(Gap {
                message: format!("Could not observe {probe}: {}", failure.message),
                transient: failure.transient,
                fault: Fault::Cluster,
            }),
            None => Err(Gap::lasting(format!("Could not observe {probe}: it was never requested"))),
        }
    }

    /// The objects that a list probe saw.
    pub fn objects(&self, probe: &Probe) -> Result<&[Value], Gap> {
        match self.saw(probe)? {
            Observation::Objects { items, .. } => Ok(items),
            _ => Err(Gap::of_another_kind(probe)),
        }
    }

    /// Keeps the answers that `wanted` accepts.
    pub fn retain(&mut self, wanted: impl Fn(&Observed) -> bool) {
        self.policy.take();
        self.answers.retain(|_, observed| wanted(observed));
    }

    /// What `read` makes of the RBAC objects, made once: several checks ask for it, in each round of a pass.
    pub(super) fn policy(&self, read: impl FnOnce() -> Result<Policy, Gap>) -> Arc<Result<Policy, Gap>> {
        self.policy.get_or_init(|| Arc::new(read())).clone()
    }

    /// All answers, in the order of their probes.
    pub fn iter(&self) -> impl Iterator<Item = &Observed> {
        self.answers.values()
    }
}

impl PartialEq for Observations {
    fn eq(&self, other: &Self) -> bool {
        self.answers == other.answers
    }
}

impl Serialize for Observations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl From<Vec<Observed>> for Observations {
    fn from(all: Vec<Observed>) -> Self {
        let answers = all.into_iter().map(|o| (o.probe.clone(), o)).collect();
        Self { answers, policy: OnceLock::new() }
    }
}
