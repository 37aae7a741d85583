//! The kinds of check: one file a kind, each with its spec (what an author writes), its probes and its
//! judge. All pure.

pub mod access;
pub mod answer;
pub mod exec;
pub mod resource;
pub mod token_mount;
pub mod workload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes as the one key that names the kind of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckKind {
    /// Do objects (not) exist with these fields.
    Resource(resource::ResourceSpec),
    /// Which ServiceAccount, how many replicas ready, still the same app as at the baseline.
    Workload(workload::WorkloadSpec),
    /// Can any container read an API token.
    TokenMount(token_mount::TokenMountSpec),
    /// May this subject do this.
    Access(access::AccessSpec),
    /// Does a program in the Pod still do its work.
    Exec(exec::ExecSpec),
    /// What the learner wrote in `answers/<key>`.
    Answer(answer::AnswerSpec),
}
