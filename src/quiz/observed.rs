//! What experiments printed when the bank was last proved: shown where there is no cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proof::ItemProof;

/// Recorded observations (`quizzes/observed.json`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Version of the format.
    pub schema: String,
    /// The Kubernetes version on which they were made.
    pub kubernetes: String,
    /// When: a date.
    pub date: String,
    /// By item: the lines that were printed.
    pub items: BTreeMap<String, Vec<String>>,
}

impl Observed {
    const SCHEMA: &'static str = "satrain.dev/observed/v1";

    /// Those that were recorded with the bank.
    pub fn builtin() -> Self {
        // A bank without a recording has nothing to show, which is no error.
        serde_json::from_str(include_str!("../../quizzes/observed.json")).unwrap_or_default()
    }

    /// Of proofs that hold.
    pub fn of(kubernetes: &str, date: &str, proofs: &[ItemProof]) -> Self {
        let sound = proofs.iter().filter(|p| p.problems.is_empty());
        Self {
            schema: Self::SCHEMA.into(),
            kubernetes: kubernetes.into(),
            date: date.into(),
            items: sound.map(|p| (p.id.clone(), p.output.clone())).collect(),
        }
    }
}
