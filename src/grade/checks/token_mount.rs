//! `tokenMount`: can any container of the admitted Pods read an API token.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenMountSpec {
    /// `pod/NAME`, `deployment/NAME` …, or `pods` with `selector`.
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// Label selector, for `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// What must be found.
    pub expect: TokenExpectation,
}

/// Which token a workload may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TokenExpectation {
    /// None at all, by any way.
    None,
    /// Exactly bound tokens like this one, and no other.
    Bound {
        /// Its audience; left out: the API server's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
        /// Longest lifetime asked for, in seconds.
        #[serde(default, rename = "maxSeconds", skip_serializing_if = "Option::is_none")]
        max_seconds: Option<i64>,
        /// Where it must be readable (absolute path).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
}
