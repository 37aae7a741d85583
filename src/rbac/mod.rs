//! RBAC as the API server's authorizer evaluates it, over objects that were listed before.
//!
//! In: Roles, ClusterRoles and their bindings as JSON. Out: what a subject may do, each right with the chain
//! binding → role → rule, and how that differs from what it should be. Pure: never a request to a cluster.
//! The rules follow `pkg/apis/rbac/v1/evaluation_helpers.go` and `pkg/registry/rbac/validation/rule.go`.

mod diff;
mod everyone;
mod grants;
mod identity;
mod meaning;
mod policy;
mod request;
mod resources;
mod right;
mod wider;

#[cfg(test)]
mod oracle_tests;

pub use diff::{Diff, Surplus, diff};
pub use everyone::everyone;
pub use grants::{Chain, Grant, TooMuch};
pub use meaning::in_other_words;
pub use policy::{Binding, Malformed, Policy, RoleRef, Rule};
pub use request::{AccessAttributes, Subject};
pub use resources::{all_resources, is_cluster_scoped, is_cluster_scoped_somewhere, is_nowhere};
pub use right::{Right, What, rights, rights_beside};
pub use wider::{Gain, Holder, TooMany, gains, named_by_bindings};
