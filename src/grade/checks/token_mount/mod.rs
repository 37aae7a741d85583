//! `tokenMount`: can any container of the admitted Pods read an API token.
//!
//! Judged by everything that the live, admitted Pods are given, access to their node included; never by an automount
//! flag, which only has its effect when a Pod is admitted. Of a Job or CronJob, by the Pod that its template would make.
//!
//! `judge` has the verdict, `found` what is wrong with one Pod, `wanted` the token that is asked for, and `words` how all
//! that is told.

mod found;
mod judge;
mod wanted;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether containers can read an API token, in whatever way, of live Pods or of the template of a Job or CronJob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenMountSpec {
    /// `pod/NAME`, `deployment/NAME` …, or `pods` with `selector`. `job/NAME` and `cronjob/NAME` are judged by the Pod that
    /// their template would make now.
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// Label selector, for `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Other workloads (`pod/NAME`, `deployment/NAME` …) the Pods of which are not meant. With it, it is right that no Pod is
    /// left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// The containers that `expect` is about, init and ephemeral ones included; each Pod must have them. With `bound`, each of
    /// them must hold the token, and every other container none. With `none`, the others do not matter. Left out: all
    /// containers together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
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
