//! What is written down about an attempt before and while it is played.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::seal::Seal;
use crate::cluster::ProviderKind;
use crate::cluster::checkpoints::Moment;

/// Name of an attempt: `<scenario>-<six letters or digits>`; a valid label value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(String);

impl AttemptId {
    /// A new name for an attempt of `scenario`, unlike any other of this machine.
    pub fn fresh(scenario: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let seed = format!("{scenario}/{}/{}/{count}", Timestamp::now(), std::process::id());
        let sum = Sha256::digest(seed.as_bytes());
        let suffix: String = sum.iter().take(6).map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect();
        // A label value has at most 63 characters.
        let stem: String = scenario.chars().take(56).collect();
        Self(format!("{stem}-{suffix}"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the scenario's name.
    pub fn suffix(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or(&self.0)
    }
}

/// No vowels and no look-alikes: nothing rude, nothing mistyped.
const ALPHABET: &[u8; 32] = b"bcdfghjkmnpqrstvwxz0123456789bcd";

impl std::fmt::Display for AttemptId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Being set up; a record that stays so was interrupted.
    SettingUp,
    /// The learner's turn.
    Ready,
    /// Being removed; a record that stays so was interrupted.
    Removing,
    /// Nothing is left on the cluster; results are kept.
    Ended,
}

/// Which scenario, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioRef {
    /// Its id.
    pub id: String,
    /// Digest of its text, as at setup.
    pub digest: String,
    /// The file it came from, unless it is in the built-in bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

/// Which cluster, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRef {
    /// Its name with the provider.
    pub name: String,
    /// Who runs it.
    pub provider: ProviderKind,
    /// Kubernetes version.
    pub version: String,
    /// UID of its Namespace kube-system.
    pub uid: String,
    /// The kubeconfig context, for an existing cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// An attempt, as written to `attempt.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// `satrain.dev/attempt/v1`.
    pub schema: String,
    /// Its name.
    pub id: AttemptId,
    /// What is played.
    pub scenario: ScenarioRef,
    /// The bound parameters. One of them may be what the learner has to find out.
    #[serde(with = "super::veiled")]
    pub values: BTreeMap<String, String>,
    /// The seed that drew them, unless they are the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Where it is played.
    pub cluster: ClusterRef,
    /// The namespaces it makes.
    pub namespaces: Vec<String>,
    /// Earlier attempts whose emptied namespaces it takes over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopts: Vec<AttemptId>,
    /// The cluster's state before it, where that can be brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Moment>,
    /// How far it has come.
    pub phase: Phase,
    /// When it was begun.
    pub started: Timestamp,
    /// The first hints that were shown.
    #[serde(default)]
    pub hints: usize,
    /// Whether a solution was shown to the learner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub solution_shown: bool,
    /// Whether the scenario needs the cluster to itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
    /// The solution or mistake that was played, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    /// The digests of the files that hold what was true at setup.
    #[serde(default, skip_serializing_if = "Seal::is_empty")]
    pub seal: Seal,
}

impl AttemptRecord {
    /// Version of the record.
    pub const SCHEMA: &'static str = "satrain.dev/attempt/v1";

    /// The attempts whose label may be on what this one has: its own, and those that it took over.
    pub fn owners(&self) -> impl Iterator<Item = &AttemptId> {
        std::iter::once(&self.id).chain(&self.adopts)
    }
}
