//! `workload`: which ServiceAccount live Pods run as, how many are ready, and whether it is still the same app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadSpec {
    /// `pod/NAME`, `deployment/NAME`, `statefulset/NAME`, `daemonset/NAME`, or `pods` with `selector`.
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// Label selector, for `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The ServiceAccount that every live Pod must run as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// How many Pods must be ready, at least (1 by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// What must be as at the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<Aspect>,
    /// No other live Pod may carry the same app labels (an old one kept beside the new one).
    #[serde(default)]
    pub alone: bool,
}

/// A part of a Pod that is compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Aspect {
    /// Each container's image.
    Image,
    /// Each container's command and arguments.
    Command,
    /// Each container's env and envFrom.
    Env,
    /// The Pod's labels.
    Labels,
    /// Each container's ports.
    Ports,
    /// Volumes and mounts, the API token's own apart.
    Volumes,
}
