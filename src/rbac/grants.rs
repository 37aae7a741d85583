//! What a subject may do: every rule that reaches it, with the way it came.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::Subject as BoundSubject;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::SelectorExt as _;

use super::policy::{Binding, Policy, Role, RoleRef, Rule};
use super::request::{AccessAttributes, Subject};

/// How a right came to its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// `RoleBinding ns/name` or `ClusterRoleBinding name`.
    pub binding: String,
    /// The group, when the binding names a group and not the subject itself.
    pub group: Option<String>,
    /// The role.
    pub role: RoleRef,
    /// The ClusterRole that the rule was aggregated from.
    pub aggregated_from: Option<String>,
    /// Which rule of the role, from 1.
    pub rule: usize,
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.binding)?;
        if let Some(group) = &self.group {
            write!(f, " (group {group})")?;
        }
        write!(f, " → {}", self.role)?;
        if let Some(from) = &self.aggregated_from {
            write!(f, " (aggregated from ClusterRole {from})")?;
        }
        write!(f, " → rule {}", self.rule)
    }
}

/// A rule that reaches a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The rule.
    pub rule: Rule,
    /// Namespace it is good for; None: all of them, and cluster-scoped resources.
    pub namespace: Option<String>,
    /// How it came.
    pub chain: Chain,
}

impl Policy {
    /// Every rule that `subject` has, by name or by group.
    pub fn grants(&self, subject: &Subject) -> Vec<Grant> {
        self.grants_through(subject, |_| true)
    }

    /// The same, through those bindings only that `counts` accepts.
    pub fn grants_through(&self, subject: &Subject, counts: impl Fn(&Binding) -> bool) -> Vec<Grant> {
        let mut grants = Vec::new();
        let mut origins = BTreeMap::new();
        for binding in self.bindings.iter().filter(|b| counts(b)) {
            let Some(bound) = binding.subjects.iter().find(|s| is_bound(s, binding, subject)) else {
                continue;
            };
            let Some(role) = self.roles.get(&binding.role) else { continue };
            let origins = origins.entry(&binding.role).or_insert_with(|| self.origins(role));
            for (index, rule) in role.rules.iter().enumerate() {
                grants.push(Grant {
                    rule: rule.clone(),
                    namespace: binding.namespace.clone(),
                    chain: Chain {
                        binding: binding.to_string(),
                        group: (bound.kind == "Group").then(|| bound.name.clone()),
                        role: binding.role.clone(),
                        aggregated_from: origins.get(rule).map(|name| (*name).to_owned()),
                        rule: index + 1,
                    },
                });
            }
        }
        grants
    }

    /// Aggregated ClusterRoles that do not have all rules yet of the roles they select: the controller is behind.
    pub fn aggregation_behind(&self) -> Vec<String> {
        self.roles
            .iter()
            .filter(|(_, role)| {
                let own: BTreeSet<&Rule> = match role.aggregates.is_empty() {
                    true => return false,
                    false => role.rules.iter().collect(),
                };
                self.selected(role).any(|(_, s)| s.rules.iter().any(|r| !own.contains(r)))
            })
            .map(|(id, _)| id.name.clone())
            .collect()
    }

    /// The bindings without a role that name this subject.
    pub fn dangling_for<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Binding> {
        self.dangling().filter(|b| b.subjects.iter().any(|s| is_bound(s, b, subject)))
    }

    /// The rules that an aggregated role has from others, each with the first that it is from.
    fn origins<'a>(&'a self, role: &'a Role) -> BTreeMap<&'a Rule, &'a str> {
        let mut origins = BTreeMap::new();
        if role.aggregates.is_empty() {
            return origins;
        }
        for (id, selected) in self.selected(role) {
            for rule in &selected.rules {
                origins.entry(rule).or_insert(id.name.as_str());
            }
        }
        origins
    }

    /// The rules that an aggregated role is to have from others: from which, its place there from 1, and the rule.
    pub(super) fn gathered<'a>(
        &'a self,
        role: &'a Role,
    ) -> impl Iterator<Item = (&'a str, usize, &'a Rule)> + 'a {
        self.selected(role).flat_map(|(id, selected)| {
            selected.rules.iter().enumerate().map(|(index, rule)| (id.name.as_str(), index + 1, rule))
        })
    }

    fn selected<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = (&'a RoleRef, &'a Role)> {
        self.roles.iter().filter(move |(id, candidate)| {
            id.namespace.is_none()
                && !std::ptr::eq(*candidate, role)
                && role.aggregates.iter().any(|s| matches_labels(s, candidate))
        })
    }
}

fn is_bound(bound: &BoundSubject, binding: &Binding, subject: &Subject) -> bool {
    match bound.kind.as_str() {
        "User" => bound.name == subject.user,
        "Group" => subject.groups.contains(&bound.name),
        "ServiceAccount" => {
            let named = bound.namespace.as_deref().filter(|n| !n.is_empty());
            named
                .or(binding.namespace.as_deref())
                .is_some_and(|ns| subject.user == format!("system:serviceaccount:{ns}:{}", bound.name))
        }
        _ => false,
    }
}

fn matches_labels(selector: &LabelSelector, role: &Role) -> bool {
    kube::core::Selector::try_from(selector.clone()).is_ok_and(|s| s.matches(&role.labels))
}

impl Grant {
    /// Whether this rule allows a request.
    pub fn allows(&self, request: &AccessAttributes) -> bool {
        if request.resource.is_empty() {
            return self.namespace.is_none() && self.rule.allows_url(&request.verb, &request.path);
        }
        self.namespace.as_ref().is_none_or(|ns| *ns == request.namespace)
            && self.rule.allows_resource(request)
    }
}

impl Rule {
    fn allows_resource(&self, request: &AccessAttributes) -> bool {
        let combined = if request.subresource.is_empty() {
            request.resource.clone()
        } else {
            format!("{}/{}", request.resource, request.subresource)
        };
        has(&self.verbs, &request.verb)
            && has(&self.groups, &request.group)
            && self.resources.iter().any(|r| covers_resource(r, &combined))
            && (self.names.is_empty() || self.names.contains(&request.name))
    }

    fn allows_url(&self, verb: &str, path: &str) -> bool {
        has(&self.verbs, verb) && self.urls.iter().any(|u| covers_url(u, path))
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|entry| entry == "*" || entry == wanted)
}

/// Whether a rule's resource covers a requested one: `*` covers all, subresources too; `*/x` covers that
/// subresource of everything; `pods/*` covers nothing real.
pub(super) fn covers_resource(rule: &str, requested: &str) -> bool {
    if rule == "*" || rule == requested {
        return true;
    }
    match (rule.strip_prefix("*/"), requested.split_once('/')) {
        (Some(wanted), Some((_, subresource))) => wanted == subresource,
        _ => false,
    }
}

/// Whether a rule's URL covers a requested one; `*` counts at the end only.
pub(super) fn covers_url(rule: &str, requested: &str) -> bool {
    rule == "*" || rule == requested || rule.strip_suffix('*').is_some_and(|p| requested.starts_with(p))
}
