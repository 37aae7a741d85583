//! `exec`: does a program in the Pod still do its work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecSpec {
    /// `pod/NAME`, `deployment/NAME` … (each live Pod is asked).
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// The container; left out: the Pod's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The exit code that is asked for (0 by default).
    #[serde(default)]
    pub exit_code: i32,
    /// A regular expression that the output must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
}
