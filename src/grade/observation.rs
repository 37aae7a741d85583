//! The answers to probes: data that can be saved and judged again without a cluster.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::probe::Probe;

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "saw")]
pub enum Observation {
    /// The objects of a list (full JSON, `metadata.managedFields` and token data removed).
    Objects {
        /// Each object.
        items: Vec<Value>,
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
    /// The API refused the object.
    Refused {
        /// HTTP status code.
        code: u16,
        /// The API's message.
        message: String,
    },
}

/// Why a probe could not be answered: never a `fail`, always an `unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFailure {
    /// What went wrong, for a person.
    pub message: String,
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Observed>", into = "Vec<Observed>")]
pub struct Observations(BTreeMap<Probe, Observed>);

impl Observations {
    /// Adds an answer; a later answer to the same probe replaces the earlier one.
    pub fn insert(&mut self, observed: Observed) {
        self.0.insert(observed.probe.clone(), observed);
    }

    /// The answer to `probe`, when it was asked.
    pub fn get(&self, probe: &Probe) -> Option<&Observed> {
        self.0.get(probe)
    }

    /// All answers, in the order of their probes.
    pub fn iter(&self) -> impl Iterator<Item = &Observed> {
        self.0.values()
    }
}

impl From<Vec<Observed>> for Observations {
    fn from(all: Vec<Observed>) -> Self {
        Self(all.into_iter().map(|o| (o.probe.clone(), o)).collect())
    }
}

impl From<Observations> for Vec<Observed> {
    fn from(all: Observations) -> Self {
        all.0.into_values().collect()
    }
}
