//! `token`: a token that the learner made or a Pod holds is the one asked for.
//!
//! The API server says first whether the token is good and for whom (its signature!); what it claims counts only
//! then. A forged token with the right-looking claims is nothing.

mod judge;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::TokenSource;

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenSpec {
    /// Where the token is.
    pub from: TokenSource,
    /// For exactly these audiences; left out: the API server's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// The ServiceAccount whose token it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<AccountName>,
    /// For how long it was issued (exp − iat, whatever is left of it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Lifetime>,
    /// The object with which it ends, beside its ServiceAccount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_to: Option<BoundTo>,
}

/// A ServiceAccount by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Bounds of a lifetime, in seconds, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifetime {
    /// The shortest; the API server itself gives none below 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// The longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
}

/// The object that a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BoundTo {
    /// Only its ServiceAccount.
    Nothing,
    /// A Pod; with a name: that one.
    Pod(Option<String>),
    /// A Secret; with a name: that one.
    Secret(Option<String>),
}
