//! `access`: may this subject do this; with `exactly`, nothing else.
//!
//! Each stated right is asked of the API server (SubjectAccessReview) and resolved from the RBAC objects, which
//! gives the chain binding → role → rule. What the two agree about decides. Where they disagree about a right, nothing is
//! said about this right: `unknown`, unless another one fails the check.

mod judge;
mod rights;

pub(super) use rights::{policy, rights_of};

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
    pub allowed: Vec<StatedRights>,
    /// All of these must be denied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<StatedRights>,
    /// These and no others, beyond what Kubernetes itself grants to every ServiceAccount; an empty list: no right at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactly: Option<Vec<StatedRights>>,
    /// Also judge when there is no such ServiceAccount: bindings go by name and stay behind. By default a missing
    /// ServiceAccount fails the check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_missing: bool,
}

/// A set of requests: each verb on each resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Right")]
pub struct StatedRights {
    /// `get`, `list` …
    pub verbs: Vec<String>,
    /// API group; empty for core.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// `configmaps`, `pods/log` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Object names; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Namespace of the request; left out: the ServiceAccount's own; `*`: every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Non-resource URLs, instead of resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}
