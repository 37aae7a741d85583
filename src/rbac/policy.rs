//! The RBAC objects of a cluster, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::rbac::v1 as api;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_json::Value;

use super::identity::Identity;

/// An object that is no RBAC object of the kind it was listed as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} could not be read: {message}")]
pub struct Malformed {
    /// Which kind it should be.
    pub kind: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// A rule of a role as written; what a list says twice is there once.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Verbs; `*` is every verb.
    pub verbs: Vec<String>,
    /// API groups; `*` is every group.
    pub groups: Vec<String>,
    /// Resources, as in `pods`, `pods/log`, `*/scale`, `*`.
    pub resources: Vec<String>,
    /// Object names; empty is every object.
    pub names: Vec<String>,
    /// Non-resource URLs, with `*` at the end only.
    pub urls: Vec<String>,
}

impl Rule {
    /// How many texts it has, itself counted as one.
    pub(super) fn texts(&self) -> usize {
        let lists = [&self.verbs, &self.groups, &self.resources, &self.names, &self.urls];
        1 + lists.iter().map(|list| list.len()).sum::<usize>()
    }
}

/// A role: its rules, and how others may be aggregated into it.
#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    pub(super) rules: Vec<Arc<Rule>>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) aggregates: Vec<LabelSelector>,
}

/// The role that a binding names. `namespace` is None for a ClusterRole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleRef {
    /// Namespace of a Role; None: a ClusterRole.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for RoleRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "Role {namespace}/{}", self.name),
            None => write!(f, "ClusterRole {}", self.name),
        }
    }
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Namespace of a RoleBinding; None: a ClusterRoleBinding.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What it grants.
    pub role: RoleRef,
    /// To whom.
    pub(super) subjects: BTreeSet<Identity>,
}

impl std::fmt::Display for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "RoleBinding {namespace}/{}", self.name),
            None => write!(f, "ClusterRoleBinding {}", self.name),
        }
    }
}

/// All RBAC objects of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub(super) roles: BTreeMap<RoleRef, Role>,
    /// Every binding.
    pub bindings: Vec<Binding>,
}

impl Policy {
    /// Reads the four kinds of RBAC objects.
    pub fn read(
        roles: &[Value],
        cluster_roles: &[Value],
        role_bindings: &[Value],
        cluster_role_bindings: &[Value],
    ) -> Result<Self, Malformed> {
        let mut policy = Self::default();
        for role in parse::<api::Role>("Role", roles)? {
            let id = RoleRef { namespace: Some(namespace(&role.metadata)), name: name(&role.metadata) };
            let read =
                Role { rules: rules(role.rules), labels: labels(&role.metadata), aggregates: Vec::new() };
            policy.roles.insert(id, read);
        }
        for role in parse::<api::ClusterRole>("ClusterRole", cluster_roles)? {
            let id = RoleRef { namespace: None, name: name(&role.metadata) };
            let aggregates = role.aggregation_rule.and_then(|a| a.cluster_role_selectors).unwrap_or_default();
            let read = Role { rules: rules(role.rules), labels: labels(&role.metadata), aggregates };
            policy.roles.insert(id, read);
        }
        for binding in parse::<api::RoleBinding>("RoleBinding", role_bindings)? {
            let namespace = Some(namespace(&binding.metadata));
            policy.bind(&binding.metadata, namespace, binding.role_ref, binding.subjects);
        }
        for binding in parse::<api::ClusterRoleBinding>("ClusterRoleBinding", cluster_role_bindings)? {
            policy.bind(&binding.metadata, None, binding.role_ref, binding.subjects);
        }
        Ok(policy)
    }

    fn bind(
        &mut self,
        metadata: &ObjectMeta,
        namespace: Option<String>,
        role: api::RoleRef,
        subjects: Option<Vec<api::Subject>>,
    ) {
        let in_namespace = if role.kind == "Role" { namespace.clone() } else { None };
        let subjects = subjects.unwrap_or_default();
        let subjects = subjects.iter().filter_map(|s| Identity::of(s, namespace.as_deref())).collect();
        self.bindings.push(Binding {
            namespace,
            name: name(metadata),
            role: RoleRef { namespace: in_namespace, name: role.name },
            subjects,
        });
    }

    /// The bindings whose role does not exist: they grant nothing.
    pub fn dangling(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|b| !self.roles.contains_key(&b.role))
    }
}

fn parse<K: serde::de::DeserializeOwned>(kind: &'static str, items: &[Value]) -> Result<Vec<K>, Malformed> {
    items
        .iter()
        .map(|item| K::deserialize(item).map_err(|e| Malformed { kind, message: e.to_string() }))
        .collect()
}

fn name(metadata: &ObjectMeta) -> String {
    metadata.name.clone().unwrap_or_default()
}

fn namespace(metadata: &ObjectMeta) -> String {
    metadata.namespace.clone().unwrap_or_default()
}

fn labels(metadata: &ObjectMeta) -> BTreeMap<String, String> {
    metadata.labels.clone().unwrap_or_default()
}

fn rules(rules: Option<Vec<api::PolicyRule>>) -> Vec<Arc<Rule>> {
    rules.unwrap_or_default().into_iter().map(|rule| Arc::new(Rule::of(rule))).collect()
}

impl Rule {
    pub(super) fn of(written: api::PolicyRule) -> Self {
        Self {
            verbs: once(written.verbs),
            groups: once(written.api_groups.unwrap_or_default()),
            resources: once(written.resources.unwrap_or_default()),
            names: once(written.resource_names.unwrap_or_default()),
            urls: once(written.non_resource_urls.unwrap_or_default()),
        }
    }
}

/// Each text once, in the order of the list.
fn once(mut list: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    list.retain(|text| seen.insert(text.clone()));
    list
}
