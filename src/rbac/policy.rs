//! The RBAC objects of a cluster, read once.

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1 as api;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_json::Value;

/// An object that is no RBAC object of the kind it was listed as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} could not be read: {message}")]
pub struct Malformed {
    /// Which kind it should be.
    pub kind: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// How many single rights all rules together may stand for. A rule stands for the product of its lists, so that a
/// small object may stand for more than any memory holds.
const MAX_RIGHTS: usize = 1_000_000;

/// How many texts the rules of all roles together may have, each role counted once for each binding to it: that many
/// are copied when grants are looked for. Ten times what a cluster with thousands of bindings has.
const MAX_GRANTED: usize = 5_000_000;

/// How many rules all selectors of aggregated roles together may be asked about. A cluster has a dozen selectors.
const MAX_SELECTED: usize = 10_000_000;

/// A rule of a role, exactly as written.
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
    fn texts(&self) -> usize {
        let lists = [&self.verbs, &self.groups, &self.resources, &self.names, &self.urls];
        1 + lists.iter().map(|list| list.len()).sum::<usize>()
    }

    /// How many single rights it stands for.
    pub(crate) fn count(&self) -> usize {
        let things = [&self.groups, &self.resources].iter().fold(1, |n: usize, l| n.saturating_mul(l.len()));
        let things = things.saturating_mul(self.names.len().max(1)).saturating_add(self.urls.len());
        things.saturating_mul(self.verbs.len())
    }
}

/// A role: its rules, and how others may be aggregated into it.
#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    pub(super) rules: Vec<Rule>,
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
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What it grants.
    pub role: RoleRef,
    /// To whom.
    pub(super) subjects: Vec<api::Subject>,
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
        let rights: usize =
            policy.roles.values().flat_map(|r| &r.rules).map(Rule::count).fold(0, usize::saturating_add);
        if rights > MAX_RIGHTS {
            return Err(Malformed { kind: "role", message: "its rules grant too many rights".into() });
        }
        if policy.selected_from() > MAX_SELECTED {
            return Err(Malformed { kind: "role", message: "too many are aggregated".into() });
        }
        match policy.granted() > MAX_GRANTED {
            true => Err(Malformed { kind: "binding", message: "all of them together grant too much".into() }),
            false => Ok(policy),
        }
    }

    /// How many roles and rules all selectors together have to look at.
    fn selected_from(&self) -> usize {
        let selectors: usize = self.roles.values().map(|r| r.aggregates.len()).sum();
        let rules: usize = self.roles.values().map(|r| 1 + r.rules.len()).sum();
        selectors.saturating_mul(rules)
    }

    /// How many texts the rules have that all bindings together grant.
    fn granted(&self) -> usize {
        let texts = |role: &Role| role.rules.iter().map(Rule::texts).sum::<usize>();
        let sizes: BTreeMap<&RoleRef, usize> = self.roles.iter().map(|(id, r)| (id, texts(r))).collect();
        let granted = self.bindings.iter().filter_map(|b| sizes.get(&b.role));
        granted.fold(0, |sum, size| sum.saturating_add(*size))
    }

    fn bind(
        &mut self,
        metadata: &ObjectMeta,
        namespace: Option<String>,
        role: api::RoleRef,
        subjects: Option<Vec<api::Subject>>,
    ) {
        let in_namespace = if role.kind == "Role" { namespace.clone() } else { None };
        self.bindings.push(Binding {
            namespace,
            name: name(metadata),
            labels: labels(metadata),
            role: RoleRef { namespace: in_namespace, name: role.name },
            subjects: subjects.unwrap_or_default(),
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

fn rules(rules: Option<Vec<api::PolicyRule>>) -> Vec<Rule> {
    let read = |rule: api::PolicyRule| Rule {
        verbs: rule.verbs,
        groups: rule.api_groups.unwrap_or_default(),
        resources: rule.resources.unwrap_or_default(),
        names: rule.resource_names.unwrap_or_default(),
        urls: rule.non_resource_urls.unwrap_or_default(),
    };
    rules.unwrap_or_default().into_iter().map(read).collect()
}
