//! Pure: the lab of a learner on somebody's Kubernetes, as it is shown.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// One lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lab {
    /// Whose it is.
    pub learner: String,
    /// The name of its Pod.
    pub pod: String,
    /// Whether its cluster answers.
    pub ready: bool,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The file by which the learner reaches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<PathBuf>,
    /// Per task: points, and of how many; None: it cannot be graded now.
    pub points: BTreeMap<String, Option<(u32, u32)>>,
}
