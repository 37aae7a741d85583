//! `admission`: would the API admit this object, and what would it make of it.
//!
//! Asked by a server-side dry run, which leaves nothing behind, as those who will ask: the learner, and the controllers
//! that make Pods. A refusal counts only beside a control object that is admitted: where nothing is admitted, a refusal
//! says nothing about the rule. And an answer counts only where nothing new can treat a dry run otherwise than the real
//! thing: no policy that reads more than the object (`reads.rs`), and no webhook. Exceptions that a policy makes are tried where the scenario allows no others
//! (`exceptions.rs`, `temptations.rs`).

mod exceptions;
mod judge;
mod patch;
mod policies;
mod reads;
mod temptations;
mod tokens;
mod tried;

pub(super) use judge::{dry_run, holds_token};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdmissionSpec {
    /// The Namespace; left out for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object. What it leaves out is made up, anew for each grade: its name, names and images of containers, and a
    /// `securityContext` that the strictest Pod Security admits.
    pub object: Value,
    /// Further forms of the object, by what tells them apart: what each of them changes (a JSON merge patch). The same
    /// must hold for all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, Value>,
    /// Who creates it: the learner (default), or everybody who creates Pods, which includes the controllers.
    #[serde(default)]
    pub by: By,
    /// What must happen to it.
    pub expect: AdmissionExpectation,
    /// For `refused`: a regular expression that the API's message must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For a Pod that is refused: whether nothing else may be an exception. What the learner's policies name is then
    /// tried, too (labels, annotations, names, ServiceAccounts), and they may read only what tokens are about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_other_exception: bool,
    /// For an admitted Pod: whether a container would be given an API token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenAtAdmission>,
    /// For `admitted`: fields that the admitted object must have, as in `resource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<Value>,
    /// An object of which the opposite must hold: admitted where `object` is refused, given a token where `object` is
    /// given none. `refused` and `token: none` need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Value>,
}

/// Who creates an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// The learner.
    #[default]
    Learner,
    /// The learner, and the controllers of ReplicaSets, DaemonSets, StatefulSets and Jobs; no policy may ask who it is.
    Everybody,
}

/// What must happen to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AdmissionExpectation {
    /// The API takes it.
    Admitted,
    /// The API refuses it.
    Refused,
}

/// Whether an admitted Pod would hold a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TokenAtAdmission {
    /// In no container.
    None,
    /// In one at least.
    Given,
}
