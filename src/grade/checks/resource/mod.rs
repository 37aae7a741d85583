//! `resource`: do objects exist or not, with these fields.
//!
//! Absence counts only when the list itself was answered and the Namespace is there.

mod judge;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceSpec {
    /// `v1`, `rbac.authorization.k8s.io/v1` …; `v1` when left out.
    #[serde(default = "v1")]
    pub api_version: String,
    /// `ServiceAccount` …
    pub kind: String,
    /// Namespace; left out for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name; left out: all objects of the kind there (then `atLeast` 1 by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `exists` (default) or `absent`: then no object with these fields may be there.
    #[serde(default)]
    pub expect: Presence,
    /// Fields that must be so, as a part of the object; every listed key must be there. Lists match element by
    /// element in any order, and in full: a surplus element is a mismatch. Subjects and rules of RBAC objects also match
    /// in other words that mean the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<serde_json::Value>,
    /// A CEL expression over `object` (and `baseline`, the object as it was) that must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cel: Option<String>,
    /// Field paths (`metadata.labels`, `secrets`) that must be as they were at the baseline. Without a `name`, this and
    /// `recreated: false` are about all objects that were there then: none of them may be gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchanged: Vec<String>,
    /// Whether it must be another object (UID) than at the baseline, or the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recreated: Option<bool>,
    /// Without a `name`: whether no object may be there that was not there at the baseline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub none_added: bool,
    /// How many objects at least (without `name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
}

fn v1() -> String {
    "v1".into()
}

/// Must it be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It must be there.
    #[default]
    Exists,
    /// It must not be there.
    Absent,
}
