//! `access`: may this subject do this; with `exactly`, nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessSpec {
    /// The ServiceAccount, by name.
    pub service_account: String,
    /// Its namespace.
    pub namespace: String,
    /// All of these must be allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Right>,
    /// All of these must be denied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<Right>,
    /// These and no others, beyond what everyone has at the baseline; an empty list: no right at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactly: Option<Vec<Right>>,
}

/// A set of requests: each verb on each resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Right {
    /// `get`, `list` …
    pub verbs: Vec<String>,
    /// API group; empty for core.
    #[serde(default)]
    pub group: String,
    /// `configmaps`, `pods/log` …
    #[serde(default)]
    pub resources: Vec<String>,
    /// Object names; empty: any.
    #[serde(default)]
    pub names: Vec<String>,
    /// Namespace of the request; left out: the ServiceAccount's own; `*`: every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Non-resource URLs, instead of resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}
